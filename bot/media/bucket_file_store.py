"""Keeps finished files in a bucket, so that processes need no common folder. The disk is a cache of it."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from weakref import WeakValueDictionary

from bot.jobs.ids import new_code
from bot.media.file_store import sha256_of, unlink_all
from bot.media.object_storage import BucketStorage, StoredObject
from bot.ports.file_store import StoredFile
from bot.ports.object_storage import ObjectStorageUnavailable

log = logging.getLogger("retake.jobs")

MAX_TRANSFERS = 4  # at once: each takes a few MiB of memory
CHECK_EVERY_S = 30.0
FOLDERS = ("clips", "pictures")
REFUSED = ("PermissionDeniedError", "UnauthenticatedError")
_TYPES = {".mp4": "video/mp4", ".jpg": "image/jpeg"}


class BucketFileStore:
    """Files by their paths in `root`, which are also their names in the bucket. Implements `FileStore`.

    Every object has its SHA-256 as metadata: a file whose content is another isn't used.
    """

    is_shared = True

    def __init__(self, bucket: BucketStorage, root: Path) -> None:
        self._bucket = bucket
        self._root = root
        self._slots = asyncio.Semaphore(MAX_TRANSFERS)
        self._fetching: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()
        self.trouble = ""  # a sentence while the bucket doesn't answer

    async def save(self, part: Path, path: Path) -> None:
        digest = await asyncio.to_thread(sha256_of, part)
        async with self._slots, self._watched():
            await self._bucket.put(self.name_of(path), part, digest, _TYPES.get(path.suffix, ""))
        await asyncio.to_thread(part.replace, path)

    async def fetch(self, path: Path) -> bool:
        lock = self._fetching.setdefault(path, asyncio.Lock())
        async with lock:
            if await asyncio.to_thread(path.is_file):
                return True
            async with self._slots, self._watched():
                return await self._download(path)

    async def exists(self, path: Path) -> bool:
        if await asyncio.to_thread(path.is_file):
            return True
        async with self._watched():
            return await self._bucket.exists(self.name_of(path))

    async def delete(self, paths: Collection[Path]) -> None:
        await asyncio.to_thread(unlink_all, paths)
        async with self._watched():
            await self._bucket.delete([self.name_of(path) for path in paths])

    async def list_shared(self) -> list[StoredFile]:
        async with self._watched():
            return [self._stored(each) for folder in FOLDERS for each in await self._bucket.list(folder)]

    async def identify(self) -> str:
        """Return the bucket's id, which the first process that asks makes up. Raise ObjectStorageUnavailable."""
        async with self._watched():
            return await self._bucket.text_of("folder-id", new_code(16))

    async def watch(self) -> None:
        """While the bucket doesn't answer, look until it does. Runs until cancelled."""
        while True:
            await asyncio.sleep(CHECK_EVERY_S)
            if self.trouble:
                with contextlib.suppress(ObjectStorageUnavailable):
                    await self.exists(self._root / "check")

    def name_of(self, path: Path) -> str:
        """Return a file's name in the bucket: `clips/<job>.mp4`."""
        return path.relative_to(self._root).as_posix()

    async def _download(self, path: Path) -> bool:
        """Write the object to a file of its own, and rename it when its size and content are right."""
        part = path.with_name(f"{path.stem}.{new_code()}.part")
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True, mode=0o700)
        try:
            wanted = await self._bucket.download(self.name_of(path), part)
            if wanted is None:
                return False
            if await asyncio.to_thread(sha256_of, part) != wanted:
                log.warning("a file in the bucket is damaged and isn't used", extra={"why": path.suffix})
                return False
            await asyncio.to_thread(part.replace, path)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return True

    def _stored(self, found: StoredObject) -> StoredFile:
        path = self._root / found.name
        return StoredFile(path=path, job_id=path.name.partition(".")[0], size_bytes=found.size_bytes, at=found.at)

    @contextlib.asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        """Note whether the bucket answers."""
        try:
            yield
        except ObjectStorageUnavailable as error:
            if not self.trouble:
                log.warning("the bucket doesn't answer; clips wait until it does", extra={"why": str(error)})
            self.trouble = trouble_of(error)
            raise
        if self.trouble:
            self.trouble = ""
            log.info("the bucket answers again")


def trouble_of(error: ObjectStorageUnavailable) -> str:
    """Return a sentence for the host about an error of the bucket."""
    if str(error) in REFUSED:
        return (
            "The bucket of RETAKE_STORAGE_URL refuses the credentials. They need the rights to read, write, list and "
            "delete objects; clips wait until then."
        )
    if str(error) == FileNotFoundError.__name__:
        return "There is no bucket as RETAKE_STORAGE_URL names it; clips wait until there is."
    return f"The bucket of RETAKE_STORAGE_URL doesn't answer ({error}); clips wait until it does."
