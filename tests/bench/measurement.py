"""One number of a benchmark, and what it is to be read against."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """`against` names the other side of `ratio`; both are empty where a number stands for itself."""

    name: str
    value: float
    unit: str
    against: str = ""
    ratio: float | None = None
