"""Whole clips in an object storage: S3, GCS or Azure, by obstore. The only module that knows it, where installed."""

import importlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.jobs.job import Job
from bot.ports.object_storage import ObjectStorageUnavailable

_TIMEOUTS = {"timeout": "120s", "connect_timeout": "10s"}


class StorageNotInstalled(Exception):
    """RETAKE_STORAGE_URL is set and obstore is not installed. Install requirements-storage.txt."""


class BucketStorage:
    """A place for originals, as `s3://bucket/folder`, `gs://…` or `az://…`.

    Keys come from the environment in the way of each service (AWS_ACCESS_KEY_ID, …); `options` go to the service too.
    """

    def __init__(self, url: str, options: Mapping[str, Any] | None = None) -> None:
        """Raises StorageNotInstalled, ValueError for a URL that names no object storage."""
        try:
            self._obstore = importlib.import_module("obstore")
            stores = importlib.import_module("obstore.store")
        except ImportError as error:
            raise StorageNotInstalled from error
        if url.partition("://")[0] not in ("s3", "gs", "az"):
            raise ValueError("RETAKE_STORAGE_URL begins with s3://, gs:// or az://.")
        retries = {"max_retries": 2, "retry_timeout": timedelta(seconds=30)}
        given = dict(options or {})
        client = {**_TIMEOUTS, **given.pop("client_options", {})}
        self._trouble: type[Exception] = self._obstore.exceptions.BaseError
        self._store = stores.from_url(url, client_options=client, retry_config=retries, **given)

    async def keep(self, job: Job, clip: Path) -> None:
        """Stored once: a second time changes nothing. Streamed in parts, from the disk."""
        name = _name(job)
        try:
            if not await self._has(name):
                await self._obstore.put_async(
                    self._store, name, clip, attributes={"Content-Type": "video/mp4"}, chunk_size=8 << 20
                )
        except (self._trouble, OSError) as error:
            raise ObjectStorageUnavailable(type(error).__name__) from error

    async def _has(self, name: str) -> bool:
        try:
            await self._obstore.head_async(self._store, name)
        except FileNotFoundError:
            return False
        return True

    async def link(self, job: Job, life_s: float) -> str:
        """Signed for reading this one clip."""
        try:
            return str(await self._obstore.sign_async(self._store, "GET", _name(job), timedelta(seconds=life_s)))
        except (self._trouble, OSError, ValueError) as error:
            raise ObjectStorageUnavailable(type(error).__name__) from error

    async def sweep(self, before: float) -> int:
        """Delete what was stored before this time."""
        line, gone = datetime.fromtimestamp(before, tz=UTC), 0
        try:
            async for found in self._obstore.list(self._store, prefix="originals"):
                old = [each["path"] for each in found if each["last_modified"] < line]
                if old:
                    await self._obstore.delete_async(self._store, old)
                    gone += len(old)
        except (self._trouble, OSError) as error:
            raise ObjectStorageUnavailable(type(error).__name__) from error
        return gone


def _name(job: Job) -> str:
    return f"originals/{job.id}.mp4"
