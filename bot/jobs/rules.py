"""What a server decides for itself. Plain data; knows neither store nor Discord."""

from dataclasses import dataclass
from enum import StrEnum


class ReplyMode(StrEnum):
    """What a reply to a video does."""

    SMART = "smart"  # asks first where the text is short or the price high
    INSTANT = "instant"
    CONFIRM = "confirm"  # always asks first
    OFF = "off"  # replies are ignored; commands and buttons work


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A server's settings; the defaults hold where nobody has set anything."""

    reply_mode: ReplyMode = ReplyMode.SMART
    confirm_above_micros: int = 500_000  # $0.50

    def asks_first(self, *, short: bool, price_micros: int) -> bool:
        """Whether a reply is asked about before it becomes an order."""
        match self.reply_mode:
            case ReplyMode.CONFIRM:
                return True
            case ReplyMode.SMART:
                return short or price_micros > self.confirm_above_micros
            case _:
                return False
