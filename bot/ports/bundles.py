"""Port: the jobs of one order of several takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.jobs.job import Job
from bot.jobs.limits import Caps
from bot.jobs.pictures import JobPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitForTakes:
    """Other takes are still being made, or another take's job posts this clip; the job was made due later."""

    jobs: tuple[Job, ...]  # the bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class PostTakes:
    """Post these clips in one message. `told`: takes without a clip, which the message tells about."""

    jobs: tuple[Job, ...]  # the first is the job itself
    told: tuple[Job, ...]
    status_message_id: int | None  # of the bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowPost:
    """The post was made, or won't be: the job ends as the one that posted did."""

    by: Job


PostTurn = WaitForTakes | PostTakes | FollowPost


class BundleStore(Protocol):
    """Stores what belongs to the takes of an order together. Every change is one durable transaction."""

    async def insert(
        self, jobs: Sequence[Job], caps: Caps | None = None, pictures: Sequence[JobPicture] = ()
    ) -> list[Job] | None:
        """Insert the jobs of a bundle, each with these pictures, and reserve their prices, all or none.

        Return None if the Discord event of the first already has a job. Raise LimitReached, BudgetSpent or TooManyTakes
        if a limit would be exceeded; nothing is written then.
        """

    async def jobs(self, bundle_id: str) -> list[Job]:
        """Return the jobs of a bundle in the order of their places."""

    async def of_message(self, message_id: int) -> list[Job]:
        """Return the jobs whose clips are in this message and weren't deleted, in the order of their places."""

    async def post_turn(self, job: Job, now: float) -> PostTurn | None:
        """Decide who posts the clip of a job. Return None if another worker has moved the job.

        When all takes have ended or are ready, or the first ready one has waited for WAIT_S, the ready ones are posted
        together by the first of them. Takes that are ready later are posted together when all have ended.
        """

    async def post_apart(self, jobs: Sequence[Job], now: float) -> None:
        """Let clips be posted in a message of their own."""

    async def reveal(self, bundle_id: str, now: float) -> list[Job]:
        """Name the models of a comparison from now on. Return its jobs."""

    async def wake(self, bundle_id: str, now: float) -> None:
        """Make the jobs of a bundle due that wait for another of it."""
