"""Make sure that a gateway and its workers use the same files: clips pass between them in a bucket or a folder."""

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

FLAG = "data-folder"  # the flag that holds the id of the workers' folder or bucket
NAME = "folder-id"
LOOK_EVERY_S = 5.0
RENEW_S = 15.0
GONE_S = 60.0  # an id that no worker has renewed for so many seconds is that of one that has ended
DIFFERS = (
    "A worker on this database has another data folder, so clips can't pass between the processes. "
    "Give all of them the same bucket, with RETAKE_STORAGE_URL: then each has a folder of its own. "
    "Or give all the same RETAKE_DATA: one folder on one machine, or a volume that all mount."
)
OTHER_BUCKET = (
    "A worker on this database doesn't use the bucket of this RETAKE_STORAGE_URL, so clips can't pass between the "
    "processes. Give all of them the same RETAKE_STORAGE_URL and the same credentials."
)


class SharedFolder:
    """The id of a folder or a bucket lies in a file of it; the workers also store it in the database."""

    def __init__(self, store: JobStore, clock: Clock, data: Path, file_store: LocalFileStore | BucketFileStore) -> None:
        self._store = store
        self._clock = clock
        self._file = data / NAME
        self._file_store = file_store

    async def folder_id(self) -> str:
        """Return the id, which the first one that asks makes up. Raise OSError or ObjectStorageUnavailable."""
        if isinstance(self._file_store, BucketFileStore):
            return await self._file_store.identify()
        return await asyncio.to_thread(self._id_of_folder)

    def _id_of_folder(self) -> str:
        if not self._file.exists():
            made = self._file.with_name(f"{NAME}.{new_code(16)}")
            made.write_text(new_code(16))
            with contextlib.suppress(FileExistsError):  # another process was first
                self._file.hardlink_to(made)
            made.unlink()
        return self._file.read_text()

    async def publish(self, *, beside_others: bool = False) -> str:
        """Store the id as the workers', while this one runs. `beside_others`: several workers may run.

        Then return the sentence that says so once another running worker is found to use other files.
        """
        own, seen_at = "", None
        while True:
            try:
                own, now = own or await self.folder_id(), self._clock.now()
                flag = await self._store.get_flag(FLAG)
                age_s = now - flag[1] if flag is not None else 0.0
                is_own = flag is not None and flag[0] == own
                is_due = age_s >= RENEW_S if is_own else age_s > GONE_S
                if flag is None or (is_due if beside_others else not is_own):
                    await self._store.set_flag(FLAG, own, now)
                elif not is_own and seen_at is not None and flag[1] > seen_at:  # renewed since
                    return self._says
                seen_at = flag[1] if flag is not None and not is_own else None
            except Exception as error:  # noqa: BLE001
                # Kept alive: the worker. A gateway goes on without the comparison.
                log.warning("the id of the data folder was not stored", extra={"why": type(error).__name__})
            await self._clock.sleep(LOOK_EVERY_S)

    @property
    def _says(self) -> str:
        return OTHER_BUCKET if self._file_store.is_shared else DIFFERS

    async def differs(self) -> str:
        """Look until a worker uses other files; return the sentence that says so."""
        own = ""
        while True:
            try:
                own = own or await self.folder_id()
                flag = await self._store.get_flag(FLAG)
                if flag is not None and flag[0] != own:
                    return self._says
            except Exception as error:  # noqa: BLE001
                # Kept alive: the gateway. It looks again.
                log.warning("the data folder was not compared", extra={"why": type(error).__name__})
            await self._clock.sleep(LOOK_EVERY_S)
