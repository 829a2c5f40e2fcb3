"""One measurement of a benchmark and its baseline."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """`against` names the baseline of `ratio`. Both are empty if there is no baseline."""

    name: str
    value: float
    unit: str
    against: str = ""
    ratio: float | None = None
