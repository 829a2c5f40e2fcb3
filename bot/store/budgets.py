"""Usage that counts toward limits and budgets, read in the transaction that inserts a job."""

import json
from collections.abc import Sequence
from datetime import date
from itertools import repeat
from typing import Any

from bot.jobs.bundle_limits import rejection_for_pair, rejection_for_takes
from bot.jobs.job import Job
from bot.jobs.limits import Caps, UsageTotals, date_of, day_of, month_days, rejection_for
from bot.ports.repositories import HIDDEN_MODEL, UsageRow
from bot.store.group_commit import Transaction
from bot.store.sql_database import SqlDatabase


def check(tx: Transaction, job: Job, caps: Caps, at: float) -> None:
    """Raise LimitReached or BudgetSpent if this job would exceed a limit. Its price must not be reserved yet."""
    check_price(tx, job.guild_id, job.user_id, job.money.price_micros, caps, at)


def check_price(tx: Transaction, guild_id: int, user_id: int, price_micros: int, caps: Caps, at: float) -> None:
    """Raise LimitReached or BudgetSpent if a member's request at this price would exceed a limit."""
    _lock(tx, guild_id, caps)
    error = rejection_for(caps, used(tx, guild_id, user_id, at), price_micros, at)
    if error is not None:
        raise error


def _lock(tx: Transaction, guild_id: int, caps: Caps) -> None:
    tx.lock(f"caps:{guild_id}")  # the sums, the insert and the commit belong together
    if caps.host.day_micros is not None or caps.host.month_micros is not None:
        tx.lock("caps:host")  # always after the server's, so that no two wait for each other


def check_all(tx: Transaction, jobs: Sequence[Job], caps: Caps, at: float) -> None:
    """Raise as `check` does, or TooManyTakes, if the jobs of one bundle would exceed a limit together."""
    first = jobs[0]
    _lock(tx, first.guild_id, caps)
    prices = [job.money.price_micros for job in jobs]
    rejection = rejection_for_pair if first.bundle.compared else rejection_for_takes
    error = rejection(caps, used(tx, first.guild_id, first.user_id, at), prices, at)
    if error is not None:
        raise error


def used(tx: Transaction, guild_id: int, user_id: int, at: float) -> UsageTotals:
    """Add up the reserved, held and spent usage of a member, a server and the host."""
    day, (first, following) = day_of(at), month_days(at)
    (today,) = tx.run(
        "SELECT coalesce(sum(CASE WHEN user_id = ? THEN videos END), 0), coalesce(sum(videos), 0),"
        " coalesce(sum(micros), 0) FROM day_use WHERE guild_id = ? AND day = ?",
        (user_id, guild_id, day),
    )
    (month,) = tx.run(
        "SELECT coalesce(sum(micros), 0) FROM day_use WHERE guild_id = ? AND day >= ? AND day < ?",
        (guild_id, first, following),
    )
    (host,) = tx.run(
        "SELECT coalesce(sum(CASE WHEN day = ? THEN micros END), 0), coalesce(sum(micros), 0)"
        " FROM day_use WHERE day >= ? AND day < ?",
        (day, first, following),
    )
    return UsageTotals(
        member_videos=today[0],
        server_videos=today[1],
        server_day_micros=today[2],
        server_month_micros=month[0],
        host_day_micros=host[0],
        host_month_micros=host[1],
    )


class SqlUsageRepository:
    """Usage outside of such a transaction, for reports."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def totals(self, guild_id: int, user_id: int, at: float) -> UsageTotals:
        return await self._db.read(lambda tx: used(tx, guild_id, user_id, at))

    async def by_day(self, guild_id: int, since: float, *, user_id: int | None = None) -> list[UsageRow]:
        return await self._db.read(lambda tx: _by_day(tx, guild_id, day_of(since), user_id))


# One row per day, its sums in the order of the primary key: fetching each sum as a row of its own takes three times as
# long, and hands the interpreter lock back and forth as often.
_DAYS = (
    "SELECT day, json_group_array(user_id), json_group_array(model), json_group_array(account),"
    " json_group_array(videos), json_group_array(micros), json_group_array(real_micros)"
    " FROM day_model_use WHERE guild_id = ? AND day >= ?{of_member} GROUP BY day"
)


def _by_day(tx: Transaction, guild_id: int, first_day: int, user_id: int | None) -> list[UsageRow]:
    of_member = " AND user_id = ?" if user_id is not None else ""
    days = tx.run(_DAYS.format(of_member=of_member), (guild_id, first_day, *([user_id] if user_id is not None else [])))
    rows = [
        row
        for day, *columns in days
        for row in map(UsageRow._make, zip(repeat(date_of(day)), *map(json.loads, columns), strict=False))
    ]
    return _without_names(rows, [usage_row(row) for row in tx.run(_HIDDEN, (guild_id,))])


def _without_names(rows: list[UsageRow], hidden: Sequence[UsageRow]) -> list[UsageRow]:
    """Count what the takes of comparisons cost under HIDDEN_MODEL until their models are revealed."""
    if not hidden:
        return rows
    by_key = {row[:4]: row for row in hidden}
    named: list[UsageRow] = []
    nameless: dict[tuple[date, int], UsageRow] = {}
    for row in rows:
        part = by_key.get(row[:4], row._replace(videos=0, micros=0, real_micros=0))
        rest = _sum(row, part, -1)
        if rest.videos or rest.micros:
            named.append(rest)
        if part.videos or part.micros:
            key = (row.day, row.user_id)
            empty = UsageRow(*key, HIDDEN_MODEL, HIDDEN_MODEL, videos=0, micros=0)
            nameless[key] = _sum(nameless.get(key, empty), part, 1)
    return sorted([*named, *nameless.values()], key=lambda row: row.day)


def _sum(row: UsageRow, other: UsageRow, sign: int) -> UsageRow:
    return row._replace(
        videos=row.videos + sign * other.videos,
        micros=row.micros + sign * other.micros,
        real_micros=row.real_micros + sign * other.real_micros,
    )


_OF_JOBS = """
SELECT CAST(/* pg: floor( */ reserved.at / 86400 /* pg: ) */ AS INTEGER) AS day, job.user_id, job.model, job.account,
    sum(CASE WHEN ledger.part > 1 OR ledger.kind = 'adjust' THEN 0
             WHEN ledger.debit = 'free' THEN 1 WHEN ledger.credit = 'free' THEN -1 ELSE 0 END),
    sum(CASE WHEN ledger.debit = 'free' THEN ledger.micros WHEN ledger.credit = 'free' THEN -ledger.micros ELSE 0 END),
    job.guild_id,
    sum(CASE WHEN ledger.kind <> 'adjust' THEN 0 WHEN ledger.debit = 'free' THEN reserved.micros + ledger.micros
             ELSE reserved.micros - ledger.micros END)
FROM job JOIN ledger ON ledger.job_id = job.id
JOIN ledger AS reserved ON reserved.job_id = job.id AND reserved.part = ledger.part AND reserved.kind = 'reserve'
"""
_BY_MODEL = "GROUP BY job.guild_id, 1, job.user_id, job.model, job.account"
_HIDDEN = f"{_OF_JOBS} WHERE job.guild_id = ? AND job.compared = 1 AND job.revealed_at IS NULL {_BY_MODEL}"
# Both parameters are the time, in UTC seconds, since when usage is read.
SPENT = f"""
{_OF_JOBS}
WHERE reserved.at >= ?
{_BY_MODEL}
UNION ALL
SELECT day, user_id, model, 'writer', 0, sum(CASE WHEN debit = 'free' THEN micros ELSE -micros END), guild_id,
    sum(CASE WHEN kind = 'cost' THEN micros ELSE 0 END)
FROM writer_ledger
WHERE at >= ?
GROUP BY guild_id, day, user_id, model
ORDER BY 7, 1, 2, 3, 4
"""  # noqa: S608


def usage_row(row: Sequence[Any]) -> UsageRow:
    """Build a row of SPENT."""
    return UsageRow(
        day=date_of(row[0]),
        user_id=row[1],
        model=row[2],
        account=row[3],
        videos=row[4],
        micros=row[5],
        real_micros=row[7],
    )
