"""The limits on IDENTIFY for a gateway that shares the bot's token with other gateways."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.chat.gateway.identify_limit import EXPIRY_MARGIN_S, MIN_LEFT, SPACING_S, NoIdentifiesLeft, warn_if_few
from bot.ports.clock import Clock
from bot.ports.identifies import GatewayFacts, IdentifyTurns

MARGIN_S = 0.5  # what two machines may need longer or shorter from a turn to Discord
LOOK_AGAIN_S = 0.5  # for what another gateway is asking


class SharedIdentifies:
    """Takes turns in the database. `fetch` reads `GET /gateway/bot`, which one gateway asks for all of them."""

    def __init__(self, clock: Clock, turns: IdentifyTurns, fetch: Callable[[], Awaitable[GatewayFacts]]) -> None:
        self._clock = clock
        self._turns = turns
        self._fetch = fetch
        self._last: GatewayFacts | None = None
        self._reading = asyncio.Lock()

    @property
    def exhausted_until(self) -> float | None:
        """Return the time of the reset in UTC seconds if too few IDENTIFYs are left, else None."""
        facts = self._last
        if facts is None or facts.remaining >= MIN_LEFT or self._clock.now() >= facts.resets_at:
            return None
        return facts.resets_at

    async def refresh(self) -> GatewayFacts:
        """Return what Discord said in the last ten minutes, or ask. Raise discord.py's errors."""
        async with self._reading:
            while (facts := await self._turns.facts(self._clock.now())) is None:
                if await self._turns.may_ask(self._clock.now()):
                    facts = await self._fetch()
                    await self._turns.store(facts, self._clock.now())
                    break
                await self._clock.sleep(LOOK_AGAIN_S)
        self._last = facts
        warn_if_few(facts)
        return facts

    async def wait(self) -> None:
        """Wait until IDENTIFYs may be sent."""
        await self.refresh()
        while (until := self.exhausted_until) is not None:
            await self._clock.sleep(until - self._clock.now() + EXPIRY_MARGIN_S)
            await self.refresh()

    async def take(self, shard_id: int) -> None:
        """Wait for a turn of the shard's bucket among all gateways. Raise NoIdentifiesLeft."""
        facts = await self.refresh()
        if facts.remaining < MIN_LEFT:
            raise NoIdentifiesLeft
        bucket = shard_id % max(1, facts.max_concurrency)
        at = await self._turns.take(bucket, self._clock.now(), SPACING_S + MARGIN_S)
        await self._clock.sleep(max(0.0, at - self._clock.now()))
