"""How a table names a meaning: short words for states, tasks and errors."""

from dataclasses import dataclass

from bot.jobs.errors import RetakeError
from bot.ports.provider import Failed, Missing, Pending, Ready, TaskState

Body = object  # JSON, or bytes that aren't
CDN = "https://cdn.example/clip.mp4"


@dataclass(frozen=True, slots=True)
class Poll:
    """A response to a poll of the task `t1` and what it means.

    `means` is one of: queued, running, unknown (a word that isn't known), finished (done without a link), failed,
    policy, withheld, free, missing, the name of an error class, or a link.
    """

    body: Body
    means: str
    status: int = 200
    result: tuple[int, Body] | None = None  # the response to a second request, where the result has a route of its own


@dataclass(frozen=True, slots=True)
class Paid:
    """A response to a paid request: `means` is `task ID` or the name of an error class."""

    status: int
    body: Body
    means: str
    retry_after: str = ""
    wait_s: float | None = None


def meaning_of(state: TaskState | RetakeError) -> str:
    """Return a state or an error as the tables name it."""
    match state:
        case Ready(url=url):
            return url
        case Failed(withheld=True):
            return "withheld"
        case Failed(free=True):
            return "free"
        case Failed(policy=True):
            return "policy"
        case Failed():
            return "failed"
        case Missing():
            return "missing"
        case Pending(finished=True):
            return "finished"
        case Pending(unknown_word=word) if word:
            return "unknown"
        case Pending(queued=queued):
            return "queued" if queued else "running"
        case _:
            return type(state).__name__
