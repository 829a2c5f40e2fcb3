"""A row of `job` and a job: from one to the other, and the guard of every change."""

from dataclasses import fields

from bot.jobs.job import Job, Kind, Outcome, State
from bot.store.group_commit import Row, Value

COLUMNS = tuple(column.name for column in fields(Job))
_FLAGS = ("ambiguous", "no_remix")


def guarded_update(job: Job, changes: dict[str, object]) -> tuple[str, list[Value]]:
    unknown = changes.keys() - set(COLUMNS)
    if unknown:
        raise TypeError(f"a job has no {', '.join(sorted(unknown))}")
    assignments = ", ".join(f"{column} = ?" for column in changes)
    sql = f"UPDATE job SET {assignments} WHERE id = ? AND state = ? AND fence = ? RETURNING *"  # noqa: S608
    return sql, [*(value_of(value) for value in changes.values()), job.id, job.state.value, job.fence]


def value_of(value: object) -> Value:
    match value:
        case bool():
            return int(value)
        case State() | Kind() | Outcome():
            return value.value
        case str() | int() | float() | None:
            return value
        case _:
            raise TypeError(f"a job row holds no {type(value).__name__}")


def one(rows: list[Row]) -> Job | None:
    return job_of(rows[0]) if rows else None


def job_of(row: Row) -> Job:
    """A row of `job` as a job."""
    values = dict(zip(row.keys(), tuple(row), strict=True))
    values["state"] = State(values["state"])
    values["kind"] = Kind(values["kind"])
    values["outcome"] = Outcome(values["outcome"]) if values["outcome"] else None
    for flag in _FLAGS:
        values[flag] = bool(values[flag])
    return Job(**values)
