"""Compare who can read two channels, by their permissions alone: the bot isn't told who the members are."""

import discord

from bot.chat.components.interactions import DISCORD_ERRORS, is_refusal
from bot.chat.permissions.video_access import is_age_restricted
from bot.jobs.provider_errors import Unreachable

_VIEW = "view_channel"
Sides = tuple[bool, bool]  # whether a permission is allowed and denied


async def channel_of(client: discord.Client, guild: discord.Guild, channel_id: int) -> object:
    """Return a channel or a thread, from Discord if it's a thread that isn't cached. None if it can't be seen.

    Raise Unreachable.
    """
    channel = guild.get_channel_or_thread(channel_id)
    if channel is not None:
        return channel
    try:
        return await client.fetch_channel(channel_id)
    except DISCORD_ERRORS as error:
        if is_refusal(error):
            return None
        raise Unreachable(provider="Discord") from error


def all_readers_may_see(gallery: discord.abc.GuildChannel, source: object) -> bool:
    """Return whether everyone who can read the gallery may see what is posted in another channel.

    In doubt it's False: a private thread has members that permissions don't show, and an uncached channel isn't known.
    """
    if isinstance(source, discord.Thread):
        if source.is_private() or source.parent is None:
            return False
        source = source.parent
    if not isinstance(source, discord.abc.GuildChannel) or isinstance(source, discord.CategoryChannel):
        return False
    if is_age_restricted(source) and not is_age_restricted(gallery):
        return False
    if not _seen_by_all(source, _VIEW) and not _seen_by_more(source, gallery, _VIEW):
        return False
    voice = isinstance(source, discord.VoiceChannel | discord.StageChannel)
    return all(_seen_by_all(source, name) for name in ("read_message_history", *(["connect"] if voice else [])))


def _seen_by_all(channel: discord.abc.GuildChannel, name: str) -> bool:
    """Return whether every member has a permission here: granted to everyone, and denied to nobody."""
    everyone = channel.guild.default_role
    sides = _overwrites(channel, name)
    allowed, denied = sides.pop(everyone.id, (False, False))
    granted = allowed or (getattr(everyone.permissions, name) and not denied)
    return granted and not any(denied for _, denied in sides.values())


def _seen_by_more(channel: discord.abc.GuildChannel, than: discord.abc.GuildChannel, name: str) -> bool:
    """Return whether everyone with a permission in the second channel has it in the first, too.

    For each role and member, the one must allow what the other allows and deny no more: Discord's order of overwrites
    then can't give less.
    """
    here, there = _overwrites(channel, name), _overwrites(than, name)
    nothing: Sides = (False, False)
    for target_id in here.keys() | there.keys():
        (allowed, denied), (other_allowed, other_denied) = here.get(target_id, nothing), there.get(target_id, nothing)
        if (other_allowed and not allowed) or (denied and not other_denied):
            return False
    return True


def _overwrites(channel: discord.abc.GuildChannel, name: str) -> dict[int, Sides]:
    """Return what a channel changes about a permission, by the id of the role or member. The bot's own don't count."""
    me = channel.guild.me
    ours = {me.id, *(role.id for role in me.roles if role.is_bot_managed())}
    found: dict[int, Sides] = {}
    for target, overwrite in channel.overwrites.items():
        if target.id not in ours:
            allow, deny = overwrite.pair()
            found[target.id] = (getattr(allow, name), getattr(deny, name))
    return found
