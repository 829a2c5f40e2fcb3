"""The switches of the side panel: faults outside the bot that can be turned on and off."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.sandbox.discord import Guild, Refused
from bot.sandbox.discord.errors import Json
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers.server import LocalProvider

SLOW_S = 60.0
SMALL_BYTES = 600_000
WORKS = "POST /v1/video*"
POLICY = {
    "error": {"code": "content_policy_violation", "message": "Refused by a switch.", "type": "invalid_request_error"}
}
LABELS: Mapping[str, str] = {
    "slow": "Rendering takes a minute",
    "refuse": "The provider refuses prompts",
    "broken": "The provider returns 500",
    "expired": "Links to clips are expired",
    "small": "Discord limits uploads to 600 KB (413)",
}


@dataclass(frozen=True, slots=True)
class DefaultSettings:
    """The settings of providers and of a server before any switch was used."""

    render_s: Mapping[str, object]
    link_life_s: Mapping[str, float]
    upload_limit_bytes: int


class FaultSwitches:
    """Turns switches; `states` returns their positions. `has_one_bot`: it's the process of the environment."""

    def __init__(self, world: LocalEnvironment, guild: Guild, *, has_one_bot: bool = True) -> None:
        self._world, self._guild, self._has_one_bot = world, guild, has_one_bot
        self._on: set[str] = set()
        self._faults: dict[str, list[tuple[LocalProvider, Fault]]] = {}
        self._turn = asyncio.Lock()
        self._usual = DefaultSettings(
            {provider.name: provider.render_s for provider in world.providers},
            {provider.name: provider.link_life_s for provider in world.providers},
            guild.upload_limit_bytes,
        )

    def states(self) -> list[Json]:
        return [{"name": name, "label": label, "on": name in self._on} for name, label in LABELS.items()]

    def turn(self, name: str, on: bool) -> None:
        """Set a switch. Refused for one that does not exist."""
        if name not in LABELS:
            raise Refused("no_switch", f"There is no switch {name!r}.")
        if on == (name in self._on):
            return
        (self._on.add if on else self._on.discard)(name)
        turners: Mapping[str, Callable[[bool], None]] = {
            "slow": self._slow,
            "expired": self._expired,
            "small": self._small,
            "refuse": lambda on: self._fault("refuse", on, WORKS, 422, POLICY),
            "broken": lambda on: self._fault("broken", on, "* /v1/*", 500, None),
        }
        turners[name](on)

    def _slow(self, on: bool) -> None:
        for provider in self._world.providers:
            usual = self._usual.render_s[provider.name]
            provider.render_s = SLOW_S if on or not isinstance(usual, int | float) else usual
            if not on:
                for task in provider.tasks.values():
                    task.hurry.set()  # a switch that was turned off takes effect at once

    def _expired(self, on: bool) -> None:
        for provider in self._world.providers:
            provider.link_life_s = 0.0 if on else self._usual.link_life_s[provider.name]
            provider.cdn.expire_all()

    def _small(self, on: bool) -> None:
        self._guild.upload_limit_bytes = SMALL_BYTES if on else self._usual.upload_limit_bytes

    def _fault(self, name: str, on: bool, route: str, status: int, body: Json | None) -> None:
        for provider, fault in self._faults.pop(name, []):
            provider.wire.clear(fault)
        if on:
            self._faults[name] = [
                (provider, provider.wire.fail(Fault(route=route, status=status, body=body, times=None)))
                for provider in self._world.providers
            ]

    async def act(self, name: str) -> None:
        """Do one thing at once: `drop`, `kill`, `start` or `restart`."""
        match name:
            case "drop":
                self._world.discord.drop_gateway()
            case "kill" | "start" | "restart" if self._has_one_bot:
                async with self._turn:
                    await self._bot(name)
            case _:
                raise Refused("no_act", f"Unknown action {name!r}.")

    async def _bot(self, what: str) -> None:
        bot = self._world.bot
        if what in ("kill", "restart") and bot.running:
            await bot.kill()
        if what in ("start", "restart") and not bot.running:
            try:
                await self._world.start_bot()
            except RuntimeError:
                raise Refused("no_start", "The bot didn't start. See its log.") from None
