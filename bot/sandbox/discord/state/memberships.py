"""An account's membership in a guild."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.sandbox.discord.state.roles import Role
from bot.sandbox.discord.state.users import User


@dataclass(eq=False, kw_only=True)
class Membership:
    """An account in a guild, with its roles."""

    user: User
    roles: list[Role] = field(repr=False)
    joined_at: datetime
    nick: str | None = None
    timed_out_until: datetime | None = None

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.nick or self.user.name

    @property
    def mention(self) -> str:
        return self.user.mention
