"""How money is written: in millionths of a US dollar here, in dollars for people."""


def dollars(micros: int) -> str:
    """`$0.10`; more digits only where two would say nothing."""
    value = micros / 1_000_000
    return f"${value:.2f}" if micros % 10_000 == 0 or value >= 1 else f"${value:.3g}"


def exact_dollars(micros: int) -> str:
    """`$12.34`, and every digit where there are more: sums that must agree with the ledger."""
    sign, whole = "-" if micros < 0 else "", abs(micros)
    cents = f"{whole % 1_000_000:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole // 1_000_000:,}.{cents}"


def parse_dollars(text: str) -> int | None:
    """Millionths from what a person typed: `10`, `$2.50`, `2,50`. None where it is no sum of money."""
    bare = text.strip().removeprefix("$").strip()
    whole, _, part = bare.replace(",", ".").partition(".")
    if len(whole) > 7 or len(part) > 6 or not (whole or part) or not (whole + part).isascii():
        return None
    if not (whole + part).isdigit():
        return None
    return int(whole or "0") * 1_000_000 + int(part.ljust(6, "0") or "0")
