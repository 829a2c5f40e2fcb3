"""The family tree of a video as one member may see it, as a picture and as text."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import discord

from bot.catalogue.offers import Offers
from bot.chat.permissions.video_access import VideoAccess
from bot.chat.text.escape import cut, escape, mention, shown_prompt
from bot.chat.text.job_text import CONTENT_LIMIT, jump
from bot.chat.views.thumbnails import Thumbnails
from bot.i18n import _, ngettext
from bot.jobs.clean_text import clean
from bot.jobs.job import Job, Kind, Outcome, State
from bot.media.charts.family_tree import Card, CardStatus, TreeLabels, draw_family_tree
from bot.ports.repositories import Repositories

MOST_MEMBERS = 400
DEEPEST_INDENT = 10
_BEYOND_LATIN = "\u2100"  # highest code point of the shipped fonts is below


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyTree:
    """`png` is the picture, `text` fits in a message, `whole` is the full text."""

    png: bytes
    text: str
    whole: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A job and its position in the tree. Content that this reader may not see is left out."""

    job: Job
    parent: int | None
    depth: int
    look: CardStatus


class FamilyTrees:
    """Draws family trees with thumbnails."""

    def __init__(
        self,
        *,
        offers: Offers,
        clips: Path,
        video_access: VideoAccess,
        repositories: Repositories,
        thumbnails: Thumbnails,
    ) -> None:
        self._offers = offers
        self._clips = clips
        self._video_access = video_access
        self._repositories = repositories
        self._thumbnails = thumbnails

    async def build(self, job: Job, viewer: discord.Member, here: discord.abc.Snowflake) -> FamilyTree:
        """Build the family tree of a video, limited to what this member may see."""
        jobs = await self._repositories.job_queries.family(job.guild_id, job.root_id or job.id, MOST_MEMBERS)
        films = await self._repositories.job_queries.films_of(job.guild_id, job.root_id or job.id, MOST_MEMBERS)
        every = [*jobs, *(film for film, _part_id in films)]
        seen = await self._video_access.channels(
            {each.post.result_channel_id or each.channel_id for each in every}, viewer, here
        )
        members = in_order(jobs, {each.id: look_of(each, viewer.id, seen) for each in every}, films)
        names = await self._repositories.members.names(job.guild_id, {each.user_id for each in every})
        shown = list({each.job.id: each.job for each in members if each.look == "video"}.values())
        pictures = await self._thumbnails.get_many(shown, self._clips)
        titles = {each.id: self._offers.title_for(each) for each in every}
        cards = [_card(each, job, names, titles, pictures) for each in members]
        png = await asyncio.to_thread(draw_family_tree, cards, _picture_words())
        lines = [_line(each, titles) for each in members]
        videos = len({each.job.id for each in members})
        count = ngettext("{count} video", "{count} videos", videos).format(count=videos)
        head = _("**The family of {code}**").format(code=job.code) + f" · {count}"
        if len(jobs) == MOST_MEMBERS:
            head += " " + _("(the first {count})").format(count=MOST_MEMBERS)
        return FamilyTree(
            png=png, text=_fitted(head, lines), whole="\n".join(_plain_line(m, names, titles) for m in members)
        )


def look_of(job: Job, viewer_id: int, seen: set[int]) -> CardStatus:
    """Return how a job is shown to a reader who can see these channels."""
    if (job.post.result_channel_id or job.channel_id) not in seen or (
        job.state is State.KEPT and job.user_id != viewer_id
    ):
        return "hidden"
    if job.post.deleted_at is not None:
        return "deleted"
    return "running" if job.post.delivered_at is None and not job.ended else "video"


def in_order(jobs: Sequence[Job], looks: dict[str, CardStatus], films: Sequence[tuple[Job, str]] = ()) -> list[Member]:
    """Order jobs with parents before children. A job without a video is included only if a descendant has one.

    `films` are films with one of their parts: each is shown below every part, its remixes below its parent alone.
    """
    known = {job.id for job in jobs}
    below: dict[str | None, list[Job]] = {}
    for job in jobs:
        below.setdefault(job.parent_id if job.parent_id in known else None, []).append(job)
    for film, part_id in films:
        if film not in below.setdefault(part_id, []):
            below[part_id].append(film)
    wanted = {job.id for job in (*jobs, *(film for film, _ in films)) if not job.ended or _is_made(job)}
    parents = {job.id: job.parent_id for job in jobs}
    for job_id in [*wanted & known, *(part_id for film, part_id in films if film.id in wanted)]:
        wanted.add(job_id)
        above = parents.get(job_id)
        while above in known and above not in wanted and above is not None:
            wanted.add(above)
            above = parents[above]
    members: list[Member] = []
    waiting: list[tuple[Job, int | None, int]] = [(job, None, 0) for job in reversed(below.get(None, []))]
    while waiting:
        job, parent, depth = waiting.pop()
        if job.id not in wanted:
            continue
        look = "deleted" if job.ended and not _is_made(job) else looks[job.id]
        above = members[parent].job.id if parent is not None else None
        members.append(Member(job=job, parent=parent, depth=depth, look=look))
        if above is None or job.parent_id == above:
            at = len(members) - 1
            waiting += [(kid, at, depth + 1) for kid in reversed(below.get(job.id, []))]
    return members


def _is_made(job: Job) -> bool:
    return job.outcome is Outcome.SUCCEEDED


def _card(member: Member, asked: Job, names: dict[int, str], titles: dict[str, str], pictures: dict[str, Path]) -> Card:
    job = member.job
    if member.look in ("deleted", "hidden"):
        return Card(parent=member.parent, status=member.look)
    return Card(
        parent=member.parent,
        status=member.look,
        title=" · ".join(filter(None, (job.code, _mark(job), _name(names, job), titles[job.id]))),
        text=clean(shown_prompt(job)),
        picture=pictures.get(job.id),
        selected=job.id == asked.id,
    )


def _mark(job: Job) -> str:
    """Return the word for an extension or a member's own video, or an empty string for a new video or a remix."""
    if job.imported:
        return _("uploaded")
    return _("extension") if job.kind is Kind.EXTEND else ""  # a film's title says it


def _name(names: dict[int, str], job: Job) -> str:
    return clean(names.get(job.user_id, "")) or _("someone")


def _picture_words() -> TreeLabels:
    """Return the picture's labels, in English if the font lacks the reader's letters."""
    said = TreeLabels(
        deleted=_("deleted"),
        hidden=_("not visible to you"),
        running=_("rendering …"),
        no_picture=_("no thumbnail"),
    )
    texts = (said.deleted, said.hidden, said.running, said.no_picture)
    return said if max("".join(texts)) < _BEYOND_LATIN else TreeLabels()


def _line(member: Member, titles: dict[str, str]) -> str:
    job, indent = member.job, "\N{IDEOGRAPHIC SPACE}" * min(member.depth, DEEPEST_INDENT)
    arrow = "↳ " if member.depth else ""
    match member.look:
        case "hidden":
            return f"{indent}{arrow}({_('not visible to you')})"
        case "deleted":
            return f"{indent}{arrow}({_('deleted')})"
        case _:
            link = jump(job)
            code = f"[{job.code}]({link})" if link else job.code
            state = f" · {_('rendering')}" if member.look == "running" else ""
            parts = (
                f"{code}",
                _mark(job),
                mention(job.user_id),
                f"{titles[job.id]}{state}",
                cut(escape(shown_prompt(job)), 60),
            )
            return f"{indent}{arrow}{' · '.join(filter(None, parts))}"


def _plain_line(member: Member, names: dict[int, str], titles: dict[str, str]) -> str:
    indent, job = "  " * member.depth, member.job
    if member.look == "hidden":
        return f"{indent}({_('not visible to you')})"
    if member.look == "deleted":
        return f"{indent}({_('deleted')})"
    words = (job.code, _mark(job), _name(names, job), titles[job.id], clean(shown_prompt(job)))
    return indent + "  ".join(filter(None, words))


def _fitted(head: str, lines: Sequence[str]) -> str:
    """Return as many lines as fit in a message."""
    text, left = head, len(lines)
    for line in lines:
        if len(text) + len(line) + 50 > CONTENT_LIMIT:
            more = ngettext("… and {count} more, in family.txt", "… and {count} more, in family.txt", left)
            return f"{text}\n" + more.format(count=left)
        text, left = f"{text}\n{line}", left - 1
    return text
