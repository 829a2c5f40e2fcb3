"""Find out that a PostgreSQL database went back, and pay nothing until the host has looked at it.

Whether anything is missing is read from the content: the starts, the posts, and the newest intents to pay. Commits are
lost from the newest on, so a database that has the newest intents has everything that was paid.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psycopg

from bot.jobs.job import Job
from bot.store.epoch_file import Epoch, epoch_of, spending_of_servers, with_spending
from bot.store.failover_wait import PAYS_FROM, begin_wait, is_waiting
from bot.store.flags import write_flag
from bot.store.group_commit import Transaction
from bot.store.postgres_connection import CommitUnknown, PgRow, PgTransaction, run_transaction
from bot.store.postgres_hold import ADVICE, HELD, count_spending, hold, reported_rollback
from bot.store.postgres_position import Intent, Position, count_missing, newest_intent, read_position
from bot.store.worker_files import Known, WorkerFiles

log = logging.getLogger("retake.store")

T = TypeVar("T")
PgConnection = psycopg.Connection[PgRow]
ADOPTIONS = "adoptions"  # the flag that counts how often the host has adopted it
_OVERLAP = 64  # events that may be committed after one with a higher number


class PaymentsHeld(Exception):
    """The database went back, and the host hasn't adopted it."""


class Guard:
    """Writes two files after what they know of is committed, and before it's paid or posted.

    `held`: what is wrong, in sentences, or nothing. `shared`: other workers pay and post on this database, too.
    """

    def __init__(self, data: Path, *, shared: bool = False) -> None:
        self.held = ""
        self._shared = shared
        self._files = WorkerFiles(data, shared=shared)
        self._position = Position()
        self._mark: Epoch | None = None
        self._pending: list[Intent] = []
        self._asked = self._done = 0
        self._may_know_more = False  # than the worker that finds out
        self._counting, self._remembering, self._noting = (threading.Lock() for _ in range(3))

    def close(self) -> None:
        """Let another worker of the data folder have the files."""
        self._files.close()

    def check(self, connection: PgConnection, now: float, *, vouched: bool = False) -> None:
        """Compare the database with the files, at the start and after each reconnect. Raise psycopg.Error.

        `vouched`: another worker has compared it, so that one with an empty data folder may trust it.
        """
        with self._files.alone():
            self._check(connection, now, vouched=vouched)

    def _check(self, connection: PgConnection, now: float, *, vouched: bool) -> None:
        tx = PgTransaction(connection)
        self._position = _position_of(connection)
        if says := reported_rollback(tx) or self.held:
            with self._noting:
                self._follow(connection, says)
            return
        if what := self.examine(tx, vouched=vouched):
            self.held = run_transaction(connection, lambda tx: hold(tx, what, self._files.known(), now))
            self._may_know_more = False
            log.error(self.held)
            return
        adoptions = _adoptions(tx)
        if adoptions > self._files.adopted():
            self._forget()
        elif self._has_moved():
            log.warning("PostgreSQL failed over, or was copied or put back. Nothing that was paid is missing in it.")
            if self._shared:
                begin_wait(tx)  # before the file has the new position, which no later start would notice
        elif self._files.is_new():
            self._files.position.clear()  # a new database has no intents yet
        self._files.note_adopted(adoptions)
        with self._noting:
            self._write(tx)
        self._may_know_more = self._shared

    def _has_moved(self) -> bool:
        """Return whether the database was on another server, or further, when this worker, or one before it, saw it."""
        own = self._files.position.read()
        before = [own] if own is not None else [each.position for each in self._files.known() if each.position]
        return bool(before) and not any(position.leads_to(self._position) for position, _ in before)

    def examine(self, tx: Transaction, *, vouched: bool = False) -> str:
        """Return what is wrong with the database; nothing if it has all that was paid or posted."""
        if says := reported_rollback(tx):
            return says
        known, adopted, epoch = self._files.known(), self._files.adopted(), epoch_of(tx)
        if known and _adoptions(tx) > adopted:
            return ""  # the host has looked at it since, from another data folder
        if not known or not all(each.is_whole for each in known):
            is_fresh = epoch.boots == 0 and all(each.mark is None or each.mark.boots == 0 for each in known)
            is_trusted = is_fresh or (vouched and not known)
            return "" if is_trusted else "The data folder has no whole mark of this PostgreSQL database"
        return self._compare(tx, known, epoch)

    def _compare(self, tx: Transaction, known: list[Known], epoch: Epoch) -> str:
        positions = [each.position for each in known if each.position is not None]
        marks = [each.mark for each in known if each.mark is not None]
        missing = count_missing(tx, [intent for _, intents in positions for intent in intents], epoch.posts)
        if missing == 0 and all(epoch.boots >= mark.boots and epoch.posts >= mark.posts for mark in marks):
            return ""
        return _describe(positions[0][0], _position_of(tx), missing)

    def report(self, tx: Transaction) -> str:
        """Return what a host should know about a database that may be in use; nothing if all is well."""
        what = self.examine(tx)
        return what if what == reported_rollback(tx) else f"{what}. The next start holds its open jobs. {ADVICE}"

    def is_same_server(self, connection: PgConnection) -> bool:
        """Return whether a connection leads to where the last check was."""
        return _position_of(connection).is_same_server(self._position)

    def commit(self, connection: PgConnection, work: Callable[[Transaction], T]) -> T:
        """Commit an intent to pay or post, and remember it. Raise PaymentsHeld."""

        def intend(tx: Transaction) -> tuple[T, Intent | None]:
            if self._shared and (says := reported_rollback(tx)):  # another worker has found out
                self.held = says
                raise PaymentsHeld(says)
            if self._shared and is_waiting(tx):
                raise PaymentsHeld("another server took over, and the other workers compare it first")
            result = work(tx)
            return result, newest_intent(tx, result.id) if isinstance(result, Job) else None

        if self.held:
            raise PaymentsHeld(self.held)
        result, intent = run_transaction(connection, intend)
        if intent is not None:
            self._remember(intent)
        if self.held:  # another thread has found out meanwhile
            raise PaymentsHeld(self.held)
        return result

    def _remember(self, intent: Intent) -> None:
        """Write an intent, without asking the database. Of several threads, one writes for all that wait."""
        with self._counting:
            self._asked += 1
            mine = self._asked
            self._pending.append(intent)
        with self._remembering:
            if self._done >= mine:
                return
            with self._counting:
                asked, taken, self._pending = self._asked, self._pending, []
            try:
                self._files.position.add(taken)
            except OSError as error:  # the intent is safe; a restore of this hour might go unnoticed
                log.warning("the mark of the database was not written", extra={"why": str(error)})
            self._done = asked

    def note(self, connection: PgConnection) -> None:
        """Write how far the database has come, and its spending, unless another worker has found it wrong since."""
        tx = PgTransaction(connection)
        with self._noting:
            if says := self.held or (reported_rollback(tx) if self._shared else ""):
                self._follow(connection, says)
            else:
                self._write(tx)

    def _follow(self, connection: PgConnection, says: str) -> None:
        """Hold what another worker has found wrong, and let what only the files of this one know was spent count, too.

        Once: after a new start, the host may have given some of it back.
        """
        self.held = says
        if not self._may_know_more:
            return
        self._may_know_more = False
        log.error(says)
        try:
            run_transaction(connection, lambda tx: count_spending(tx, self._files.known()))
        except (psycopg.Error, CommitUnknown) as error:
            log.warning("what was spent may be missing in the budgets", extra={"why": type(error).__name__})

    def adopt(self, connection: PgConnection) -> None:
        """Trust the database as it is. Raise OSError or psycopg.Error."""
        tx = PgTransaction(connection)
        self._position = _position_of(connection)
        self._forget()
        self._write(tx)
        self.held = ""
        tx.run("DELETE FROM fact WHERE name IN (?, ?)", (HELD, PAYS_FROM))
        adoptions = _adoptions(tx) + 1
        write_flag(tx, ADOPTIONS, str(adoptions), 0.0)
        self._files.note_adopted(adoptions)

    def _forget(self) -> None:
        self._files.forget()
        self._mark = None

    def _write(self, tx: Transaction) -> None:
        try:
            mark = with_spending(epoch_of(tx), tx)
            since = self._mark.events - _OVERLAP if self._mark is not None else None
            self._files.position.place(_position_of(tx))  # before the first mark, without which it says nothing
            self._files.mark.write(mark, spending_of_servers(tx, mark.day, since), durable=True)
            self._mark = mark
        except (OSError, psycopg.Error) as error:  # what was paid is remembered; this spending might be forgotten
            log.warning("the mark of the database was not written", extra={"why": type(error).__name__})


def _adoptions(tx: Transaction) -> int:
    rows = tx.run("SELECT value FROM fact WHERE name = ?", (ADOPTIONS,))
    return int(rows[0][0]) if rows else 0


def _position_of(source: PgConnection | Transaction) -> Position:
    """Return the position, or an unknown one from a service that doesn't tell. Raise psycopg.OperationalError."""
    try:
        return read_position(source if isinstance(source, Transaction) else PgTransaction(source))
    except psycopg.OperationalError:
        raise
    except psycopg.Error:
        return Position()


def _describe(before: Position, now: Position, missing: int) -> str:
    if (before.system, before.database) != (now.system, now.database):
        what = "This is another PostgreSQL database than the last start used, or a copy of it"
    elif before.timeline != now.timeline:
        what = f"PostgreSQL failed over or was restored (timeline {before.timeline}, now {now.timeline})"
    else:
        what = "The PostgreSQL database was put back to an earlier state"
    lost = f"missing intents to pay or post: {missing}" if missing else "its newest starts or posts are missing"
    return f"{what} ({lost})"
