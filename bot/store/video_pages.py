"""Pages and searches of posted videos. The cost depends on the page and the channels, not on how many videos exist."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.jobs.job import Job
from bot.store.group_commit import Row, Transaction, Value
from bot.store.rows import job_of

SEARCHED = 5_000  # newest videos of a server that a search reads
_OLDER = 1_000  # older videos, newest of each channel, that it reads next
_MERGED = 20_000  # rows that merging channels may read
_IN_CHANNELS = "+channel_id IN (SELECT value FROM json_each(?))"  # `+`: keep the order of the primary key


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The videos of a list: those of a server, or of one of its members, in these channels."""

    guild_id: int
    channels: Sequence[int]
    member_id: int | None = None

    @property
    def where(self) -> str:
        return "guild_id = ?" + (" AND user_id = ?" if self.member_id is not None else "")

    @property
    def values(self) -> tuple[Value, ...]:
        return (self.guild_id, *([self.member_id] if self.member_id is not None else []))


def count_by_channel(tx: Transaction, scope: Scope) -> dict[int, int]:
    """Return how many videos each channel has, for channels with videos."""
    table = "video_count" if scope.member_id is None else "member_video_count"
    rows = tx.run(
        f"SELECT channel_id, videos FROM json_each(?) AS asked CROSS JOIN {table} AS counted"  # noqa: S608
        f" ON counted.channel_id = asked.value WHERE {scope.where}",
        (json.dumps(sorted(scope.channels)), *scope.values),
    )
    return {row[0]: row[1] for row in rows}


def read_page(tx: Transaction, scope: Scope, limit: int, offset: int) -> list[Job]:
    """Return videos, newest first. Pages of the second half are read from the oldest video on."""
    counts = count_by_channel(tx, scope)
    total = sum(counts.values())
    wanted = max(0, min(limit, total - offset))
    after = total - offset - wanted
    backwards = after < offset
    skipped = after if backwards else offset
    merges = len(counts) * (skipped + wanted) <= _MERGED or skipped + wanted <= limit
    read = _merge if merges else _scan
    ids = read(tx, scope, sorted(counts), wanted, skipped, "ASC" if backwards else "DESC") if wanted else []
    return jobs_in_order(tx, ids[::-1] if backwards else ids)


def _merge(tx: Transaction, scope: Scope, channels: Sequence[int], limit: int, skipped: int, order: str) -> list[str]:
    """Read each channel from its end as far as the page could reach into it."""
    sql = (
        f"SELECT delivered_at, job_id FROM video WHERE {scope.where} AND channel_id = ?"  # noqa: S608
        f" ORDER BY delivered_at {order}, job_id {order} LIMIT ?"
    )
    found = [row for channel in channels for row in tx.run(sql, (*scope.values, channel, skipped + limit))]
    found.sort(key=lambda row: (row[0], row[1]), reverse=order == "DESC")
    return [row[1] for row in found[skipped : skipped + limit]]


def _scan(tx: Transaction, scope: Scope, channels: Sequence[int], limit: int, skipped: int, order: str) -> list[str]:
    """Read the list from its end: for pages in the middle."""
    rows = tx.run(
        f"SELECT job_id FROM video WHERE {scope.where} AND {_IN_CHANNELS}"  # noqa: S608
        f" ORDER BY delivered_at {order}, job_id {order} LIMIT ? OFFSET ?",
        (*scope.values, json.dumps(channels), limit, skipped),
    )
    return [row[0] for row in rows]


def search(tx: Transaction, scope: Scope, for_user: int, words: str, limit: int) -> list[Job]:
    """Return matching videos among the newest of the server and of each channel, newest first.

    A word that is the code of an older video finds it too.
    """
    where, values = _conditions(for_user, words)
    rows = tx.run(
        "SELECT delivered_at FROM video WHERE guild_id = ? ORDER BY delivered_at DESC, job_id DESC LIMIT 1 OFFSET ?",
        (scope.guild_id, SEARCHED - 1),
    )
    edge = rows[0][0] if rows else 0.0
    found = tx.run(
        f"{_MATCH} v.delivered_at >= ? AND +v.channel_id IN (SELECT value FROM json_each(?)) AND {where} {_NEWEST}",  # noqa: S608
        (scope.guild_id, edge, json.dumps(sorted(scope.channels)), *values, limit),
    )
    if len(found) < limit and rows:
        found += _search_older(tx, scope, edge, where, values, limit)
        found += _by_code(tx, scope, words, for_user)
    ordered = sorted({(row[0], row[1]) for row in found}, reverse=True)
    return jobs_in_order(tx, [job_id for _, job_id in ordered[:limit]])


_MATCH = "SELECT v.delivered_at, v.job_id FROM video AS v CROSS JOIN job ON job.id = v.job_id WHERE v.guild_id = ? AND"
_NEWEST = "ORDER BY v.delivered_at DESC, v.job_id DESC LIMIT ?"


def _search_older(
    tx: Transaction, scope: Scope, edge: float, where: str, values: Sequence[Value], limit: int
) -> list[Row]:
    """Search the newest videos of every channel that are older than the newest of the server."""
    counts = count_by_channel(tx, scope)
    depth = max(limit, _OLDER // max(1, len(counts)))
    sql = (
        f"{_MATCH} v.channel_id = ? AND v.delivered_at < ? AND v.delivered_at >= coalesce((SELECT delivered_at"  # noqa: S608
        " FROM video WHERE guild_id = ? AND channel_id = ? AND delivered_at < ?"
        f" ORDER BY delivered_at DESC LIMIT 1 OFFSET ?), 0) AND {where} {_NEWEST}"
    )
    found: list[Row] = []
    for channel in counts:
        found += tx.run(sql, (scope.guild_id, channel, edge, scope.guild_id, channel, edge, depth - 1, *values, limit))
    return found


def _by_code(tx: Transaction, scope: Scope, words: str, for_user: int) -> list[Row]:
    rows = tx.run(
        "SELECT video.delivered_at, video.job_id FROM job CROSS JOIN video ON video.guild_id = job.guild_id"
        " AND video.delivered_at = job.delivered_at AND video.job_id = job.id"
        " WHERE job.code = ? AND job.guild_id = ? AND video.channel_id IN (SELECT value FROM json_each(?))"
        " AND (video.no_remix = 0 OR video.user_id = ?)",
        (words.strip().upper(), scope.guild_id, json.dumps(sorted(scope.channels)), for_user),
    )
    return list(rows)


def _conditions(for_user: int, words: str) -> tuple[str, list[Value]]:
    where = ["(v.no_remix = 0 OR v.user_id = ?)"]
    values: list[Value] = [for_user]
    for word in words.split()[:8]:
        plain = word[:60].replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        where.append(r"(job.prompt LIKE ? ESCAPE '\' OR job.code LIKE ? ESCAPE '\')")
        values += [f"%{plain}%", f"{plain}%"]
    return " AND ".join(where), values


def jobs_in_order(tx: Transaction, ids: Sequence[str]) -> list[Job]:
    """Return these jobs in the order of their ids."""
    rows = tx.run("SELECT * FROM job WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),))
    jobs = {row["id"]: job_of(row) for row in rows}
    return [jobs[job_id] for job_id in ids]
