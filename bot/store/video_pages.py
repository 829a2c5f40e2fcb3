"""Pages and searches of posted videos. The cost depends on the page and the channels, not on how many videos exist."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.jobs.job import Job
from bot.store.dialect import AMONG
from bot.store.group_commit import Row, Transaction, Value
from bot.store.rows import job_of

SEARCHED = 5_000  # newest videos of a server that a search reads
_OLDER = 1_000  # older videos, newest of each channel, that it reads next
_FEW = 200  # videos in front of a page that are read
_EVERYBODY = -1  # whose spans those of a server are


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
        f" WHERE counted.channel_id = CAST(asked.value AS BIGINT) AND {scope.where}",
        (json.dumps(sorted(scope.channels)), *scope.values),
    )
    return {row[0]: row[1] for row in rows}


def read_page(tx: Transaction, scope: Scope, limit: int, offset: int) -> list[Job]:
    """Return videos, newest first. Pages of the second half are read from the oldest video on."""
    counts = count_by_channel(tx, scope)
    total = sum(counts.values())
    wanted = max(0, min(limit, total - offset))
    if not wanted:
        return []
    after = total - offset - wanted
    if after < offset:
        return jobs_in_order(tx, _read(tx, scope, sorted(counts), wanted, after, "ASC")[::-1])
    return jobs_in_order(tx, _read(tx, scope, sorted(counts), wanted, offset, "DESC"))


def _read(tx: Transaction, scope: Scope, channels: Sequence[int], limit: int, offset: int, order: str) -> list[str]:
    """Return the ids of a part of a list in either order. Each channel is read as far as the part could reach into it.

    The videos in front of it are counted by spans of time, if they are many.
    """
    start = _find_span(tx, scope, channels, offset, order) if offset > _FEW else _Span()
    skipped = offset - start.in_front
    edge, time = ("delivered_at >= ?", start.since) if order == "ASC" else ("delivered_at < ?", start.before)
    sql = (
        f"SELECT delivered_at, job_id FROM video WHERE {scope.where} AND channel_id = ? AND {edge}"  # noqa: S608
        f" ORDER BY delivered_at {order}, job_id {order} LIMIT ?"
    )
    found: list[Row] = []
    for channel in channels:
        in_span = skipped if start.videos is None else min(skipped, start.videos.get(channel, 0))
        found += tx.run(sql, (*scope.values, channel, time, in_span + limit))
    found.sort(key=lambda row: (row[0], row[1]), reverse=order == "DESC")
    return [row[1] for row in found[skipped : skipped + limit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """A span of time, how many videos of a list are in front of it, and its own videos by channel (None: not counted).

    Times are UTC seconds; `before` is not part of it.
    """

    since: int = 0
    before: int = 1 << 60
    in_front: int = 0
    videos: Mapping[int, int] | None = None


def _find_span(tx: Transaction, scope: Scope, channels: Sequence[int], offset: int, order: str) -> _Span:
    """Find the narrowest span that holds the video at this place of a list, from the widest spans to the narrowest."""
    found, asked = _Span(), json.dumps(channels)
    whose = (scope.guild_id, scope.member_id if scope.member_id is not None else _EVERYBODY)
    where = (
        "FROM video_span WHERE guild_id = ? AND user_id = ? AND width = ? AND span BETWEEN ? AND ?"
        f" AND channel_id IN {AMONG}"
    )
    widths = [row[0] for row in tx.run("SELECT width FROM span_width ORDER BY width DESC")]
    for width in widths:
        within = (*whose, width, found.since // width, (found.before - 1) // width, asked)
        in_front = found.in_front
        for span, videos in tx.run(f"SELECT span, sum(videos) {where} GROUP BY span ORDER BY span {order}", within):
            if in_front + videos > offset:
                found = _Span(since=span * width, before=(span + 1) * width, in_front=in_front)
                break
            in_front += videos
    within = (*whose, widths[-1], found.since // widths[-1], found.since // widths[-1], asked)
    return replace(found, videos={row[0]: row[1] for row in tx.run(f"SELECT channel_id, videos {where}", within)})


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
        f"{_MATCH} v.delivered_at >= ? AND +v.channel_id IN {AMONG} AND {where} {_NEWEST}",
        (scope.guild_id, edge, json.dumps(sorted(scope.channels)), *values, limit),
    )
    if len(found) < limit and rows:
        found += _search_older(tx, scope, edge, where, values, limit)
        found += _by_code(tx, scope, words, for_user)
    ordered = sorted({(row[0], row[1]) for row in found}, reverse=True)
    return jobs_in_order(tx, [job_id for _, job_id in ordered[:limit]])


_MATCH = "SELECT v.delivered_at, v.job_id FROM video AS v CROSS JOIN job WHERE job.id = v.job_id AND v.guild_id = ? AND"
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
        "SELECT video.delivered_at, video.job_id FROM job CROSS JOIN video WHERE video.guild_id = job.guild_id"  # noqa: S608
        " AND video.delivered_at = job.delivered_at AND video.job_id = job.id"
        f" AND job.code = ? AND job.guild_id = ? AND video.channel_id IN {AMONG}"
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
