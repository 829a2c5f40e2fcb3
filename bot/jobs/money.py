"""Format and parse amounts of money: millionths of a US dollar in code, dollars for people."""


def dollars(micros: int) -> str:
    """Return `$0.10`, with more digits if two would hide the amount."""
    value = micros / 1_000_000
    return f"${value:.2f}" if micros % 10_000 == 0 or value >= 1 else f"${value:.3g}"


def exact_dollars(micros: int) -> str:
    """Return `$12.34` with every further digit, for sums that must match the ledger."""
    sign, whole = "-" if micros < 0 else "", abs(micros)
    cents = f"{whole % 1_000_000:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole // 1_000_000:,}.{cents}"


def parse_dollars(text: str) -> int | None:
    """Parse `10`, `$2.50` or `2,50` to millionths. Return None if it isn't an amount of money."""
    bare = text.strip().removeprefix("$").strip()
    whole, _, part = bare.replace(",", ".").partition(".")
    if len(whole) > 7 or len(part) > 6 or not (whole or part) or not (whole + part).isascii():
        return None
    if not (whole + part).isdigit():
        return None
    return int(whole or "0") * 1_000_000 + int(part.ljust(6, "0") or "0")
