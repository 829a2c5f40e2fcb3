"""Choose where clips and pictures are kept: the data folder, or a bucket that a gateway and its workers share."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

from bot.media.bucket_file_store import BucketFileStore
from bot.media.file_store import LocalFileStore
from bot.media.object_storage import ORIGINALS, BucketStorage
from bot.settings import Settings
from bot.worker.cache_sweep import keep_cache_small
from bot.worker.context import JobContext
from bot.worker.disk_quota import keep_quota
from bot.worker.move_to_bucket import move_to_bucket


def uses_bucket(settings: Settings) -> bool:
    """Return whether processes pass their files through the bucket. One process alone keeps them in its folder."""
    return bool(settings.postgres_url and settings.storage_url) and settings.role != "all"


def files_folder(settings: Settings) -> Path:
    """Return the folder of clips and pictures: the data folder, or the cache in it if they are in the bucket."""
    return settings.data / "cache" if uses_bucket(settings) else settings.data


def open_bucket(settings: Settings) -> BucketStorage | None:
    """Open the bucket that is set. Messages link to the clips in it, or to copies of those that are only on the disk.

    Raise StorageNotInstalled.
    """
    if settings.storage_url is None:
        return None
    return BucketStorage(settings.storage_url, linked="clips" if uses_bucket(settings) else ORIGINALS)


def build_file_store(settings: Settings, bucket: BucketStorage | None) -> LocalFileStore | BucketFileStore:
    """Build the file store of this process."""
    if bucket is None or not uses_bucket(settings):
        return LocalFileStore()
    return BucketFileStore(bucket, files_folder(settings))


async def keep_files(
    settings: Settings, context: JobContext, file_store: LocalFileStore | BucketFileStore, *, works: bool
) -> None:
    """Delete what is too old or too much, and look after the bucket, until cancelled. `works`: this is a worker."""
    quota_bytes = int(settings.keep_gb * 1e9)
    tasks: list[Coroutine[object, object, None]] = [keep_quota(context, quota_bytes)] if works else []
    if isinstance(file_store, BucketFileStore):
        tasks += [file_store.watch(), keep_cache_small(context, quota_bytes), move_to_bucket(context, settings.data)]
    await asyncio.gather(*tasks)


def trouble_in(file_store: LocalFileStore | BucketFileStore) -> Callable[[], str] | None:
    """Return what tells why the bucket doesn't answer, in a sentence; None without a bucket."""
    if not isinstance(file_store, BucketFileStore):
        return None
    return lambda: file_store.trouble
