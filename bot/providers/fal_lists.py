"""Reads what fal says about models: whether it still has them. Stateless.

Source: docs.fal.ai/platform-apis/v1/models. It lists more than a thousand models without their options, so it is asked
about the catalogue's alone. `/models/pricing` gives one price per model, in units that aren't documented and before
adjustments for resolution and length, so it isn't used.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from urllib.parse import urlencode

from bot.catalogue.listed import ModelListing
from bot.providers.json_fields import MAX_LISTED, first_text, get_path

MODELS_SERVER, MODELS_PATH = "https://api.fal.ai", "/v1/models"
MAX_ASKED = 50  # names in one request


def model_requests(known: Collection[str]) -> Iterator[str]:
    """Yield the paths of the requests about these models."""
    names = sorted(known)
    for start in range(0, len(names), MAX_ASKED):
        asked = names[start : start + MAX_ASKED]
        yield f"{MODELS_PATH}?{urlencode([('endpoint_id', name) for name in asked])}"


def merge_answers(known: Collection[str], answers: Sequence[object]) -> object:
    """Return the answers to the requests about these models as one list, with the names that were asked for."""
    found = [get_path(answer, "models") for answer in answers]
    return {
        "asked": sorted(known),
        "models": [item for items in found if isinstance(items, list) for item in items],
        "has_more": any(get_path(answer, "has_more") is True for answer in answers),
    }


def read_list(body: object) -> ModelListing | None:
    """Return the models that fal still has, deprecated ones included. Return None if it isn't a list."""
    asked, items = get_path(body, "asked"), get_path(body, "models")
    if not isinstance(asked, list) or not isinstance(items, list) or len(items) > MAX_LISTED:
        return None
    ids = (first_text(item, "endpoint_id") for item in items)
    names = frozenset(name for name in ids if re.fullmatch(r"[\w./-]{1,200}", name))
    if not names:
        return None
    about = frozenset(name for name in asked if isinstance(name, str))
    return ModelListing(names=names, complete=get_path(body, "has_more") is not True, asked=about)
