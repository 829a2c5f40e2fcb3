"""The shipped catalogue and the example workflows for tests, by `kind/key`, with every model enabled."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from bot.catalogue.comfy_workflows import read_workflows
from bot.catalogue.load import load_catalogue
from bot.catalogue.model import Model

WORKFLOWS = Path(__file__).parents[2] / "docs" / "workflows"


@cache
def _all() -> dict[str, Model]:
    return {
        f"{model.kind}/{model.key}": replace(model, off=None)
        for model in (*load_catalogue(), *read_workflows(WORKFLOWS).models)
    }


def model_of(name: str) -> Model:
    return _all()[name]
