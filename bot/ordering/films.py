"""Films: finished videos that are joined one after the other, as a job that costs nothing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.jobs.film_errors import FilmPartNotReady, FilmTooLong, FilmTooShort
from bot.jobs.film_plan import FADE_S, FilmPart, FilmStep, Transition
from bot.jobs.ids import new_code, new_job_id
from bot.jobs.job import MAX_JOINED_S, Job, Kind, Outcome, RequestOrigin, State
from bot.jobs.limits import HostBudget, caps_for
from bot.jobs.server_settings import ServerSettings
from bot.ordering.new_job import ANSWER_WITHIN_S
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore

MIN_PARTS, MAX_PARTS = 2, 8
TITLE_MAX = 200
MODEL = "film"  # stands in the row where other jobs have the catalogue's key


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedFilm:
    """A film under a server's settings. Access to its parts was checked, and each of them is finished.

    `starts` are the seconds of the clips at which the parts begin; empty: each clip is joined from its beginning.
    """

    title: str
    note: str
    parts: tuple[Job, ...]
    settings: ServerSettings
    starts: tuple[float, ...] = ()
    transition: Transition = Transition.CUT

    def cut_as(self, parts: Sequence[FilmPart]) -> "PreparedFilm":
        """Return the film with its videos cut and faded as they were in another film of them."""
        fades = any(part.fade_s for part in parts)
        starts = tuple(part.from_s for part in parts)
        return replace(self, starts=starts, transition=Transition.CROSSFADE if fades else Transition.CUT)

    @property
    def film_parts(self) -> list[FilmPart]:
        starts = self.starts or (0.0,) * len(self.parts)
        fade_s = FADE_S if self.transition is Transition.CROSSFADE else 0.0
        cut = zip(self.parts, starts, (0.0, *[fade_s] * (len(self.parts) - 1)), strict=True)
        return [FilmPart(job_id=job.id, from_s=from_s, fade_s=fade_s) for job, from_s, fade_s in cut]


def check_parts(parts: Sequence[Job], starts: Sequence[float] = ()) -> None:
    """Raise FilmTooShort, FilmPartNotReady or FilmTooLong unless these videos, from these seconds on, can be joined."""
    if not MIN_PARTS <= len(parts) <= MAX_PARTS:
        raise FilmTooShort
    for part in parts:
        if part.outcome is not Outcome.SUCCEEDED or part.state in (State.DOWNLOADING, State.POLLING):
            raise FilmPartNotReady(code=part.code)
    total_s = sum(part.clip.clip_seconds or part.seconds or 0 for part in parts) - sum(starts)
    if total_s > MAX_JOINED_S:
        raise FilmTooLong(seconds=math.ceil(total_s), limit=MAX_JOINED_S // 60)


async def create_film(
    asked: RequestOrigin,
    *,
    film: PreparedFilm,
    store: JobStore,
    clock: Clock,
    host_budget: HostBudget,
    step: FilmStep | None = None,
) -> Job | None:
    """Insert a film, which counts as one video and costs nothing. Return None if this event already has a job.

    `step` ends the plan of its shots. Raise LimitReached if a limit would be exceeded, or FilmMoved.
    """
    caps = caps_for(film.settings, asked.role_ids, host_budget) if step is None else None  # its shots were counted
    return await store.insert(new_film(asked, film, clock.now()), caps, parts=film.film_parts, step=step)


def new_film(asked: RequestOrigin, film: PreparedFilm, now: float) -> Job:
    """Return the row of a film, before Discord has our answer. Its first part is its parent."""
    first = film.parts[0]
    return Job(
        id=new_job_id(),
        code=new_code(),
        state=State.RECEIVED,
        kind=Kind.FILM,
        user_id=asked.user_id,
        guild_id=asked.guild_id,
        channel_id=asked.channel_id,
        prompt=film.title,
        model=MODEL,
        account="",
        created_at=now,
        updated_at=now,
        due_at=now + ANSWER_WITHIN_S,
        why="asked",
        aspect=first.aspect,
        note=film.note,
        parent_id=first.id,
        root_id=first.root_id or first.id,
        interaction_id=asked.interaction_id,
        interaction_token=asked.interaction_token,
        source_message_id=asked.source_message_id,
        locale=asked.locale,
    )
