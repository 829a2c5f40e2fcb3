"""Pending confirmations in SQLite: they survive a restart. The request itself is read from the reply again."""

from dataclasses import astuple

from bot.ports.repositories import PendingConfirmation
from bot.store.group_commit import Row
from bot.store.sql_database import SqlDatabase


class SqlPendingConfirmations:
    """The table `question`, one row per reply."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def open(self, confirmation: PendingConfirmation) -> bool:
        sql = "INSERT INTO question VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1"
        return bool(await self._db.run(sql, astuple(confirmation), quick=True))

    async def set_message(self, order_message_id: int, message_id: int) -> None:
        await self._db.run(
            "UPDATE question SET message_id = ? WHERE order_message_id = ?", (message_id, order_message_id)
        )

    async def change(self, confirmation: PendingConfirmation) -> None:
        await self._db.run(
            "UPDATE question SET asked = ?, price_micros = ?, expires_at = ? WHERE order_message_id = ?",
            (confirmation.asked, confirmation.price_micros, confirmation.expires_at, confirmation.order_message_id),
        )

    async def find(self, message_id: int, order_message_id: int) -> PendingConfirmation | None:
        rows = await self._db.run(
            "SELECT * FROM question WHERE message_id = ? OR (message_id IS NULL AND order_message_id = ?)",
            (message_id, order_message_id),
        )
        return _confirmation(rows[0]) if rows else None

    async def close(self, order_message_id: int) -> PendingConfirmation | None:
        rows = await self._db.run("DELETE FROM question WHERE order_message_id = ? RETURNING *", (order_message_id,))
        return _confirmation(rows[0]) if rows else None

    async def all(self) -> list[PendingConfirmation]:
        return [_confirmation(row) for row in await self._db.run("SELECT * FROM question ORDER BY expires_at")]


def _confirmation(row: Row) -> PendingConfirmation:
    return PendingConfirmation(**dict(zip(row.keys(), tuple(row), strict=True)))
