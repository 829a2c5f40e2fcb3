"""Check of `doctor` for the bucket: it writes a small file, reads it and deletes it."""

import asyncio
import tempfile
from pathlib import Path

from bot.cli.findings import Finding
from bot.jobs.ids import new_code
from bot.media.bucket_file_store import trouble_of
from bot.media.file_store import sha256_of
from bot.media.object_storage import BucketStorage, StorageNotInstalled
from bot.ports.object_storage import ObjectStorageUnavailable

_WHAT = "bucket"


async def check_bucket(url: str | None) -> list[Finding]:
    """Try what the bot does with the bucket, if the host has set one up."""
    if url is None:
        return []
    try:
        bucket = BucketStorage(url)
    except StorageNotInstalled as error:
        return [Finding(what=_WHAT, state="bad", says=str(type(error).__doc__))]
    except Exception as error:  # noqa: BLE001
        # obstore raises errors of its own for credentials that it can't use; their texts may hold a secret.
        says = f"The settings of the bucket can't be used ({type(error).__name__}). Check its credentials and address."
        return [Finding(what=_WHAT, state="bad", says=says)]
    return [await _try(bucket)]


async def _try(bucket: BucketStorage) -> Finding:
    name, doing = f"check/{new_code(16)}", "write"
    try:
        with tempfile.TemporaryDirectory() as folder:
            sent, got = Path(folder, "sent"), Path(folder, "got")
            await asyncio.to_thread(sent.write_bytes, b"retake")
            digest = sha256_of(sent)
            await bucket.put(name, sent, digest)
            doing = "read"
            is_same = await bucket.download(name, got) == digest == sha256_of(got)
            doing = "list"
            is_same = is_same and any(each.name == name for each in await bucket.list("check"))
            doing = "delete"
            await bucket.delete([name])
    except ObjectStorageUnavailable as error:
        return Finding(what=_WHAT, state="bad", says=f"Could not {doing} a file. {trouble_of(error)}")
    if not is_same:
        return Finding(what=_WHAT, state="bad", says="It doesn't return what was written to it.")
    return Finding(what=_WHAT, state="ok", says="Files can be written, read, listed and deleted.")
