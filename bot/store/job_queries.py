"""Lists of jobs in SQLite, for lists, suggestions and family trees. Read-only."""

from collections.abc import Collection

from bot.jobs.job import ENDED, Job, State
from bot.ports.shards import ShardRange
from bot.store.group_commit import Transaction
from bot.store.rows import first_job, job_of
from bot.store.sql_database import SqlDatabase
from bot.store.video_pages import Scope, count_by_channel, jobs_in_order, read_page, search


def _listed(states: Collection[State]) -> str:
    return "state IN ({})".format(", ".join(f"'{state}'" for state in states))


# The conditions of the indexes job_member_open and job_member_ended: only then SQLite uses them.
_OPEN = _listed([state for state in State if state not in ENDED])
_ENDED = _listed(sorted(ENDED - {State.ABANDONED, State.IMPORTED}))


class SqlJobQueries:
    """Lists of jobs in SQLite."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def channels(self, guild_id: int, known: Collection[int]) -> list[int]:
        scope = Scope(guild_id=guild_id, channels=sorted(known))
        return list(await self._db.transaction(lambda tx: count_by_channel(tx, scope)))

    async def videos(
        self,
        guild_id: int,
        channels: Collection[int],
        *,
        member_id: int | None = None,
        limit: int,
        offset: int = 0,
    ) -> list[Job]:
        scope = Scope(guild_id=guild_id, channels=sorted(channels), member_id=member_id)
        return await self._db.transaction(lambda tx: read_page(tx, scope, limit, offset))

    async def count(self, guild_id: int, channels: Collection[int], *, member_id: int | None = None) -> int:
        scope = Scope(guild_id=guild_id, channels=sorted(channels), member_id=member_id)
        return sum((await self._db.transaction(lambda tx: count_by_channel(tx, scope))).values())

    async def search(
        self, guild_id: int, channels: Collection[int], *, for_user: int, words: str = "", limit: int
    ) -> list[Job]:
        scope = Scope(guild_id=guild_id, channels=sorted(channels))
        return await self._db.transaction(lambda tx: search(tx, scope, for_user, words, limit))

    async def of_member(self, guild_id: int, user_id: int, *, limit: int, offset: int = 0) -> list[Job]:
        return await self._db.transaction(lambda tx: _of_member(tx, guild_id, user_id, limit, offset))

    async def count_of_member(self, guild_id: int, user_id: int) -> int:
        return await self._db.transaction(lambda tx: _count_of_member(tx, guild_id, user_id))

    async def family(self, guild_id: int, root_id: str, limit: int) -> list[Job]:
        rows = await self._db.run(
            "SELECT * FROM job WHERE root_id = ? AND +guild_id = ? ORDER BY created_at, id LIMIT ?",
            (root_id, guild_id, limit),
        )
        return [job_of(row) for row in rows]

    async def films_of(self, guild_id: int, root_id: str, limit: int) -> list[tuple[Job, str]]:
        return await self._db.read(lambda tx: _films_of(tx, guild_id, root_id, limit))

    async def has_replied(self, guild_id: int, user_id: int) -> bool:
        sql = "EXISTS (SELECT 1 FROM job WHERE guild_id = ? AND user_id = ? AND source_message_id > 0 AND {})"
        who = (guild_id, user_id)
        ((found,),) = await self._db.run(f"SELECT {sql.format(_OPEN)} OR {sql.format(_ENDED)}", (*who, *who))
        return bool(found)

    async def active_channels(self, limit: int, shards: ShardRange | None = None) -> list[int]:
        held = shards or ShardRange(first=0, last=0, shards=1)
        rows = await self._db.run(
            "SELECT channel_id FROM (SELECT guild_id, channel_id, delivered_at AS at FROM video"  # noqa: S608
            " UNION ALL SELECT guild_id, channel_id, coalesce(tried_at, 0) FROM shown WHERE message_id IS NOT NULL"
            f" UNION ALL SELECT guild_id, channel_id, created_at FROM job WHERE {_OPEN}) AS used"
            " WHERE (guild_id >> 22) % ? BETWEEN ? AND ? GROUP BY channel_id ORDER BY max(at) DESC LIMIT ?",
            (held.shards, held.first, held.last, limit),
        )
        return [row[0] for row in rows]


def _films_of(tx: Transaction, guild_id: int, root_id: str, limit: int) -> list[tuple[Job, str]]:
    parts = tx.run(
        "SELECT film_part.film_id, film_part.job_id FROM job JOIN film_part ON film_part.job_id = job.id"
        " WHERE job.root_id = ? AND +job.guild_id = ? ORDER BY film_part.film_id, film_part.place LIMIT ?",
        (root_id, guild_id, limit),
    )
    films = {row["film_id"]: first_job(tx.run("SELECT * FROM job WHERE id = ?", (row["film_id"],))) for row in parts}
    found = [(film, str(row["job_id"])) for row in parts if (film := films[row["film_id"]]) is not None]
    return sorted(found, key=lambda each: each[0].created_at)


def _count_of_member(tx: Transaction, guild_id: int, user_id: int) -> int:
    rows = tx.run("SELECT jobs FROM member_job_count WHERE guild_id = ? AND user_id = ?", (guild_id, user_id))
    return rows[0][0] if rows else 0


def _of_member(tx: Transaction, guild_id: int, user_id: int, limit: int, offset: int) -> list[Job]:
    who = (guild_id, user_id)
    (running,) = tx.run(f"SELECT count(*) FROM job WHERE guild_id = ? AND user_id = ? AND {_OPEN}", who)  # noqa: S608
    ids = _ids_of(tx, who, _OPEN, "DESC", limit, offset) if offset < running[0] else []
    ended = _count_of_member(tx, guild_id, user_id) - running[0]
    skipped = max(0, offset - running[0])
    wanted = max(0, min(limit - len(ids), ended - skipped))
    after = ended - skipped - wanted
    if after < skipped:  # the second half is read from the oldest job on
        ids += _ids_of(tx, who, _ENDED, "ASC", wanted, after)[::-1]
    else:
        ids += _ids_of(tx, who, _ENDED, "DESC", wanted, skipped)
    return jobs_in_order(tx, ids)


def _ids_of(tx: Transaction, who: tuple[int, int], states: str, order: str, limit: int, offset: int) -> list[str]:
    rows = tx.run(
        f"SELECT id FROM job WHERE guild_id = ? AND user_id = ? AND {states}"  # noqa: S608
        f" ORDER BY created_at {order}, id {order} LIMIT ? OFFSET ?",
        (*who, limit, offset),
    )
    return [row[0] for row in rows]
