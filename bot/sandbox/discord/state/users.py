"""Accounts of people and bots."""

from dataclasses import dataclass


@dataclass(eq=False, kw_only=True)
class User:
    """An account. `locale` is the language that its client reports to applications."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    takes_dms: bool = True

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"
