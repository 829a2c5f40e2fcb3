"""Tests specific to xAI. Source: reference/providers.md 6."""

import base64
import math
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.job import Kind
from bot.jobs.provider_errors import KeyRefused, Refused, SourceGone
from bot.ports.provider import Failed, Pending, Picture, Ready, Task
from bot.providers.task_state import StatusResponse, read_state
from bot.providers.xai import read_job
from bot.sandbox.providers import LocalXAI
from tests.providers.models import model_of
from tests.providers.rigs import ProviderRig, dialect_of, rig_fixture

OTHER_TASK = Task(task_id="x", protocol="toapis", endpoint="https://toapis.com")


xai = rig_fixture(dialect_of("xai"))


def local(xai: ProviderRig) -> LocalXAI:
    assert isinstance(xai.local, LocalXAI)
    return xai.local


async def test_a_new_video(xai: ProviderRig, picture_file: Picture) -> None:
    task = await xai.provider.submit(await xai.provider.draft(xai.order(picture=picture_file)))
    data = base64.b64encode(picture_file.path.read_bytes()).decode()
    assert xai.local.tasks[task.task_id].request == {
        "model": "grok-imagine-video", "prompt": "a lighthouse in a storm", "duration": 8, "aspect_ratio": "16:9",
        "resolution": "720p", "image": {"url": f"data:image/png;base64,{data}"}, "user": "tag",
    }  # fmt: skip


@pytest.mark.parametrize("rung", ["native", "edit"])
async def test_clips_of_any_provider_are_edited(xai: ProviderRig, rung: str) -> None:
    order = xai.order(kind=Kind.REMIX, source=xai.source(OTHER_TASK), remix_method=rung)
    draft = await xai.provider.draft(order)
    task = await xai.provider.submit(draft)
    video = base64.b64encode(xai.clip.read_bytes()).decode()
    assert xai.local.tasks[task.task_id].kind == "edit"
    assert draft.fields == {
        "model": "grok-imagine-video", "prompt": "a lighthouse in a storm", "user": "tag",
        "video": {"url": f"data:video/mp4;base64,{video}"},
    }  # fmt: skip


async def test_a_clip_that_is_too_long_or_missing_is_refused_locally(xai: ProviderRig) -> None:
    source = xai.source(OTHER_TASK)
    with pytest.raises(Refused):
        await xai.provider.draft(xai.order(kind=Kind.REMIX, source=replace(source, clip_seconds=8.8)))
    for clip in (None, Path("/nowhere/clip.mp4")):
        with pytest.raises(SourceGone):
            await xai.provider.draft(xai.order(kind=Kind.REMIX, source=replace(source, clip=clip)))
    assert xai.local.wire.seen == []


async def test_an_extension_request_has_a_length_and_no_user(xai: ProviderRig) -> None:
    order = xai.order(kind=Kind.EXTEND, source=xai.source(OTHER_TASK), seconds=6)
    draft = await xai.provider.draft(order)
    assert draft.path == "/v1/videos/extensions"
    assert set(draft.fields) == {"model", "prompt", "video", "duration"}


@pytest.mark.parametrize("body", ["empty", "pending"])
async def test_202_means_running_with_or_without_a_status(xai: ProviderRig, body: str) -> None:
    local(xai).running_body, local(xai).render_s = body, 60.0  # type: ignore[assignment]
    task = await xai.provider.submit(await xai.provider.draft(xai.order()))
    state = await xai.provider.check(task)
    assert isinstance(state, Pending)
    assert not state.queued


@pytest.mark.parametrize("omit", [True, False])
@pytest.mark.parametrize("word", ["", "[withhold]", "[fail]"])
async def test_every_final_state_is_read(xai: ProviderRig, omit: bool, word: str) -> None:
    local(xai).omit_status = omit
    task = await xai.provider.submit(await xai.provider.draft(xai.order(prompt=f"a thing {word}")))
    await xai.local.finish(task.task_id)
    state = await xai.provider.check(task)
    if not word:
        assert isinstance(state, Ready)
        return
    assert isinstance(state, Failed)
    assert (state.withheld, state.policy) == ((True, True) if word == "[withhold]" else (False, False))


async def test_an_expired_request_is_a_failure(xai: ProviderRig) -> None:
    task = await xai.finished_task()
    local(xai).expired.add(task.task_id)
    assert await xai.provider.check(task) == Failed(reason="expired")


@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize("status", [400, 401])
async def test_a_bad_key_may_be_a_400(xai: ProviderRig, nested: bool, status: int) -> None:
    task = await xai.finished_task()
    local(xai).nested_errors, local(xai).unauthorized_status = nested, status  # type: ignore[assignment]
    draft = await xai.provider.draft(xai.order())
    xai.local.api_key = "another"
    with pytest.raises(KeyRefused):
        await xai.provider.submit(draft)
    with pytest.raises(KeyRefused):
        await xai.provider.check(task)


async def test_a_remix_from_the_last_frame_creates_a_new_video(xai: ProviderRig, picture_file: Picture) -> None:
    source = replace(xai.source(OTHER_TASK), last_frame=picture_file)
    draft = await xai.provider.draft(xai.order(kind=Kind.REMIX, source=source, remix_method="image"))
    assert draft.path == "/v1/videos/generations"
    assert isinstance(draft.fields["image"], dict)


def test_only_the_model_that_documents_edits_offers_them() -> None:
    assert model_of("xai/grok-imagine-video").takes_video_s == 8.7
    assert model_of("xai/grok-imagine-video-1.5").remix is None


async def test_a_finished_task_tells_what_it_cost(xai: ProviderRig) -> None:
    _, ready = await xai.ready_task()
    (charge,) = xai.local.charges
    assert ready.cost_micros == round(charge.usd * 1_000_000) > 0


@pytest.mark.parametrize(
    ("ticks", "micros", "free"),
    [(0, 0, True), (1, 1, False), (5_000_000_000, 500_000, False), (False, math.nan, False), ("0", math.nan, False)],
)
def test_a_failure_is_free_only_at_a_cost_of_zero(ticks: object, micros: float, free: bool) -> None:
    body = {"status": "failed", "error": {"message": "broke"}, "usage": {"cost_in_usd_ticks": ticks}}
    response = StatusResponse(status=200, body=body)
    state = read_job(response, OTHER_TASK)
    assert isinstance(state, Failed)
    assert [state.cost_micros, state.free] == [micros, free]
    relayed = read_state(response, OTHER_TASK)
    assert isinstance(relayed, Failed)
    assert (relayed.cost_micros, relayed.free) == (None, free)  # a relay bills by prices of its own
