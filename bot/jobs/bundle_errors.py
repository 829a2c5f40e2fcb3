"""Errors of requests for several takes, of which fewer would be possible. The docstring is the message for people."""

from bot.jobs.errors import BadWish


class TooManyTakes(BadWish):
    """{asked} are too many: {left} more can be requested today. {fewer}?"""


class TakesOverBudget(TooManyTakes):
    """{asked} cost ≈ {price}; {left} is left today. {fewer}?"""


class TakesOverMonth(TooManyTakes):
    """{asked} cost ≈ {price}; {left} is left this month. {fewer}?"""


class TakesOverHostBudget(TooManyTakes):
    """{asked} cost ≈ {price}, more than is left of this bot's video budget. {fewer}?"""


class StillHidden(BadWish):
    """The models of {code}'s comparison are still hidden. You can use it once they are revealed."""


class SameModel(BadWish):
    """A comparison needs two different models, and both are {model}."""
