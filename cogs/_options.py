"""Options that several commands share."""

from collections.abc import Collection

from discord import app_commands

from bot.catalogue.offers import Offers, describe_offer
from bot.ordering.quote import OFF_HERE

MOST_CHOICES = 25
ASPECTS = [
    app_commands.Choice(name=name, value=value)
    for name, value in (
        ("16:9 landscape", "16:9"), ("9:16 portrait", "9:16"), ("1:1 square", "1:1"), ("3:2", "3:2"), ("2:3", "2:3"),
        ("4:3", "4:3"), ("3:4", "3:4"), ("21:9", "21:9"),
    )
]  # fmt: skip
RESOLUTIONS = [app_commands.Choice(name=each, value=each) for each in ("480p", "540p", "720p", "1080p", "4k")]


def model_choices(offers: Offers, typed: str, off: Collection[str] = ()) -> list[app_commands.Choice[str]]:
    """Return autocomplete choices of enabled models with prices. `off` are the models that a server disabled."""
    found = offers.excluding(off, OFF_HERE).search(typed, limit=MOST_CHOICES)
    return [app_commands.Choice(name=describe_offer(offer), value=offer.key) for offer in found]
