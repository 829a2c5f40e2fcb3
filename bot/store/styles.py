"""Styles of servers and members."""

from dataclasses import fields

from bot.jobs.style import SERVERS, Style
from bot.jobs.style_errors import StyleNameTaken, TooManyStyles
from bot.store.group_commit import Row, Transaction
from bot.store.server_settings import write_audit
from bot.store.sql_database import SqlDatabase

_COLUMNS = ", ".join(field.name for field in fields(Style))
_VALUES = "guild_id, user_id, name, folded, words, model, aspect, resolution"


class SqlStyles:
    """The table `style`. The user id 0 is the server's."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def usable(self, guild_id: int, user_id: int) -> list[Style]:
        sql = f"SELECT {_COLUMNS} FROM style WHERE guild_id = ? AND user_id IN (?, ?) ORDER BY user_id, folded"  # noqa: S608
        return [_style(row) for row in await self._db.run(sql, (guild_id, SERVERS, user_id))]

    async def of_server(self, guild_id: int) -> list[Style]:
        return await self.usable(guild_id, SERVERS)

    async def save(self, style: Style, *, by_id: int, now: float, most: int) -> None:
        def save(tx: Transaction) -> None:
            tx.lock(f"styles:{style.guild_id}:{style.user_id}")  # the count and the insert belong together
            owned = [_style(row) for row in tx.run(_OWNED, (style.guild_id, style.user_id))]
            named = next((each for each in owned if each.folded == style.folded), None)
            before = next((each for each in owned if each.id == style.id), None) if style.id else named
            if named is not None and named != before:
                raise StyleNameTaken(name=style.name)
            if before is None and len(owned) >= most:
                raise TooManyStyles(most=most)
            if before is not None:
                tx.run("DELETE FROM style WHERE id = ?", (before.id,))
            values = (
                style.guild_id, style.user_id, style.name, style.folded, style.words,
                style.model, style.aspect, style.resolution,
            )  # fmt: skip
            tx.run(f"INSERT INTO style ({_VALUES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608
            _audit(tx, by_id, now, before, style)

        await self._db.transaction(save, quick=True)

    async def delete(self, style: Style, *, by_id: int, now: float) -> bool:
        def delete(tx: Transaction) -> bool:
            sql = f"DELETE FROM style WHERE id = ? AND guild_id = ? AND user_id = ? RETURNING {_COLUMNS}"  # noqa: S608
            rows = tx.run(sql, (style.id, style.guild_id, style.user_id))
            if rows:
                _audit(tx, by_id, now, _style(rows[0]), None)
            return bool(rows)

        return await self._db.transaction(delete, quick=True)


_OWNED = f"SELECT {_COLUMNS} FROM style WHERE guild_id = ? AND user_id = ?"  # noqa: S608


def _style(row: Row) -> Style:
    return Style(**dict(zip(row.keys(), tuple(row), strict=True)))


def _audit(tx: Transaction, by_id: int, now: float, was: Style | None, became: Style | None) -> None:
    """Record a change of a server's style."""
    style = became or was
    if style is None or not style.of_server:
        return
    before, after = (f"{each.name}: {each.words}" if each is not None else None for each in (was, became))
    write_audit(tx, style.guild_id, by_id, now, "style", before, after)
