"""What an account may be able to do beyond the least: find lost requests, tell of many tasks at once, keep a pace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.ports.provider import Provider, Task, TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRequest:
    """A request whose outcome is unknown: `ref` went with it, `since` (UTC seconds) is when it was to leave."""

    ref: str
    prompt: str
    wire_model: str
    protocol: str
    since: float


@runtime_checkable
class IdempotencyKeys(Protocol):
    """Sends a draft's `ref` as an idempotency key: the same one twice within the window is one task, paid once."""

    key_window_s: float


@runtime_checkable
class TaskLookup(Protocol):
    """Lists its tasks.

    `echoes_ref`: by our own reference, so that none means that there is none. Otherwise what it finds has the
    same prompt, which is a hint: one may be taken for ours, none proves nothing.
    """

    echoes_ref: bool

    async def find(self, lost: LostRequest) -> Sequence[Task]:
        """The tasks that may be this request's. Raises Unreachable, RateLimited, AccountTrouble."""


@runtime_checkable
class BatchStatus(Protocol):
    """One list call stands for many status calls."""

    async def check_many(self, tasks: Sequence[Task]) -> Mapping[str, TaskState]:
        """How tasks are, by task id; one that is not in it has to be asked about by itself. Raises as `check`."""


def idempotency_key(job_id: str, attempt: int) -> str:
    """Our name for one paid request: the same whenever that very request is sent again."""
    return f"retake-{job_id}-{attempt}"


def render_rate(provider: Provider | None) -> float:
    """How many requests a second an account wants at most; 0 where it has not said. Asked at every poll."""
    rate: float = getattr(provider, "requests_per_s", 0.0)
    return rate
