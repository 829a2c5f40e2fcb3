"""Make sure that a gateway and its worker use one data folder: clips pass between them there."""

import asyncio
import contextlib
import logging
from pathlib import Path

from bot.jobs.ids import new_code
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore

log = logging.getLogger("retake.app")

FLAG = "data-folder"  # the flag that holds the id of the worker's folder
NAME = "folder-id"
LOOK_EVERY_S = 5.0
DIFFERS = (
    "The worker on this database has another data folder, so clips can't pass between the two. "
    "Give both the same RETAKE_DATA: one folder on one machine, or a volume that both mount."
)


class SharedFolder:
    """The id of a data folder lies in a file of it; the worker also stores it in the database."""

    def __init__(self, store: JobStore, clock: Clock, data: Path) -> None:
        self._store = store
        self._clock = clock
        self._file = data / NAME

    def folder_id(self) -> str:
        """Return the folder's id, which the first one that asks makes up. Raise OSError."""
        with contextlib.suppress(FileExistsError), self._file.open("x") as file:
            file.write(new_code(16))
        return self._file.read_text()

    async def publish(self) -> None:
        """Store the id of this folder as the worker's, retried until it succeeds."""
        while True:
            try:
                await self._store.set_flag(FLAG, self.folder_id(), self._clock.now())
            except Exception:
                # Kept alive: the worker. A gateway goes on without the comparison.
                log.exception("the id of the data folder was not stored")
                await asyncio.sleep(LOOK_EVERY_S)
            else:
                return

    async def differs(self) -> str:
        """Look until a worker uses another folder; return the sentence that says so."""
        while True:
            try:
                flag = await self._store.get_flag(FLAG)
                if flag is not None and flag[0] != self.folder_id():
                    return DIFFERS
            except Exception:
                # Kept alive: the gateway. It looks again.
                log.exception("the data folder was not compared")
            await asyncio.sleep(LOOK_EVERY_S)
