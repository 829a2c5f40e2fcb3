"""The table `picture`: the pictures of jobs. A file on disk may belong to several jobs."""

import json
from collections.abc import Collection, Sequence
from dataclasses import astuple, fields

from bot.jobs.pictures import JobPicture, Role
from bot.store.group_commit import Row, Transaction
from bot.store.sql_database import SqlDatabase

_AMONG = "(SELECT value FROM json_each(?))"
_NAMES = tuple(field.name for field in fields(JobPicture))
_COLUMNS = ", ".join(_NAMES)
_CHANGED = ", ".join(f"{name} = excluded.{name}" for name in _NAMES if name not in ("role", "position"))
_SAVE = (
    f"INSERT INTO picture (job_id, {_COLUMNS}) VALUES ({', '.join('?' * (len(_NAMES) + 1))})"  # noqa: S608
    f" ON CONFLICT (job_id, role, position) DO UPDATE SET {_CHANGED}"
)


def write_pictures(tx: Transaction, job_id: str, pictures: Sequence[JobPicture]) -> None:
    for picture in pictures:
        tx.run(_SAVE, (job_id, picture.role.value, *astuple(picture)[1:]))


async def pictures_of(database: SqlDatabase, job_ids: Collection[str]) -> list[JobPicture]:
    """Return the pictures of jobs, of each the first frame before the last, then the references in their order."""
    sql = f"SELECT {_COLUMNS} FROM picture WHERE job_id IN {_AMONG} ORDER BY job_id, role, position"  # noqa: S608
    return [_picture(row) for row in await database.run(sql, (json.dumps(sorted(job_ids)),))]


async def pictures_only_of(database: SqlDatabase, job_ids: Collection[str]) -> list[str]:
    """Return the digests of the pictures that no other job has."""
    sql = (
        f"SELECT DISTINCT digest FROM picture AS own WHERE job_id IN {_AMONG} AND digest IS NOT NULL"  # noqa: S608
        " AND NOT EXISTS (SELECT 1 FROM picture AS other WHERE other.digest = own.digest"
        f" AND other.job_id NOT IN {_AMONG})"
    )
    ids = json.dumps(sorted(job_ids))
    return [row[0] for row in await database.run(sql, (ids, ids))]


def _picture(row: Row) -> JobPicture:
    values = dict(zip(row.keys(), tuple(row), strict=True))
    return JobPicture(**{**values, "role": Role(values["role"])})
