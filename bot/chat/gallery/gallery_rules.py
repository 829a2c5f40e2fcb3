"""Decide whether a video belongs in its server's gallery, and what its post says. Nothing is written."""

import contextlib

import discord

from bot.catalogue.offers import Offers
from bot.chat.permissions.gallery_readers import all_readers_may_see, channel_of
from bot.chat.permissions.request_policy import check_words
from bot.chat.permissions.video_access import is_age_restricted
from bot.chat.text.gallery_text import Ancestor, gallery_text
from bot.i18n import use_locale
from bot.jobs.job import Job, State
from bot.jobs.rejections import AgainstRules
from bot.jobs.server_settings import DELETED_PROMPT, ServerSettings
from bot.ports.gallery import Shown
from bot.ports.job_store import JobStore
from bot.ports.repositories import Repositories

MOST_ANCESTORS = 100


class GalleryRules:
    """Reads everything again at each call: settings, stars, the job, and who can read both channels now."""

    def __init__(self, client: discord.Client, *, store: JobStore, offers: Offers, repositories: Repositories) -> None:
        self._client = client
        self._store = store
        self._offers = offers
        self._repositories = repositories

    async def place(self, job: Job, guild: discord.Guild, shown: Shown | None) -> discord.abc.GuildChannel | None:
        """Return the channel of the gallery that a video belongs in now, or None. Raise Unreachable.

        A post that is there stays in its channel when the server chooses another one.
        """
        settings = await self._repositories.servers.settings(guild.id)
        posted = shown is not None and shown.message_id is not None
        channel_id = shown.channel_id if shown is not None and posted else settings.gallery_channel_id
        gallery = guild.get_channel(channel_id) if channel_id is not None else None
        if gallery is None or not _can_be_shown(job, gallery) or await self._store.has_withdrawn(job):
            return None
        if job.prompt == DELETED_PROMPT:  # so are its stars
            if not posted:
                return None
        elif not await self._is_liked(job, settings) or _breaks_rules(job, settings, gallery):
            return None
        source = await channel_of(self._client, guild, job.post.result_channel_id or job.channel_id)
        return gallery if all_readers_may_see(gallery, source) else None

    async def _is_liked(self, job: Job, settings: ServerSettings) -> bool:
        return await self._repositories.stars.count(job) >= settings.gallery_stars

    async def text(self, job: Job, gallery: discord.abc.GuildChannel) -> str:
        """Return the text of a post in the server's language, with the whole line that the video was remixed from."""
        line: list[Ancestor] = []
        parent_id = job.parent_id
        while parent_id is not None and len(line) < MOST_ANCESTORS:
            ancestor = await self._store.job(parent_id)
            if ancestor is None:
                break
            line.append(await self._ancestor(ancestor, gallery))
            parent_id = ancestor.parent_id
        with use_locale(gallery.guild.preferred_locale.value):
            return gallery_text(job, self._offers.title_for(job), line)

    async def _ancestor(self, job: Job, gallery: discord.abc.GuildChannel) -> Ancestor:
        channel = gallery.guild.get_channel_or_thread(job.post.result_channel_id or job.channel_id)
        visible = channel is not None and all_readers_may_see(gallery, channel)
        named = visible and job.user_id != 0 and not await self._store.has_withdrawn(job)
        return Ancestor(job=job, named=named)


def _can_be_shown(job: Job, gallery: discord.abc.GuildChannel) -> bool:
    """Return whether a video is there, its requester lets others use it, and it isn't in the gallery's channel."""
    there = job.state is State.DELIVERED and job.post.message_id is not None and job.post.deleted_at is None
    return there and not job.no_remix and (job.post.result_channel_id or job.channel_id) != gallery.id


def _breaks_rules(job: Job, settings: ServerSettings, gallery: discord.abc.GuildChannel) -> bool:
    with contextlib.suppress(AgainstRules):
        check_words(settings, job.prompt, restricted=is_age_restricted(gallery))
        return False
    return True
