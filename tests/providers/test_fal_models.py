"""Every fal model of the shipped catalogue sends what its page documents."""

from dataclasses import replace

import pytest

from bot.catalogue.load import load_catalogue
from bot.catalogue.model import Model
from bot.jobs.job import Kind
from bot.ports.provider import Picture, Ready, Task
from bot.sandbox.providers import LocalFal
from bot.sandbox.providers.fal_models import MODELS
from tests.providers.rigs import ProviderRig, dialect_of, rig_fixture

OTHER_TASK = Task(task_id="x", protocol="toapis", endpoint="https://toapis.com")

fal = rig_fixture(dialect_of("fal"))
SHIPPED = [model for model in load_catalogue() if model.kind == "fal"]


CREATES = [(model, has_picture) for model in SHIPPED if model.creates for has_picture in (False, True)]


@pytest.mark.parametrize(
    ("model", "with_picture"),
    [(model, has_picture) for model, has_picture in CREATES if model.image.max_images or not has_picture],
    ids=lambda value: getattr(value, "key", value),
)
async def test_every_model_creates_what_its_page_documents(
    fal: ProviderRig, picture_file: Picture, model: Model, with_picture: bool
) -> None:
    order = fal.order(
        model=model, aspect=model.default_aspect, seconds=model.default_seconds,
        resolution=model.default_resolution, picture=picture_file if with_picture else None,
    )  # fmt: skip
    task = await fal.provider.submit(await fal.provider.draft(order))
    await fal.local.finish(task.task_id)
    assert isinstance(await fal.provider.check(task), Ready)


FOLLOW_UPS = [
    (model, kind)
    for model in SHIPPED
    for kind, rule in ((Kind.REMIX, model.remix), (Kind.EXTEND, model.extend))
    if rule is not None
]


def test_the_catalogue_has_enough_editors_and_extenders() -> None:
    assert len(SHIPPED) >= 6
    assert sum(kind is Kind.REMIX for _, kind in FOLLOW_UPS) >= 3
    assert sum(kind is Kind.EXTEND for _, kind in FOLLOW_UPS) >= 2
    assert all(model.price is not None and "fal.ai" in model.price.source for model in SHIPPED)


@pytest.mark.parametrize(("model", "kind"), FOLLOW_UPS, ids=lambda value: getattr(value, "key", value))
async def test_every_follow_up_is_what_its_page_documents(fal: ProviderRig, model: Model, kind: Kind) -> None:
    rule = model.remix if kind is Kind.REMIX else model.extend
    assert rule is not None
    # The pages name the shortest input; the sample clip has one second.
    minimum = replace(MODELS[rule.model], min_input_s=0.0)
    order = fal.order(
        kind=kind, model=model, source=fal.source(OTHER_TASK), seconds=next(iter(rule.seconds), None),
        resolution=next(iter(rule.resolutions), None),
    )  # fmt: skip
    draft = await fal.provider.draft(order)
    assert draft.path == f"/{rule.model}"
    assert set(draft.fields) <= set(minimum.fields)
    assert isinstance(fal.local, LocalFal)
    fal.local.models[rule.model] = minimum
    task = await fal.provider.submit(draft)
    await fal.local.finish(task.task_id)
    assert isinstance(await fal.provider.check(task), Ready)
