"""A client that posts over REST and never connects to the gateway, and the login that keeps trying."""

import asyncio
import logging
from collections.abc import Callable

import discord

from bot.chat.discord_errors import cause_of, describe_discord_error, pause_s
from bot.chat.gateway.connection import FIRST_PAUSE_S, MAX_PAUSE_S, refusal
from bot.ports.clock import Clock

log = logging.getLogger("retake.client")


class RestClient(discord.Client):
    """Logs in for requests only. Its caches stay empty, and `is_ready` is never true."""

    def __init__(self) -> None:
        super().__init__(
            intents=discord.Intents.none(),
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=60.0,
        )

    async def login(self, token: str) -> None:
        """Log in. May be called again after a failure."""
        try:
            await super().login(token)
        except BaseException:
            await self.http.close()  # discord.py opens a new session for each login
            self.http.clear()  # a request without a session fails like one that Discord doesn't answer
            self.http.connector = discord.utils.MISSING
            raise


class RestConnection:
    """Logs in, and tries again until Discord takes the login."""

    def __init__(self, client: RestClient, token: str, clock: Clock, on_login: Callable[[], None]) -> None:
        self._client = client
        self._token = token
        self._clock = clock
        self._on_login = on_login
        self.trouble = "Discord hasn't taken the login yet."  # a sentence for the host; empty if all is well

    async def run(self) -> str:
        """Run until cancelled. Return a sentence if Discord refuses what only the host can change."""
        backoff_s = FIRST_PAUSE_S
        while True:
            try:
                await self._client.login(self._token)
            except Exception as error:  # noqa: BLE001
                # Kept alive: the process and its paid jobs. Discord may answer anything.
                cause = cause_of(error)
                if (refused := refusal(cause)) is not None:
                    return refused
                wait_s = pause_s(cause, backoff_s)
                why = describe_discord_error(cause)
                self.trouble = f"Discord hasn't taken the login. {why}"
                log.warning("could not log in to Discord", extra={"why": f"{why} Next try in {wait_s:.0f} s."})
                await self._clock.sleep(wait_s)
                backoff_s = min(MAX_PAUSE_S, backoff_s * 2)
            else:
                break
        self.trouble = ""
        log.info("logged in")
        self._on_login()
        await asyncio.Event().wait()
        return ""
