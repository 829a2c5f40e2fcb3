"""Port: plans of films that are being made shot by shot."""

from typing import Protocol

from bot.jobs.film_plan import FilmPlan


class FilmRepository(Protocol):
    """Plans and their shots. A plan goes when the film is joined or stopped, or after two days."""

    async def create(self, film: FilmPlan) -> None:
        """Store a plan without shots."""

    async def set_shots(self, film: FilmPlan) -> None:
        """Store the shots, the options and the price of a plan, which no message shows yet.

        Raise FilmMoved if it has started or is gone.
        """

    async def find(self, film_id: str) -> FilmPlan | None: ...

    async def unasked(self) -> list[FilmPlan]:
        """List the started plans that nothing is asked about, oldest first."""

    async def asked(self, user_id: int) -> list[FilmPlan]:
        """List a member's plans that wait at a message about the current shot, on every server."""

    async def expired(self, now: float) -> list[FilmPlan]:
        """List the plans that were ordered longer ago than a plan is kept, oldest first."""

    async def set_review(self, film_id: str, message_id: int) -> bool:
        """Store which message asks about the current shot, or shows a plan that isn't started.

        Return False if one does already, or the plan is gone.
        """

    async def opening(self, before: float) -> list[FilmPlan]:
        """List the plans whose thread began to be opened before then, and whose first shot wasn't started."""

    async def set_opened(self, film_id: str, review_id: int | None, at: float | None) -> bool:
        """Store when a plan's thread begins to be opened; None: it isn't. Return False if the plan has moved on."""

    async def ask_in_thread(self, film_id: str, review_id: int | None, message_id: int) -> bool:
        """Store the message that asks in a thread whether to start. Return False if the plan has moved on."""

    async def go_to(self, film_id: str, review_id: int | None, place: int) -> bool:
        """Let another shot be decided, which was made already. Return False if the plan has moved on."""

    async def set_price(self, film_id: str, shot_micros: int) -> None:
        """Store what a shot costs at most now."""

    async def set_auto(self, film_id: str, auto: bool) -> None: ...

    async def end(self, film_id: str, review_id: int | None) -> bool:
        """Delete a plan that waits at `review_id`. Return False if it doesn't any more."""
