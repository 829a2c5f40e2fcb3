"""Sync the slash commands beside the connection: compare first, write only what differs, and wait as Discord asks."""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import discord
from discord import app_commands
from discord.http import Route

from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.discord_errors import describe_discord_error, retry_after_s
from bot.chat.text.command_mentions import learn
from bot.chat.text.command_translator import Translator
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore

log = logging.getLogger("retake.client")

DAY_S = 24 * 3600.0
CREATES_PER_DAY = 200  # source: Discord's "Application Commands", rate limits
ONE_SYNC_S, LOOK_AGAIN_S = 90.0, 0.5  # a gateway that dies while it syncs leaves its turn after this
FIRST_RETRY_S, MAX_RETRY_S = 5.0, 900.0
_BY_DISCORD = frozenset(
    {
        "id",
        "application_id",
        "version",
        "guild_id",
        "default_permission",
        "dm_permission",
        "name_localized",
        "description_localized",
    }
)
_UNORDERED = frozenset({"contexts", "integration_types", "channel_types"})


@dataclass(slots=True, kw_only=True)
class SyncState:
    """What is stored about the last sync. Times are UTC seconds."""

    digest: str = ""  # of the commands that were in sync
    versions: dict[str, str] = field(default_factory=dict)  # Discord's, by command, when they were in sync
    creates: list[tuple[float, int]] = field(default_factory=list)  # when commands were written, and how many counted
    attempted: list[str] = field(default_factory=list)  # new commands of the last write, until Discord has them
    not_in_sync: list[str] = field(default_factory=list)
    why: str = ""  # why the last attempt failed; empty if everything is in sync
    not_before: float = 0.0  # of the next attempt

    def created(self, now: float) -> int:
        """Return how many commands count toward today's limit."""
        self.creates = [each for each in self.creates if now - each[0] < DAY_S]
        return sum(count for _, count in self.creates)

    def says(self) -> str:
        """Return a sentence for the host, or an empty text if everything is in sync."""
        if not self.why:
            return ""
        names = ", ".join(self.not_in_sync) or "not compared yet"
        next_try = f"{datetime.fromtimestamp(self.not_before, UTC):%Y-%m-%d %H:%M} UTC"
        return f"Commands that are not in sync with Discord: {names}. {self.why} Next try at {next_try}."


def flag_of(application_id: int | None) -> str:
    """Return the name under which the state is stored."""
    return f"commands:{application_id}"


def state_from(text: str | None) -> SyncState:
    """Read a stored state. One of an earlier version counts as none."""
    try:
        stored = json.loads(text or "")
    except ValueError:
        return SyncState()
    return SyncState(**stored) if isinstance(stored, dict) else SyncState()


class CommandSync:
    """Syncs the commands of a tree. The client must be logged in.

    `one_at_a_time`: other gateways sync the same commands. The first writes them, the others only compare.
    """

    def __init__(
        self, tree: app_commands.CommandTree[Any], store: JobStore, clock: Clock, *, one_at_a_time: bool = False
    ) -> None:
        self._one_at_a_time = one_at_a_time
        self._tree = tree
        self._store = store
        self._clock = clock
        self._state = SyncState()
        self._tries = 0

    def remark(self) -> str:
        """Return a sentence for the host, or an empty text if everything is in sync."""
        return self._state.says()

    async def run(self) -> None:
        """Sync, and retry until everything is in sync."""
        while True:
            await self._await_turn()
            try:
                await self._sync()
            except DISCORD_ERRORS as error:
                self._postpone(describe_discord_error(error), retry_after_s(error))
            except Exception as error:
                # Kept alive: the sync. Discord may answer anything.
                log.exception("the command sync failed")
                self._postpone(f"The sync failed ({type(error).__name__}).", 0.0)
            await self._save()
            if self._one_at_a_time:
                await self._store.set_flag(self._turn, "", 0.0)
            if not self._state.why:
                return

    async def _await_turn(self) -> None:
        """Wait until Discord takes a sync and no other gateway syncs, and read what the last sync has stored."""
        while True:
            stored = await self._store.get_flag(self._flag)
            self._state = state_from(stored[0] if stored is not None else None)
            wait_s = self._state.not_before - self._clock.now()
            if wait_s > 0:
                await self._clock.sleep(wait_s)
            elif not self._one_at_a_time or await self._store.set_flag_once_per(
                self._turn, self._clock.now(), ONE_SYNC_S
            ):
                return
            else:
                await self._clock.sleep(LOOK_AGAIN_S)

    @property
    def _turn(self) -> str:
        return f"syncing:{self._tree.client.application_id}"

    @property
    def _flag(self) -> str:
        return flag_of(self._tree.client.application_id)

    async def _sync(self) -> None:
        translator = Translator()
        wanted = [dict(await each.get_translated_payload(self._tree, translator)) for each in self._tree.get_commands()]
        wanted.sort(key=lambda command: str(command["name"]))
        digest = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
        stored = await registered_commands(self._tree.client)
        learn(stored)
        state, known = self._state, {str(command["name"]): command for command in stored}
        state.not_in_sync = []
        if digest != state.digest or versions_of(stored) != state.versions:
            state.not_in_sync = differences(wanted, known)
        if state.not_in_sync:
            new = sorted({str(command["name"]) for command in wanted} - known.keys())
            if new and new == state.attempted:
                state.creates = state.creates[:-1]  # the last write created none of them
            count = max(1, len(new))
            if state.created(self._clock.now()) + count > CREATES_PER_DAY:
                state.attempted = []
                wait_s = state.creates[0][0] + DAY_S - self._clock.now()
                self._postpone(f"Discord takes {CREATES_PER_DAY} commands a day.", wait_s)
                return
            state.attempted = new
            stored = await self._write(wanted, count)
            learn(stored)
            log.info("commands synced: %s", ", ".join(state.not_in_sync))
        state.digest, state.versions = digest, versions_of(stored)
        state.attempted, state.not_in_sync, state.why, state.not_before = [], [], "", 0.0

    async def _write(self, wanted: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
        """Overwrite all commands, with the write counted before it is sent."""
        self._state.creates.append((self._clock.now(), count))
        await self._save()
        client = self._tree.client
        return list(await client.http.bulk_upsert_global_commands(client.application_id or 0, payload=wanted))

    def _postpone(self, why: str, wait_s: float) -> None:
        self._tries += 1
        wait_s = max(wait_s, min(MAX_RETRY_S, FIRST_RETRY_S * 2 ** min(self._tries - 1, 10)))
        self._state.why, self._state.not_before = why, self._clock.now() + wait_s
        log.warning("the commands are not in sync", extra={"why": f"{why} Next try in {wait_s:.0f} s."})

    async def _save(self) -> None:
        try:
            await self._store.set_flag(self._flag, json.dumps(asdict(self._state)), self._clock.now())
        except Exception:
            # Kept alive: the sync. Without the state, the next start compares again.
            log.exception("the state of the command sync was not stored")


async def registered_commands(client: discord.Client) -> list[dict[str, Any]]:
    """Return the global commands that Discord has, with all their translations."""
    route = Route("GET", "/applications/{application_id}/commands", application_id=client.application_id)
    found: list[dict[str, Any]] = await client.http.request(route, params={"with_localizations": "true"})
    return found


def versions_of(commands: list[dict[str, Any]]) -> dict[str, str]:
    """Return Discord's version of each command, by name. Discord changes it with every edit."""
    return {str(command["name"]): str(command.get("version")) for command in commands}


def differences(wanted: list[dict[str, Any]], known: Mapping[str, dict[str, Any]]) -> list[str]:
    """Return the names of the commands that Discord lacks, has in another form, or has in excess."""
    names = {str(command["name"]) for command in wanted}
    changed = [name for command in wanted if not same(command, known.get(name := str(command["name"])))]
    return sorted([*changed, *(name for name in known if name not in names)])


def same(wanted: Any, stored: Any, key: str = "") -> bool:
    """Return whether Discord has this value. It adds fields of its own, and omits or adds empty ones."""
    if isinstance(wanted, Mapping) and isinstance(stored, Mapping):
        return all(same(wanted.get(each), stored.get(each), each) for each in {*wanted, *stored} - _BY_DISCORD)
    if isinstance(wanted, list) and isinstance(stored, list):
        if key in _UNORDERED:
            return sorted(wanted) == sorted(stored)
        return len(wanted) == len(stored) and all(map(same, wanted, stored))
    if _is_empty(wanted) and _is_empty(stored):
        return True
    return str(wanted) == str(stored)  # permissions are sent as a number and come back as a string


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})  # but not 0, which is a bound
