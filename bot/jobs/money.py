"""Format and parse money. Amounts are in micro-dollars."""


def dollars(micros: int) -> str:
    """Return `$0.10`, with more digits only for smaller amounts."""
    value = micros / 1_000_000
    return f"${value:.2f}" if micros % 10_000 == 0 or value >= 1 else f"${value:.3g}"


def exact_dollars(micros: int) -> str:
    """Return `$12.34`, with all digits: for totals that must agree with the ledger."""
    sign, whole = "-" if micros < 0 else "", abs(micros)
    cents = f"{whole % 1_000_000:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole // 1_000_000:,}.{cents}"


def parse_dollars(text: str) -> int | None:
    """Return micro-dollars from `10`, `$2.50` or `2,50`, or None if the text isn't an amount."""
    bare = text.strip().removeprefix("$").strip()
    whole, _, part = bare.replace(",", ".").partition(".")
    if len(whole) > 7 or len(part) > 6 or not (whole or part) or not (whole + part).isascii():
        return None
    if not (whole + part).isdigit():
        return None
    return int(whole or "0") * 1_000_000 + int(part.ljust(6, "0") or "0")
