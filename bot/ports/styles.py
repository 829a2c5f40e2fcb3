"""Port: storage of styles."""

from typing import Protocol

from bot.jobs.style import Style


class StyleRepository(Protocol):
    """Styles of servers and of members there. A name is unique per owner."""

    async def usable(self, guild_id: int, user_id: int) -> list[Style]:
        """List the server's styles and then the member's, each by name."""

    async def of_server(self, guild_id: int) -> list[Style]:
        """List the server's styles by name."""

    async def save(self, style: Style, *, by_id: int, now: float, most: int) -> None:
        """Store a style. It replaces the one of its id, or without an id the owner's style of its name.

        Raise TooManyStyles if the owner would have more than `most`, and StyleNameTaken if another style of the owner
        has the name. A change of a server's style is recorded in the audit log as made by `by_id`.
        """

    async def delete(self, style: Style, *, by_id: int, now: float) -> bool:
        """Delete a style. Return False if it is gone already."""
