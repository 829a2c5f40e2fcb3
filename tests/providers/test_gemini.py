"""Tests specific to the Gemini API. Source: providers-next.md 5.4 and ai.google.dev/gemini-api/docs/omni."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.catalogue.listed import ModelListing
from bot.jobs.job import Kind
from bot.jobs.provider_errors import (
    ClipMissing,
    ClipTooLong,
    KeyRefused,
    NoBalance,
    NotSent,
    RateLimited,
    Refused,
    SourceGone,
)
from bot.ports.provider import Picture, Task
from bot.ports.provider_capabilities import ModelList
from bot.providers import gemini as adapter
from bot.providers.json_fields import MAX_LISTED
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalGemini
from tests.providers.cases import fault_response
from tests.providers.models import model_of
from tests.providers.rigs import ProviderRig, dialect_of, rig_fixture

gemini = rig_fixture(dialect_of("gemini"))
CREATE, UPLOAD = "POST /v1beta/interactions", "POST /upload/v1beta/files*"
OTHER_TASK = Task(task_id="x", protocol="toapis", endpoint="https://toapis.com")
PROMPT = {"type": "text", "text": "a lighthouse in a storm"}


def local(gemini: ProviderRig) -> LocalGemini:
    assert isinstance(gemini.local, LocalGemini)
    return gemini.local


async def submitted(gemini: ProviderRig, **changes: object) -> dict[str, object]:
    """Submit an order and return the body that arrived."""
    task = await gemini.provider.submit(await gemini.provider.draft(gemini.order(**changes)))
    return gemini.local.tasks[task.task_id].request


async def test_a_prompt_alone_runs_in_the_background_and_is_kept(gemini: ProviderRig) -> None:
    body = await submitted(gemini, seconds=12, resolution="1080p", aspect="9:16")
    assert body == {
        "model": "gemini-omni-1.2-flash",
        "input": [PROMPT],
        "response_format": {
            "type": "video", "delivery": "uri", "aspect_ratio": "9:16", "resolution": "1080p", "duration": "12s",
        },
        "generation_config": {"video_config": {"task": "text_to_video"}},
        "background": True,
        "store": True,
    }  # fmt: skip
    [request] = gemini.local.wire.requests(CREATE)
    assert request.headers["Api-Revision"] == "2026-05-20"
    assert request.headers["x-goog-api-key"] == gemini.local.api_key
    assert "Authorization" not in request.headers


def media(gemini: ProviderRig, kind: str, mime: str, count: int = 1) -> list[dict[str, object]]:
    """Return the last uploads as parts of an input."""
    uploads = gemini.local.uploads[-count:]
    assert [upload.mime_type for upload in uploads] == [mime] * count
    return [{"type": kind, "uri": upload.url, "mime_type": mime} for upload in uploads]


async def test_a_picture_is_uploaded_and_is_the_first_frame(gemini: ProviderRig, picture_file: Picture) -> None:
    body = await submitted(gemini, picture=picture_file)
    assert body["input"] == [*media(gemini, "image", "image/png"), PROMPT]
    assert body["generation_config"] == {"video_config": {"task": "image_to_video"}}
    assert gemini.local.uploads[0].data == picture_file.path.read_bytes()


async def test_references_are_no_frames(gemini: ProviderRig, picture_file: Picture) -> None:
    body = await submitted(gemini, references=[picture_file, picture_file])
    assert body["input"] == [*media(gemini, "image", "image/png", 2), PROMPT]
    assert body["generation_config"] == {"video_config": {"task": "reference_to_video"}}


async def test_a_last_frame_is_named_in_the_prompt(gemini: ProviderRig, picture_file: Picture) -> None:
    model = model_of("gemini/gemini-omni-1.1-flash")
    body = await submitted(gemini, model=model, picture=picture_file, last_picture=picture_file)
    text = {"type": "text", "text": "<FIRST_FRAME> <LAST_FRAME> a lighthouse in a storm"}
    assert body["input"] == [*media(gemini, "image", "image/png", 2), text]
    assert body["generation_config"] == {"video_config": {"task": "image_to_video"}}


@pytest.mark.parametrize(("kind", "name"), [(Kind.REMIX, "edit"), (Kind.EXTEND, "extend")])
async def test_an_own_video_is_followed_up_by_its_id(gemini: ProviderRig, kind: Kind, name: str) -> None:
    """Its clip isn't needed, and isn't sent even if it is there."""
    source = gemini.source(await gemini.finished_task())
    for clip in (gemini.clip, None):
        body = await submitted(gemini, kind=kind, source=replace(source, clip=clip, clip_seconds=40.0), seconds=6)
        assert body["previous_interaction_id"] == source.task.task_id
        assert body["input"] == [PROMPT]
        assert body["generation_config"] == {"video_config": {"task": name}}
        duration = {"duration": "6s"} if kind is Kind.EXTEND else {}
        assert body["response_format"] == {"type": "video", "delivery": "uri", "resolution": "720p"} | duration
    assert gemini.local.uploads == []


@pytest.mark.parametrize(("kind", "name"), [(Kind.REMIX, "edit"), (Kind.EXTEND, "extend")])
async def test_a_clip_of_another_provider_is_uploaded(gemini: ProviderRig, kind: Kind, name: str) -> None:
    body = await submitted(gemini, kind=kind, source=gemini.source(OTHER_TASK), seconds=6, remix_method="edit")
    assert body["input"] == [*media(gemini, "video", "video/mp4"), PROMPT]
    assert body["generation_config"] == {"video_config": {"task": name}}
    assert "previous_interaction_id" not in body
    assert gemini.local.uploads[0].data == gemini.clip.read_bytes()


async def test_a_remix_from_the_last_frame_creates_a_new_video(gemini: ProviderRig, picture_file: Picture) -> None:
    source = replace(gemini.source(OTHER_TASK), last_frame=picture_file)
    body = await submitted(gemini, kind=Kind.REMIX, source=source, remix_method="image")
    assert body["generation_config"] == {"video_config": {"task": "image_to_video"}}


async def test_a_clip_that_is_too_long_or_missing_is_refused_before_the_upload(gemini: ProviderRig) -> None:
    source = gemini.source(OTHER_TASK)
    order = gemini.order(kind=Kind.REMIX, remix_method="edit", source=source)
    with pytest.raises(ClipTooLong):
        await gemini.provider.draft(replace(order, source=replace(source, clip_seconds=15.5)))
    with pytest.raises(ClipMissing):
        await gemini.provider.draft(replace(order, source=replace(source, clip=None)))
    assert gemini.local.wire.seen == []


async def test_a_source_that_is_gone_can_be_remixed_in_another_way(gemini: ProviderRig) -> None:
    """Google keeps interactions for a limited time, and answers HTTP 400 for one that it doesn't have."""
    task = await gemini.finished_task()
    draft = await gemini.provider.draft(gemini.order(kind=Kind.REMIX, source=gemini.source(task)))
    del gemini.local.tasks[task.task_id]
    with pytest.raises(SourceGone):
        await gemini.provider.submit(draft)


# Uploads.


async def test_a_file_is_used_once_it_is_ready(
    gemini: ProviderRig, picture_file: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "FILE_PAUSE_S", 0.0)
    local(gemini).processing = 3
    draft = await gemini.provider.draft(gemini.order(picture=picture_file))
    assert len(gemini.local.wire.requests("GET /v1beta/files/*")) == 3
    await gemini.provider.submit(draft)


@pytest.mark.parametrize("failed", [True, False])
async def test_a_file_that_fails_or_never_gets_ready_costs_nothing(
    gemini: ProviderRig, picture_file: Picture, monkeypatch: pytest.MonkeyPatch, failed: bool
) -> None:
    monkeypatch.setattr(adapter, "FILE_PAUSE_S", 0.0)
    local(gemini).failed_files, local(gemini).processing = failed, 0 if failed else 1000
    with pytest.raises(NotSent):
        await gemini.provider.draft(gemini.order(picture=picture_file))
    assert gemini.local.charges == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(route=UPLOAD, status=503, times=None),
        Fault(route=UPLOAD, drop=True, times=None),
        Fault(route=UPLOAD, status=200, body={}),
        Fault(route=UPLOAD, status=200, body={}, headers={"X-Goog-Upload-URL": "https://elsewhere.example/upload"}),
        Fault(route=UPLOAD, status=200, body=b"", skip=1),
        Fault(route=UPLOAD, status=200, body={"file": {"name": "files/../x", "uri": "https://x.example"}}, skip=1),
    ],
    ids=["unavailable", "dropped", "no address", "address elsewhere", "no file", "odd name"],
)
async def test_an_upload_that_fails_costs_nothing_and_is_tried_later(
    gemini: ProviderRig, picture_file: Picture, fault: Fault
) -> None:
    gemini.local.wire.fail(fault)
    with pytest.raises(NotSent):
        await gemini.provider.draft(gemini.order(picture=picture_file))
    assert gemini.local.charges == []


async def test_where_uploaded_videos_are_not_offered_the_reason_is_told(gemini: ProviderRig) -> None:
    local(gemini).uploads_offered = False
    order = gemini.order(kind=Kind.REMIX, source=gemini.source(OTHER_TASK), remix_method="edit")
    with pytest.raises(Refused) as caught:
        await gemini.provider.submit(await gemini.provider.draft(order))
    assert "not available in your region" in str(caught.value.facts["reason"])


# Errors. Google's front end wraps them in a list.


async def test_a_wrong_key_is_an_http_400_in_a_list(gemini: ProviderRig) -> None:
    draft = await gemini.provider.draft(gemini.order())
    gemini.local.api_key = "another"
    with pytest.raises(KeyRefused):
        await gemini.provider.submit(draft)
    with pytest.raises(KeyRefused):
        await gemini.provider.check(Task(task_id="x", protocol="gemini", endpoint=gemini.endpoint))


async def test_used_up_credits_are_told_from_a_rate_limit(gemini: ProviderRig) -> None:
    draft = await gemini.provider.draft(gemini.order())
    gemini.local.no_balance = True
    with pytest.raises(NoBalance):
        await gemini.provider.submit(draft)
    gemini.local.no_balance = False
    limit = {
        "code": 429,
        "status": "RESOURCE_EXHAUSTED",
        "message": "You exceeded your current quota, please check your plan and billing details.",
        "details": [{"@type": "x"}, {"@type": "y"}, {"retryDelay": "22s"}],
    }
    gemini.local.wire.fail(replace(fault_response(429, {"error": limit}), route=CREATE))
    with pytest.raises(RateLimited) as caught:
        await gemini.provider.submit(draft)
    assert caught.value.retry_after_s == 22


async def test_a_model_that_is_gone_is_no_missing_source(gemini: ProviderRig) -> None:
    source = gemini.source(await gemini.finished_task())
    draft = await gemini.provider.draft(gemini.order(kind=Kind.REMIX, source=source))
    gemini.local.retired_models.add("gemini-omni-1.2-flash")
    with pytest.raises(Refused) as caught:
        await gemini.provider.submit(draft)
    assert type(caught.value) is Refused
    gemini.local.complaints.clear()


async def test_the_list_of_models_is_used_if_it_is_whole(gemini: ProviderRig) -> None:
    answer = await gemini.provider.check_key()
    assert answer.models is not None
    assert answer.models >= {"gemini-omni-1.2-flash", "gemini-omni-1.1-flash"}
    body = {"models": [{"name": "models/x"}], "nextPageToken": "next"}
    gemini.local.wire.fail(replace(fault_response(200, body), route="GET /v1beta/models*"))
    answer = await gemini.provider.check_key()
    assert (answer.expected, answer.models) == (True, None)


async def test_the_list_tells_which_models_are_there_and_nothing_else(gemini: ProviderRig) -> None:
    assert isinstance(gemini.provider, ModelList)
    gemini.local.retired_models.add("gemini-omni-1.1-flash")
    body = await gemini.provider.fetch_model_list(frozenset())
    names = frozenset({"gemini-3.8-flash", "gemini-omni-1.2-flash"})
    assert gemini.provider.read_model_list(body) == ModelListing(names=names)
    assert gemini.local.complaints == []
    page = {"models": [{"name": "models/x"}], "nextPageToken": "next"}
    assert gemini.provider.read_model_list(page) == ModelListing(names=frozenset({"x"}), complete=False)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"models": {}},
        {"models": []},
        {
            "models": [
                None,
                7,
                {"name": 9},
                {"name": "models/<b>"},
                {"name": "models/"},
                {"name": "models/" + "x" * 300},
            ]
        },
        {"models": [{"name": f"models/m{number}"} for number in range(MAX_LISTED + 1)]},
    ],
)
async def test_anything_else_is_no_list_of_models(gemini: ProviderRig, body: object) -> None:
    assert isinstance(gemini.provider, ModelList)
    assert gemini.provider.read_model_list(body) is None


def test_every_price_is_an_estimate_with_its_source_and_date() -> None:
    """Google's and Runware's own lists of prices could not be read."""
    text = (Path(__file__).parents[2] / "bot/catalogue/catalogue.toml").read_text()
    section = text[text.index("[gemini.") : text.index("# Gateways that speak")]
    sources = re.findall(r'source = "(.*)"', section)
    assert len(sources) == len(re.findall(r"^title = ", section, re.MULTILINE)) == 4
    assert all(source.startswith("estimate: ") and "2026-" in source for source in sources)
