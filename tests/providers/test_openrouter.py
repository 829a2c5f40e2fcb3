"""Tests specific to OpenRouter. Source: reference/providers-next.md 5.1."""

import base64
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from bot.catalogue.model import FollowUpRule
from bot.jobs.job import Kind
from bot.jobs.provider_errors import ClipMissing, ClipTooLong, KeyRefused
from bot.ports.provider import Balance, Failed, Picture, Ready, Task
from bot.providers import Account
from bot.providers.openrouter import read_cost
from bot.sandbox.providers import LocalOpenRouter
from tests.providers.models import model_of
from tests.providers.recording_server import RecordingServer, make_order
from tests.providers.rigs import LIMITS, ProviderRig, dialect_of, rig_fixture

OTHER_TASK = Task(task_id="x", protocol="toapis", endpoint="https://toapis.com")
openrouter = rig_fixture(dialect_of("openrouter"))


def local(rig: ProviderRig) -> LocalOpenRouter:
    assert isinstance(rig.local, LocalOpenRouter)
    return rig.local


async def sent(rig: ProviderRig, **changes: object) -> dict[str, object]:
    """Submit an order. Return the body that the local provider took."""
    task = await rig.provider.submit(await rig.provider.draft(rig.order(**changes)))
    return rig.local.tasks[task.task_id].request


def data_uri(path: Path, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(path.read_bytes()).decode()}"


async def test_first_and_last_frames_are_objects(openrouter: ProviderRig, picture_file: Picture) -> None:
    url = {"url": data_uri(picture_file.path, "image/png")}
    assert await sent(openrouter, picture=picture_file, last_picture=picture_file) == {
        "model": "black-forest-labs/flux-3-video", "prompt": "a lighthouse in a storm", "duration": 8,
        "aspect_ratio": "16:9", "resolution": "720p", "user": "tag",
        "frame_images": [
            {"type": "image_url", "image_url": url, "frame_type": "first_frame"},
            {"type": "image_url", "image_url": url, "frame_type": "last_frame"},
        ],
    }  # fmt: skip


async def test_references_are_objects(openrouter: ProviderRig, picture_file: Picture) -> None:
    model = model_of("openrouter/seedance-2.5")
    body = await sent(openrouter, model=model, references=(picture_file, picture_file))
    reference = {"type": "image_url", "image_url": {"url": data_uri(picture_file.path, "image/png")}}
    assert body["input_references"] == [reference, reference]
    assert "frame_images" not in body


async def test_an_extension_names_the_job_before(openrouter: ProviderRig) -> None:
    task = await openrouter.finished_task()
    body = await sent(openrouter, kind=Kind.EXTEND, source=openrouter.source(task), resolution=None)
    assert body == {
        "model": "black-forest-labs/flux-3-video", "prompt": "a lighthouse in a storm", "duration": 8,
        "previous_job_id": task.task_id, "user": "tag",
    }  # fmt: skip


@pytest.mark.parametrize("method", ["native", "edit"])
async def test_a_clip_of_any_provider_is_edited(openrouter: ProviderRig, method: str) -> None:
    model = model_of("openrouter/seedance-2.5-edit")
    source = openrouter.source(OTHER_TASK)
    order = openrouter.order(kind=Kind.REMIX, model=model, source=source, remix_method=method, seconds=4)
    draft = await openrouter.provider.draft(order)
    assert not draft.references_task
    task = await openrouter.provider.submit(draft)
    assert openrouter.local.tasks[task.task_id].kind == "edit"
    assert draft.fields == {
        "model": "bytedance/seedance-2.5", "prompt": "a lighthouse in a storm", "duration": 4, "aspect_ratio": "16:9",
        "resolution": "720p", "user": "tag",
        "input_references": [{"type": "video_url", "video_url": {"url": data_uri(openrouter.clip, "video/mp4")}}],
    }  # fmt: skip


async def test_a_host_may_remix_by_the_job_before(openrouter: ProviderRig) -> None:
    """Which models edit a job by its id isn't documented, so the shipped ones don't; a host's catalogue can say it."""
    rule = FollowUpRule(model="a/b", constants={"generate_audio": False})
    model = replace(model_of("openrouter/wan-3.0"), remix=rule)
    source = openrouter.source(replace(OTHER_TASK, task_id="gen-vid-1"))
    draft = await openrouter.provider.draft(openrouter.order(kind=Kind.REMIX, model=model, source=source))
    assert draft.references_task
    assert draft.fields == {
        "model": "a/b", "prompt": "a lighthouse in a storm", "generate_audio": False, "previous_job_id": "gen-vid-1",
        "user": "tag",
    }  # fmt: skip


async def test_a_clip_that_is_too_long_or_missing_is_refused_locally(openrouter: ProviderRig) -> None:
    model, source = model_of("openrouter/seedance-2.5-edit"), openrouter.source(OTHER_TASK)
    for wrong, error in ((replace(source, clip_seconds=15.1), ClipTooLong), (replace(source, clip=None), ClipMissing)):
        with pytest.raises(error):
            await openrouter.provider.draft(openrouter.order(kind=Kind.REMIX, model=model, source=wrong))
    assert openrouter.local.wire.seen == []


async def test_a_remix_from_the_last_frame_is_a_new_video(openrouter: ProviderRig, picture_file: Picture) -> None:
    source = replace(openrouter.source(OTHER_TASK), last_frame=picture_file)
    body = await sent(openrouter, kind=Kind.REMIX, source=source, remix_method="image")
    assert body["frame_images"]
    assert "previous_job_id" not in body


@pytest.mark.parametrize("stored_copy", [True, False])
async def test_the_key_goes_to_unsigned_links_only(openrouter: ProviderRig, stored_copy: bool, tmp_path: Path) -> None:
    local(openrouter).stored_copy = stored_copy
    _, ready = await openrouter.ready_task()
    assert ready.authorised is not stored_copy
    assert (ready.expires_at is not None) is stored_copy
    assert ready.fallback is not None
    assert ready.fallback.authorised
    await openrouter.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert (tmp_path / "clip").read_bytes() == openrouter.clip.read_bytes()


async def test_a_failure_that_costs_nothing_is_free(openrouter: ProviderRig) -> None:
    for refunds in (False, True):
        local(openrouter).refund_failed = refunds
        task = await openrouter.provider.submit(await openrouter.provider.draft(openrouter.order(prompt="a [fail]")))
        await openrouter.local.finish(task.task_id)
        cost = 0 if refunds else 8 * 170_000
        assert await openrouter.provider.check(task) == Failed(
            reason="Video generation failed", free=refunds, cost_micros=cost
        )


@pytest.mark.parametrize(
    ("usage", "micros"),
    [
        ({"cost": 0.5}, 500_000),
        ({"cost": 0.0000015}, 2),
        ({"cost": 0}, 0),
        ({"cost": 1, "is_byok": False}, 1_000_000),
        ({"cost": 0.02, "is_byok": True}, None),  # the model's provider bills the host as well
        ({"cost": None}, None),
        ({"cost": 1.1}, 1_100_000),
        ({"cost": -1}, -1_000_000),  # the worker judges what can't be right
        ({"cost": 1e30}, 10**36),
        ({"cost": "0.5"}, math.nan),
        ({"cost": False}, math.nan),
        ({"cost": float("nan")}, math.nan),
        ({"cost": float("inf")}, math.nan),
        ({}, None),
        (None, None),
        ([], None),
    ],
)
def test_the_real_cost_is_read(usage: object, micros: float | None) -> None:
    assert [read_cost({"usage": usage})] == [micros]  # in a list, because NaN differs from itself


@pytest.mark.parametrize("is_byok", [False, True])
async def test_a_finished_job_tells_its_real_cost(openrouter: ProviderRig, is_byok: bool) -> None:
    local(openrouter).is_byok = is_byok
    _, ready = await openrouter.ready_task()
    assert ready.cost_micros == (None if is_byok else 8 * 170_000)


async def test_the_balance_is_that_of_the_key(openrouter: ProviderRig) -> None:
    assert await openrouter.provider.balance() is None
    local(openrouter).key_limit_usd = 5.0
    assert await openrouter.provider.balance() == Balance(remaining=5.0, unit="US dollars of this key's limit")


async def test_a_wrong_key_is_told_by_a_poll_of_no_task(openrouter: ProviderRig) -> None:
    openrouter.local.api_key = "another"
    with pytest.raises(KeyRefused):
        await openrouter.provider.check(Task(task_id="of-nobody", protocol="", endpoint=openrouter.endpoint))


@pytest.mark.parametrize("suffix", ["/api/v1", "/api/v1/", "/api"])
async def test_the_path_of_the_base_url_is_kept(suffix: str) -> None:
    async with RecordingServer([(202, {"id": "gen-vid-1", "status": "pending"})]) as server:
        provider = server.provider("openrouter", base_url=server.base_url + suffix)
        task = await provider.submit(await provider.draft(make_order(Kind.GENERATE, "openrouter/wan-3.0")))
        await provider.check(task)
        await provider.close()
    assert [request.path for request in server.requests] == ["/api/v1/videos", "/api/v1/videos/gen-vid-1"]
    assert server.requests[0].headers["Authorization"] == "Bearer the-key"


def test_the_own_address_is_the_documented_one() -> None:
    account = Account(name="openrouter", kind="openrouter", key="k")
    assert (account.base_url, account.endpoint) == ("https://openrouter.ai/api/v1", "https://openrouter.ai/api")
    assert account.title == "OpenRouter"


async def test_a_finished_job_stores_a_link_without_its_signature(openrouter: ProviderRig) -> None:
    _, ready = await openrouter.ready_task()
    assert isinstance(ready, Ready)
    assert "sig=" not in json.dumps(dict(ready.spare_ids))
