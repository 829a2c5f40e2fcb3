"""How often what goes wrong, in a storm and in calm weather."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Odds:
    """How often things go wrong; all zero is a world without trouble."""

    paid: float = 0.0  # a paid request: each of its ways to fail together
    refused: float = 0.0
    refused_again: float = 0.0  # a second request for the same job
    asked: float = 0.0
    fetched: float = 0.0
    posted: float = 0.0
    answered: float = 0.0
    fails: float = 0.0
    stalls: float = 0.0
    parked: float = 0.0


CALM = Odds()
STORMY = Odds(
    paid=0.15, refused=0.02, refused_again=0.4, asked=0.08, fetched=0.1, posted=0.15, answered=0.1, fails=0.03,
    stalls=0.02, parked=0.01,
)  # fmt: skip
