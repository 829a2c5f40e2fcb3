"""A database that is gone or older than its mark: say so, and let the money that it forgot count again."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from bot.jobs.limits import DAY_S, month_days
from bot.store.epoch_file import Epoch, EpochFile, ServerSpending, epoch_of, is_restored
from bot.store.flags import write_flag
from bot.store.group_commit import Transaction
from bot.store.readonly import open_readonly

FACT = "rollback"
REPORTED_FOR_S = 7 * 86_400.0


def describe(database: Epoch, mark: Epoch | None) -> str:
    """Return what is wrong, as one sentence without its end."""
    if mark is None:
        return "The mark beside the database is gone, so the database may be an older copy"
    if database.boots == 0:
        return f"The database is gone: its mark knows of {mark.events} events of jobs"
    lost = mark.events - database.events
    return (
        f"The database is older than its mark ({lost} events of jobs are missing)"
        if lost > 0
        else ("The database was replaced by a backup or an older copy")
    )


def carry_over(tx: Transaction, mark: Epoch | None, servers: Iterable[ServerSpending] = ()) -> tuple[int, int]:
    """Count the spending that a mark knows of and the database doesn't. Return it and the servers' part, in micros.

    It counts toward the budgets of its server and the host. Where the server isn't known, it counts toward the host's.
    """
    of_servers = sum(_count(tx, each.guild_id, each.day, each.day_micros, each.month_micros) for each in servers)
    if mark is None or mark.day == 0:
        return of_servers, of_servers
    return of_servers + _count(tx, None, mark.day, mark.day_micros, mark.month_micros), of_servers


def _count(tx: Transaction, guild_id: int | None, day: int, day_micros: int, month_micros: int) -> int:
    """Bring a server's spending, or that of all servers, up to these sums. Return what was missing, in micros."""
    first, following = month_days(day * float(DAY_S))
    ((today, month),) = tx.run(
        "SELECT coalesce(sum(CASE WHEN day = ? THEN micros END), 0), coalesce(sum(micros), 0)"
        " FROM day_use WHERE day >= ? AND day < ? AND (guild_id = ? OR ?)",
        (day, first, following, guild_id or 0, guild_id is None),
    )
    of_day: int = max(0, day_micros - today)
    earlier: int = max(0, month_micros - month - of_day)
    for at, micros in ((day, of_day), (first, earlier)):
        tx.run(
            "INSERT INTO day_use (day, guild_id, user_id, micros, videos) SELECT ?, ?, 0, ?, 0 WHERE ? > 0"
            " ON CONFLICT (day, guild_id, user_id) DO UPDATE SET micros = day_use.micros + excluded.micros",
            (at, guild_id or 0, micros, micros),
        )
    return of_day + earlier


def record(tx: Transaction, what: str, mark: Epoch | None, servers: Iterable[ServerSpending], now: float) -> str:
    """Carry the spending over, keep a sentence about it in the database, and return the sentence.

    `what`: what is wrong, without the sentence's end.
    """
    micros, of_servers = carry_over(tx, mark, servers)
    says = f"{what}. Its open jobs wait for a person, and nothing is paid or posted again."
    if micros:
        says += (
            f" ${micros / 1_000_000:.2f} that it forgot count toward the host's budgets,"
            f" ${of_servers / 1_000_000:.2f} of them also toward those of their servers."
        )
    write_flag(tx, FACT, says, now)
    return says


def examine(database: Path, now: float) -> str:
    """Return what a host should know about a database that may be in use; empty if nothing. Raise Unreadable."""
    mark = EpochFile(database).read()  # before the database, which only gets ahead of it
    if not database.exists():
        return f"{describe(Epoch(), mark)}. Restore a backup before the next start." if mark is not None else ""
    with open_readonly(database) as connection:
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            epoch, said = Epoch(), None
        else:
            epoch = epoch_of(Transaction(connection))
            said = _last(connection, now)
    if is_restored(epoch, mark):
        return f"{describe(epoch, mark)}. The next start lets a person decide about its open jobs."
    return said or ""


def _last(connection: sqlite3.Connection, now: float) -> str | None:
    row = connection.execute("SELECT value, at FROM fact WHERE name = ?", (FACT,)).fetchone()
    return str(row[0]) if row is not None and now - row[1] < REPORTED_FOR_S else None
