"""Tests specific to ToAPIs. Source: reference/providers.md 1."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from bot.jobs.job import Kind
from bot.jobs.provider_errors import NotSent, Refused, Unreachable
from bot.ports.provider import Balance, Picture, Ready
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.providers.toapis import CreateShape, UrlShape
from tests.providers.models import model_of
from tests.providers.recording_server import RecordingServer, make_order
from tests.providers.rigs import LIMITS, ProviderRig, dialect_of, rig_fixture, start_rig

TOAPIS = dialect_of("toapis")


toapis = rig_fixture(TOAPIS)


def local(toapis: ProviderRig) -> LocalToAPIs:
    assert isinstance(toapis.local, LocalToAPIs)
    return toapis.local


@pytest.mark.parametrize("shape", get_args(CreateShape))
@pytest.mark.parametrize("status", ["queued", "", "submitted", "pending"])
async def test_every_format_of_a_new_task_is_read(toapis: ProviderRig, shape: CreateShape, status: str) -> None:
    local(toapis).create_shape, local(toapis).create_status = shape, status
    task = await toapis.provider.submit(await toapis.provider.draft(toapis.order()))
    assert list(toapis.local.tasks) == [task.task_id]


@pytest.mark.parametrize("shape", get_args(UrlShape))
async def test_the_link_is_found_in_every_response_format(toapis: ProviderRig, shape: UrlShape) -> None:
    local(toapis).url_shape = shape
    _, ready = await toapis.ready_task()
    assert "/cdn/" in ready.url
    assert ready.spare_ids == {"url": ready.url.partition("?")[0]}


@pytest.mark.parametrize("route", ["generations", "videos", "both"])
async def test_a_remix_is_found_on_either_route(sample_clip: Path, route: str) -> None:
    def make(film: Path) -> LocalToAPIs:
        return LocalToAPIs(film=film, render_s=0.0, poll_route=route)  # type: ignore[arg-type]

    async with start_rig(replace(TOAPIS, local=make), sample_clip) as toapis:
        task = await toapis.provider.submit(await toapis.provider.draft(await toapis.remix_order()))
        await toapis.local.finish(task.task_id)
        assert isinstance(await toapis.provider.check(task), Ready)


async def test_an_extension_request_has_only_a_model_and_a_prompt(toapis: ProviderRig) -> None:
    order = replace(await toapis.remix_order(), kind=Kind.EXTEND)
    task = await toapis.provider.submit(await toapis.provider.draft(order))
    assert toapis.local.tasks[task.task_id].request == {"model": "grok-video-3", "prompt": "now at night"}


async def test_a_picture_is_uploaded_first_and_costs_nothing(toapis: ProviderRig, picture_file: Picture) -> None:
    draft = await toapis.provider.draft(toapis.order(picture=picture_file))
    assert toapis.local.charges == []
    assert draft.fields["image_urls"] == [toapis.local.uploads[0].url]
    await toapis.provider.submit(draft)
    assert len(toapis.local.charges) == 1


@pytest.mark.parametrize(
    "model", ["grok-video-1.5-preview", "grok-video-1.0", "grok-video-1.5", "kling-v3", "veo3.1-fast", "gemini_omni"]
)
async def test_each_model_has_its_own_fields(toapis: ProviderRig, picture_file: Picture, model: str) -> None:
    """The local provider rejects unknown fields and wrong types."""
    catalogue_model = model_of(f"toapis/{model}")
    order = toapis.order(
        model=catalogue_model,
        aspect=catalogue_model.default_aspect,
        seconds=catalogue_model.default_seconds,
        resolution=catalogue_model.default_resolution,
        picture=picture_file,
    )
    task = await toapis.provider.submit(await toapis.provider.draft(order))
    assert toapis.local.tasks[task.task_id].pictures == [toapis.local.uploads[0].url]


async def test_seedance_is_created_and_polled_on_its_own_route() -> None:
    async with RecordingServer(
        [(200, {"id": "t1"}), (404, {}), (200, {"id": "t1", "status": "completed", "url": "x"})]
    ) as server:
        provider = server.provider("toapis")
        task = await provider.submit(await provider.draft(make_order(Kind.GENERATE, "toapis/seedance-2", aspect="1:1")))
        await provider.check(task)
        await provider.close()
    assert [request.path for request in server.requests] == [
        "/v1/video/generations", "/v1/video/generations/t1", "/v1/videos/generations/t1",
    ]  # fmt: skip
    assert server.requests[0].json == {"model": "seedance-2", "prompt": "a prompt", "ratio": "1:1"}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(route=TOAPIS.upload, status=400, body={"success": False, "message": "too large"}), Refused),
        (Fault(route=TOAPIS.upload, status=413, body="<html>"), Refused),
        (Fault(route=TOAPIS.upload, status=502, body="<html>", times=None), NotSent),
        (Fault(route=TOAPIS.upload, status=200, body={"success": True, "data": {}}), NotSent),
        (Fault(route=TOAPIS.upload, status=200, body=b"junk"), NotSent),
        (Fault(route=TOAPIS.upload, drop=True, times=None), NotSent),
    ],
)
async def test_an_upload_that_fails_costs_nothing(
    toapis: ProviderRig, picture_file: Picture, fault: Fault, error: type[Exception]
) -> None:
    toapis.local.wire.fail(replace(fault))
    with pytest.raises(error):
        await toapis.provider.draft(toapis.order(picture=picture_file))
    assert toapis.local.charges == []


async def test_a_picture_that_is_too_large_or_missing_is_refused_locally(toapis: ProviderRig, tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(b"x" * 10_000_001)
    for path in (big, tmp_path / "nothing"):
        with pytest.raises(Refused):
            await toapis.provider.draft(toapis.order(picture=Picture(path=path, mime="image/png")))
    assert toapis.local.wire.seen == []


async def test_the_last_frame_of_a_source_can_start_a_new_video(toapis: ProviderRig, picture_file: Picture) -> None:
    order = await toapis.remix_order(remix_method="image")
    assert order.source is not None
    order = replace(order, source=replace(order.source, last_frame=picture_file))
    draft = await toapis.provider.draft(order)
    assert draft.path == "/v1/videos/generations"
    assert draft.fields["image_urls"] == [toapis.local.uploads[0].url]


async def test_edits_are_refused(toapis: ProviderRig) -> None:
    with pytest.raises(Refused):
        await toapis.provider.draft(await toapis.remix_order(remix_method="edit"))


async def test_a_balance_may_be_an_error_or_unlimited(toapis: ProviderRig) -> None:
    local(toapis).balance_fails = True
    with pytest.raises(Unreachable):
        await toapis.provider.balance()
    local(toapis).balance_fails = False
    unlimited = {"success": True, "remain_balance": -1, "used_balance": 3, "unlimited_quota": True}
    toapis.local.wire.fail(Fault(route="GET /v1/balance", status=200, body=unlimited))
    assert await toapis.provider.balance() == Balance(remaining=None, unit="balance")


async def test_ids_are_quoted_in_paths_and_lone_surrogates_replaced() -> None:
    async with RecordingServer([(200, {"id": "a/../b?c#d é"})]) as server:
        provider = server.provider("toapis")
        task = await provider.submit(
            await provider.draft(make_order(Kind.GENERATE, "toapis/grok-video-3", prompt="half \ud83d"))
        )
        await provider.check(task)
        await provider.close()
    assert server.requests[0].json == {"model": "grok-video-3", "prompt": "half ?"}
    assert server.requests[1].path == "/v1/videos/generations/a%2F..%2Fb%3Fc%23d%20%C3%A9"


async def test_a_clip_is_fetched_once(toapis: ProviderRig, tmp_path: Path) -> None:
    _, ready = await toapis.ready_task()
    await toapis.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert len(toapis.local.wire.requests("GET /cdn/*")) == 1
