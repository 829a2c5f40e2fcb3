"""The shipped catalogue for tests, by `kind/key`, with every model enabled."""

from dataclasses import replace
from functools import cache

from bot.catalogue.load import load_catalogue
from bot.catalogue.model import Model


@cache
def _all() -> dict[str, Model]:
    return {f"{model.kind}/{model.key}": replace(model, off=None) for model in load_catalogue()}


def model_of(name: str) -> Model:
    return _all()[name]
