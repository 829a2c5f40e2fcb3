"""Move the files that a process kept in the data folder, before it had a bucket, into the bucket."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from bot.jobs.server_settings import DELETED_PROMPT
from bot.worker.context import JobContext, log

RETRY_S = 60.0
_UNFINISHED = (".part", ".copy", ".checked")


async def move_to_bucket(context: JobContext, data: Path) -> None:
    """Move every finished clip, picture and thumbnail. Deleted videos' files are deleted here too. Then return.

    Files of videos that the database doesn't have stay: `move` may fill it later.
    """
    while True:
        try:
            moved = 0
            for path in await asyncio.to_thread(lambda: list(_files(data))):
                moved += await _move(context, data, path)
        except Exception as error:  # noqa: BLE001
            # Kept alive: the task. What isn't moved yet is moved when the bucket, the disk and the store take it.
            log.warning("files wait for the bucket", extra={"why": type(error).__name__})
            await context.clock.sleep(RETRY_S)
        else:
            if moved:
                log.info("moved files to the bucket", extra={"count": moved})
            return


async def _move(context: JobContext, data: Path, path: Path) -> bool:
    """Move one file. Return False if another process was faster, or if its video is deleted or unknown."""
    into = context.files.clips.parent / path.relative_to(data)
    try:
        if path.parent.name != "pictures" or "." in path.name:
            job = await context.store.job(path.name.partition(".")[0])
            if job is None:
                return False
            if job.prompt == DELETED_PROMPT:
                await asyncio.to_thread(path.unlink, missing_ok=True)
                return False
        await asyncio.to_thread(into.parent.mkdir, parents=True, exist_ok=True, mode=0o700)
        await context.file_store.save(path, into)
    except FileNotFoundError:
        return False
    return True


def _files(data: Path) -> Iterator[Path]:
    for folder in (data / "clips", data / "pictures", data / "thumbs"):
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.is_file() and path.suffix not in _UNFINISHED:
                yield path
