"""Handlers of the page's commands: each performs one action in the local Discord."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.sandbox.discord import Interaction, Refused
from bot.sandbox.discord.application.commands import CHAT, MESSAGE, found
from bot.sandbox.discord.client.invoke import offered
from bot.sandbox.discord.errors import Json
from bot.sandbox.web.commands import Command, option_value
from bot.sandbox.web.views import history_view

OPTION_MODAL_FILES = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """The result of a command: data to show, and an interaction whose answer the page waits for."""

    shown: Json | None = None
    interaction: Interaction | None = None


Act = Callable[[Command], Awaitable[CommandResult]]


async def history(command: Command) -> CommandResult:
    before = command.number("before") if command.fields.get("before") else None
    return CommandResult(shown=history_view(command.world, command.member, command.channel, before))


async def commands(command: Command) -> CommandResult:
    """Return the slash and message commands offered in a channel."""
    channel = command.channel
    return CommandResult(
        shown={
            "slash": offered(command.world, command.member, channel, CHAT),
            "menu": [command["name"] for command in offered(command.world, command.member, channel, MESSAGE)],
        }
    )


def _schema(command: Command, path: str) -> dict[str, Json]:
    """Return the options of a command or subcommand by name."""
    chosen = found(offered(command.world, command.member, command.channel, CHAT), CHAT, path.split())
    if chosen is None:
        raise Refused("unknown_command", f"There is no command /{path} here.")
    slash_command, steps = chosen
    return {option["name"]: option for option in (steps[-1] if steps else slash_command).get("options") or []}


def _options(command: Command, path: str, name: str) -> dict[str, object]:
    schema = _schema(command, path)
    given = command.given(name)
    return {key: option_value(schema[key]["type"], raw, command) for key, raw in given.items() if key in schema}


async def slash(command: Command) -> CommandResult:
    path = command.text("command")
    options = _options(command, path, "options")
    return CommandResult(interaction=await command.member.slash(command.channel, path, **options))


async def suggest(command: Command) -> CommandResult:
    """What is offered while typing into an option."""
    path, option = command.text("command"), command.text("option")
    schema = _schema(command, path)
    others = {key: raw for key, raw in command.given("options").items() if key in schema and key != option}
    choices = await command.member.autocomplete(command.channel, path, option, command.text("typed"), **others)
    return CommandResult(shown={"choices": [{"name": choice.name, "value": choice.value} for choice in choices]})


async def menu(command: Command) -> CommandResult:
    return CommandResult(interaction=await command.member.menu(command.message, command.text("command")))


async def press(command: Command) -> CommandResult:
    return CommandResult(interaction=await command.member.press(command.message, command.text("custom_id")))


async def select(command: Command) -> CommandResult:
    return CommandResult(
        interaction=await command.member.select(command.message, command.text("custom_id"), command.texts("values"))
    )


async def submit(command: Command) -> CommandResult:
    """Send a modal; what its file fields hold are tickets."""
    opened = command.world.interactions.get(command.number("interaction"))
    if opened is None or opened.user is not command.member.user or opened.modal is None:
        raise Refused("no_modal", "There is no such form.")
    kinds = {str(f.get("custom_id")): f["type"] for f in _fields(opened.modal.components)}
    values: dict[str, object] = {}
    for name, value in command.given("values").items():
        files = kinds.get(name) == OPTION_MODAL_FILES and isinstance(value, list)
        values[name] = [command.uploads.named(ticket) for ticket in value] if files else value
    return CommandResult(interaction=await command.member.submit(opened.modal, values))


def _fields(components: list[Json]) -> list[Json]:
    inner = [component["component"] for component in components if "component" in component]
    return inner + [field for component in components for field in component.get("components") or []]


async def say(command: Command) -> CommandResult:
    """Post a message, or reply to `message` if it's given."""
    if command.fields.get("message"):
        await command.member.reply(
            command.message, command.text("text"), ping=command.flag("ping"), attachments=command.files
        )
    else:
        await command.member.say(command.channel, command.text("text"), attachments=command.files)
    return CommandResult()


async def forward(command: Command) -> CommandResult:
    """Forward a message to a channel."""
    sent = await command.member.forward(command.message, command.channel)
    return CommandResult(shown={"message": str(sent.id)})


async def edit(command: Command) -> CommandResult:
    await command.member.edit(command.message, command.text("text"))
    return CommandResult()


async def delete(command: Command) -> CommandResult:
    await command.member.delete(command.message)
    return CommandResult()


async def react(command: Command) -> CommandResult:
    """Add or remove a reaction."""
    emoji = command.text("emoji").strip()
    if not 0 < len(emoji) <= 16 or emoji.isascii():
        raise Refused("emoji", "That is not an emoji.")
    if command.member.id in command.message.reactions.get(emoji, []):
        await command.member.unreact(command.message, emoji)
    else:
        await command.member.react(command.message, emoji)
    return CommandResult()


ACTS: Mapping[str, Act] = {
    act.__name__: act
    for act in (history, commands, slash, suggest, menu, press, select, submit, say, forward, edit, delete, react)
}
