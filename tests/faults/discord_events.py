"""The gateway events that the bot receives with its intents: recorded from the local Discord, or as documented."""

import json
from collections import defaultdict
from typing import Any

from bot.sandbox.discord import LocalMessage, Modal
from bot.sandbox.discord.payloads.objects import channel_payload, member_payload, role_payload, user_payload
from tests.gallery.helpers import STAR
from tests.harness import BotHarness

Json = dict[str, Any]
Events = dict[str, list[Json]]

# By the intent that asks for them. Source: Discord's lists of intents and events.
EVENTS: dict[str, frozenset[str]] = {
    "": frozenset({
        "READY", "RESUMED", "INTERACTION_CREATE", "USER_UPDATE", "APPLICATION_COMMAND_PERMISSIONS_UPDATE",
        "GUILD_MEMBERS_CHUNK", "ENTITLEMENT_CREATE", "ENTITLEMENT_UPDATE", "ENTITLEMENT_DELETE",
        "SUBSCRIPTION_CREATE", "SUBSCRIPTION_UPDATE", "SUBSCRIPTION_DELETE", "GUILD_MEMBER_UPDATE",
        "VOICE_SERVER_UPDATE",
    }),
    "guilds": frozenset({
        "GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE", "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE",
        "CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE", "CHANNEL_PINS_UPDATE", "THREAD_CREATE",
        "THREAD_UPDATE", "THREAD_DELETE", "THREAD_LIST_SYNC", "THREAD_MEMBER_UPDATE", "THREAD_MEMBERS_UPDATE",
        "STAGE_INSTANCE_CREATE", "STAGE_INSTANCE_UPDATE", "STAGE_INSTANCE_DELETE",
    }),
    "guild_messages": frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"}),
    "guild_reactions": frozenset({
        "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE", "MESSAGE_REACTION_REMOVE_ALL",
        "MESSAGE_REACTION_REMOVE_EMOJI",
    }),
    "dm_messages": frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "CHANNEL_PINS_UPDATE"}),
}  # fmt: skip
DELIVERED = frozenset().union(*EVENTS.values())


async def record_events(harness: BotHarness) -> Events:
    """Use the bot and change its servers; return the events that the gateway sent, and documented ones, by name."""
    clip = await _use_bot(harness)
    await _change_servers(harness, clip)
    events: Events = defaultdict(list)
    for session in harness.discord.gateway.sessions.values():
        for _, text in session.sent:
            packet = json.loads(text)
            events[packet["t"]].append(packet["d"])
    for name, payload in _documented(harness, events, clip):
        events[name].append(payload)
    return dict(sorted(events.items()))


async def _use_bot(harness: BotHarness) -> LocalMessage:
    """Use each kind of interaction, a reply and a direct message."""
    alice, channel = harness.alice, harness.channel
    await alice.autocomplete(channel, "generate", "model", "v")
    await (await alice.slash(channel, "generate", prompt="a lighthouse", seconds=5)).answer()
    clip = await harness.wait_for_clip("a lighthouse")
    await (await alice.press(clip, "Details")).answer()
    form = await (await alice.press(clip, "Remix")).answer()
    assert isinstance(form, Modal)
    await (await alice.submit(form, prompt="a lighthouse at night")).answer()
    await harness.wait_for_clip("a lighthouse at night")
    await (await alice.menu(clip, "Remix video")).answer()
    await (await alice.slash(channel, "jobs")).answer()
    await (await alice.slash(channel, "help")).answer()
    reply = await alice.reply(clip, "make it snow")
    await harness.wait_for_clip("make it snow")
    await alice.edit(reply, "make it rain")
    await alice.delete(reply)
    await alice.say(alice.dm(), "hello")
    return clip


async def _change_servers(harness: BotHarness, clip: LocalMessage) -> None:
    guild, bot = harness.guild, harness.guild.bot
    assert bot is not None
    other = harness.discord.add_guild("Other")
    other.remove_bot()
    for kind in ("text", "news", "forum", "voice", "category"):
        channel = guild.add_channel(kind, kind=kind)
        channel.forbid(harness.bob, "view_channel")
        channel.delete()
    role = guild.add_role("Painters", "attach_files")
    role.grant("manage_messages")
    bot.give(role)
    thread = harness.channel.add_thread("night shots", members=(harness.alice,))
    await harness.alice.say(thread, "in a thread")
    thread.archive()
    thread.unarchive()
    harness.channel.add_thread("gone").delete()
    guild.boost(2)
    maud = guild.add_member("maud", manage=True)
    for emoji in (STAR, "👍"):
        await harness.bob.react(clip, emoji)
    await harness.bob.unreact(clip, STAR)
    await harness.bob.react(clip, STAR)
    await maud.clear_reactions(clip, STAR)
    await maud.clear_reactions(clip)
    secret = harness.channel.add_thread("secret", private=True, members=(harness.alice,), bot=False)
    secret.join(harness.discord.bot_user)
    await harness.wait_until(lambda: harness.discord.gateway.connected)


def _documented(harness: BotHarness, events: Events, clip: LocalMessage) -> list[tuple[str, Json]]:
    """Return events that the local Discord doesn't send, as Discord documents them, with ids of this world."""
    guild, channel, alice = harness.guild, harness.channel, harness.alice
    guild_id, channel_id, user_id = str(guild.id), str(channel.id), str(alice.id)
    app_id, now = str(harness.discord.application_id), "2026-09-01T12:00:00+00:00"
    thread = guild.threads[0]
    membership = {"id": str(thread.id), "user_id": app_id, "join_timestamp": now, "flags": 0}
    stage = {"id": "1001", "guild_id": guild_id, "channel_id": channel_id, "topic": "x", "privacy_level": 2,
             "discoverable_disabled": True, "guild_scheduled_event_id": None}  # fmt: skip
    entitlement = {"id": "1002", "sku_id": "1003", "application_id": app_id, "user_id": user_id, "type": 8,
                   "deleted": False, "starts_at": now, "ends_at": now, "guild_id": guild_id,
                   "consumed": False}  # fmt: skip
    subscription = {"id": "1004", "user_id": user_id, "sku_ids": ["1003"], "entitlement_ids": ["1002"], "status": 0,
                    "renewal_sku_ids": None, "current_period_start": now, "current_period_end": now,
                    "canceled_at": None}  # fmt: skip
    chunk = {"guild_id": guild_id, "members": [member_payload(alice)], "chunk_index": 0, "chunk_count": 1,
             "not_found": [], "nonce": None, "presences": []}  # fmt: skip
    permission = {"id": user_id, "type": 2, "permission": True}
    role = role_payload(guild.bot_role)
    return [
        *((f"STAGE_INSTANCE_{verb}", stage) for verb in ("CREATE", "UPDATE", "DELETE")),
        *((f"ENTITLEMENT_{verb}", entitlement) for verb in ("CREATE", "UPDATE", "DELETE")),
        *((f"SUBSCRIPTION_{verb}", subscription) for verb in ("CREATE", "UPDATE", "DELETE")),
        ("RESUMED", {}),
        ("USER_UPDATE", {**user_payload(harness.discord.bot_user), "verified": True, "mfa_enabled": True}),
        ("GUILD_MEMBERS_CHUNK", chunk),
        ("GUILD_ROLE_DELETE", {"guild_id": guild_id, "role_id": role["id"]}),
        ("GUILD_ROLE_UPDATE", {"guild_id": guild_id, "role": role}),
        ("GUILD_DELETE", {"id": guild_id, "unavailable": True}),
        ("CHANNEL_UPDATE", channel_payload(channel)),
        ("CHANNEL_PINS_UPDATE", {"guild_id": guild_id, "channel_id": channel_id, "last_pin_timestamp": now}),
        ("THREAD_LIST_SYNC", {"guild_id": guild_id, "channel_ids": [channel_id],
                              "threads": [channel_payload(thread)], "members": [membership]}),
        ("THREAD_MEMBER_UPDATE", {**membership, "guild_id": guild_id}),
        ("VOICE_SERVER_UPDATE", {"token": "x", "guild_id": guild_id, "endpoint": None}),
        ("MESSAGE_DELETE_BULK", {"ids": [str(clip.id)], "channel_id": channel_id, "guild_id": guild_id}),
        ("APPLICATION_COMMAND_PERMISSIONS_UPDATE",
         {"id": app_id, "application_id": app_id, "guild_id": guild_id, "permissions": [permission]}),
        ("MESSAGE_CREATE", _forward(events["MESSAGE_CREATE"][0])),
    ]  # fmt: skip


def _forward(message: Json) -> Json:
    """Return a message as a forward of itself, with a poll and a sticker. Source: reference/discord.md 2."""
    kept = ("content", "attachments", "embeds", "mentions", "mention_roles", "type", "flags", "components")
    inner = {key: message[key] for key in kept if key in message} | {"timestamp": message["timestamp"]}
    answer = {"answer_id": 1, "poll_media": {"text": "yes"}}
    poll = {"question": {"text": "?"}, "answers": [answer], "expiry": None, "allow_multiselect": False,
            "layout_type": 1, "results": {"is_finalized": False, "answer_counts": []}}  # fmt: skip
    reference = {"type": 1, "message_id": message["id"], "channel_id": message["channel_id"]}
    return {
        **message,
        "message_reference": reference,
        "message_snapshots": [{"message": inner}],
        "sticker_items": [{"id": "1005", "name": "wave", "format_type": 1}],
        "poll": poll,
    }
