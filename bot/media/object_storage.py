"""Stores files in S3, GCS or Azure through obstore, an optional dependency."""

import asyncio
import contextlib
import importlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.jobs.job import Job
from bot.ports.object_storage import ObjectStorageUnavailable

PART_BYTES = 8 << 20  # S3 takes no smaller parts than 5 MiB
_PARTS_AT_ONCE = 2
_PIECE_BYTES = 2 << 20
ORIGINALS = "originals"
_DIGEST = "sha256"  # metadata of an object
_TIMEOUTS = {"timeout": "120s", "connect_timeout": "10s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """An object in the bucket. `at`: UTC seconds of its last change."""

    name: str
    size_bytes: int
    at: float


class StorageNotInstalled(Exception):
    """RETAKE_STORAGE_URL is set and obstore is not installed. Install requirements-storage.txt."""


class BucketStorage:
    """Object storage at `s3://bucket/folder`, `gs://…` or `az://…`.

    Credentials come from the service's own environment variables (AWS_ACCESS_KEY_ID, …). `options` are passed to
    obstore. `linked` is the folder of the clips that messages link to.
    """

    def __init__(self, url: str, options: Mapping[str, Any] | None = None, *, linked: str = ORIGINALS) -> None:
        """Raise StorageNotInstalled, or ValueError if the URL has no supported scheme."""
        try:
            self._obstore = importlib.import_module("obstore")
            stores = importlib.import_module("obstore.store")
        except ImportError as error:
            raise StorageNotInstalled from error
        if url.partition("://")[0] not in ("s3", "gs", "az"):
            raise ValueError("RETAKE_STORAGE_URL begins with s3://, gs:// or az://.")
        retries = {"max_retries": 2, "retry_timeout": timedelta(seconds=30)}
        store_options = dict(options or {})
        plain = os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true"  # our options would hide the variable
        client = {**_TIMEOUTS, **({"allow_http": True} if plain else {}), **store_options.pop("client_options", {})}
        self._linked = linked
        self._error: type[Exception] = self._obstore.exceptions.BaseError
        self._store = stores.from_url(url, client_options=client, retry_config=retries, **store_options)

    async def upload(self, job: Job, clip: Path) -> None:
        """Stream the clip from disk in parts. Do nothing if it is already stored."""
        name = self._linked_name(job)
        try:
            if not await self._exists(name):
                await self._put(name, clip, {"Content-Type": "video/mp4"})
        except (self._error, OSError) as error:
            raise _unavailable(error) from error

    async def _put(self, name: str, file: Path, attributes: dict[str, str]) -> None:
        await self._obstore.put_async(
            self._store, name, file, attributes=attributes, chunk_size=PART_BYTES, max_concurrency=_PARTS_AT_ONCE
        )

    async def _exists(self, name: str) -> bool:
        try:
            await self._obstore.head_async(self._store, name)
        except FileNotFoundError:
            return False
        return True

    async def put(self, name: str, file: Path, digest: str, content_type: str = "") -> None:
        """Store a file in parts, with its SHA-256, in place of an earlier one. It's there when it is whole.

        Raise ObjectStorageUnavailable.
        """
        attributes = {_DIGEST: digest, **({"Content-Type": content_type} if content_type else {})}
        try:
            await self._put(name, file, attributes)
        except (self._error, OSError) as error:
            raise _unavailable(error) from error

    async def exists(self, name: str) -> bool:
        """Return whether there is an object with this name. Raise ObjectStorageUnavailable."""
        try:
            return await self._exists(name)
        except (self._error, OSError) as error:
            raise _unavailable(error) from error

    async def download(self, name: str, into: Path) -> str | None:
        """Write an object to a file, piece by piece. Return the SHA-256 that it was stored with, None if it's missing.

        An object without one returns an empty string. Raise ObjectStorageUnavailable, or OSError for this disk.
        """
        try:
            found = await self._obstore.get_async(self._store, name, options={"head": True})
            size, digest, start = found.meta["size"], found.attributes.get(_DIGEST, ""), 0
        except FileNotFoundError:
            return None
        except self._error as error:
            raise _unavailable(error) from error
        with into.open("wb") as file:
            while start < size and (piece := await self._piece(name, start, size)):
                await asyncio.to_thread(file.write, piece)
                start += len(piece)
        return str(digest)

    async def _piece(self, name: str, start: int, size: int) -> bytes:
        end = min(size, start + _PIECE_BYTES)
        try:
            return bytes(await self._obstore.get_range_async(self._store, name, start=start, end=end))
        except FileNotFoundError:
            return b""  # deleted meanwhile
        except (self._error, OSError) as error:
            raise _unavailable(error) from error

    async def delete(self, names: Collection[str]) -> None:
        """Delete objects. One that isn't there counts as deleted. Raise ObjectStorageUnavailable."""
        try:
            if names:
                await self._obstore.delete_async(self._store, [*names])
        except FileNotFoundError:  # only S3 takes names that aren't there
            for name in names if len(names) > 1 else ():
                await self.delete([name])
        except (self._error, OSError) as error:
            raise _unavailable(error) from error

    async def list(self, folder: str) -> list[StoredObject]:
        """List the objects in a folder. Raise ObjectStorageUnavailable."""
        found: list[StoredObject] = []
        try:
            async for page in self._obstore.list(self._store, prefix=folder, chunk_size=1000):
                found += [
                    StoredObject(name=item["path"], size_bytes=item["size"], at=item["last_modified"].timestamp())
                    for item in page
                ]
        except (self._error, OSError) as error:
            raise _unavailable(error) from error
        return found

    async def text_of(self, name: str, otherwise: str) -> str:
        """Return a small text, which the first that asks stores. Raise ObjectStorageUnavailable."""
        try:
            if not await self._exists(name):
                with contextlib.suppress(self._obstore.exceptions.AlreadyExistsError):  # another process was first
                    await self._obstore.put_async(self._store, name, otherwise.encode(), mode="create")
            found = await self._obstore.get_async(self._store, name)
            return bytes(await found.bytes_async()).decode()
        except (self._error, OSError) as error:
            raise _unavailable(error) from error

    def _linked_name(self, job: Job) -> str:
        return f"{self._linked}/{job.id}.mp4"

    async def presigned_url(self, job: Job, expires_in_s: float) -> str:
        """Return a URL that is signed for reading this clip."""
        lifetime = timedelta(seconds=expires_in_s)
        try:
            return str(await self._obstore.sign_async(self._store, "GET", self._linked_name(job), lifetime))
        except (self._error, OSError, ValueError) as error:
            raise _unavailable(error) from error

    async def delete_originals(self, job_ids: Collection[str]) -> None:
        await self.delete([f"{ORIGINALS}/{job_id}.mp4" for job_id in job_ids])

    async def delete_before(self, before: float) -> int:
        """Delete the clips stored before a time in UTC seconds. Return how many."""
        cutoff, count = datetime.fromtimestamp(before, tz=UTC), 0
        try:
            async for page in self._obstore.list(self._store, prefix=ORIGINALS):
                expired = [item["path"] for item in page if item["last_modified"] < cutoff]
                if expired:
                    await self._obstore.delete_async(self._store, expired)
                    count += len(expired)
        except (self._error, OSError) as error:
            raise _unavailable(error) from error
        return count


def _unavailable(error: Exception) -> ObjectStorageUnavailable:
    """Return the error without its text, which has addresses in it. A refused list has no class of its own."""
    is_refused = type(error).__name__ == "GenericError" and "403 Forbidden" in str(error)
    return ObjectStorageUnavailable("PermissionDeniedError" if is_refused else type(error).__name__)
