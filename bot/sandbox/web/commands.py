"""Commands of the page, validated: their fields and the files that they name."""

import secrets
from dataclasses import dataclass

from bot.sandbox.discord import Channel, LocalMessage, Member, Refused, Upload
from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.state.world import World

MAX_UPLOADS = 32


class Uploads:
    """Files that the page has sent and not used yet; the oldest are dropped."""

    def __init__(self) -> None:
        self._by_ticket: dict[str, Upload] = {}

    def add(self, upload: Upload) -> str:
        """Its ticket."""
        ticket = secrets.token_urlsafe(16)
        self._by_ticket[ticket] = upload
        while len(self._by_ticket) > MAX_UPLOADS:
            del self._by_ticket[next(iter(self._by_ticket))]
        return ticket

    def named(self, ticket: object) -> Upload:
        found = self._by_ticket.get(ticket) if isinstance(ticket, str) else None
        if found is None:
            raise Refused("no_file", "That file is no longer available. Attach it again.")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One request of the page. Every reader raises Refused for a field that is not what it should be."""

    fields: Json
    world: World
    member: Member
    uploads: Uploads

    def text(self, name: str) -> str:
        value = self.fields.get(name)
        if not isinstance(value, str):
            raise Refused("bad_field", f"{name} is not a text.")
        return value

    def number(self, name: str) -> int:
        """An id: digits in a text, because a browser's numbers are too short for it."""
        value = self.text(name)
        if not value.isdecimal():
            raise Refused("bad_field", f"{name} is not an id.")
        return int(value)

    def flag(self, name: str) -> bool:
        return self.fields.get(name) is True

    def given(self, name: str) -> Json:
        value = self.fields.get(name) or {}
        if not isinstance(value, dict):
            raise Refused("bad_field", f"{name} is not a set of fields.")
        return value

    def texts(self, name: str) -> list[str]:
        value = self.fields.get(name) or []
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise Refused("bad_field", f"{name} is not a list of texts.")
        return value

    @property
    def channel(self) -> Channel:
        found = self.world.channels.get(self.number("channel"))
        if found is None:
            raise Refused("no_channel", "There is no such channel.")
        return found

    @property
    def message(self) -> LocalMessage:
        """Whether this member may see it is the actor's question, not ours."""
        found = self.world.messages.get(self.number("message"))
        if found is None:
            raise Refused("no_message", "There is no such message.")
        return found

    @property
    def files(self) -> list[Upload]:
        return [self.uploads.named(ticket) for ticket in self.texts("files")]


def option_value(kind: int, raw: object, command: Command) -> object:
    """An option of a command as `Member.slash` takes it, from what the page sends. Refused where it cannot be one."""
    guild = command.member.guild
    number = int(raw) if isinstance(raw, str) and raw.isdecimal() else 0
    found: object = raw
    try:
        if kind == 4:
            found = int(str(raw))
        elif kind == 10:
            found = float(str(raw))
    except ValueError:
        raise Refused("type", f"{raw!r} is not a number.") from None
    if kind == 11:
        found = command.uploads.named(raw)
    elif kind == 7:
        found = command.world.channels.get(number)
    elif kind in (6, 8, 9):
        person = guild.member(number) if kind != 8 else None
        found = person or (guild.role(number) if kind != 6 else None)
    if found is None:
        raise Refused("choice", "There is no such person, role or channel here.")
    return found
