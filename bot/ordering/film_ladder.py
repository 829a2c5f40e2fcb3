"""How a shot continues the one before: by its model's own extension, else from the last frame. Pure."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.jobs.errors import BadWish, CannotRemix
from bot.jobs.film_errors import FilmModel, FilmShotLength
from bot.jobs.film_plan import FilmPlan, Shot
from bot.jobs.job import Job, JobClip, Kind, Outcome, RequestOrigin, State
from bot.ordering.new_job import new_job
from bot.ordering.prompt_options import read_prompt_options
from bot.ordering.quote import CLIP_TOLERANCE_S, PreparedRequest, Request

Prepare = Callable[[Request], PreparedRequest]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedShot:
    """What a shot will cost, in millionths of a US dollar, and whether its model extends the shot before."""

    price_micros: int
    extends: bool


def prepare_shot(
    film: FilmPlan, prompt: str, source: Job | None, prepare: Prepare, *, can_extend: bool = True
) -> PreparedRequest:
    """Prepare a shot after `source`, or the first one. Raise BadWish if it can't be made.

    The film's model extends its own video where it can, by as many seconds as were chosen. Otherwise, and without
    `can_extend`, it makes a new video from the last frame.
    """
    request = Request(
        kind=Kind.GENERATE, prompt=prompt, model=film.model, aspect=film.aspect, seconds=film.seconds, source=source
    )
    if source is None:
        return prepare(request)
    own_s = read_prompt_options(Request(kind=Kind.GENERATE, prompt=prompt)).request.seconds
    if own_s is not None and own_s != film.seconds:
        raise FilmShotLength
    if can_extend:
        with contextlib.suppress(BadWish):  # the last frame is left, and says what is wrong with the words
            extension = prepare(replace(request, kind=Kind.EXTEND, aspect=None))
            if extension.quote.step.rung == "native":
                return extension
    return prepare(replace(request, kind=Kind.REMIX, below="edit"))


def quote_shots(
    film: FilmPlan, prompts: list[str], asked: RequestOrigin, prepare: Prepare, now: float
) -> tuple[FilmPlan, list[QuotedShot]]:
    """Return the plan with its shots and the options that all have, and each shot's quote. Raise BadWish.

    Each shot is quoted as continuing the one before as it will be: an extension is billed for what it continues.
    """
    first = prepare_shot(film, prompts[0], None, prepare)
    offer = first.quote.step.offer
    film = replace(film, model=offer.key, aspect=first.quote.choice.aspect, seconds=first.request.seconds)
    prepared, source = [first], _made(asked, first, now)
    try:
        for prompt in prompts[1:]:
            prepared.append(prepare_shot(film, prompt, source, prepare))
            source = _made(asked, prepared[-1], now)
    except CannotRemix as error:
        raise FilmModel(model=offer.model.title) from error
    quotes = [quoted(each) for each in prepared]
    shots = tuple(Shot(place=place, prompt=written) for place, written in enumerate(prompts, 1))
    return replace(film, shots=shots, shot_micros=max(each.price_micros for each in quotes)), quotes


def quoted(prepared: PreparedRequest) -> QuotedShot:
    return QuotedShot(price_micros=prepared.quote.price_micros, extends=prepared.request.kind is Kind.EXTEND)


def _made(asked: RequestOrigin, prepared: PreparedRequest, now: float) -> Job:
    """Return the job of a shot as it will be when it's done. A clip is a little longer than what was requested."""
    model, source = prepared.quote.step.offer.model, prepared.request.source
    added_s = prepared.quote.choice.seconds or model.default_seconds or max(model.seconds, default=0)
    before_s = source.clip.clip_seconds or 0.0 if source is not None and prepared.request.kind is Kind.EXTEND else 0.0
    clip = JobClip(clip_seconds=before_s + added_s + CLIP_TOLERANCE_S)
    return replace(new_job(asked, prepared, now), state=State.DELIVERED, outcome=Outcome.SUCCEEDED, clip=clip)


def can_extend_again(last: Job | None) -> bool:
    """Return whether another take of a shot may extend the one before: not if its last take did and wasn't made."""
    return last is None or last.kind is not Kind.EXTEND or last.outcome is Outcome.SUCCEEDED


def start_in_clip(shot: Job, source: Job | None) -> float:
    """Return at which second of its clip a shot begins: the clip of an extension includes its source, mostly."""
    whole_s, before_s = shot.clip.clip_seconds, source.clip.clip_seconds if source is not None else None
    if shot.kind is not Kind.EXTEND or whole_s is None or before_s is None:
        return 0.0
    own_s = shot.seconds or 0
    included = abs(whole_s - before_s - own_s) < abs(whole_s - own_s) if own_s else True
    return before_s if included and whole_s - before_s > CLIP_TOLERANCE_S else 0.0
