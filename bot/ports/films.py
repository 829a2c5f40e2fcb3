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

    async def set_review(self, film_id: str, message_id: int) -> bool:
        """Store which message asks about the current shot, or shows a plan that isn't started.

        Return False if one does already, or the plan is gone.
        """

    async def set_price(self, film_id: str, shot_micros: int) -> None:
        """Store what a shot costs at most now."""

    async def set_auto(self, film_id: str, auto: bool) -> None: ...

    async def end(self, film_id: str, review_id: int | None) -> bool:
        """Delete a plan that waits at `review_id`. Return False if it doesn't any more."""
