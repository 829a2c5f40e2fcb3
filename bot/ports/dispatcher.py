"""Port: hands the jobs that are due out to the worker of this process."""

from typing import Protocol

from bot.jobs.job import Job


class Carrier(Protocol):
    """What carries jobs out: the worker."""

    @property
    def room(self) -> int:
        """How many more jobs it may run a step of at once."""

    def start(self, job: Job) -> None:
        """Run a claimed job's steps in a task of its own."""

    async def carry(self, job_id: str) -> None:
        """Take a job and return when it has ended, waits or is another worker's. Return at once if it isn't due.

        If another call waits for it already, return as soon as it is taken. A caller that is cancelled doesn't stop it.
        """

    async def save_retries(self) -> None:
        """Save the retries that the store could not save before."""


class Dispatcher(Protocol):
    """Decides which due jobs this process carries out."""

    async def run(self, carrier: Carrier) -> None:
        """Hand out due jobs until `stop`. A store that fails doesn't end it."""

    def stop(self) -> None:
        """Hand out no more jobs."""

    def wake_up(self) -> None:
        """Look now: a job may be due earlier than is known here."""
