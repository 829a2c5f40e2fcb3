"""Servers that the bot is in: the table `presence`, and a flag for each shard that is connected."""

import json
from collections.abc import Collection

from bot.ports.presence import SeenServer, Shard
from bot.store.dialect import AMONG
from bot.store.flags import write_flag
from bot.store.group_commit import Transaction
from bot.store.sql_database import SqlDatabase

_FLAG = "shard:"  # and `number/shards`; its time is when the shard was last connected
_LOCK = "presence"  # so that no server is seen between being found absent and being recorded as left
_AMONG = f"guild_id IN {AMONG}"


class SqlPresence:
    """The table `presence`. A shard's servers follow from their ids, so that another number of shards needs no step."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def list_shard(self, shard: Shard, guild_ids: Collection[int], now: float) -> None:
        ids = json.dumps(sorted(guild_ids))

        def replace(tx: Transaction) -> None:
            tx.lock(_LOCK)
            tx.run(f"DELETE FROM gone WHERE {_AMONG}", (ids,))  # noqa: S608
            tx.run(
                f"DELETE FROM presence WHERE (guild_id >> 22) % ? = ? AND guild_id NOT IN {AMONG}",  # noqa: S608
                (shard.shards, shard.number, ids),
            )
            tx.run(
                f"UPDATE presence SET shard = ?, seen_at = ? WHERE {_AMONG}",  # noqa: S608
                (shard.number, now, ids),
            )
            known = {row[0] for row in tx.run(f"SELECT guild_id FROM presence WHERE {_AMONG}", (ids,))}  # noqa: S608
            for guild_id in sorted(set(guild_ids) - known):
                tx.run(
                    "INSERT INTO presence (guild_id, shard, seen_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (guild_id, shard.number, now),
                )
            _confirm(tx, shard, now)

        await self._db.transaction(replace)

    async def see(self, servers: Collection[SeenServer], now: float) -> None:
        def store(tx: Transaction) -> None:
            tx.lock(_LOCK)
            ids = json.dumps(sorted(each.guild_id for each in servers))
            tx.run(f"DELETE FROM gone WHERE {_AMONG}", (ids,))  # noqa: S608
            for each in sorted(servers, key=lambda server: server.guild_id):
                tx.run(
                    "INSERT INTO presence (guild_id, shard, seen_at, upload_limit) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT (guild_id) DO UPDATE SET shard = excluded.shard, seen_at = excluded.seen_at,"
                    " upload_limit = excluded.upload_limit",
                    (each.guild_id, each.shard, now, each.upload_limit_bytes),
                )

        await self._db.transaction(store)

    async def leave(self, guild_ids: Collection[int]) -> None:
        await self._db.run(f"DELETE FROM presence WHERE {_AMONG}", (json.dumps(sorted(guild_ids)),))  # noqa: S608

    async def confirm(self, shards: Collection[Shard], now: float) -> None:
        def store(tx: Transaction) -> None:
            for shard in sorted(shards, key=lambda each: each.number):
                _confirm(tx, shard, now)

        await self._db.transaction(store)

    async def absent(self, guild_ids: Collection[int], since: float) -> set[int]:
        return await self._db.read(lambda tx: _absent(tx, guild_ids, since))

    async def record_left(self, guild_ids: Collection[int], since: float, now: float) -> None:
        def record(tx: Transaction) -> None:
            tx.lock(_LOCK)
            for guild_id in sorted(_absent(tx, guild_ids, since)):
                tx.run("INSERT INTO gone (guild_id, at) VALUES (?, ?) ON CONFLICT DO NOTHING", (guild_id, now))

        await self._db.transaction(record)

    async def upload_limit_bytes(self, guild_id: int) -> int | None:
        rows = await self._db.run("SELECT upload_limit FROM presence WHERE guild_id = ?", (guild_id,))
        return int(rows[0][0]) if rows and rows[0][0] is not None else None


def _absent(tx: Transaction, guild_ids: Collection[int], since: float) -> set[int]:
    rows = tx.run("SELECT name FROM fact WHERE name >= ? AND name < ? AND at >= ?", (_FLAG, "shard;", since))
    connected = [_shard(row[0]) for row in rows]
    known = {guild_id for guild_id in guild_ids if any(shard.has(guild_id) for shard in connected)}
    sql = f"SELECT guild_id FROM presence WHERE {_AMONG}"  # noqa: S608
    return known - {row[0] for row in tx.run(sql, (json.dumps(sorted(known)),))}


def _confirm(tx: Transaction, shard: Shard, now: float) -> None:
    write_flag(tx, f"{_FLAG}{shard.number}/{shard.shards}", "", now)


def _shard(flag: str) -> Shard:
    number, _, shards = flag.removeprefix(_FLAG).partition("/")
    return Shard(number=int(number), shards=int(shards))
