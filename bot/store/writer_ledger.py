"""What requests to the writer of prompts cost: a ledger by double entry, without jobs."""

from bot.jobs.limits import Caps, day_of
from bot.ports.writer import WriterCall
from bot.store.budgets import check_price
from bot.store.group_commit import Transaction
from bot.store.sql_database import SqlDatabase

_INSERT = (
    "INSERT INTO writer_ledger (call_id, kind, guild_id, user_id, model, debit, credit, micros, day, at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (call_id, kind) DO NOTHING RETURNING 1"
)


class SqlWriterLedger:
    """The table `writer_ledger`. Triggers add its entries to the daily sums that budgets and reports read."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def reserve(self, call: WriterCall, caps: Caps) -> None:
        def reserve(tx: Transaction) -> None:
            check_price(tx, call.guild_id, call.user_id, call.micros, caps, call.at)
            _book(tx, call, "write", "free", "spent", call.micros, call.at)

        await self._db.commit_before_payment(reserve)

    async def settle(self, call: WriterCall, cost_micros: int, now: float) -> None:
        def settle(tx: Transaction) -> None:
            if _book(tx, call, "release", "spent", "free", call.micros, now) and cost_micros:
                _book(tx, call, "cost", "free", "spent", cost_micros, now)

        await self._db.transaction(settle)


def _book(tx: Transaction, call: WriterCall, kind: str, debit: str, credit: str, micros: int, at: float) -> bool:
    """Book one entry. Return False if it was booked before. It counts to the day on which the request was made."""
    entry = (call.id, kind, call.guild_id, call.user_id, call.model, debit, credit, micros, day_of(call.at), at)
    return bool(tx.run(_INSERT, entry))
