"""What servers have set, and how their people are called."""

from bot.jobs.rules import ReplyMode, Rules
from bot.store.database import Database


class ServerStore:
    """One row a server. The one place where rules are read, so that what `/settings` writes holds at once."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def rules(self, guild_id: int) -> Rules:
        rows = await self._db.run("SELECT reply_mode, confirm_above_micros FROM server WHERE guild_id = ?", (guild_id,))
        return Rules(reply_mode=ReplyMode(rows[0][0]), confirm_above_micros=rows[0][1]) if rows else Rules()

    async def set_rules(self, guild_id: int, rules: Rules) -> None:
        await self._db.run(
            "INSERT INTO server (guild_id, reply_mode, confirm_above_micros) VALUES (?, ?, ?)"
            " ON CONFLICT (guild_id) DO UPDATE SET reply_mode = excluded.reply_mode,"
            " confirm_above_micros = excluded.confirm_above_micros",
            (guild_id, rules.reply_mode.value, rules.confirm_above_micros),
        )


class PersonStore:
    """Display names, as last seen. Written only when one has changed."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._known: dict[tuple[int, int], str] = {}

    async def seen(self, guild_id: int, user_id: int, name: str, now: float) -> None:
        if self._known.get((guild_id, user_id)) == name:
            return
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[guild_id, user_id] = name
        await self._db.run(
            "INSERT INTO person (guild_id, user_id, name, seen_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (guild_id, user_id) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at",
            (guild_id, user_id, name, now),
        )

    async def names(self, guild_id: int) -> dict[int, str]:
        """User id -> name, of everybody who has asked for something here."""
        rows = await self._db.run(
            "SELECT user_id, name FROM person WHERE guild_id = ? ORDER BY seen_at DESC LIMIT 5000", (guild_id,)
        )
        return {row[0]: row[1] for row in rows}
