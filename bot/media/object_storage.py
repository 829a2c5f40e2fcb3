"""Stores original clips in S3, GCS or Azure through obstore, an optional dependency."""

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
    """Object storage at `s3://bucket/folder`, `gs://…` or `az://…`.

    Credentials come from the service's own environment variables (AWS_ACCESS_KEY_ID, …). `options` are passed to
    obstore.
    """

    def __init__(self, url: str, options: Mapping[str, Any] | None = None) -> None:
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
        client = {**_TIMEOUTS, **store_options.pop("client_options", {})}
        self._error: type[Exception] = self._obstore.exceptions.BaseError
        self._store = stores.from_url(url, client_options=client, retry_config=retries, **store_options)

    async def upload(self, job: Job, clip: Path) -> None:
        """Stream the clip from disk in parts. Do nothing if it is already stored."""
        name = _object_name(job)
        try:
            if not await self._exists(name):
                await self._obstore.put_async(
                    self._store, name, clip, attributes={"Content-Type": "video/mp4"}, chunk_size=8 << 20
                )
        except (self._error, OSError) as error:
            raise ObjectStorageUnavailable(type(error).__name__) from error

    async def _exists(self, name: str) -> bool:
        try:
            await self._obstore.head_async(self._store, name)
        except FileNotFoundError:
            return False
        return True

    async def presigned_url(self, job: Job, expires_in_s: float) -> str:
        """Return a URL that is signed for reading this clip."""
        lifetime = timedelta(seconds=expires_in_s)
        try:
            return str(await self._obstore.sign_async(self._store, "GET", _object_name(job), lifetime))
        except (self._error, OSError, ValueError) as error:
            raise ObjectStorageUnavailable(type(error).__name__) from error

    async def delete_before(self, before: float) -> int:
        """Delete the clips stored before a time in UTC seconds. Return how many."""
        cutoff, count = datetime.fromtimestamp(before, tz=UTC), 0
        try:
            async for page in self._obstore.list(self._store, prefix="originals"):
                expired = [item["path"] for item in page if item["last_modified"] < cutoff]
                if expired:
                    await self._obstore.delete_async(self._store, expired)
                    count += len(expired)
        except (self._error, OSError) as error:
            raise ObjectStorageUnavailable(type(error).__name__) from error
        return count


def _object_name(job: Job) -> str:
    return f"originals/{job.id}.mp4"
