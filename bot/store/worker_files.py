"""What the workers of a data folder know of a PostgreSQL database: two files each, which no two of them share."""

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bot.store.epoch_file import Epoch, EpochFile, ServerSpending
from bot.store.postgres_position import Intent, Position, PositionFile

_NAME = re.compile(r"(postgres(?:-\d+)?)\.(?:mark|position)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What one worker has written. None: there is no such file, or it can't be read."""

    mark: Epoch | None
    position: tuple[Position, list[Intent]] | None
    servers: list[ServerSpending]

    @property
    def is_whole(self) -> bool:
        return self.mark is not None and self.position is not None


class WorkerFiles:
    """The files of one worker: `mark` and `position`. Beside others, it takes the first pair that nobody uses."""

    def __init__(self, data: Path, *, shared: bool = False) -> None:
        """`shared`: other workers may use the folder. Raise OSError."""
        self._data = data
        self._used: _LockFile | None = None
        self._stem = "postgres"
        if shared:
            self._used, self._stem = _take(data)
        self._adopted = data / "postgres.adopted"
        self.mark = EpochFile(data / self._stem)
        self.position = PositionFile(data / f"{self._stem}.position")

    def close(self) -> None:
        """Let another worker have the files."""
        if self._used is not None:
            self._used.close()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other worker of the folder compare or begin its files while the block runs. Raise OSError."""
        if self._used is None:
            yield
            return
        with contextlib.closing(_LockFile(self._data / "postgres.lock")) as file:
            file.lock(wait=True)
            yield

    def known(self) -> list[Known]:
        """Return what every worker of the folder has written, this one first.

        A worker that was killed before it wrote its first mark knows nothing.
        """
        stems = {found[1] for path in self._data.glob("postgres*") if (found := _NAME.fullmatch(path.name))}
        known = []
        for stem in sorted(stems, key=lambda stem: (stem != self._stem, stem)):
            mark, position = EpochFile(self._data / stem), PositionFile(self._data / f"{stem}.position")
            each = Known(mark=mark.read(), position=position.read(), servers=list(mark.servers().values()))
            has_begun = (self._data / f"{stem}.mark").exists() or each.position is None or each.position[1]
            if has_begun:
                known.append(each)
        return known

    def is_new(self) -> bool:
        """Return whether this worker hasn't written its mark yet."""
        return self.mark.read() is None

    def adopted(self) -> int:
        """Return how many adoptions of the database this folder knows of."""
        try:
            return int(self._adopted.read_text())
        except (OSError, ValueError):
            return 0

    def forget(self) -> None:
        """Delete what every worker of the folder knows, since the host trusts the database. Raise OSError."""
        for path in self._data.glob("postgres*"):
            if _NAME.fullmatch(path.name):
                path.unlink(missing_ok=True)
        self.mark = EpochFile(self._data / self._stem)
        self.position.clear()

    def note_adopted(self, adoptions: int) -> None:
        """Remember how many adoptions of the database there were. Raise OSError."""
        if adoptions != self.adopted():
            self._adopted.write_text(str(adoptions))


class _LockFile:
    """Locked until it's closed; the kernel closes it with the process."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def lock(self, *, wait: bool) -> bool:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self._fd)


def _take(data: Path) -> tuple[_LockFile, str]:
    """Lock the first pair of files that no other process has. Return its name."""
    for number in count(1):
        stem = "postgres" if number == 1 else f"postgres-{number}"
        file = _LockFile(data / f"{stem}.used")
        if file.lock(wait=False):
            return file, stem
        file.close()
    raise AssertionError("unreachable")
