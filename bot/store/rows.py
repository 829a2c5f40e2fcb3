"""Map rows of the `job` table to jobs, and guard every change by state and fence."""

from dataclasses import fields
from typing import Any

from bot.jobs.job import Job, JobBundle, JobChanges, JobClip, JobMoney, JobPost, JobTask, Kind, Outcome, State
from bot.store.group_commit import Row, Value

_RECORDS: dict[str, type[JobTask | JobClip | JobPost | JobMoney | JobBundle]] = {
    "task": JobTask, "clip": JobClip, "post": JobPost, "money": JobMoney, "bundle": JobBundle,
}  # fmt: skip
_OWN = tuple(column.name for column in fields(Job) if column.name not in _RECORDS)
_IN_RECORD = {name: tuple(column.name for column in fields(record)) for name, record in _RECORDS.items()}
_RECORD_OF = {column: name for name, columns in _IN_RECORD.items() for column in columns}
COLUMNS = (*_OWN, *_RECORD_OF)
_STATES = {state.value: state for state in State}
_KINDS = {kind.value: kind for kind in Kind}
_FLAGS = ("ambiguous", "no_remix", "compared")


def guarded_update(
    job: Job, changes: JobChanges, *, state: State | None = None, why: str = "", at: float = 0.0
) -> tuple[str, list[Value]]:
    """Return the UPDATE and its values. It changes no row if the job has another state or fence by now.

    `state`, `why` and `at` (the new `updated_at`) are written only if a state is given.
    """
    values: dict[str, object] = dict(changes)
    if state is not None:
        values |= {"state": state, "why": why, "updated_at": at}
    unknown = values.keys() - set(COLUMNS)
    if unknown:
        raise TypeError(f"a job has no {', '.join(sorted(unknown))}")
    assignments = ", ".join(f"{column} = ?" for column in values)
    sql = f"UPDATE job SET {assignments} WHERE id = ? AND state = ? AND fence = ? RETURNING *"  # noqa: S608
    return sql, [*(value_of(value) for value in values.values()), job.id, job.state.value, job.fence]


def values_by_column(job: Job) -> dict[str, object]:
    """Return the job's values by column name, in the order of COLUMNS."""
    own = {column: getattr(job, column) for column in _OWN}
    return own | {column: getattr(getattr(job, record), column) for column, record in _RECORD_OF.items()}


def values_of(job: Job) -> tuple[Value, ...]:
    """Return the job's values as SQLite stores them, in the order of COLUMNS."""
    return tuple(value_of(value) for value in values_by_column(job).values())


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


def first_job(rows: list[Row]) -> Job | None:
    return job_of(rows[0]) if rows else None


def job_of(row: Row) -> Job:
    """Build the job of a full row of `job`."""
    values: dict[str, Any] = dict(zip(row.keys(), row, strict=True))
    values["state"] = _STATES[values["state"]]
    values["kind"] = _KINDS[values["kind"]]
    values["outcome"] = Outcome(values["outcome"]) if values["outcome"] else None
    for flag in _FLAGS:
        values[flag] = bool(values[flag])
    for name, record in _RECORDS.items():
        values[name] = record(**{column: values.pop(column) for column in _IN_RECORD[name]})
    return Job(**values)


def job_from(values: dict[str, Any]) -> Job:
    """Build a job from values by column name; a column left out has its default."""
    own = {column: value for column, value in values.items() if column not in _RECORD_OF}
    for name, record in _RECORDS.items():
        own[name] = record(**{column: values[column] for column in _IN_RECORD[name] if column in values})
    return Job(**own)
