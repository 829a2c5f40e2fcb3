"""Say why the files of the database can't be used, for the host. A backup is named only for damage, elsewhere."""

import errno
import os
import sqlite3
from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT)
_DENIED = (errno.EACCES, errno.EPERM)


def describe_access(path: Path) -> str:
    """Return why this process may not read and write a file."""
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return _read_only(path)
    if path.stat().st_uid != os.geteuid():
        return f"{path} belongs to another user. Give {path.parent} to the user that runs Retake."
    return f"The mode of {path} doesn't let its own user read and write it. Run: chmod u+rw {path}"


def describe_os_error(error: OSError, data: Path) -> str:
    """Return why the data folder can't be used."""
    if error.errno in _FULL:
        return f"The disk of {data} is full. Free some space on it."
    if error.errno == errno.EROFS:
        return _read_only(data)
    path = error.filename or data
    if error.errno in _DENIED:
        return f"{path} can't be used ({error.strerror}). Give {data} to the user that runs Retake."
    return f"{path} can't be used ({error.strerror})."


def describe_sqlite_error(error: BaseException, database: Path | None) -> str:
    """Return why a database that isn't damaged can't be used, as far as is known.

    `database`: its file; None for PostgreSQL.
    """
    if database is None:
        return f"The database can't be read: {error}."
    if database.is_dir():
        return f"{database} is a folder, not a database."
    cause = error if isinstance(error, sqlite3.Error) else error.__cause__
    match getattr(cause, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"Another program has locked {database}. End that program."
        case sqlite3.SQLITE_FULL:
            return f"The disk of {database.parent} is full. Free some space on it."
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            who = f"Check that {database.parent} and its files belong to the user that runs Retake."
            return f"SQLite can't open {database} for writing ({error}). {who}"
        case sqlite3.SQLITE_IOERR:
            return f"The disk failed while SQLite used {database} ({error}). Check the disk."
    return f"SQLite can't use {database} ({error})."


def is_foreign_schema(error: BaseException) -> bool:
    """Return whether a statement failed because the database lacks a table or column: it isn't one of Retake's."""
    return getattr(error.__cause__, "sqlite_errorcode", 0) == sqlite3.SQLITE_ERROR


def _read_only(path: Path) -> str:
    return f"The disk of {path} can only be read. Make it writable, or set RETAKE_DATA to another folder."
