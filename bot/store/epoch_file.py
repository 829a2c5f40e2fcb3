"""File beside the database that reveals a restored backup. Source: reference/reliability.md 2.6."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """Progress of a database: the number of starts, and of the newest event at the last paid request."""

    boots: int = 0
    events: int = 0


class EpochFile:
    """Written after the database, so the database is never behind this file unless it was restored."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".mark")

    def read(self) -> Epoch | None:
        """Return None if there is no readable file."""
        try:
            boots, events = self._path.read_text().split()
            return Epoch(boots=int(boots), events=int(events))
        except (OSError, ValueError):
            return None

    def write(self, epoch: Epoch) -> None:
        """Write and sync. Raise OSError."""
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(fd, f"{epoch.boots:020d} {epoch.events:020d}\n".encode(), 0)
            os.fsync(fd)
        finally:
            os.close(fd)


def is_restored(database: Epoch, recorded: Epoch | None) -> bool:
    """Return whether a database is older than the epoch beside it, or was used before and has no epoch file."""
    if recorded is None:
        return database.boots > 0
    return database.boots < recorded.boots or database.events < recorded.events
