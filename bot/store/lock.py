"""One process owns a database file: a lock that the kernel takes back when the process dies."""

import fcntl
import os
from pathlib import Path


class DatabaseInUse(Exception):
    """Another Retake runs on this database. Stop it first, or give this one another RETAKE_DATA."""


class OwnerLock:
    """Held from construction to `release` or the end of the process, whichever comes first."""

    def __init__(self, database: Path) -> None:
        path = database.with_name(database.name + ".lock")
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._fd)
            raise DatabaseInUse from error

    def release(self) -> None:
        os.close(self._fd)
