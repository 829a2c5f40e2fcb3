"""A reply to one of our videos, with its ping on, is an order. It needs no privileged intent."""

import logging

import discord
from discord.ext import commands

from bot.chat.orders import check_picture
from bot.chat.replies import Exact, Prompt, Talk, read_reply
from bot.chat.status import TROUBLE
from bot.client import RetakeBot
from bot.jobs.desk import Request
from bot.jobs.errors import BadWish, SourceNotFound
from bot.jobs.model import Job, Kind

log = logging.getLogger("retake.chat")


class Replies(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._bot = bot
        self._services = bot.services

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        job = await self._answered_job(message)
        if job is None or self._bot.user is None:
            return
        match read_reply(message.content, self._bot.user.id):
            case Talk():
                return
            case Prompt() as prompt:
                await self._order(message, job, prompt)
            case Exact(word="again"):
                await self._order(message, job, None)
            case Exact():
                return

    async def _answered_job(self, message: discord.Message) -> Job | None:
        """The job that a person's pinging reply is about."""
        reference = message.reference
        if message.author.bot or message.guild is None or reference is None or reference.message_id is None:
            return None
        if reference.type is not discord.MessageReferenceType.reply or not message.content:
            return None  # with the ping off Discord keeps the words from us
        return await self._services.store.by_message(reference.message_id)

    async def _order(self, message: discord.Message, job: Job, prompt: Prompt | None) -> None:
        try:
            if not isinstance(message.author, discord.Member):
                raise SourceNotFound
            source = await self._services.access.allowed(job, message.author, message.channel)
            picture = next(iter(message.attachments), None)
            if prompt is not None:
                request = Request(
                    kind=Kind.EXTEND if prompt.extend else Kind.REMIX,
                    prompt=prompt.text,
                    image_url=check_picture(picture),
                    source=source,
                )
            else:
                request = await self._services.presses.anew(message.author, message.channel, source)
            await self._services.orders.by_reply(message, request)
        except BadWish as error:
            await self._say(message, error.sentence())

    async def _say(self, message: discord.Message, sentence: str) -> None:
        try:
            await message.reply(sentence, delete_after=120.0)
        except TROUBLE as error:
            log.info("an answer was not taken", extra={"why": type(error).__name__})


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Replies(bot))
