"""Make sure that a gateway and its worker use the same files: clips pass between them in a bucket or a folder."""

import asyncio
import contextlib
import logging
from pathlib import Path

from bot.jobs.ids import new_code
from bot.media.bucket_file_store import BucketFileStore
from bot.media.file_store import LocalFileStore
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore

log = logging.getLogger("retake.app")

FLAG = "data-folder"  # the flag that holds the id of the worker's folder or bucket
NAME = "folder-id"
LOOK_EVERY_S = 5.0
DIFFERS = (
    "The worker on this database has another data folder, so clips can't pass between the two. "
    "Give both the same RETAKE_DATA: one folder on one machine, or a volume that both mount. "
    "Or give both the same bucket, with RETAKE_STORAGE_URL: then each has a folder of its own."
)
OTHER_BUCKET = (
    "The worker on this database doesn't use the bucket of this RETAKE_STORAGE_URL, so clips can't pass between the "
    "two. Give both the same RETAKE_STORAGE_URL and the same credentials."
)


class SharedFolder:
    """The id of a folder or a bucket lies in a file of it; the worker also stores it in the database."""

    def __init__(self, store: JobStore, clock: Clock, data: Path, file_store: LocalFileStore | BucketFileStore) -> None:
        self._store = store
        self._clock = clock
        self._file = data / NAME
        self._file_store = file_store

    async def folder_id(self) -> str:
        """Return the id, which the first one that asks makes up. Raise OSError or ObjectStorageUnavailable."""
        if isinstance(self._file_store, BucketFileStore):
            return await self._file_store.identify()
        with contextlib.suppress(FileExistsError), self._file.open("x") as file:
            file.write(new_code(16))
        return self._file.read_text()

    async def publish(self) -> None:
        """Store the id as the worker's, retried until it succeeds."""
        while True:
            try:
                await self._store.set_flag(FLAG, await self.folder_id(), self._clock.now())
            except Exception as error:  # noqa: BLE001
                # Kept alive: the worker. A gateway goes on without the comparison.
                log.warning("the id of the data folder was not stored", extra={"why": type(error).__name__})
                await asyncio.sleep(LOOK_EVERY_S)
            else:
                return

    async def differs(self) -> str:
        """Look until a worker uses other files; return the sentence that says so."""
        own = ""
        while True:
            try:
                own = own or await self.folder_id()
                flag = await self._store.get_flag(FLAG)
                if flag is not None and flag[0] != own:
                    return OTHER_BUCKET if self._file_store.is_shared else DIFFERS
            except Exception as error:  # noqa: BLE001
                # Kept alive: the gateway. It looks again.
                log.warning("the data folder was not compared", extra={"why": type(error).__name__})
            await asyncio.sleep(LOOK_EVERY_S)
