"""Delete prompts, pictures, names and ids from the database.

The rows of jobs stay, because limits, sums and family trees need them.
"""

import json
from collections.abc import Collection

from bot.jobs.film_plan import PLAN_LIFE_S
from bot.jobs.job import ENDED, State
from bot.jobs.server_settings import DELETED_PROMPT, ServerSettings
from bot.jobs.stored_errors import DECIDABLE
from bot.ports.repositories import ErasableVideo
from bot.store.dialect import AMONG
from bot.store.drafts import DRAFTS_KEPT_S
from bot.store.films import delete_shots
from bot.store.flags import write_flag
from bot.store.group_commit import Row, Transaction
from bot.store.provider_ids import clear_left_provider_ids, clear_provider_ids
from bot.store.sql_database import SqlDatabase

_ENDED = ", ".join(f"'{state}'" for state in sorted(ENDED))
_FIELDS = (
    "id, code, clip_file, guild_id, coalesce(result_channel_id, channel_id),"
    # A member's own message is theirs to delete.
    " CASE WHEN state <> 'imported' THEN coalesce(result_message_id, shared_message_id) END"
)
# Ended, with the final status posted and no open decision.
_UNDECIDED = f"state = 'needs_person' AND trouble IN ({', '.join(repr(name) for name in sorted(DECIDABLE))})"
_AT_REST = f"state IN ({_ENDED}) AND due_at IS NULL AND NOT coalesce({_UNDECIDED}, FALSE)"
_FORGETTABLE = f"SELECT {_FIELDS} FROM job WHERE {_AT_REST} AND prompt <> '{DELETED_PROMPT}'"  # noqa: S608

_OPEN = ", ".join(f"'{state}'" for state in State if state not in ENDED)
# Members' own videos that were never copied, or whose message was deleted, unless a remix still needs the copy.
_UNUSED_IMPORT = (
    f"{_FORGETTABLE} AND state = 'imported'"  # noqa: S608
    " AND (deleted_at IS NOT NULL OR (image_url IS NOT NULL AND created_at < ?))"
    f" AND NOT EXISTS (SELECT 1 FROM job AS remix WHERE remix.parent_id = job.id AND remix.state IN ({_OPEN}))"
)
_DAY_S = 86_400.0
# Flags with an effect that ends. Each lives longer than its effect; other flags are few and stay.
FLAG_LIFETIMES_S = {
    "press:*": _DAY_S,  # 30 s
    "alarm:*": _DAY_S,  # an hour
    "bell:*": 2 * _DAY_S,  # one day
    "welcome:*": 2 * _DAY_S,  # one day
    "word:*": 2 * _DAY_S,  # one day
    "warned:*": 62 * _DAY_S,  # 40 days
    "upload-limit:*": 60 * _DAY_S,  # 30 days
    "upload-small:*": 60 * _DAY_S,  # 30 days
    "upload-doubt:*": 31 * _DAY_S,  # as long as a job is posted or kept
    "upload-refused:*": 31 * _DAY_S,  # as long as a job is posted or kept
    "hint:*": 31 * _DAY_S,  # the same
    "gif:*": 366 * _DAY_S,  # since the last GIF of a video
    "pause:*": _DAY_S,  # 10 minutes
    "moved:*": 62 * _DAY_S,  # 31 days
    "shard:*": _DAY_S,  # 2 minutes
    "online:*": 31 * _DAY_S,  # an hour
    "identify:*": _DAY_S,  # 5 s
    "parent:*": 62 * _DAY_S,  # of a thread: since its last order
}
# What is deleted with a member, and with a server.
_OF_MEMBERS = ("person", "question", "report", "draft", "style", "star", "film", "contest_entry", "vote", "member_turn")
_OF_SERVERS = (
    "server", "block", "audit", "report", "person", "question", "draft", "style", "star", "shown", "film",
    "contest_entry", "contest", "contest_line", "contest_result", "vote", "member_turn", "presence",
)  # fmt: skip


# A prefix as a range: every dialect reads it from the primary key.
_PREFIXED = "name >= ? AND name < ?"


def _range(pattern: str) -> tuple[str, str]:
    """Return the range of the names that begin as a pattern `word:*` does."""
    prefix = pattern.removesuffix("*")
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)


class SqlRetentionRepository:
    """Deletes personal data in SQLite."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def expired(self, now: float, limit: int) -> list[ErasableVideo]:
        default_days = ServerSettings().retention_days
        rows = await self._db.run("SELECT guild_id, rules FROM server")
        kept = {row[0]: json.loads(row[1]).get("retention_days", default_days) for row in rows}
        videos: list[ErasableVideo] = []
        for days in sorted({default_days, *kept.values()}):
            guilds = [guild_id for guild_id, own in kept.items() if own == days]
            others = [guild_id for guild_id, own in kept.items() if own != days]
            which, ids = ("NOT IN", others) if days == default_days else ("IN", guilds)
            sql = f"{_FORGETTABLE} AND created_at < ? AND guild_id {which} {AMONG} LIMIT ?"
            values = (now - days * 86400.0, json.dumps(ids), limit - len(videos))
            videos += [_erasable(row) for row in await self._db.run(sql, values)]
        unused = await self._db.run(f"{_UNUSED_IMPORT} LIMIT ?", (now - _DAY_S, limit - len(videos)))
        return videos + [video for row in unused if (video := _erasable(row)) not in videos]

    async def of_member(self, user_id: int, limit: int) -> list[ErasableVideo]:
        rows = await self._db.run(f"{_FORGETTABLE} AND user_id = ? LIMIT ?", (user_id, limit))
        return [_erasable(row) for row in rows]

    async def of_server(self, guild_id: int, limit: int) -> list[ErasableVideo]:
        rows = await self._db.run(f"{_FORGETTABLE} AND guild_id = ? LIMIT ?", (guild_id, limit))
        return [_erasable(row) for row in rows]

    async def unfinished(self, user_id: int) -> list[str]:
        sql = f"SELECT id FROM job WHERE user_id = ? AND state NOT IN ({_ENDED}) ORDER BY created_at"  # noqa: S608
        return [row[0] for row in await self._db.run(sql, (user_id,))]

    async def undecided(self, before: float, user_id: int | None = None) -> list[str]:
        sql = f"SELECT id FROM job WHERE {_UNDECIDED} AND created_at < ? AND (user_id = ? OR ?)"  # noqa: S608
        return [row[0] for row in await self._db.run(sql, (before, user_id or 0, user_id is None))]

    async def erase(self, jobs: Collection[ErasableVideo]) -> None:
        def all_of_them(tx: Transaction) -> None:
            for job in jobs:
                tx.run(
                    "UPDATE job SET prompt = ?, image_url = NULL, image_file = NULL, interaction_token = NULL,"  # noqa: S608
                    " result_message_id = CASE WHEN state <> 'imported' THEN result_message_id END,"  # may come again
                    f" facts = '{{}}', locale = NULL, style = NULL,"
                    f" typed = NULL, offered = NULL WHERE id = ? AND {_AT_REST}",
                    (DELETED_PROMPT, job.job_id),
                )
                clear_provider_ids(tx, job.job_id)
                tx.run("DELETE FROM star WHERE job_id = ?", (job.job_id,))
                tx.run(
                    "DELETE FROM picture WHERE job_id IN (SELECT id FROM job WHERE id = ? AND prompt = ?)",
                    (job.job_id, DELETED_PROMPT),
                )

        await self._db.transaction(all_of_them)

    async def clear_provider_ids(self, deleted_before: float) -> None:
        while await self._db.transaction(lambda tx: clear_left_provider_ids(tx, deleted_before)):
            pass

    async def request_deletion(self, user_id: int, now: float, *, videos: bool = False) -> None:
        def ask(tx: Transaction) -> None:
            tx.run(
                "INSERT INTO forget (user_id, at) VALUES (?, ?) ON CONFLICT (user_id) DO UPDATE SET at = excluded.at",
                (user_id, now),
            )
            for table in _OF_MEMBERS:
                tx.run(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))  # noqa: S608
            delete_shots(tx)
            _delete_flags(tx, user_id)
            if videos:
                write_flag(tx, f"withdraw:{user_id}", "", now)

        await self._db.transaction(ask, quick=True)

    async def requested_deletions(self) -> list[int]:
        return [row[0] for row in await self._db.run("SELECT user_id FROM forget ORDER BY at")]

    async def erase_member(self, user_id: int, today: int) -> bool:
        def forget(tx: Transaction) -> bool:
            _anonymize(tx, "user_id = ? AND day < ?", (user_id, today))
            tx.run(
                f"UPDATE job SET user_id = 0 WHERE user_id = ? AND created_at < ? AND {_AT_REST}"  # noqa: S608
                f" AND prompt = '{DELETED_PROMPT}'",
                (user_id, today * 86400.0),
            )
            tx.run("UPDATE writer_ledger SET user_id = 0 WHERE user_id = ? AND day < ?", (user_id, today))
            asked = tx.run("SELECT at FROM forget WHERE user_id = ?", (user_id,))
            if not asked:
                return True
            sql = "SELECT 1 FROM job WHERE user_id = ? AND created_at <= ? LIMIT 1"
            writer = "SELECT 1 FROM writer_ledger WHERE user_id = ? AND at <= ? LIMIT 1"
            if tx.run(sql, (user_id, asked[0][0])) or tx.run(writer, (user_id, asked[0][0])):
                return False  # running jobs, and those that count toward today's limit
            tx.run("UPDATE audit SET user_id = 0 WHERE user_id = ?", (user_id,))
            _delete_flags(tx, user_id)
            _delete_ended_blocks(tx, user_id)
            tx.run("DELETE FROM forget WHERE user_id = ?", (user_id,))
            return True

        return await self._db.transaction(forget)

    async def expire_flags(self, now: float) -> int:
        def expire(tx: Transaction) -> int:
            tx.run("DELETE FROM draft WHERE created_at < ?", (now - DRAFTS_KEPT_S,))
            tx.run("DELETE FROM member_turn WHERE at < ?", (now - _DAY_S,))
            # A gateway deletes the question first, and then the plan; this is for servers that none of them sees.
            tx.run("DELETE FROM film WHERE created_at < ?", (now - PLAN_LIFE_S - _DAY_S,))
            delete_shots(tx)
            sql = f"DELETE FROM fact WHERE {_PREFIXED} AND at < ? RETURNING 1"  # noqa: S608
            return sum(
                len(tx.run(sql, (*_range(pattern), now - lifetime_s)))
                for pattern, lifetime_s in FLAG_LIFETIMES_S.items()
            )

        return await self._db.transaction(expire)

    async def record_leaving(self, guild_id: int, now: float) -> None:
        await self._db.run("INSERT INTO gone (guild_id, at) VALUES (?, ?) ON CONFLICT DO NOTHING", (guild_id, now))

    async def record_joining(self, guild_id: int) -> None:
        await self._db.run("DELETE FROM gone WHERE guild_id = ?", (guild_id,))

    async def servers(self) -> list[int]:
        rows = await self._db.run(
            "SELECT guild_id FROM server UNION SELECT guild_id FROM person UNION SELECT guild_id FROM style"
            " UNION SELECT guild_id FROM star UNION SELECT guild_id FROM shown UNION SELECT guild_id FROM contest"
            " UNION SELECT guild_id FROM contest_result"
            " UNION SELECT guild_id FROM job WHERE prompt <> ?",
            (DELETED_PROMPT,),
        )
        return [row[0] for row in rows]

    async def left_before(self, before: float) -> list[int]:
        return [row[0] for row in await self._db.run("SELECT guild_id FROM gone WHERE at < ?", (before,))]

    async def erase_server(self, guild_id: int) -> None:
        def erase(tx: Transaction) -> None:
            for table in _OF_SERVERS:
                tx.run(f"DELETE FROM {table} WHERE guild_id = ?", (guild_id,))  # noqa: S608
            delete_shots(tx)
            _anonymize(tx, "guild_id = ?", (guild_id,))
            tx.run(
                "UPDATE job SET user_id = 0 WHERE guild_id = ? AND prompt = ?",
                (guild_id, DELETED_PROMPT),
            )
            tx.run("UPDATE writer_ledger SET user_id = 0 WHERE guild_id = ?", (guild_id,))
            sql = "SELECT 1 FROM job WHERE guild_id = ? AND prompt <> ? LIMIT 1"
            if not tx.run(sql, (guild_id, DELETED_PROMPT)):
                tx.run("DELETE FROM gone WHERE guild_id = ?", (guild_id,))

        await self._db.transaction(erase)


def _delete_flags(tx: Transaction, user_id: int) -> None:
    for name in ("bell", "withdraw"):
        tx.run("DELETE FROM fact WHERE name = ?", (f"{name}:{user_id}",))
    tx.run(f"DELETE FROM fact WHERE {_PREFIXED} AND name LIKE ?", (*_range("press:*"), f"%:{user_id}"))  # noqa: S608


def _delete_ended_blocks(tx: Transaction, user_id: int) -> None:
    """Delete the audit entries about blocks of a member, on servers where the member isn't blocked."""
    tx.run(
        "DELETE FROM audit WHERE what = 'blocked'"
        " AND (was LIKE ? OR became LIKE ?)"  # JSON: [user id, end]
        " AND NOT EXISTS (SELECT 1 FROM block WHERE block.guild_id = audit.guild_id AND block.user_id = ?)",
        (f"[{user_id},%", f"[{user_id},%", user_id),
    )


def _anonymize(tx: Transaction, where: str, values: tuple[int, ...]) -> None:
    """Move the usage of these days to the user id 0."""
    rows = tx.run(f"DELETE FROM day_use WHERE {where} RETURNING day, guild_id, micros, videos", values)  # noqa: S608
    for day, guild_id, micros, videos in rows:
        tx.run(
            "INSERT INTO day_use (day, guild_id, user_id, micros, videos) VALUES (?, ?, 0, ?, ?)"
            " ON CONFLICT (day, guild_id, user_id)"
            " DO UPDATE SET micros = day_use.micros + excluded.micros, videos = day_use.videos + excluded.videos",
            (day, guild_id, micros, videos),
        )


def _erasable(row: Row) -> ErasableVideo:
    return ErasableVideo(
        job_id=row[0],
        code=row[1],
        clip_file=row[2],
        guild_id=row[3],
        channel_id=row[4],
        message_id=row[5],
    )
