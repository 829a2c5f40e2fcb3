"""Settings of a server, their defaults and their JSON form. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Protocol

from bot.i18n import N_

DELETED_PROMPT = N_("(prompt deleted)")  # stored in place of a deleted prompt


class ReplyMode(StrEnum):
    """What a reply to a video does."""

    SMART = "smart"  # asks first if the text is short or the price is high
    INSTANT = "instant"
    CONFIRM = "confirm"  # always confirms
    OFF = "off"  # replies are ignored; commands and buttons work
    UNDO = "undo"  # can be undone before it's sent; asks first if it reads as talk or the price is high


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """A server's settings with their defaults. Empty lists and None mean no restriction.

    A server whose managers have set nothing has a daily budget and a limit per member: an invitation alone can't cost
    more.
    """

    reply_mode: ReplyMode = ReplyMode.UNDO
    confirm_above_micros: int = 500_000  # $0.50
    paused: bool = False
    channels: tuple[int, ...] = ()  # allowed channels; a thread counts as its channel
    roles: tuple[int, ...] = ()  # members need one of them
    models_off: tuple[str, ...] = ()  # keys of offers
    models_on: tuple[str, ...] = ()  # keys of offers that are known from a provider's list only
    default_model: str | None = None
    videos_per_member: int | None = 10  # per UTC day
    videos_per_role: tuple[tuple[int, int], ...] = ()  # (role, videos per UTC day), replaces the above
    videos_per_server: int | None = None
    jobs_per_member: int | None = 2  # running at once; more are queued
    jobs_per_server: int | None = None
    budget_day_micros: int | None = 5_000_000  # $5
    budget_month_micros: int | None = None
    words: tuple[str, ...] = ()  # see bot/jobs/word_filter.py
    words_outside: tuple[str, ...] = ()  # apply outside age-restricted channels only
    retention_days: int = 90
    log_channel_id: int | None = None
    any_video: bool = True  # members' own videos can be remixed, too
    gallery_channel_id: int | None = None  # where videos with enough stars are shown
    gallery_stars: int = 3

    def asks_first(self, *, short: bool, talk: bool, price_micros: int) -> bool:
        """Return whether a reply needs a confirmation before it becomes a job. `talk`: it may be no request at all."""
        match self.reply_mode:
            case ReplyMode.CONFIRM:
                return True
            case ReplyMode.SMART:
                return short or talk or price_micros > self.confirm_above_micros
            case ReplyMode.UNDO:
                return talk or price_micros > self.confirm_above_micros
            case _:
                return False

    @property
    def undoable(self) -> bool:
        """Whether an order by reply waits before it's sent, so that it can be undone."""
        return self.reply_mode is ReplyMode.UNDO


NO_SERVER_LIMITS = ServerSettings(videos_per_member=None, budget_day_micros=None)


class ServerSettingsReader(Protocol):
    """Reads the settings of servers."""

    async def settings(self, guild_id: int) -> ServerSettings: ...


def settings_to_dict(rules: ServerSettings) -> dict[str, Any]:
    """Return the settings that differ from the defaults, as JSON values by name."""
    defaults = asdict(ServerSettings())
    return {name: value for name, value in asdict(rules).items() if value != defaults[name]}


def settings_from_dict(values: Mapping[str, Any]) -> ServerSettings:
    """Build settings from `settings_to_dict` of this or another version. Unknown names are ignored."""
    known = {field.name for field in fields(ServerSettings)}
    given = {name: _frozen(value) for name, value in values.items() if name in known}
    if "reply_mode" in given:
        given["reply_mode"] = ReplyMode(given["reply_mode"])
    return ServerSettings(**given)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def changed_fields(before: ServerSettings, after: ServerSettings) -> dict[str, tuple[Any, Any]]:
    """Return the old and new value of every setting that differs, by name."""
    was, now = asdict(before), asdict(after)
    return {name: (was[name], now[name]) for name in was if was[name] != now[name]}
