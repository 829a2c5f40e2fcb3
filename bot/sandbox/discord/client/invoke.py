"""How a person uses the application: commands, menus, buttons, modals. Makes interactions; answers none."""

import asyncio
import secrets
from typing import TYPE_CHECKING

from bot.sandbox.discord.application import commands
from bot.sandbox.discord.application.components import BUTTON, LINK, SELECTS, walk
from bot.sandbox.discord.client import forms, options
from bot.sandbox.discord.client.user_actions import must_see
from bot.sandbox.discord.errors import Json, NoAnswer, Refused
from bot.sandbox.discord.payloads.messages import message_payload
from bot.sandbox.discord.state.channels import LocalMessage
from bot.sandbox.discord.state.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    OFFLINE_POLL_S,
    Choice,
    Interaction,
    Modal,
)
from bot.sandbox.discord.state.permissions import can, in_channel, sees

if TYPE_CHECKING:
    from bot.sandbox.discord.state.channels import Channel
    from bot.sandbox.discord.state.members import Member
    from bot.sandbox.discord.state.world import World

IN_GUILD, IN_BOT_DM = 0, 1


def _sent(
    world: "World",
    member: "Member",
    channel: "Channel",
    kind: int,
    data: Json,
    *,
    source: LocalMessage | None = None,
    triggered_by: Interaction | None = None,
) -> Interaction:
    """Create an interaction and publish it."""
    interaction = Interaction(
        world=world,
        id=world.ids.next(),
        token=secrets.token_urlsafe(48),
        kind=kind,
        channel=channel,
        user=member.user,
        data=data,
        created_at=world.clock.now(),
        source=source,
        triggered_by=triggered_by,
    )
    world.interactions[interaction.id] = world.by_token[interaction.token] = interaction
    world.publish("interaction", channel=channel, interaction=interaction, member=member)
    return interaction


def offered(world: "World", member: "Member", channel: "Channel", kind: int) -> list[Json]:
    """The commands that this person is shown in a channel, of one type."""
    guild = channel.guild
    if not sees(channel, member.user) or not can(channel, member.user, "use_application_commands"):
        return []
    everywhere = [*(guild.commands if guild else []), *world.commands] if guild is None or guild.bot else []
    has = in_channel(channel, member.user)
    context = IN_BOT_DM if guild is None else IN_GUILD
    return [
        command
        for command in everywhere
        if command["type"] == kind
        and int(command.get("default_member_permissions") or 0) & ~has == 0
        and (command.get("default_member_permissions") != "0" or has & 1 << 3)
        and context in (command.get("contexts") or (IN_GUILD, IN_BOT_DM))
        and (guild is None or channel.nsfw or not command.get("nsfw"))
        and (guild is not None or command.get("dm_permission", True) is not False)
    ]


def _command(
    world: "World", member: "Member", channel: "Channel", kind: int, path: list[str]
) -> tuple[Json, list[Json]]:
    command = commands.found(offered(world, member, channel, kind), kind, path)
    if command is None:
        raise Refused("unknown_command", f"{member.name} is offered no command {' '.join(path)!r} here.")
    return command


def _data(command: Json, steps: list[Json], sent: list[Json], resolved: Json) -> Json:
    for step in reversed(steps):
        sent = [{"name": step["name"], "type": step["type"], "options": sent}]
    return {
        "id": command["id"],
        "name": command["name"],
        "type": command["type"],
        "options": sent,
        **({"guild_id": command["guild_id"]} if "guild_id" in command else {}),
        **({"resolved": resolved} if resolved else {}),
    }


def slash(world: "World", member: "Member", channel: "Channel", path: str, given: dict[str, object]) -> Interaction:
    command, steps = _command(world, member, channel, commands.CHAT, path.removeprefix("/").split())
    schema = (steps[-1] if steps else command).get("options") or []
    sent, resolved = options.filled(schema, given, member, channel)
    return _sent(world, member, channel, COMMAND, _data(command, steps, sent, resolved))


async def autocomplete(
    world: "World", member: "Member", channel: "Channel", path: str, option: str, typed: str, others: dict[str, object]
) -> list[Choice]:
    command, steps = _command(world, member, channel, commands.CHAT, path.removeprefix("/").split())
    schema = (steps[-1] if steps else command).get("options") or []
    if not any(o["name"] == option and o.get("autocomplete") for o in schema):
        raise Refused("no_autocomplete", f"The option {option!r} of {path!r} suggests nothing.")
    sent, _ = options.filled(schema, {**others, option: typed}, member, channel, partial=True)
    for sent_option in sent:
        if sent_option["name"] == option:
            sent_option["focused"] = True
    interaction = _sent(world, member, channel, AUTOCOMPLETE, _data(command, steps, sent, {}))
    while interaction.choices is None:
        if interaction.missed:
            raise NoAnswer(f"autocomplete of {path} {option}: loading options failed")
        await world.next_event(OFFLINE_POLL_S)
        await asyncio.sleep(0)
    return interaction.choices


def message_menu(world: "World", member: "Member", message: LocalMessage, name: str) -> Interaction:
    must_see(member, message)
    command, _ = _command(world, member, message.channel, commands.MESSAGE, [name])
    target = message_payload(world, message, intent=True)
    data = _data(command, [], [], {"messages": {str(message.id): target}})
    return _sent(world, member, message.channel, COMMAND, {**data, "target_id": str(message.id)})


def press(world: "World", member: "Member", message: LocalMessage, button: str) -> Interaction:
    must_see(member, message)
    buttons = [c for c in walk(message.components) if c.get("type") == BUTTON]
    wanted = [b for b in buttons if button in (b.get("custom_id"), b.get("label"))]
    if not wanted:
        labels = ", ".join(str(b.get("label")) for b in buttons) or "none"
        raise Refused("no_button", f"There is no button {button!r} on message {message.id}; there are: {labels}.")
    if wanted[0].get("disabled"):
        raise Refused("disabled", f"The button {button!r} is disabled.")
    if wanted[0].get("style") == LINK:
        raise Refused("link", f"The button {button!r} only opens {wanted[0].get('url')}.")
    return _pressed(world, member, message, wanted[0]["custom_id"], wanted[0].get("id"))


def press_forged(world: "World", member: "Member", message: LocalMessage, custom_id: str) -> Interaction:
    must_see(member, message)
    return _pressed(world, member, message, custom_id, 1)


def _pressed(world: "World", member: "Member", message: LocalMessage, custom_id: str, part_id: object) -> Interaction:
    data: Json = {"custom_id": custom_id, "component_type": BUTTON, "id": part_id}
    return _sent(world, member, message.channel, COMPONENT, data, source=message)


def choose(world: "World", member: "Member", message: LocalMessage, custom_id: str, values: list[str]) -> Interaction:
    must_see(member, message)
    menus = [c for c in walk(message.components) if c.get("type") in SELECTS]
    menu = next((m for m in menus if custom_id in (m.get("custom_id"), m.get("placeholder"))), None)
    if menu is None:
        raise Refused("no_menu", f"There is no menu {custom_id!r} on message {message.id}.")
    if menu.get("disabled"):
        raise Refused("disabled", f"The menu {custom_id!r} is disabled.")
    resolved: Json = {}
    chosen = forms.chosen(menu, [str(value) for value in values], member, resolved)
    data: Json = {"custom_id": menu["custom_id"], "component_type": menu["type"], "values": chosen}
    data |= {"id": menu.get("id"), **({"resolved": resolved} if resolved else {})}
    return _sent(world, member, message.channel, COMPONENT, data, source=message)


def submit(world: "World", member: "Member", modal: Modal | None, given: dict[str, object]) -> Interaction:
    if modal is None:
        raise Refused("no_modal", "There is no modal to send.")
    opened = modal.interaction
    parts, resolved = forms.filled(modal, given, member)
    data: Json = {"custom_id": modal.custom_id, "components": parts, **({"resolved": resolved} if resolved else {})}
    return _sent(world, member, opened.channel, MODAL_SUBMIT, data, source=opened.source, triggered_by=opened)
