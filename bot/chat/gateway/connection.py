"""Keep the client logged in and connected, and say what a host has to change."""

import logging
from collections.abc import Callable
from typing import Never

import discord

from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.discord_errors import LOGIN_REFUSED, MAX_RETRY_AFTER_S, cause_of, describe_discord_error, retry_after_s
from bot.chat.gateway.identify_limit import reset_text
from bot.chat.gateway.sharded_bot import (
    BAD_INTENTS,
    BAD_SHARD,
    BAD_TOKEN,
    INTENTS_NOT_ALLOWED,
    OLD_API,
    TOO_FEW_SHARDS,
    ShardedBot,
)
from bot.ports.clock import Clock

log = logging.getLogger("retake.client")

FIRST_PAUSE_S, MAX_PAUSE_S = 1.0, 120.0
HEALTHY_S = 60.0  # a connection that held this long ends the backoff
# What a host can do about a close code. Source: Discord's table of gateway close codes
ADVICE = {
    BAD_TOKEN: f"Gateway close code 4004: {LOGIN_REFUSED}",
    BAD_SHARD: "Gateway close code 4010: Discord refuses the shard number; the shards are counted again.",
    TOO_FEW_SHARDS: "Gateway close code 4011: the bot is on too many servers for its shards; more shards are started.",
    OLD_API: "Gateway close code 4012: Discord no longer supports this API version. Update Retake. "
    "Until then the bot doesn't connect, and finishes the videos that were paid for.",
    BAD_INTENTS: "Gateway close code 4013: Discord doesn't know the intents that the bot asks for. Update Retake.",
    INTENTS_NOT_ALLOWED: "Gateway close code 4014: Discord doesn't allow the intents that the bot asks for. "
    "Retake asks for no privileged intent: update it, and check the bot's page in the Developer Portal.",
}
TOO_FEW_SET = (
    "Gateway close code 4011: the bot is on too many servers for RETAKE_SHARDS={shards}. "
    "Stop all gateways, and start them with more shards."
)
_EXPECTED = (*DISCORD_ERRORS, discord.GatewayNotFound, discord.ConnectionClosed)
_NEEDS_HOST = frozenset({BAD_TOKEN, BAD_INTENTS, INTENTS_NOT_ALLOWED})


class Connection:
    """Logs in, connects and reconnects, beside everything else that the process does."""

    def __init__(self, bot: ShardedBot, token: str, clock: Clock, on_login: Callable[[], None]) -> None:
        self._bot = bot
        self._token = token
        self._clock = clock
        self._on_login = on_login
        self._pause_s = FIRST_PAUSE_S
        self._trouble = "Discord isn't connected."

    @property
    def trouble(self) -> str:
        """A sentence for the host that says why Discord isn't connected."""
        until = self._bot.identifies.exhausted_until
        if until is not None:
            return f"Discord isn't connected. Too few gateway sessions are left until {reset_text(until)}."
        return self._trouble

    async def run(self) -> str:
        """Run until cancelled. Return a sentence if Discord refuses what only the host can change."""
        while True:
            started = self._clock.monotonic()
            try:
                await self._connect()
                why, wait_s = "The connection ended.", 0.0
            except Exception as error:
                # Kept alive: the process and its paid jobs. Discord may answer anything.
                cause = cause_of(error)
                if (refused := refusal(cause) or self._too_few_shards(cause)) is not None:
                    return refused
                wait_s = retry_after_s(cause)
                why = await self._respond(close_code(cause)) or describe_discord_error(cause)
                if not isinstance(cause, _EXPECTED):
                    log.exception("the connection failed")
            if self._bot.is_ready() and self._clock.monotonic() - started >= HEALTHY_S:
                self._pause_s = FIRST_PAUSE_S
            await self._pause(why, wait_s)

    def _too_few_shards(self, error: Exception) -> str | None:
        """Return what the host has to change if this gateway's shards are set and Discord wants more of them."""
        if close_code(error) != TOO_FEW_SHARDS or self._bot.shard_range is None:
            return None
        return TOO_FEW_SET.format(shards=self._bot.shard_range)

    async def _respond(self, code: int | None) -> str:
        """Start more shards or stop connecting if a close code asks for it. Return its sentence, if it has one."""
        if code == OLD_API:
            await self._stop_connecting(ADVICE[code])
        if code == TOO_FEW_SHARDS:
            self._bot.min_shards = (self._bot.shard_count or 0) + 1
        return ADVICE.get(code or 0, "")

    async def _connect(self) -> None:
        if not self._bot.logged_in:
            await self._bot.login(self._token)
            log.info("logged in")
            self._on_login()
        await self._bot.connect()

    async def _pause(self, why: str, wait_s: float) -> None:
        pause_s = max(self._pause_s, min(wait_s, MAX_RETRY_AFTER_S))
        self._pause_s = min(MAX_PAUSE_S, self._pause_s * 2)
        log.warning("could not connect to Discord", extra={"why": f"{why} Next try in {pause_s:.0f} s."})
        self._trouble = f"Discord isn't connected. {why}"
        await self._bot.disconnect()
        await self._clock.sleep(pause_s)

    async def _stop_connecting(self, why: str) -> Never:
        """Wait until cancelled. Posts go on over REST."""
        log.error(why)
        self._trouble = why
        await self._bot.disconnect()
        while True:
            await self._clock.sleep(3600.0)


def refusal(error: Exception) -> str | None:
    """Return what the host has to change, or None if another attempt may succeed."""
    match error:
        case discord.LoginFailure() | discord.HTTPException(status=401):
            return LOGIN_REFUSED
    code = close_code(error)
    return ADVICE[code] if code in _NEEDS_HOST else None


def close_code(error: Exception) -> int | None:
    """Return the gateway's close code, or None if the gateway didn't end the connection."""
    match error:
        case discord.ConnectionClosed(code=code):
            return code
        case discord.PrivilegedIntentsRequired():
            return INTENTS_NOT_ALLOWED
    return None
