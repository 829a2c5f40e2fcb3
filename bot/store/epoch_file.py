"""The epoch file: reveals that a database was restored. Source: reference/reliability.md 2.6."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """How far a database had come: starts of the bot, and the rowid of the newest event at a paid request."""

    boots: int = 0
    events: int = 0


class EpochFile:
    """Written after the database, so a database is behind it only after a restore."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".mark")

    def read(self) -> Epoch | None:
        """Return None if there is no readable file."""
        try:
            boots, events = self._path.read_text().split()
            return Epoch(boots=int(boots), events=int(events))
        except (OSError, ValueError):
            return None

    def write(self, mark: Epoch) -> None:
        """Write durably. Raise OSError."""
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(fd, f"{mark.boots:020d} {mark.events:020d}\n".encode(), 0)
            os.fsync(fd)
        finally:
            os.close(fd)


def is_restored(database: Epoch, sidecar: Epoch | None) -> bool:
    """Return whether a database is older than its epoch file, or lost it."""
    if sidecar is None:
        return database.boots > 0
    return database.boots < sidecar.boots or database.events < sidecar.events
