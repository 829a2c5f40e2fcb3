"""What fal says about models: asked in groups of 50, and checked before it counts."""

import pytest

from bot.catalogue.listed import ModelListing
from bot.jobs.provider_errors import Unreachable
from bot.ports.provider_capabilities import ModelList
from bot.providers.fal_lists import merge_answers, model_requests, read_list
from bot.sandbox.fault_injection import Fault
from tests.providers.rigs import ProviderRig, dialect_of, rig_fixture

fal = rig_fixture(dialect_of("fal"))
GROK = "xai/grok-imagine-video/text-to-video"
GONE = "lab/old/text-to-video"


def entry(name: object) -> dict[str, object]:
    return {"endpoint_id": name, "metadata": {"status": "active"}}


def test_models_are_asked_about_in_groups_of_fifty() -> None:
    paths = list(model_requests({f"lab/m{number:03}" for number in range(101)}))
    assert [path.count("endpoint_id=") for path in paths] == [50, 50, 1]
    assert paths[2] == "/v1/models?endpoint_id=lab%2Fm100"


async def test_a_model_that_is_gone_is_missing_from_the_answer(fal: ProviderRig) -> None:
    assert isinstance(fal.provider, ModelList)
    body = await fal.provider.fetch_model_list({GROK, GONE})
    assert fal.provider.read_model_list(body) == ModelListing(names=frozenset({GROK}), asked=frozenset({GROK, GONE}))
    assert fal.local.complaints == []
    assert fal.local.wire.requests("GET /v1/models")[0].headers["Authorization"] == f"Key {fal.local.api_key}"


async def test_a_request_that_fails_is_no_answer(fal: ProviderRig) -> None:
    assert isinstance(fal.provider, ModelList)
    fal.local.wire.fail(Fault(route="GET /v1/models*", status=503, times=None))
    with pytest.raises(Unreachable):
        await fal.provider.fetch_model_list({GROK})


def test_a_part_of_a_list_is_not_complete() -> None:
    parts = [{"models": [entry(GROK)], "has_more": False}, {"models": [entry("a/b")], "has_more": True}]
    assert read_list(merge_answers({GROK, "a/b", "c/d"}, parts)) == ModelListing(
        names=frozenset({GROK, "a/b"}), complete=False, asked=frozenset({GROK, "a/b", "c/d"})
    )


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"models": [entry(GROK)]},
        {"asked": [GROK], "models": []},
        {"asked": [GROK], "models": {}},
        {"asked": [GROK], "models": [None, 3, entry(None), entry("<@1>"), entry("x" * 300)]},
        {"asked": [GROK], "models": [entry(f"m/{number}") for number in range(1000)]},
    ],
)
def test_anything_else_is_no_list(body: object) -> None:
    assert read_list(body) is None
