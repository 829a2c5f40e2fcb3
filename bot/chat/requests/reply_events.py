"""Answer replies that were written while the bot was offline, and tell newcomers why a reply can't be read."""

import logging
from datetime import UTC, datetime

import discord

from bot.background import run_every
from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.requests.forwards import job_of_answered
from bot.chat.requests.recorded_posts import job_of_message
from bot.chat.requests.reply_handler import ReplyHandler
from bot.jobs.job import Job
from bot.jobs.server_settings import ReplyMode
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.ports.repositories import Repositories
from bot.ports.shards import ShardRange

log = logging.getLogger("retake.chat")

BELL = "\N{BELL}"
BELL_EVERY_S = 24 * 3600.0
ONLINE_EVERY_S = 30.0
MARGIN_S = 120.0  # a lost connection is noticed late
LOOK_BACK_S = 3600.0
MAX_CHANNELS = 100
MAX_MESSAGES = 200  # per channel
MAX_HANDLED = 1000


class ReplyEvents:
    """Finds the job that a message replies to, live or after a start, and hands the reply on.

    `shards`: those of this process, if others hold the rest.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        store: JobStore,
        clock: Clock,
        job_service: JobService,
        reply_handler: ReplyHandler,
        repositories: Repositories,
        shards: ShardRange | None = None,
    ) -> None:
        self._shards = shards
        self._online = "online" if shards is None else f"online:{shards}"
        self._client = client
        self._store = store
        self._clock = clock
        self._job_service = job_service
        self._reply_handler = reply_handler
        self._repositories = repositories
        self._last_id = 0
        self._handled: dict[int, None] = {}  # ids of this process, the newest last
        self._caught_up = False

    async def on_message(self, message: discord.Message) -> None:
        """Handle a message that was just written."""
        job = await self._answered_job(message)
        if isinstance(message.author, discord.Member) and (job is not None or self._names_us(message)):
            await self._handle(message, message.author, job, late=False)

    async def _handle(self, message: discord.Message, member: discord.Member, job: Job | None, *, late: bool) -> None:
        if message.id in self._handled:
            return  # seen live while the channel was read
        self._handled[message.id] = None
        if len(self._handled) > MAX_HANDLED:
            self._handled.pop(next(iter(self._handled)))
        if job is None:
            await self._reply_handler.handle_mention(message, member, late=late)
        elif message.content or message.attachments:
            await self._reply_handler.handle_reply(message, member, job, late=late)
        elif not message.stickers and not message.poll:
            await self._hint(message, job)
        if message.id > self._last_id:
            self._last_id = message.id
            await self._store.set_flag(self._online, str(message.id), self._clock.now())

    async def _answered_job(self, message: discord.Message) -> Job | None:
        """Return the job whose message, post in a gallery, or a forward of these, a person replies to, or None.

        A member's own video is no job.
        """
        answered_id, reference = _answered_id(message), message.reference
        if answered_id is None or reference is None:
            return None
        store, gallery, me = self._store, self._repositories.gallery, self._client.user
        job = await job_of_message(store, gallery, self._clock, answered_id, reference.resolved, me)
        if job is None and self._names_us(message):  # otherwise Discord withholds what is said about a forward
            job = await job_of_answered(self._store, self._repositories.gallery, message)
        here = message.guild.id if message.guild is not None else 0
        return job if job is not None and job.guild_id == here and not job.imported else None

    def _names_us(self, message: discord.Message) -> bool:
        """Return whether a person names the bot in a reply. The ping of a reply to the bot itself doesn't count."""
        own_id = self._client.user.id if self._client.user is not None else 0
        return _answered_id(message) is not None and f"<@{own_id}>" in message.content.replace("<@!", "<@")

    async def _hint(self, message: discord.Message, job: Job) -> None:
        """Add a bell: without the ping Discord withholds the reply's text.

        Once a day for a member who has ordered by reply before, each time for others.
        """
        settings = await self._job_service.settings(job.guild_id)
        if settings.reply_mode is ReplyMode.OFF:
            return
        now = self._clock.now()
        once = await self._repositories.job_queries.has_replied(job.guild_id, message.author.id)
        if not await self._store.set_flag_once_per(f"bell:{message.author.id}", now, BELL_EVERY_S) and once:
            return
        try:
            await message.add_reaction(BELL)
        except DISCORD_ERRORS as error:
            log.info("could not add a reaction", extra={"why": type(error).__name__})

    async def run(self) -> None:
        """Remember while the bot is connected until when, and up to which reply it has read, until cancelled."""
        sleep = self._clock.sleep
        await run_every(ONLINE_EVERY_S, self.record_online, sleep=sleep, log=log, failure="could not note the time")

    async def record_online(self) -> None:
        """Store the time of a connected bot. Nothing before its first catch-up: the time of before is needed there."""
        if self._caught_up and not self._client.is_closed():
            await self._store.set_flag(self._online, str(self._last_id), self._clock.now())

    def set_connected(self, connected: bool) -> None:
        """Stop counting as online when the connection is lost, until it's resumed or `catch_up` has run."""
        self._caught_up = connected

    async def catch_up(self) -> None:
        """Answer the replies of the last hour that were written while the bot was offline, each with a question."""
        now, flag = self._clock.now(), await self._store.get_flag(self._online)
        flag = flag or await self._store.get_flag("online")  # these shards are held for the first time
        if flag is not None:
            since = datetime.fromtimestamp(max(flag[1] - MARGIN_S, now - LOOK_BACK_S), tz=UTC)
            first_id = max(self._last_id, int(flag[0]), discord.utils.time_snowflake(since))
            for channel_id in await self._repositories.job_queries.active_channels(MAX_CHANNELS, self._shards):
                await self._read_channel(channel_id, first_id)
        self._caught_up = True

    async def _read_channel(self, channel_id: int, first_id: int) -> None:
        channel = self._client.get_channel(channel_id)
        if not isinstance(channel, discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread):
            return
        try:
            after = discord.Object(id=first_id)
            found = [each async for each in channel.history(after=after, limit=MAX_MESSAGES, oldest_first=True)]
        except DISCORD_ERRORS as error:
            log.info("could not look for replies", extra={"why": type(error).__name__})
            return
        answered = {
            message.reference.message_id
            for message in found
            if message.reference is not None and message.author == self._client.user
        }
        for message in found:
            if message.id not in answered:
                await self._handle_late(message)

    async def _handle_late(self, message: discord.Message) -> None:
        job = await self._answered_job(message)
        if message.guild is None or (job is None and not self._names_us(message)):
            return
        if await self._store.by_source_message(message.id) is not None:
            return
        try:
            member = await message.guild.fetch_member(message.author.id)  # history names users, not members
        except DISCORD_ERRORS as error:
            log.info("could not look up the author of a reply", extra={"why": type(error).__name__})
            return
        await self._handle(message, member, job, late=True)


def _answered_id(message: discord.Message) -> int | None:
    """Return the id of the message that a person replies to on a server, or None."""
    reference = message.reference
    if message.author.bot or message.webhook_id is not None or message.guild is None or reference is None:
        return None
    return reference.message_id if reference.type is discord.MessageReferenceType.reply else None
