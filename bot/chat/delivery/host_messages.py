"""Messages to the host: in the channel that the host has set, or to the owner of the bot's application."""

import asyncio
import logging

import discord

from bot.chat.components.interactions import DISCORD_ERRORS

log = logging.getLogger("retake.chat")

MAX_SEND_S = 10.0


async def send_dm(client: discord.Client, user_id: int, text: str) -> bool:
    """Send a direct message. Return whether Discord has taken it."""
    try:
        channel = await client.create_dm(discord.Object(id=user_id))
        await channel.send(text, suppress_embeds=True)
    except DISCORD_ERRORS as error:
        log.info("a warning was not delivered", extra={"why": type(error).__name__})
        return False
    return True


class HostMessages:
    """Sends messages to the host. `channel_id`: the channel for them; None: a direct message to the owner."""

    def __init__(self, client: discord.Client, channel_id: int | None) -> None:
        self._client = client
        self._channel_id = channel_id

    async def send(self, text: str) -> bool:
        """Send a message. Return whether Discord has taken it, in the channel or else by direct message."""
        try:
            async with asyncio.timeout(MAX_SEND_S):
                return await self._post(text) or await self._message_owner(text)
        except TimeoutError:
            log.info("a warning was not delivered", extra={"why": TimeoutError.__name__})
            return False

    async def _post(self, text: str) -> bool:
        if self._channel_id is None or self._client.application_id is None:
            return False
        try:
            await self._client.get_partial_messageable(self._channel_id).send(text, suppress_embeds=True)
        except DISCORD_ERRORS as error:
            log.warning("could not post in the host's channel", extra={"why": type(error).__name__})
            return False
        return True

    async def _message_owner(self, text: str) -> bool:
        application = self._client.application
        if application is None:
            return False
        owner_id = application.team.owner_id if application.team is not None else application.owner.id
        return owner_id is not None and await send_dm(self._client, owner_id, text)
