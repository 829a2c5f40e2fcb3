"""A gateway or a worker of `make cluster`, and what its log says that it does."""

import asyncio
import json
import re
import signal
from pathlib import Path

from bot.ports.presence import shard_of
from bot.sandbox.discord.errors import Json
from bot.sandbox.environment import BotProcess, LocalEnvironment

SHARDS = 16
_ENDS = ("delivered", "ended", "cancelled")
_BLOCK = re.compile(r"holding the shards (\d+)-(\d+)/")


class LogReader:
    """Reads the JSON lines of a log, each once. Other lines are left out."""

    def __init__(self, log: Path) -> None:
        self._log, self._at = log, 0

    def skip(self) -> None:
        """Leave out what is in the log so far."""
        self._at = self._log.stat().st_size if self._log.exists() else 0

    def new(self) -> list[Json]:
        if not self._log.exists():
            return []
        with self._log.open("rb") as log:
            log.seek(self._at)
            whole = log.read()
        whole = whole[: whole.rfind(b"\n") + 1]  # the last line may be half written
        self._at += len(whole)
        return [entry for line in whole.splitlines() if isinstance(entry := _entry(line), dict)]


def _entry(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


class ClusterProcess(BotProcess):
    """A gateway or a worker; its log says what it does."""

    def __init__(self, world: LocalEnvironment, role: str, number: int, **env: str) -> None:
        self.role, self.name = role, f"{role} {number}"
        self._world = world
        file = self.name.replace(" ", "-")
        own = {"RETAKE_ROLE": role, "RETAKE_DATA": str((world.data / file).resolve()), **env}
        super().__init__({**world.env(), **own}, world.data / f"{file}.log")
        self._reader, self._turn = LogReader(self._log), asyncio.Lock()
        self._forget()

    def _forget(self) -> None:
        self._logged_in, self._posted = False, 0
        self._in_hand = dict[str, None]()
        self._shards = list[int]()

    async def start(self) -> None:
        async with self._turn:
            self._reader.skip()
            self._forget()
        await super().start()

    async def refresh(self) -> None:
        async with self._turn:
            for entry in await asyncio.to_thread(self._reader.new):
                self._take(str(entry.get("event")), entry.get("job"))

    def _take(self, event: str, job: str | None) -> None:
        if event == "logged in":
            self._logged_in = True
        if block := _BLOCK.search(event):
            self._shards = list(range(int(block[1]), int(block[2]) + 1))
        if job:
            self._posted += event == "delivered"
            self._in_hand.pop(job, None) if event in _ENDS else self._in_hand.setdefault(job)

    def state(self) -> str:
        if not self.running:
            return "ended"
        if self.role == "worker":
            return "running" if self._logged_in else "starting"
        if not self._shards:
            return "starting"
        return "running" if len(self._connected()) == len(self._shards) else "connecting"

    def _connected(self) -> list[int]:
        """Return the shards of a gateway that are connected."""
        connected = {session.shard for session in self._world.discord.gateway.connected}
        return [shard for shard in self._shards if shard in connected]

    def detail(self) -> str:
        if not self.running:
            return why_ended(self.exit_code)
        return self._jobs() if self.role == "worker" else self._block()

    def _block(self) -> str:
        held, connected = self._shards, len(self._connected())
        if not held:
            return "no shards yet"
        answers = any(shard_of(guild.id, SHARDS) in held for guild in self._world.discord.guilds)
        parts = [f"shards {held[0]}–{held[-1]}"]
        parts += [f"{connected} of {len(held)} connected"] if connected < len(held) else []
        parts += ["answers this server"] if answers else []
        return ", ".join(parts)

    def _jobs(self) -> str:
        """Return how many videos it has posted, and which it has in hand."""
        in_hand = ", ".join(self._in_hand)
        return f"posted {self._posted}{f', has {in_hand}' if in_hand else ''}"


def why_ended(exit_code: int | None) -> str:
    """Return why a process has ended."""
    if exit_code is None:
        return ""
    return "killed" if exit_code == -signal.SIGKILL else f"exit code {exit_code}"
