"""A film that is being made shot by shot. Kept until the film is joined or stopped."""

from dataclasses import dataclass
from enum import StrEnum

FADE_S = 0.5  # of a crossfade
PLAN_LIFE_S = 2 * 86_400.0


class Transition(StrEnum):
    """How the parts of a film follow one another. The values are stored."""

    CUT = "cut"
    CROSSFADE = "crossfade"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One line of the plan. `job_id` is its latest take, `takes` how many there were."""

    place: int  # from 1
    prompt: str
    job_id: str | None = None
    takes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmPlan:
    """A plan and how far it is. Ids are Discord's, but for `id`. Times are UTC seconds.

    `channel_id` is where it was ordered and is posted in the end; `place_id` where its shots are, a thread if possible;
    None: not started yet. `review_id` is the message that asks about the current shot, before the start
    the one that shows the plan; None if nothing is asked. `at_place` is the shot that is being decided; 0 in plans of
    older versions: the last that was started. `moves` counts how often the member went to another shot that was made.
    `opened_at` is when its thread began to be opened, until the first shot starts.
    """

    id: str
    guild_id: int
    user_id: int
    channel_id: int
    created_at: float
    place_id: int | None = None
    auto: bool = False  # start the next shot without asking
    review_id: int | None = None
    title: str | None = None
    model: str | None = None  # the key of an offer; None: the default
    aspect: str | None = None
    seconds: int | None = None  # None: the model's default
    shot_micros: int = 0  # the most that a shot costs, as it was confirmed
    locale: str | None = None
    transition: Transition = Transition.CUT
    at_place: int = 0
    moves: int = 0
    opened_at: float | None = None
    shots: tuple[Shot, ...] = ()

    @property
    def current(self) -> Shot | None:
        """The shot that is being made or decided."""
        if self.at_place:
            return self.shot(self.at_place)
        return next((shot for shot in reversed(self.shots) if shot.job_id is not None), None)

    @property
    def following(self) -> Shot | None:
        """The shot after the current one."""
        return self.shot(self.current.place + 1) if self.current is not None else None

    def shot(self, place: int) -> Shot | None:
        return next((shot for shot in self.shots if shot.place == place), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmPart:
    """A video of a film. It begins at the second `from_s` of its clip, and overlaps the one before by `fade_s`."""

    job_id: str
    from_s: float = 0.0
    fade_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmStep:
    """What a new job is to a plan: the next take of a shot, or with `place` None the film itself, which ends the plan.

    It is refused unless the plan still waits at `review_id`. A first shot starts the plan: `place_id` and `auto` are
    set then.
    """

    film_id: str
    place: int | None
    review_id: int | None
    prompt: str = ""
    place_id: int | None = None
    auto: bool = False
