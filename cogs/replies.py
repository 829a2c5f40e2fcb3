"""Replies to our videos are requests. With the ping on, their text is readable without a privileged intent."""

import logging

import discord
from discord.ext import commands

from bot.chat.components.interactions import DISCORD_ERRORS
from bot.client import RetakeBot
from bot.jobs.job import Job
from bot.jobs.server_settings import ReplyMode

log = logging.getLogger("retake.chat")

BELL = "\N{BELL}"
BELL_EVERY_S = 24 * 3600.0


class Replies(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._services = bot.services

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        job = await self._answered_job(message)
        if job is None or not isinstance(message.author, discord.Member):
            return
        if message.content or message.attachments:
            await self._services.reply_handler.handle_reply(message, message.author, job)
        elif not message.stickers and not message.poll:
            await self._hint(message, job)

    async def _answered_job(self, message: discord.Message) -> Job | None:
        """Return the job whose message a person replies to, or None."""
        reference = message.reference
        if message.author.bot or message.webhook_id is not None or message.guild is None or reference is None:
            return None
        if reference.message_id is None or reference.type is not discord.MessageReferenceType.reply:
            return None
        job = await self._services.store.by_message(reference.message_id)
        return job if job is not None and job.guild_id == message.guild.id else None

    async def _hint(self, message: discord.Message, job: Job) -> None:
        """Add a bell, at most once a day per person: without the ping Discord withholds the reply's text."""
        settings = await self._services.job_service.settings(job.guild_id)
        if settings.reply_mode is ReplyMode.OFF:
            return
        now = self._services.clock.now()
        if not await self._services.store.set_flag_once_per(f"bell:{message.author.id}", now, BELL_EVERY_S):
            return
        try:
            await message.add_reaction(BELL)
        except DISCORD_ERRORS as error:
            log.info("could not add a reaction", extra={"why": type(error).__name__})


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Replies(bot))
