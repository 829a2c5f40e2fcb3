"""Tests specific to Runware. Source: runware.ai/docs/models-api and the types of its SDK 0.5.24."""

import json
import uuid
from dataclasses import replace

import pytest

from bot.jobs.job import Kind
from bot.jobs.provider_errors import (
    ClipMissing,
    ClipTooLong,
    KeyRefused,
    NoBalance,
    NotSent,
    OutcomeUnknown,
    PolicyRefused,
    ProviderError,
    RateLimited,
    Refused,
    Unreachable,
)
from bot.ports.provider import Picture, Task
from bot.ports.provider_capabilities import IdempotencyKeys, LostRequest, TaskCancellation, TaskLookup
from bot.providers.runware import task_id_of
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalRunware
from tests.providers.cases import fault_response
from tests.providers.models import model_of
from tests.providers.rigs import ProviderRig, dialect_of, rig_fixture

runware = rig_fixture(dialect_of("runware"))
ROUTE = "POST /v1"
KEY = "retake-j-1"
OTHER_TASK = Task(task_id="x", protocol="toapis", endpoint="https://toapis.com")
LOST = LostRequest(idempotency_key=KEY, prompt="p", wire_model="m", protocol="runware", since=0.0)


def local(runware: ProviderRig) -> LocalRunware:
    assert isinstance(runware.local, LocalRunware)
    return runware.local


async def submitted(runware: ProviderRig, **changes: object) -> dict[str, object]:
    """Submit an order and return the task that arrived."""
    task = await runware.provider.submit(await runware.provider.draft(runware.order(**changes)))
    return runware.local.tasks[task.task_id].request


async def found(runware: ProviderRig) -> list[str]:
    assert isinstance(runware.provider, TaskLookup)
    return [task.task_id for task in await runware.provider.find_tasks(LOST) or ()]


def answer(code: str, status: int = 400) -> Fault:
    error = {"code": code, "message": f"about {code}", "taskType": "videoInference"}
    return replace(fault_response(status, {"data": [], "errors": [error]}), route=ROUTE)


# Requests.


async def test_a_request_is_a_list_of_one_task_with_an_id_of_ours(runware: ProviderRig) -> None:
    draft = await runware.provider.draft(runware.order(resolution="1080p", aspect="9:16"))
    task = await runware.provider.submit(replace(draft, idempotency_key=KEY))
    [request] = runware.local.wire.requests(ROUTE)
    assert json.loads(request.body) == [
        {
            "taskType": "videoInference",
            "taskUUID": task_id_of(KEY),
            "model": "google:gemini@omni-flash-1.1",
            "positivePrompt": "a lighthouse in a storm",
            "width": 1080,
            "height": 1920,
            "duration": 8,
            "deliveryMethod": "async",
            "outputType": "URL",
            "outputFormat": "MP4",
            "numberResults": 1,
            "includeCost": True,
        }
    ]
    assert task.task_id == task_id_of(KEY)
    assert request.headers["Authorization"] == f"Bearer {runware.local.api_key}"


def test_the_id_follows_from_our_name_for_the_request() -> None:
    assert task_id_of(KEY) == task_id_of(KEY)
    assert task_id_of(KEY) != task_id_of("retake-j-2")
    assert uuid.UUID(task_id_of(KEY)).version == 4
    assert task_id_of("") != task_id_of("")


def test_capabilities(runware: ProviderRig) -> None:
    """The id isn't documented as an idempotency key, and cancellation isn't documented at all."""
    assert isinstance(runware.provider, TaskLookup)
    assert not runware.provider.echoes_key
    assert not isinstance(runware.provider, IdempotencyKeys)
    assert not isinstance(runware.provider, TaskCancellation)


async def test_a_model_with_resolutions_gets_no_size(runware: ProviderRig, picture_file: Picture) -> None:
    model = model_of("runware/grok-imagine-video-1.5")
    body = await submitted(runware, model=model, picture=picture_file, resolution="720p", aspect=None, seconds=3)
    assert (body["resolution"], body["duration"]) == ("720p", 3)
    assert {"width", "height"}.isdisjoint(body)


async def test_frames_are_stored_first_and_say_their_position(runware: ProviderRig, picture_file: Picture) -> None:
    body = await submitted(runware, picture=picture_file, last_picture=picture_file)
    first, last = runware.local.uploads
    assert body["inputs"] == {
        "frameImages": [{"image": first.id, "frame": "first"}, {"image": last.id, "frame": "last"}]
    }
    assert first.data == picture_file.path.read_bytes()


async def test_references_are_no_frames(runware: ProviderRig, picture_file: Picture) -> None:
    body = await submitted(runware, references=[picture_file, picture_file])
    assert body["inputs"] == {"referenceImages": [upload.id for upload in runware.local.uploads]}


@pytest.mark.parametrize("own", [True, False])
async def test_a_clip_is_stored_first_and_keeps_its_size_and_length(runware: ProviderRig, own: bool) -> None:
    source = runware.source(await runware.finished_task() if own else OTHER_TASK)
    body = await submitted(runware, kind=Kind.REMIX, source=source, remix_method="native" if own else "edit")
    [upload] = runware.local.uploads
    assert body["inputs"] == {"video": upload.id}
    assert {"width", "height", "duration"}.isdisjoint(body)
    assert upload.data == runware.clip.read_bytes()


async def test_a_remix_from_the_last_frame_creates_a_new_video(runware: ProviderRig, picture_file: Picture) -> None:
    source = replace(runware.source(OTHER_TASK), last_frame=picture_file)
    body = await submitted(runware, kind=Kind.REMIX, source=source, remix_method="image", picture=picture_file)
    assert body["inputs"] == {"frameImages": [{"image": runware.local.uploads[0].id, "frame": "first"}]}


async def test_a_clip_that_is_too_long_or_missing_is_refused_before_it_is_stored(runware: ProviderRig) -> None:
    source = runware.source(OTHER_TASK)
    order = runware.order(kind=Kind.REMIX, remix_method="edit", source=source)
    with pytest.raises(ClipTooLong):
        await runware.provider.draft(replace(order, source=replace(source, clip_seconds=10.5)))
    with pytest.raises(ClipMissing):
        await runware.provider.draft(replace(order, source=replace(source, clip=None)))
    assert runware.local.wire.seen == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(route=ROUTE, status=503, times=None),
        Fault(route=ROUTE, drop=True, times=None),
        Fault(route=ROUTE, status=200, body={"data": []}, times=None),
    ],
    ids=["unavailable", "dropped", "no id"],
)
async def test_an_upload_that_fails_costs_nothing_and_is_tried_later(
    runware: ProviderRig, picture_file: Picture, fault: Fault
) -> None:
    runware.local.wire.fail(fault)
    with pytest.raises(NotSent):
        await runware.provider.draft(runware.order(picture=picture_file))
    assert runware.local.charges == []


# Refusals of the paid request.


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("invalidPositivePrompt", 400, Refused),
        ("unsupportedDimensions", 400, Refused),
        ("insufficientCredits", 402, NoBalance),
        ("invalidApiKey", 401, KeyRefused),
        ("invalidApiKey", 400, KeyRefused),
        ("rateLimitExceeded", 429, RateLimited),
        ("contentPolicyViolation", 400, PolicyRefused),
    ],
)
async def test_a_code_that_is_known_not_to_run_is_a_refusal(
    runware: ProviderRig, code: str, status: int, error: type[ProviderError]
) -> None:
    draft = await runware.provider.draft(runware.order())
    runware.local.wire.fail(answer(code, status))
    with pytest.raises(error):
        await runware.provider.submit(draft)
    assert len(runware.local.wire.requests(ROUTE)) == 1


@pytest.mark.parametrize("status", [200, 400, 402, 409, 429, 500])
@pytest.mark.parametrize(
    "code", ["conflictTaskUUID", "providerError", "timeoutProvider", "serverError", "invalidServerState", "newCode"]
)
async def test_any_other_code_may_have_run(runware: ProviderRig, code: str, status: int) -> None:
    draft = await runware.provider.draft(runware.order())
    runware.local.wire.fail(answer(code, status))
    with pytest.raises(OutcomeUnknown):
        await runware.provider.submit(draft)
    assert len(runware.local.wire.requests(ROUTE)) == 1


async def test_a_second_request_with_an_id_is_looked_up(runware: ProviderRig) -> None:
    """It isn't taken, its outcome is that of the first, and the look-up finds that one."""
    draft = replace(await runware.provider.draft(runware.order()), idempotency_key=KEY)
    task = await runware.provider.submit(draft)
    with pytest.raises(OutcomeUnknown):
        await runware.provider.submit(draft)
    assert await found(runware) == [task.task_id]
    assert len(runware.local.charges) == 1


async def test_an_answer_with_another_id_is_no_answer(runware: ProviderRig) -> None:
    draft = await runware.provider.draft(runware.order())
    body = {"data": [{"taskType": "videoInference", "taskUUID": str(uuid.uuid4())}]}
    runware.local.wire.fail(replace(fault_response(200, body), route=ROUTE))
    with pytest.raises(OutcomeUnknown):
        await runware.provider.submit(draft)


# The look-up of a lost request.


@pytest.mark.parametrize("prompt", ["a cat", "a cat [fail]", "a cat [refuse]"])
@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("knowing", ["getResponse", "getTaskDetails"])
async def test_a_task_is_found_by_either_question(runware: ProviderRig, prompt: str, ended: bool, knowing: str) -> None:
    runware.local.render_s = 0.0 if ended else 60.0
    draft = await runware.provider.draft(runware.order(prompt=prompt))
    task = await runware.provider.submit(replace(draft, idempotency_key=KEY))
    if ended:
        await runware.local.finish(task.task_id)
    local(runware).knowing = {knowing}
    assert await found(runware) == [task.task_id]


@pytest.mark.parametrize("unknown_ids", ["error", "empty"])
async def test_an_id_that_never_arrived_is_not_found(runware: ProviderRig, unknown_ids: str) -> None:
    local(runware).unknown_ids = "empty" if unknown_ids == "empty" else "error"
    assert await found(runware) == []
    assert len(runware.local.wire.requests(ROUTE)) == 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (answer("invalidApiKey", 401), KeyRefused),
        (answer("invalidApiKey", 400), KeyRefused),
        (answer("rateLimitExceeded", 429), RateLimited),
        (Fault(route=ROUTE, status=500, times=None), Unreachable),
        (Fault(route=ROUTE, status=408, times=None), Unreachable),
        (Fault(route=ROUTE, status=404, body="<html>no such page</html>", times=None), Unreachable),
        (Fault(route=ROUTE, drop=True, times=None), Unreachable),
    ],
    ids=["key", "key as 400", "rate", "down", "timeout", "page", "dropped"],
)
async def test_a_question_that_is_not_answered_is_asked_again(
    runware: ProviderRig, fault: Fault, error: type[ProviderError]
) -> None:
    runware.local.wire.fail(replace(fault))
    with pytest.raises(error):
        await found(runware)
