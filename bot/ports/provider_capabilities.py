"""Port: optional capabilities of providers, such as idempotency keys, task lookup and batch status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.ports.provider import Provider, Task, TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRequest:
    """A paid request with an unknown outcome. `since` is the time of its intent in UTC seconds."""

    idempotency_key: str
    prompt: str
    wire_model: str
    protocol: str
    since: float


@runtime_checkable
class IdempotencyKeys(Protocol):
    """Sends a draft's idempotency key: two requests with one key within the window make one task, charged once."""

    key_window_s: float


@runtime_checkable
class TaskLookup(Protocol):
    """Finds the task of a lost request.

    `echoes_key`: the provider returns our idempotency key, so that an empty result proves that there is no task.
    Otherwise tasks are matched by their prompt: a match is a hint, and an empty result proves nothing.
    """

    echoes_key: bool

    async def find_tasks(self, lost: LostRequest) -> Sequence[Task]:
        """Return the tasks that may belong to a request. Raise Unreachable, RateLimited or AccountTrouble."""


@runtime_checkable
class BatchStatus(Protocol):
    """Reads the states of many tasks with one list request."""

    async def check_many(self, tasks: Sequence[Task]) -> Mapping[str, TaskState]:
        """Return states by task id; poll a missing task with `check`. Raises the same errors as `check`."""


def idempotency_key(job_id: str, attempt: int) -> str:
    """Return our name for a paid request, which is the same whenever that request is sent again."""
    return f"retake-{job_id}-{attempt}"


def request_rate_limit(provider: Provider | None) -> float:
    """Return the account's maximum of requests per second, or 0 if there is no limit."""
    rate: float = getattr(provider, "requests_per_s", 0.0)
    return rate
