"""Read the providers' lists of models at the start and daily. The last ones are stored, so a start needs no network."""

import asyncio
import json
import logging
from collections.abc import Mapping

from bot.background import run_every
from bot.catalogue.listed import ListedChanges
from bot.catalogue.offers import Offers
from bot.jobs.errors import RetakeError
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.ports.provider import Provider
from bot.ports.provider_capabilities import ModelList

log = logging.getLogger("retake.models")

CHECK_EVERY_S, READ_EVERY_S = 3600.0, 24 * 3600.0
MAX_STORED_CHARS = 400_000


class ModelLists:
    """Keeps the offers as the providers' lists have them. A list that fails leaves everything as it was."""

    def __init__(self, *, store: JobStore, clock: Clock, providers: Mapping[str, Provider], offers: Offers) -> None:
        self._store = store
        self._clock = clock
        self._offers = offers
        self._lists = {name: each for name, each in providers.items() if isinstance(each, ModelList)}
        self._read_at: dict[str, float] = {}
        self._said: dict[str, str] = {}

    async def restore(self) -> None:
        """Apply the stored lists."""
        for account in self._lists:
            stored = await self._store.get_flag(_flag(account))
            if stored is not None:
                self._apply(account, _parsed(stored[0]))

    async def run(self) -> None:
        """Read the lists now and once a day, and every hour those that failed, until cancelled."""
        await run_every(
            CHECK_EVERY_S, self.refresh, sleep=self._clock.sleep, log=log, failure="lists of models could not be stored"
        )

    async def refresh(self) -> None:
        """Read the lists that are due."""
        due = self._clock.monotonic() - READ_EVERY_S
        await asyncio.gather(*(self._read(name) for name in self._lists if self._read_at.get(name, due) <= due))

    async def _read(self, account: str) -> None:
        try:
            body = await self._lists[account].fetch_model_list(self._offers.wire_names(account))
        except RetakeError as error:
            self._say(account, f"its list of models can't be read ({type(error).__name__}); the models stay as is")
            return
        if not self._apply(account, body):
            self._say(account, "its list of models is unusable; the models stay as is")
            return
        self._read_at[account] = self._clock.monotonic()
        text = json.dumps(body)
        if len(text) <= MAX_STORED_CHARS:
            await self._store.set_flag(_flag(account), text, self._clock.now())

    def _apply(self, account: str, body: object) -> bool:
        listing = self._lists[account].read_model_list(body)
        if listing is None:
            return False
        changes = self._offers.update(account, listing)
        self._say(account, describe_changes(changes))
        return True

    def _say(self, account: str, text: str) -> None:
        """Log what is new about an account, once."""
        if text and self._said.get(account) != text:
            log.warning("%s: %s", account, text)
        self._said[account] = text


def describe_changes(changes: ListedChanges) -> str:
    """Return a line for the host, or an empty text if the list and the catalogue agree."""
    parts = (
        ("no longer listed, so disabled", sorted(changes.gone)),
        ("other prices than in the catalogue, which new orders pay", sorted(changes.prices)),
        ("new, disabled until a server enables them", [model.key for model in changes.new]),
        ("prices that can't be right, ignored", changes.ignored),
    )
    return "; ".join(f"{what}: {_shortened(keys)}" for what, keys in parts if keys)


def _shortened(keys: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(keys) - 20} more" if len(keys) > 20 else ""
    return ", ".join(keys[:20]) + more


def _flag(account: str) -> str:
    return f"models:{account}"


def _parsed(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value
