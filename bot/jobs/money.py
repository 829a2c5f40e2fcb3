"""Format and parse amounts of money: millionths of a US dollar in code, dollars for people."""

import re
from decimal import Decimal

_PLAIN = re.compile(r"(?P<whole>[0-9]*)(?:[.,](?P<part>[0-9]{1,6}))?")
_GROUPED = re.compile(
    r"(?P<whole>[0-9]{1,3}(?P<sep>[,. '\u2019\u00a0\u202f])[0-9]{3}(?:(?P=sep)[0-9]{3})*)"
    r"(?:(?!(?P=sep))[.,](?P<part>[0-9]{1,6}))?"
)


def dollars(micros: int) -> str:
    """Return `$0.10`, with more digits if two would hide the amount."""
    value = micros / 1_000_000
    if micros % 10_000 == 0 or value >= 1:
        return f"${value:.2f}"
    return f"${Decimal(f'{value:.3g}'):f}"  # never as a power of ten


def exact_dollars(micros: int) -> str:
    """Return `$12.34` with every further digit, for sums that must match the ledger."""
    sign, whole = "-" if micros < 0 else "", abs(micros)
    cents = f"{whole % 1_000_000:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole // 1_000_000:,}.{cents}"


def parse_dollars(text: str) -> int | None:
    """Parse `10`, `$2.50`, `2,50` or `1,000.00` to millionths. Return None if it isn't an amount of money.

    `1,000` and `1.000` are a thousand in one language and one dollar in another, so they aren't amounts.
    """
    bare = text.strip().removeprefix("$").strip()
    grouped = _GROUPED.fullmatch(bare)
    if grouped is not None and (grouped["sep"] not in ",." or grouped["part"] or bare.count(grouped["sep"]) > 1):
        whole, part = re.sub(r"\D", "", grouped["whole"]), grouped["part"] or ""
    elif (plain := _PLAIN.fullmatch(bare)) is not None:
        whole, part = plain["whole"], plain["part"] or ""
        if len(part) == 3 and whole.lstrip("0") and len(whole) <= 3:
            return None
    else:
        return None
    if len(whole) > 7 or not (whole or part):
        return None
    return int(whole or "0") * 1_000_000 + int(part.ljust(6, "0") or "0")


def amount_field(micros: int) -> str:
    """Return an amount as `parse_dollars` reads it, to be edited in a form."""
    bare = exact_dollars(micros).lstrip("$").replace(",", "")
    return f"{bare}0" if len(bare.partition(".")[2]) == 3 else bare
