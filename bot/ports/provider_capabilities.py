"""Port: optional capabilities of providers, such as idempotency keys, task lookup and batch status."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.catalogue.listed import ModelListing
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
    Otherwise tasks are matched by their prompt, or the provider may forget them: an empty result proves nothing.
    """

    echoes_key: bool

    async def find_tasks(self, lost: LostRequest) -> Sequence[Task] | None:
        """Return the tasks that may belong to a request, or None if this account has no list and so can't tell.

        Raise Unreachable, RateLimited or AccountTrouble.
        """


@runtime_checkable
class BatchStatus(Protocol):
    """Reads the states of many tasks with one list request."""

    async def check_many(self, tasks: Sequence[Task]) -> Mapping[str, TaskState]:
        """Return states by task id; poll a missing task with `check`. Raises the same errors as `check`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The provider has taken the cancellation, and there is nothing more to learn about the task.

    `free`: its documentation or answer says that the task isn't charged.
    """

    free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """The provider has taken the cancellation. `check` tells when the task has ended, and whether it is free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStopped:
    """The provider hasn't taken the cancellation, for example because the task has ended: `check` tells."""


Cancellation = Stopped | Stopping | NotStopped


@runtime_checkable
class TaskCancellation(Protocol):
    """Stops tasks that are still rendering, by a documented request."""

    def can_cancel(self, task: Task) -> bool:
        """Return whether this task can be stopped: behind a gateway it depends on the provider that renders it."""

    async def cancel(self, task: Task) -> Cancellation:
        """Ask the provider once to stop a task that a check has just found running. Costs nothing.

        Raise Unreachable, RateLimited or AccountTrouble. It may have arrived then: check the task before the next try.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCall:
    """A genuine call about a task that has ended. `signed` is what its signature covers, with its time.

    `of_whole_account`: the provider calls about everything in its account and may stop if calls are refused, so a task
    that isn't ours is no error.
    """

    task_id: str
    signed: bytes
    of_whole_account: bool = False


@runtime_checkable
class SignedWebhooks(Protocol):
    """Calls an address of ours when a task has ended, with a signature."""

    async def read_webhook(self, headers: Mapping[str, str], body: bytes, now: float) -> WebhookCall | None:
        """Return a genuine and recent call, or None. The names of the headers are in lower case."""


@runtime_checkable
class ModelList(Protocol):
    """Lists the models that an account can use, and at best their options and prices."""

    async def fetch_model_list(self, known: Collection[str]) -> object:
        """Return the list as JSON. Costs nothing. Raise Unreachable, RateLimited or AccountTrouble.

        `known`: the names of the catalogue's models, for a provider that is asked about names.
        """

    def read_model_list(self, body: object) -> ModelListing | None:
        """Read a list, of today or stored. Return None if it isn't one. Never raises."""


def idempotency_key(job_id: str, attempt: int) -> str:
    """Return our name for a paid request, which is the same whenever that request is sent again."""
    return f"retake-{job_id}-{attempt}"


def request_rate_limit(provider: Provider | None) -> float:
    """Return the account's maximum of requests per second, or 0 if there is no limit."""
    rate: float = getattr(provider, "requests_per_s", 0.0)
    return rate
