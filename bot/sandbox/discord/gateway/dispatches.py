"""Map events to gateway dispatches: name, intent and payload."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.payloads.interactions import interaction_payload
from bot.sandbox.discord.payloads.messages import message_payload
from bot.sandbox.discord.payloads.objects import (
    channel_payload,
    guild_create_payload,
    guild_payload,
    member_payload,
    role_payload,
    thread_member_payload,
    user_payload,
)
from bot.sandbox.discord.state.events import Event
from bot.sandbox.discord.state.permissions import sees

if TYPE_CHECKING:
    from bot.sandbox.discord.state.channels import Channel, LocalMessage
    from bot.sandbox.discord.state.guilds import Guild
    from bot.sandbox.discord.state.world import World

GUILDS, MEMBERS, GUILD_MESSAGES, GUILD_REACTIONS = 1 << 0, 1 << 1, 1 << 9, 1 << 10
DM_MESSAGES, DM_REACTIONS, MESSAGE_CONTENT = 1 << 12, 1 << 13, 1 << 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """A dispatch for sessions with `intent` (0: all). `build` takes a session's intents and returns the payload."""

    name: str
    build: Callable[[int], Json]
    intent: int = 0


def dispatches(world: "World", event: Event) -> Iterator[Dispatch]:
    """Return the dispatches of an event, or none if the bot can't see it."""
    if event.guild is not None and event.guild.bot is None:
        return
    match event.kind:
        case "message" | "edited" | "deleted" | "reacted" | "unreacted" | "reactions_cleared":
            yield from _about_message(world, event)
        case "interaction" if event.interaction is not None:
            payload = interaction_payload(world, event.interaction)
            yield Dispatch(name="INTERACTION_CREATE", build=lambda _: payload)
        case "channel" | "channel_changed" | "channel_gone" | "thread_members":
            if event.channel is not None and event.guild is not None:
                yield from _about_channel(world, event, event.channel, event.guild)
        case "guild" | "guild_changed" | "guild_gone" | "role" | "role_changed":
            if event.guild is not None:
                yield from _about_guild(world, event, event.guild)
        case "member" | "member_changed" | "member_gone":
            if event.guild is not None:
                yield from _about_guild(world, event, event.guild)
        case _:
            return


def _about_message(world: "World", event: Event) -> Iterator[Dispatch]:
    message, channel = event.message, event.channel
    if message is None or channel is None or message.ephemeral_to or not sees(channel, world.bot_user):
        return
    in_guild = channel.guild is not None
    where = {"channel_id": str(channel.id), **({"guild_id": str(channel.guild.id)} if channel.guild else {})}
    intent = GUILD_MESSAGES if in_guild else DM_MESSAGES
    match event.kind:
        case "message" | "edited":
            name = "MESSAGE_CREATE" if event.kind == "message" else "MESSAGE_UPDATE"
            yield Dispatch(
                name=name,
                intent=intent,
                build=lambda intents: message_payload(
                    world, message, intent=bool(intents & MESSAGE_CONTENT), gateway=True
                ),
            )
        case "deleted":
            yield Dispatch(name="MESSAGE_DELETE", intent=intent, build=lambda _: {"id": str(message.id), **where})
        case "reacted" | "unreacted":
            payload = _reaction(event, message, where)
            name = "MESSAGE_REACTION_ADD" if event.kind == "reacted" else "MESSAGE_REACTION_REMOVE"
            yield Dispatch(name=name, intent=GUILD_REACTIONS if in_guild else DM_REACTIONS, build=lambda _: payload)
        case "reactions_cleared":
            name, cleared = _cleared_reactions(event, message, where)
            yield Dispatch(name=name, intent=GUILD_REACTIONS if in_guild else DM_REACTIONS, build=lambda _: cleared)
        case _:
            return


def _cleared_reactions(event: Event, message: "LocalMessage", where: Json) -> tuple[str, Json]:
    payload: Json = {"message_id": str(message.id), **where}
    if event.emoji is None:
        return "MESSAGE_REACTION_REMOVE_ALL", payload
    return "MESSAGE_REACTION_REMOVE_EMOJI", {**payload, "emoji": {"id": None, "name": event.emoji}}


def _reaction(event: Event, message: "LocalMessage", where: Json) -> Json:
    user = event.user
    payload: Json = {
        "user_id": str(user.id if user else 0),
        "message_id": str(message.id),
        "emoji": {"id": None, "name": event.emoji},
        "burst": False,
        "type": 0,
        **where,
    }
    if event.kind == "unreacted":
        return payload
    member = event.guild.member(user) if event.guild and user else None
    about_member = {"member": member_payload(member)} if member else {}
    return {**payload, "message_author_id": str(message.author_id), **about_member}


def _about_channel(world: "World", event: Event, channel: "Channel", guild: "Guild") -> Iterator[Dispatch]:
    if event.kind == "thread_members":
        yield from _about_thread_members(world, event, channel, guild)
        return
    if channel.is_thread and not sees(channel, world.bot_user):
        return
    verb = {"channel": "CREATE", "channel_changed": "UPDATE", "channel_gone": "DELETE"}[event.kind]
    payload = channel_payload(channel)
    if channel.is_thread and verb == "CREATE":
        payload["newly_created"] = True
    name = f"{'THREAD' if channel.is_thread else 'CHANNEL'}_{verb}"
    yield Dispatch(name=name, intent=GUILDS, build=lambda _: payload)


def _about_thread_members(world: "World", event: Event, thread: "Channel", guild: "Guild") -> Iterator[Dispatch]:
    bot_id = world.bot_user.id
    if bot_id in event.user_ids and bot_id in thread.thread_members:
        created = channel_payload(thread)
        yield Dispatch(name="THREAD_CREATE", intent=GUILDS, build=lambda _: created)
    payload: Json = {
        "id": str(thread.id),
        "guild_id": str(guild.id),
        "member_count": len(thread.thread_members),
        "added_members": [
            thread_member_payload(thread, user_id) for user_id in event.user_ids if user_id in thread.thread_members
        ],
        "removed_member_ids": [str(user_id) for user_id in event.user_ids if user_id not in thread.thread_members],
    }
    intent = GUILDS if bot_id in event.user_ids else MEMBERS
    yield Dispatch(name="THREAD_MEMBERS_UPDATE", intent=intent, build=lambda _: payload)


def _about_guild(world: "World", event: Event, guild: "Guild") -> Iterator[Dispatch]:
    guild_id = {"guild_id": str(guild.id)}
    if event.kind == "guild":
        yield Dispatch(
            name="GUILD_CREATE",
            intent=GUILDS,
            build=lambda intents: guild_create_payload(guild, all_members=bool(intents & MEMBERS)),
        )
    elif event.kind == "guild_changed":
        changed = guild_payload(guild)
        yield Dispatch(name="GUILD_UPDATE", intent=GUILDS, build=lambda _: changed)
    elif event.kind == "guild_gone":
        yield Dispatch(name="GUILD_DELETE", intent=GUILDS, build=lambda _: {"id": str(guild.id)})
    elif event.role is not None:
        name = "GUILD_ROLE_CREATE" if event.kind == "role" else "GUILD_ROLE_UPDATE"
        role = {**guild_id, "role": role_payload(event.role)}
        yield Dispatch(name=name, intent=GUILDS, build=lambda _: role)
    elif event.member is not None:
        intent = GUILDS if event.member.user is world.bot_user else MEMBERS
        verb = {"member": "ADD", "member_changed": "UPDATE", "member_gone": "REMOVE"}[event.kind]
        gone = verb == "REMOVE"
        person = {"user": user_payload(event.member.user)} if gone else member_payload(event.member)
        payload = {**guild_id, **person}
        yield Dispatch(name=f"GUILD_MEMBER_{verb}", intent=intent, build=lambda _: payload)
