"""Keeps finished files in the data folder: the file store of one process, or of two that share the folder."""

import asyncio
import hashlib
import os
from collections.abc import Collection
from pathlib import Path

from bot.ports.file_store import StoredFile

_READ_BYTES = 1 << 17


class LocalFileStore:
    """The data folder itself. Implements `FileStore`."""

    is_shared = False

    async def save(self, part: Path, path: Path) -> None:
        await asyncio.to_thread(put_in_place, part, path)

    async def fetch(self, path: Path) -> bool:
        return await asyncio.to_thread(path.is_file)

    async def exists(self, path: Path) -> bool:
        return await asyncio.to_thread(path.is_file)

    async def list_shared(self) -> list[StoredFile]:
        return []

    async def delete(self, paths: Collection[Path]) -> None:
        await asyncio.to_thread(unlink_all, paths)


def put_in_place(part: Path, path: Path) -> None:
    """Sync a finished file to disk and rename it, durably."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def unlink_all(paths: Collection[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
