"""Ports: the writer, a service that rewrites prompts, and the record of what its requests cost."""

from dataclasses import dataclass
from typing import Protocol

from bot.jobs.limits import Caps
from bot.jobs.rewrite import RewriteProblem

ACCOUNT = "writer"  # under which its costs are listed


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterReply:
    """The new words, or why there are none.

    `cost_micros`: 0 if the request had no effect, None if its cost isn't known.
    """

    words: str | RewriteProblem
    cost_micros: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterCall:
    """One request to the writer. `micros`: the most that it can cost. `at`: UTC seconds."""

    id: str
    guild_id: int
    user_id: int
    model: str
    micros: int
    at: float


class PromptWriter(Protocol):
    """A service that rewrites prompts."""

    @property
    def model(self) -> str: ...

    def highest_cost_micros(self, words: str, language: str | None) -> int:
        """Return the most that a request can cost, in millionths of a US dollar."""

    async def write(self, words: str, language: str | None) -> WriterReply:
        """Rewrite a prompt within 5 s, in a language such as `en`, or in its own if that is None. Never raises."""


class WriterLedger(Protocol):
    """What requests to the writer cost. It counts toward the budgets of the server and the host, not as a video."""

    async def reserve(self, call: WriterCall, caps: Caps) -> None:
        """Commit the cost of a request before it's sent. Raise an error of `rejection_for` if a budget forbids it."""

    async def settle(self, call: WriterCall, cost_micros: int, now: float) -> None:
        """Replace the reserved cost by the known one, once."""
