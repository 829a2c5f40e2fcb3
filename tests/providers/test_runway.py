"""Tests specific to Runway. Source: reference/providers-next.md 5.2 and the types of its SDK."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.job import Kind
from bot.jobs.provider_errors import ClipMissing, ClipTooLong, NoBalance, NotSent, Refused
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Picture, Task
from bot.providers import Account, build_provider
from bot.providers.runway import MAX_DATA_URI_LENGTH
from bot.sandbox.fault_injection import Fault
from tests.providers.models import model_of
from tests.providers.rigs import ProviderRig, dialect_of, rig_fixture

runway = rig_fixture(dialect_of("runway"))
OTHER_TASK = Task(task_id="x", protocol="toapis", endpoint="https://toapis.com")


def data_uri(path: Path, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(path.read_bytes()).decode()}"


async def test_a_prompt_alone_goes_to_text_to_video_with_the_version(runway: ProviderRig) -> None:
    order = runway.order(model=model_of("runway/gen4.5"), seconds=5, resolution=None, aspect="9:16")
    task = await runway.provider.submit(await runway.provider.draft(order))
    assert runway.local.tasks[task.task_id].request == {
        "model": "gen4.5", "promptText": "a lighthouse in a storm", "ratio": "720:1280", "duration": 5,
    }  # fmt: skip
    [request] = runway.local.wire.requests("POST /v1/text_to_video")
    assert request.headers["X-Runway-Version"] == "2024-11-06"


async def test_a_picture_goes_to_image_to_video(runway: ProviderRig, picture_file: Picture) -> None:
    order = runway.order(
        model=model_of("runway/gen4_turbo"), seconds=5, resolution=None, aspect="1:1", picture=picture_file
    )
    draft = await runway.provider.draft(order)
    await runway.provider.submit(draft)
    assert draft.path == "/v1/image_to_video"
    assert draft.fields["promptImage"] == data_uri(picture_file.path, "image/png")
    assert draft.fields["ratio"] == "960:960"


@pytest.mark.parametrize("model", ["veo3.1", "gemini_omni_flash_1.1", "seedance2_5"])
async def test_first_and_last_frames_say_their_position(runway: ProviderRig, picture_file: Picture, model: str) -> None:
    order = runway.order(model=model_of(f"runway/{model}"), picture=picture_file, last_picture=picture_file)
    draft = await runway.provider.draft(order)
    await runway.provider.submit(draft)
    uri = data_uri(picture_file.path, "image/png")
    assert draft.fields["promptImage"] == [{"position": "first", "uri": uri}, {"position": "last", "uri": uri}]


async def test_references_are_no_frames(runway: ProviderRig, picture_file: Picture) -> None:
    order = runway.order(model=model_of("runway/seedance2_5"), references=[picture_file, picture_file])
    draft = await runway.provider.draft(order)
    await runway.provider.submit(draft)
    assert draft.path == "/v1/text_to_video"
    assert draft.fields["references"] == [{"uri": data_uri(picture_file.path, "image/png")}] * 2


@pytest.mark.parametrize(
    ("kind", "model", "expected"),
    [
        (Kind.REMIX, "aleph2", {"videoUri": True}),
        (Kind.REMIX, "gemini_omni_flash", {"videoUri": True}),
        (Kind.REMIX, "gemini_omni_flash_1.1", {"videoUri": True, "mode": "edit"}),
        (Kind.EXTEND, "gemini_omni_flash_1.1", {"videoUri": True, "mode": "extend", "duration": 6}),
        (Kind.REMIX, "gemini_omni_flash_1.1-reference", {"videoUri": True, "mode": "reference", "duration": 6}),
        (Kind.REMIX, "seedance2_5", {"promptVideo": True, "mode": "edit", "duration": "auto"}),
        (Kind.EXTEND, "seedance2_5", {"promptVideo": True, "mode": "extend", "duration": 6}),
    ],
)
@pytest.mark.parametrize("method", ["native", "edit"])
async def test_a_remix_sends_a_clip_of_any_provider_in_the_fields_of_its_model(
    runway: ProviderRig, kind: Kind, model: str, expected: dict[str, object], method: str
) -> None:
    order = runway.order(
        kind=kind, model=model_of(f"runway/{model}"), seconds=6, source=runway.source(OTHER_TASK), remix_method=method
    )
    draft = await runway.provider.draft(order)
    await runway.provider.submit(draft)
    clip = data_uri(runway.clip, "video/mp4")
    fields = {name: clip if value is True else value for name, value in expected.items()}
    assert draft.path == "/v1/video_to_video"
    assert draft.fields == fields | {
        "model": model.removesuffix("-reference"), "promptText": "a lighthouse in a storm",
    }  # fmt: skip


async def test_a_remix_from_the_last_frame_creates_a_new_video(runway: ProviderRig, picture_file: Picture) -> None:
    source = replace(runway.source(OTHER_TASK), last_frame=picture_file)
    draft = await runway.provider.draft(runway.order(kind=Kind.REMIX, source=source, remix_method="image"))
    await runway.provider.submit(draft)
    assert draft.path == "/v1/image_to_video"


async def test_a_clip_that_is_too_long_or_missing_is_refused_before_the_upload(runway: ProviderRig) -> None:
    source = runway.source(OTHER_TASK)
    with pytest.raises(ClipTooLong):
        await runway.provider.draft(runway.order(kind=Kind.REMIX, source=replace(source, clip_seconds=10.5)))
    with pytest.raises(ClipMissing):
        await runway.provider.draft(runway.order(kind=Kind.REMIX, source=replace(source, clip=None)))
    assert runway.local.wire.seen == []


async def test_a_balance_that_does_not_suffice_is_the_accounts_trouble(runway: ProviderRig) -> None:
    runway.local.no_balance = True
    with pytest.raises(NoBalance):
        await runway.provider.submit(await runway.provider.draft(runway.order()))


async def test_another_version_of_the_api_is_refused(runway: ProviderRig) -> None:
    runway.local.wire.fail(Fault(route="POST /v1/text_to_video", status=400, body={"error": "X-Runway-Version is old"}))
    with pytest.raises(Refused) as caught:
        await runway.provider.submit(await runway.provider.draft(runway.order()))
    assert caught.value.facts["reason"] == "X-Runway-Version is old"


# Uploads above 5 MB.


def large_clip(clip: Path, folder: Path) -> Path:
    """A valid mp4 of more than 5 MB: a `free` box after its end."""
    size = MAX_DATA_URI_LENGTH
    place = folder / "large.mp4"
    place.write_bytes(clip.read_bytes() + size.to_bytes(4, "big") + b"free" + bytes(size - 8))
    return place


async def test_a_large_clip_is_uploaded_to_another_origin_without_the_key(runway: ProviderRig, tmp_path: Path) -> None:
    runway.local.cdn_origin = f"http://localhost:{runway.local.port}"
    guard = SsrfGuard([f"127.0.0.1:{runway.local.port}", f"localhost:{runway.local.port}"])
    account = Account(name="runway", kind="runway", key=runway.local.api_key, base_url=runway.local.base_url)
    provider = build_provider(account, guard)
    clip = large_clip(runway.clip, tmp_path)
    source = replace(runway.source(OTHER_TASK), clip=clip)
    draft = await provider.draft(runway.order(kind=Kind.REMIX, source=source))
    await provider.submit(draft)
    await provider.close()
    [upload] = runway.local.uploads
    assert draft.fields["videoUri"] == upload.url
    assert upload.url.startswith("runway://")
    assert upload.data == clip.read_bytes()
    [sent] = runway.local.wire.requests("POST /cdn/uploads/*")
    assert sent.headers["Host"].startswith("localhost")
    assert runway.local.api_key not in str(sent.headers)
    assert "X-Runway-Version" not in sent.headers


async def test_an_upload_address_on_a_private_host_is_not_opened(runway: ProviderRig, tmp_path: Path) -> None:
    runway.local.cdn_origin = f"http://localhost:{runway.local.port}"  # the guard allows 127.0.0.1 only
    source = replace(runway.source(OTHER_TASK), clip=large_clip(runway.clip, tmp_path))
    with pytest.raises(NotSent):
        await runway.provider.draft(runway.order(kind=Kind.REMIX, source=source))
    assert runway.local.wire.requests("POST /cdn/uploads/*") == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(route="POST /cdn/uploads/*", status=403, body="<Error/>"),
        Fault(route="POST /cdn/uploads/*", drop=True),
        Fault(route="POST /v1/uploads", status=500, times=None),
        Fault(route="POST /v1/uploads", status=200, body={"runwayUri": "https://elsewhere.example/x", "fields": {}}),
        Fault(route="POST /v1/uploads", status=200, body={"uploadUrl": "https://x.example", "runwayUri": "runway://x"}),
    ],
    ids=["storage refuses", "storage drops", "no slot", "another address", "no form"],
)
async def test_an_upload_that_fails_costs_nothing_and_is_tried_later(
    runway: ProviderRig, tmp_path: Path, fault: Fault
) -> None:
    runway.local.wire.fail(fault)
    source = replace(runway.source(OTHER_TASK), clip=large_clip(runway.clip, tmp_path))
    with pytest.raises(NotSent):
        await runway.provider.draft(runway.order(kind=Kind.REMIX, source=source))
    assert runway.local.charges == []
