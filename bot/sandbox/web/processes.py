"""The processes of a cluster in the side panel: each can be killed and started again."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from bot.sandbox.discord import Refused
from bot.sandbox.discord.errors import Json


class LocalProcess(Protocol):
    """A process of this machine that the page shows, or a part of the page's own."""

    name: str  # such as `worker 1`
    role: str

    @property
    def running(self) -> bool: ...

    @property
    def pid(self) -> int:
        """Return 0 for a part of the page's process."""
        ...

    async def refresh(self) -> None:
        """Read what `state` and `detail` tell."""
        ...

    def state(self) -> str:
        """Return `ended`, `starting`, `connecting` or `running`."""
        ...

    def detail(self) -> str:
        """Return what it does at the moment, or why it has ended."""
        ...

    async def kill(self) -> None:
        """SIGKILL or the like, and wait until it has ended. Raise Refused if it doesn't."""
        ...

    async def start(self) -> None:
        """Raise Refused if it doesn't start."""
        ...


class ProcessList:
    """Shows processes, kills them and starts them, each one thing at a time."""

    def __init__(self, processes: Sequence[LocalProcess]) -> None:
        self._by_name = {each.name: each for each in processes}
        self._turns = {name: asyncio.Lock() for name in self._by_name}

    async def view(self) -> list[Json]:
        """Return the processes for the panel."""
        await asyncio.gather(*(process.refresh() for process in self._by_name.values()))
        return [_view(process) for process in self._by_name.values()]

    async def act(self, name: str, action: str) -> None:
        """`kill` or `start` a process. Nothing happens if it's ended, or runs, already. Raise Refused."""
        process = self._by_name.get(name)
        if process is None:
            raise Refused("no_process", f"There is no process {name!r}.")
        async with self._turns[name]:
            match action:
                case "kill" if process.running:
                    await process.kill()
                case "start" if not process.running:
                    await process.start()
                case "kill" | "start":
                    return
                case _:
                    raise Refused("no_act", f"Unknown action {action!r}.")


def _view(process: LocalProcess) -> Json:
    return {
        "name": process.name,
        "role": process.role,
        "state": process.state(),
        "pid": process.pid or None if process.running else None,
        "detail": process.detail(),
    }
