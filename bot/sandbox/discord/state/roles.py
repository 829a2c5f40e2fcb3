"""Roles and their permissions."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.discord.state.permission_bits import bits


@dataclass(eq=False, kw_only=True)
class Role:
    """A role of a guild. `bot_id` is set for the role that an application brings along."""

    id: int
    name: str
    permissions: int
    position: int
    bot_id: int | None = None
    on_change: Callable[["Role"], None] = field(repr=False)

    def set_permissions(self, permissions: int) -> None:
        self.permissions = permissions
        self.on_change(self)

    def grant(self, *names: str) -> None:
        self.set_permissions(self.permissions | bits(*names))

    def revoke(self, *names: str) -> None:
        self.set_permissions(self.permissions & ~bits(*names))

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"
