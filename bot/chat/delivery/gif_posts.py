"""Remember where GIFs of a video were posted, so that they're deleted with it."""

import logging

import discord

from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.delivery.delete_message import delete_message
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore

log = logging.getLogger("retake.chat")

MOST_POSTS = 50  # of one video; an older one isn't remembered


class GifPosts:
    """The messages with GIFs, by job. Their ids are stored."""

    def __init__(self, client: discord.Client, store: JobStore, clock: Clock) -> None:
        self._client = client
        self._store = store
        self._clock = clock

    async def record(self, job_id: str, message: discord.Message) -> None:
        posts = [*await self._posts(job_id), f"{message.channel.id}/{message.id}"]
        await self._store.set_flag(f"gif:{job_id}", " ".join(posts[-MOST_POSTS:]), self._clock.now())

    async def delete(self, job_id: str, guild_id: int) -> None:
        """Delete the GIFs of a video. One that Discord doesn't delete is logged and stays remembered."""
        left = []
        for post in await self._posts(job_id):
            channel_id, message_id = map(int, post.split("/"))
            try:
                await delete_message(self._client, guild_id=guild_id, channel_id=channel_id, message_id=message_id)
            except DISCORD_ERRORS as error:
                log.info("a GIF was not deleted", extra={"why": type(error).__name__})
                left.append(post)
        await self._store.set_flag(f"gif:{job_id}", " ".join(left), self._clock.now())

    async def _posts(self, job_id: str) -> list[str]:
        stored = await self._store.get_flag(f"gif:{job_id}")
        return stored[0].split() if stored is not None else []
