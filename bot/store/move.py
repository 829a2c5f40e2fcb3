"""Move everything from one database to another: resumable at any moment, compared, and never startable twice."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar

from bot.jobs.job import ENDED
from bot.store.flags import write_flag
from bot.store.group_commit import Transaction, Value
from bot.store.move_tables import (
    Page,
    Table,
    delete_rows,
    is_empty,
    list_tables,
    read_figures,
    read_page,
    write_page,
)
from bot.store.moved import RULES, TARGET, Kind, MoveUnfinished, Progress, SourceMark, progress, source_mark, write_mark

T = TypeVar("T")
_BETWEEN = "\n\n\n"  # between the statements of the rules
Report = Callable[[str, str, int], None]  # what is done, the table, and its rows so far


class MoveError(Exception):
    """The database can't be moved."""

    def __str__(self) -> str:
        return super().__str__() or " ".join((type(self).__doc__ or "").split())


class TargetNotEmpty(MoveError):
    """The database to move to is not empty. Create an empty one, and move to that."""


class OtherSchema(MoveError):
    """Both databases need this Retake's schema. Upgrade the one to move with `python -m bot migrate`, and take an empty
    one to move to.
    """


class AlreadyMoved(MoveError):
    """This database was moved already. To come back, move in the other direction, to an empty database."""


class NothingToCancel(MoveError):
    """No move of this database is unfinished."""


class CopyDiffers(MoveError):
    """The copy differs from the database. Nothing was switched over. Run `python -m bot move --cancel`, and start the
    bot as before or move again.
    """


class End(Protocol):
    """One of the two databases, which no other process uses meanwhile."""

    kind: Kind

    def version(self) -> int:
        """Return the schema's version, 0 without one."""
        ...

    def newest_version(self) -> int: ...

    def refuse_older(self) -> None:
        """Raise MoveError if the database is older than what is known beside it."""
        ...

    def create_schema(self) -> None: ...

    def read(self, work: Callable[[Transaction], T]) -> T: ...

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do it in one durable transaction."""
        ...

    def suspend_rules(self, tx: Transaction, tables: Sequence[Table]) -> list[str]:
        """Drop triggers and references, and return the SQL that brings them back."""
        ...

    def restore_rules(self, tx: Transaction, rules: Sequence[str]) -> None:
        """Run that SQL. Raise MoveError if a reference is broken."""
        ...

    def before_use(self) -> None:
        """Write what the next start looks for beside the database."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What was copied. Jobs that wait for a person are not open."""

    rows: int
    jobs: int
    open_jobs: int
    ledger_rows: int


def move(source: End, target: End, report: Report = lambda *_: None) -> Moved:
    """Move everything, or go on with a move that was interrupted. Raise MoveError or CannotOpen.

    From the first row to the last, a bot starts on neither database. Afterwards it starts on the target only.
    """
    tables = list_tables()
    mark = _begin(source, target, tables)
    _copy(source, target, tables, report)
    figures = _compare(source, target, tables, report)
    target.write(lambda tx: _restore_rules(target, tx))
    target.before_use()
    source.write(lambda tx: write_mark(tx, replace(mark, is_done=True), time.time()))
    target.write(lambda tx: tx.run("DELETE FROM fact WHERE name IN (?, ?)", (TARGET, RULES)))
    jobs = {name.removeprefix("job: "): count for name, count in figures.items() if name.startswith("job: ")}
    return Moved(
        rows=sum(count for name, count in figures.items() if name.endswith(": rows")),
        jobs=figures["job: rows"],
        open_jobs=sum(count for state, count in jobs.items() if state not in {"rows", *ENDED}),
        ledger_rows=figures["ledger: rows"],
    )


def cancel(source: End) -> None:
    """Let a bot start again on a database whose move wasn't finished. Raise NothingToCancel or AlreadyMoved."""
    mark = source.read(source_mark) if source.version() else None
    if mark is None:
        raise NothingToCancel
    if mark.is_done:
        raise AlreadyMoved
    source.write(lambda tx: tx.run("DELETE FROM fact WHERE name = 'moved'"))


def _begin(source: End, target: End, tables: Sequence[Table]) -> SourceMark:
    """Mark both databases, and prepare the target unless it was already. Return the source's mark."""
    if source.version() != source.newest_version() or target.version() not in (0, target.newest_version()):
        raise OtherSchema
    if source.read(progress) is not None:
        raise MoveUnfinished
    source.refuse_older()
    found = source.read(source_mark)
    mark = found or SourceMark(token=secrets.token_hex(8), to=target.kind)
    filled = target.read(progress) if target.version() else None
    if mark.is_done and (filled is None or filled.token != mark.token):
        raise AlreadyMoved
    if filled is None:
        if target.version() == 0:
            target.create_schema()
        elif not target.read(lambda tx: is_empty(tx, tables) and source_mark(tx) is None):
            raise TargetNotEmpty
    if filled is None or filled.token != mark.token:
        target.write(lambda tx: _prepare(target, tx, tables, mark.token))
    if found is None:
        source.write(lambda tx: write_mark(tx, mark, time.time()))
    return mark


def _prepare(target: End, tx: Transaction, tables: Sequence[Table], token: str) -> None:
    """Empty the target. What an earlier move has copied is outdated if the database was used since."""
    if not _rules(tx):
        write_flag(tx, RULES, _BETWEEN.join(target.suspend_rules(tx, tables)), 0.0)
    delete_rows(tx, tables)
    write_mark(tx, Progress(token=token))


def _copy(source: End, target: End, tables: Sequence[Table], report: Report) -> None:
    state = target.read(progress)
    if state is None:
        raise MoveUnfinished
    for number, table in enumerate(tables[state.tables :], state.tables):
        copied = 0
        for page in _pages(source, table, state.after if number == state.tables else ()):
            after = table.key_of(page[-1])
            _write(target, table, page, Progress(token=state.token, tables=number, after=after))
            copied += len(page)
            report("Copied", table.name, copied)
        _write(target, table, [], Progress(token=state.token, tables=number + 1))


def _write(target: End, table: Table, page: Page, at: Progress) -> None:
    """Write rows together with how far they come."""

    def both(tx: Transaction) -> None:
        if page:
            write_page(tx, table, page)
        write_mark(tx, at)

    target.write(both)


def _pages(end: End, table: Table, after: Sequence[Value] = ()) -> Iterator[Page]:
    while page := end.read(partial(read_page, table=table, after=after)):
        yield page
        after = table.key_of(page[-1])


def _compare(source: End, target: End, tables: Sequence[Table], report: Report) -> dict[str, int]:
    """Compare counts, sums and every row. Return the figures. Raise CopyDiffers."""
    figures = source.read(lambda tx: read_figures(tx, tables))
    if target.read(lambda tx: read_figures(tx, tables)) != figures:
        raise CopyDiffers
    for table in tables:
        compared, copy = 0, _pages(target, table)
        for page in _pages(source, table):
            if next(copy, []) != page:
                raise CopyDiffers
            compared += len(page)
            report("Compared", table.name, compared)
    return figures


def _restore_rules(target: End, tx: Transaction) -> None:
    target.restore_rules(tx, [sql for sql in _rules(tx).split(_BETWEEN) if sql])
    tx.run("DELETE FROM fact WHERE name = ?", (RULES,))


def _rules(tx: Transaction) -> str:
    rows = tx.run("SELECT value FROM fact WHERE name = ?", (RULES,))
    return str(rows[0][0]) if rows else ""
