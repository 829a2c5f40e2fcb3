"""A role and its permissions. Knows its guild only to tell it of changes."""

from typing import TYPE_CHECKING

from bot.sandbox.discord.state.permissions import bits

if TYPE_CHECKING:
    from bot.sandbox.discord.state.guilds import Guild


class Role:
    """A role; setting `permissions` tells the bot."""

    def __init__(self, guild: "Guild", role_id: int, name: str, permissions: int) -> None:
        self.guild, self.id, self.name = guild, role_id, name
        self._permissions = permissions

    @property
    def permissions(self) -> int:
        return self._permissions

    @permissions.setter
    def permissions(self, value: int) -> None:
        self._permissions = value
        self.guild.tell("role_changed", role=self)

    def grant(self, *names: str) -> None:
        self.permissions |= bits(*names)

    def revoke(self, *names: str) -> None:
        self.permissions &= ~bits(*names)

    @property
    def position(self) -> int:
        return self.guild.roles.index(self)

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"
