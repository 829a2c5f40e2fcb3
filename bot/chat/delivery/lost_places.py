"""Reach a requester in a place that the bot has lost: by the interaction's token, then by a hint in the parent."""

import contextlib
import logging

import discord

from bot.chat.components.interactions import DISCORD_ERRORS, Interaction
from bot.i18n import _, use_locale
from bot.jobs.job import Job
from bot.jobs.status import CannotPost, JobStatus, Parked
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore

log = logging.getLogger("retake.chat")

TOKEN_LIFE_S = 14.5 * 60.0  # Discord's 15 min, less the time of the request
MAX_REMEMBERED = 10_000
KEPT_FOR_S = 31 * 86_400.0  # a clip is kept for less


class LostPlaces:
    """Shows a status whose message the bot can't edit. Tokens are kept in memory only.

    `/jobs` says the same in any case.
    """

    def __init__(self, client: discord.Client, clock: Clock, store: JobStore) -> None:
        self._client = client
        self._clock = clock
        self._store = store
        self._interactions: dict[str, tuple[Interaction, float]] = {}  # by job, oldest first

    async def remember_parent(self, channel: object) -> None:
        """Store the parent of a private thread: a bot that was removed from the thread can't ask for it any more."""
        if isinstance(channel, discord.Thread) and channel.is_private():
            await self._store.set_flag(f"parent:{channel.id}", str(channel.parent_id), self._clock.now())

    def remember(self, job_id: str, interaction: Interaction) -> None:
        """Keep the interaction that was answered with a job's status message while its token is valid."""
        now = self._clock.monotonic()
        self._interactions[job_id] = (interaction, now + TOKEN_LIFE_S)
        for old_id, (_old, until) in list(self._interactions.items()):
            if until > now and len(self._interactions) <= MAX_REMEMBERED:
                break
            del self._interactions[old_id]

    async def show(self, job: Job, notice: JobStatus, line: str, view: discord.ui.View | None) -> None:
        """Show a status that Discord has refused to put into its message."""
        if await self._edit_by_token(job, line, view):
            return
        if isinstance(notice, Parked | CannotPost):
            await self._hint(job)

    async def _edit_by_token(self, job: Job, line: str, view: discord.ui.View | None) -> bool:
        interaction, until = self._interactions.get(job.id, (None, 0.0))
        if interaction is None or until <= self._clock.monotonic():
            return False
        try:
            await interaction.edit_original_response(content=line, view=view)
        except DISCORD_ERRORS as error:
            log.info("the token of an order reaches nobody", extra={"job": job.code, "why": type(error).__name__})
            return False
        return True

    async def _hint(self, job: Job) -> None:
        """Tell the requester in the thread's parent, without the prompt or the thread's name, once."""
        parent = await self._parent(job.channel_id)
        flag = f"hint:{job.id}"
        if parent is None or not await self._store.set_flag_once_per(flag, self._clock.now(), KEPT_FOR_S):
            return
        with use_locale(job.locale):
            text = _("{member} Your video {code} is ready, but I can't post it in its thread. /jobs says why.").format(
                member=f"<@{job.user_id}>", code=job.code
            )
        mentions = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(id=job.user_id)])
        try:
            await parent.send(text, nonce=f"{job.id}h0", allowed_mentions=mentions)
        except DISCORD_ERRORS as error:
            log.info("no hint in the parent channel", extra={"job": job.code, "why": type(error).__name__})
            await self._store.set_flag(flag, "", 0.0)  # nothing was sent: the next status tries again

    async def parent_id(self, thread_id: int) -> int | None:
        """Return the parent of a private thread in which something was ordered, or None."""
        stored = await self._store.get_flag(f"parent:{thread_id}")
        return int(stored[0]) if stored is not None else None

    async def _parent(self, thread_id: int) -> discord.TextChannel | None:
        thread = self._client.get_channel(thread_id)
        if isinstance(thread, discord.Thread):
            parent: object = thread.parent
        else:
            parent_id = await self.parent_id(thread_id)
            parent = await self._channel(parent_id) if parent_id is not None else None
        return parent if isinstance(parent, discord.TextChannel) else None

    async def _channel(self, channel_id: int) -> object:
        """Return a channel, from Discord if this process has no gateway. None if it's unknown."""
        if self._client.is_ready():
            return self._client.get_channel(channel_id)
        with contextlib.suppress(*DISCORD_ERRORS):
            return await self._client.fetch_channel(channel_id)
        return None
