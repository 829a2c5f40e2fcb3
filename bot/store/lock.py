"""File lock that makes one process the owner of a database. The kernel releases it when the process dies."""

import fcntl
import inspect
import os
from pathlib import Path

_OCTAL = ("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")
# File locks, fsync and shared memory are unreliable there. Source: reference/reliability.md 2.6
_NETWORK = frozenset(
    {
        "nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "9p", "ceph", "glusterfs",
        "lustre", "gpfs", "orangefs", "beegfs", "davfs",
    }
)  # fmt: skip
_FUSE_NETWORK = _NETWORK | {"sshfs", "rclone", "s3fs", "gcsfuse"}


class CannotOpen(Exception):
    """The database cannot be used. The text of each kind is its docstring, unless it has one of its own."""

    def __str__(self) -> str:
        return super().__str__() or inspect.cleandoc(type(self).__doc__ or "").replace("\n", " ")


class DatabaseInUse(CannotOpen):
    """Another Retake, or a command of it, uses this database. Stop it first, or give this one another RETAKE_DATA."""


class NetworkDisk(CannotOpen):
    """RETAKE_DATA lies on a network file system, where a database is not safe. Put it on a local disk."""


class OwnerLock:
    """Held from construction to `release` or the end of the process. Raise DatabaseInUse if another process has it."""

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


def file_system_of(path: Path, mounts: str) -> str:
    """Return the file system type of a path by the text of /proc/self/mountinfo, or "" if it isn't listed."""
    best, kind = "", ""
    for line in mounts.splitlines():
        left, dash, right = line.partition(" - ")
        fields = left.split(" ")
        if not dash or len(fields) < 5:
            continue
        point = fields[4]
        for code, character in _OCTAL:
            point = point.replace(code, character)
        inside = path == Path(point) or Path(point) in path.parents
        if inside and len(point) >= len(best):  # a later mount hides an earlier one
            best, kind = point, right.split(" ")[0]
    return kind


def is_network(kind: str) -> bool:
    """Return whether a file system type is a network one. FUSE types have the name after a dot."""
    name = kind.lower()
    return name in _NETWORK or (name.startswith("fuse.") and name[5:] in _FUSE_NETWORK)


def refuse_network(folder: Path, mountinfo: Path = Path("/proc/self/mountinfo")) -> None:
    """Raise NetworkDisk if a folder is on a network file system. Without mountinfo it is assumed to be local."""
    try:
        mounts = mountinfo.read_text(errors="replace")
    except OSError:
        return
    if is_network(file_system_of(folder.resolve(), mounts)):
        raise NetworkDisk


def own_file(path: Path) -> OwnerLock:
    """Own a database file, and create it and its folder for its owner alone. Raise DatabaseInUse or NetworkDisk."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    refuse_network(path.parent)
    lock = OwnerLock(path)
    path.touch(mode=0o600)  # before SQLite creates it with the process's umask
    return lock
