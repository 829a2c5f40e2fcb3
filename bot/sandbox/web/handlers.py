"""What a member does with the page: each wish becomes one act in the local Discord. Knows no sockets."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.sandbox.discord import Interaction, Refused
from bot.sandbox.discord.application.commands import CHAT, MESSAGE, found
from bot.sandbox.discord.client.invoke import offered
from bot.sandbox.discord.errors import Json
from bot.sandbox.web.commands import Wish, option_value
from bot.sandbox.web.views import history_view

OPTION_MODAL_FILES = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a wish: something to show, and an interaction whose answer the page waits for."""

    shown: Json | None = None
    interaction: Interaction | None = None


Act = Callable[[Wish], Awaitable[Done]]


async def history(wish: Wish) -> Done:
    before = wish.number("before") if wish.fields.get("before") else None
    return Done(shown=history_view(wish.member, wish.channel, before))


async def commands(wish: Wish) -> Done:
    """What the picker and the message menu offer in a channel."""
    channel = wish.channel
    return Done(
        shown={
            "slash": offered(wish.member, channel, CHAT),
            "menu": [command["name"] for command in offered(wish.member, channel, MESSAGE)],
        }
    )


def _schema(wish: Wish, path: str) -> dict[str, Json]:
    """The options of a command or sub-command, by name."""
    chosen = found(offered(wish.member, wish.channel, CHAT), CHAT, path.split())
    if chosen is None:
        raise Refused("unknown_command", f"There is no command /{path} here.")
    command, steps = chosen
    return {option["name"]: option for option in (steps[-1] if steps else command).get("options") or []}


def _options(wish: Wish, path: str, name: str) -> dict[str, object]:
    schema = _schema(wish, path)
    given = wish.given(name)
    return {key: option_value(schema[key]["type"], raw, wish) for key, raw in given.items() if key in schema}


async def slash(wish: Wish) -> Done:
    path = wish.text("command")
    options = _options(wish, path, "options")
    return Done(interaction=await wish.member.slash(wish.channel, path, **options))


async def suggest(wish: Wish) -> Done:
    """What is offered while typing into an option."""
    path, option = wish.text("command"), wish.text("option")
    schema = _schema(wish, path)
    others = {key: raw for key, raw in wish.given("options").items() if key in schema and key != option}
    choices = await wish.member.autocomplete(wish.channel, path, option, wish.text("typed"), **others)
    return Done(shown={"choices": [{"name": each.name, "value": each.value} for each in choices]})


async def menu(wish: Wish) -> Done:
    return Done(interaction=await wish.member.menu(wish.message, wish.text("command")))


async def press(wish: Wish) -> Done:
    return Done(interaction=await wish.member.press(wish.message, wish.text("custom_id")))


async def select(wish: Wish) -> Done:
    return Done(interaction=await wish.member.select(wish.message, wish.text("custom_id"), wish.texts("values")))


async def submit(wish: Wish) -> Done:
    """Send a modal; what its file fields hold are tickets."""
    opened = wish.world.interactions.get(wish.number("interaction"))
    if opened is None or opened.user is not wish.member.user or opened.modal is None:
        raise Refused("no_modal", "There is no such form.")
    kinds = {str(f.get("custom_id")): f["type"] for f in _fields(opened.modal.components)}
    values: dict[str, object] = {}
    for name, value in wish.given("values").items():
        files = kinds.get(name) == OPTION_MODAL_FILES and isinstance(value, list)
        values[name] = [wish.uploads.named(ticket) for ticket in value] if files else value
    return Done(interaction=await wish.member.submit(opened.modal, values))


def _fields(components: list[Json]) -> list[Json]:
    inner = [each["component"] for each in components if "component" in each]
    return inner + [field for each in components for field in each.get("components") or []]


async def say(wish: Wish) -> Done:
    """Speak, or reply where `message` names one."""
    if wish.fields.get("message"):
        await wish.member.reply(wish.message, wish.text("text"), ping=wish.flag("ping"), attachments=wish.files)
    else:
        await wish.member.say(wish.channel, wish.text("text"), attachments=wish.files)
    return Done()


async def edit(wish: Wish) -> Done:
    await wish.member.edit(wish.message, wish.text("text"))
    return Done()


async def delete(wish: Wish) -> Done:
    await wish.member.delete(wish.message)
    return Done()


async def react(wish: Wish) -> Done:
    """Add one's reaction, or take it back."""
    emoji = wish.text("emoji").strip()
    if not 0 < len(emoji) <= 16 or emoji.isascii():
        raise Refused("emoji", "That is not an emoji.")
    if wish.member.id in wish.message.reactions.get(emoji, []):
        await wish.member.unreact(wish.message, emoji)
    else:
        await wish.member.react(wish.message, emoji)
    return Done()


ACTS: Mapping[str, Act] = {
    act.__name__: act
    for act in (history, commands, slash, suggest, menu, press, select, submit, say, edit, delete, react)
}
