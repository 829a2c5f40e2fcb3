"""Servers: their settings, the audit log of changes, blocked members and abuse reports."""

import json
from collections.abc import Callable
from typing import Any

from bot.jobs.server_settings import ReplyMode, ServerSettings, changed_fields, settings_from_dict, settings_to_dict
from bot.ports.repositories import Block, SettingsChange
from bot.store.group_commit import Row, Transaction, Value
from bot.store.sql_database import SqlDatabase

_COLUMNS = "reply_mode, confirm_above_micros, rules"
_OWN_COLUMNS = ("reply_mode", "confirm_above_micros")


class SqlServerRepository:
    """One row per server. Settings are read here each time, so that a change applies at once."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def settings(self, guild_id: int) -> ServerSettings:
        rows = await self._db.run(f"SELECT {_COLUMNS} FROM server WHERE guild_id = ?", (guild_id,))  # noqa: S608
        return _rules(rows[0]) if rows else ServerSettings()

    async def save_settings(self, guild_id: int, rules: ServerSettings) -> None:
        await self._db.transaction(lambda tx: _write(tx, guild_id, rules), quick=True)

    async def edit_settings(
        self, guild_id: int, user_id: int, now: float, edit: Callable[[ServerSettings], ServerSettings]
    ) -> ServerSettings:
        def both(tx: Transaction) -> ServerSettings:
            _insert_defaults(tx, guild_id)
            sql = f"SELECT {_COLUMNS} FROM server WHERE guild_id = ? /* pg: FOR UPDATE */"  # noqa: S608
            (row,) = tx.run(sql, (guild_id,))
            before = _rules(row)
            after = edit(before)
            for what, (was, became) in changed_fields(before, after).items():
                write_audit(tx, guild_id, user_id, now, what, was, became)
            _write(tx, guild_id, after)
            return after

        return await self._db.transaction(both, quick=True)

    async def audit(self, guild_id: int, *, limit: int, offset: int = 0) -> list[SettingsChange]:
        rows = await self._db.run(
            "SELECT user_id, at, what, was, became FROM audit WHERE guild_id = ? ORDER BY id DESC LIMIT ? OFFSET ?",
            (guild_id, limit, offset),
        )
        return [
            SettingsChange(user_id=row[0], at=row[1], what=row[2], was=json.loads(row[3]), became=json.loads(row[4]))
            for row in rows
        ]

    async def count_audit(self, guild_id: int) -> int:
        (row,) = await self._db.run("SELECT count(*) FROM audit WHERE guild_id = ?", (guild_id,))
        return int(row[0])

    async def block(self, guild_id: int, user_id: int, until: float | None, *, by_id: int, now: float) -> None:
        def both(tx: Transaction) -> None:
            was = tx.run("SELECT until FROM block WHERE guild_id = ? AND user_id = ?", (guild_id, user_id))
            tx.run(
                "INSERT INTO block (guild_id, user_id, until, by_id, at) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (guild_id, user_id) DO UPDATE"
                " SET until = excluded.until, by_id = excluded.by_id, at = excluded.at",
                (guild_id, user_id, until, by_id, now),
            )
            before = [user_id, was[0][0]] if was else None
            write_audit(tx, guild_id, by_id, now, "blocked", before, [user_id, until])

        await self._db.transaction(both, quick=True)

    async def unblock(self, guild_id: int, user_id: int, *, by_id: int, now: float) -> bool:
        def both(tx: Transaction) -> bool:
            sql = "DELETE FROM block WHERE guild_id = ? AND user_id = ? RETURNING until"
            was = tx.run(sql, (guild_id, user_id))
            if was:
                write_audit(tx, guild_id, by_id, now, "blocked", [user_id, was[0][0]], None)
            return bool(was)

        return await self._db.transaction(both, quick=True)

    async def blocked(self, guild_id: int, user_id: int, now: float) -> Block | None:
        rows = await self._db.run(
            "SELECT user_id, until FROM block WHERE guild_id = ? AND user_id = ? AND (until IS NULL OR until > ?)",
            (guild_id, user_id, now),
        )
        return Block(user_id=rows[0][0], until=rows[0][1]) if rows else None

    async def blocks(self, guild_id: int, now: float, limit: int = 25) -> list[Block]:
        rows = await self._db.run(
            "SELECT user_id, until FROM block WHERE guild_id = ? AND (until IS NULL OR until > ?)"
            " ORDER BY at DESC LIMIT ?",
            (guild_id, now, limit),
        )
        return [Block(user_id=row[0], until=row[1]) for row in rows]

    async def record_report(self, guild_id: int, job_id: str, user_id: int, now: float) -> bool:
        sql = "INSERT INTO report (job_id, guild_id, user_id, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return bool(await self._db.run(f"{sql} RETURNING 1", (job_id, guild_id, user_id, now), quick=True))


def _rules(row: Row) -> ServerSettings:
    return settings_from_dict({**json.loads(row[2]), "reply_mode": row[0], "confirm_above_micros": row[1]})


_INSERT = "INSERT INTO server (guild_id, reply_mode, confirm_above_micros, rules) VALUES (?, ?, ?, ?)"


def _insert_defaults(tx: Transaction, guild_id: int) -> None:
    """Give a server a row if it has none, so that there is one to lock."""
    tx.run(f"{_INSERT} ON CONFLICT DO NOTHING", _values(guild_id, ServerSettings()))


def _write(tx: Transaction, guild_id: int, rules: ServerSettings) -> None:
    tx.run(
        f"{_INSERT} ON CONFLICT (guild_id) DO UPDATE SET reply_mode = excluded.reply_mode,"
        " confirm_above_micros = excluded.confirm_above_micros, rules = excluded.rules",
        _values(guild_id, rules),
    )


def _values(guild_id: int, rules: ServerSettings) -> tuple[Value, ...]:
    rest = {name: value for name, value in settings_to_dict(rules).items() if name not in _OWN_COLUMNS}
    return guild_id, ReplyMode(rules.reply_mode).value, rules.confirm_above_micros, json.dumps(rest)


def write_audit(tx: Transaction, guild_id: int, user_id: int, now: float, what: str, was: Any, became: Any) -> None:
    tx.run(
        "INSERT INTO audit (guild_id, user_id, at, what, was, became) VALUES (?, ?, ?, ?, ?, ?)",
        (guild_id, user_id, now, what, json.dumps(was), json.dumps(became)),
    )
