"""Tests specific to fal. Source: reference/providers-next.md 5.3."""

from dataclasses import replace

import pytest

from bot.jobs.job import Kind
from bot.jobs.provider_errors import (
    ClipMissing,
    ClipTooLong,
    KeyRefused,
    NoBalance,
    PolicyRefused,
    Refused,
    Unreachable,
)
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Failed, Missing, Pending, Picture, Ready, Task
from bot.providers import Account, build_provider
from bot.providers.fal import own_route
from bot.sandbox.providers import LocalFal
from tests.providers.cases import fault_response
from tests.providers.models import model_of
from tests.providers.rigs import ProviderRig, dialect_of, rig_fixture

OTHER_TASK = Task(task_id="x", protocol="toapis", endpoint="https://toapis.com")
GROK = "xai/grok-imagine-video"

fal = rig_fixture(dialect_of("fal"))


def local(fal: ProviderRig) -> LocalFal:
    assert isinstance(fal.local, LocalFal)
    return fal.local


def last_task_request(fal: ProviderRig) -> dict[str, object]:
    return list(fal.local.tasks.values())[-1].request


async def test_the_model_is_the_path_and_not_in_the_body(fal: ProviderRig) -> None:
    draft = await fal.provider.draft(fal.order())
    assert draft.path == f"/{GROK}/text-to-video"
    assert draft.fields == {
        "prompt": "a lighthouse in a storm", "duration": 6, "aspect_ratio": "16:9", "resolution": "720p",
    }  # fmt: skip
    task = await fal.provider.submit(draft)
    [request] = fal.local.wire.requests("POST /*")
    assert request.headers["Authorization"] == f"Key {fal.local.api_key}"
    assert task.spare_ids["status_url"] == f"/{GROK}/requests/{{id}}/status"


async def test_a_picture_is_uploaded_without_the_key_and_takes_another_path(
    fal: ProviderRig, picture_file: Picture
) -> None:
    draft = await fal.provider.draft(fal.order(picture=picture_file))
    assert draft.path == f"/{GROK}/image-to-video"
    [upload] = fal.local.uploads
    assert draft.fields["image_url"] == upload.url
    assert (upload.mime_type, upload.data) == ("image/png", picture_file.path.read_bytes())
    [put] = fal.local.wire.requests("PUT /cdn/uploads/*")
    assert "Authorization" not in put.headers
    await fal.provider.submit(draft)


async def test_a_first_and_a_last_frame_have_their_own_fields(fal: ProviderRig, picture_file: Picture) -> None:
    order = fal.order(
        model=model_of("fal/gemini-omni-flash-1.1"), seconds=8, picture=picture_file, last_picture=picture_file
    )
    await fal.provider.submit(await fal.provider.draft(order))
    first, last = (upload.url for upload in fal.local.uploads)
    assert (last_task_request(fal)["image_url"], last_task_request(fal)["end_image_url"]) == (first, last)


@pytest.mark.parametrize("method", ["native", "edit"])
async def test_a_remix_sends_a_clip_of_any_provider(fal: ProviderRig, method: str) -> None:
    draft = await fal.provider.draft(
        fal.order(kind=Kind.REMIX, source=fal.source(OTHER_TASK), remix_method=method, prompt="now at night")
    )
    await fal.provider.submit(draft)
    [upload] = fal.local.uploads
    assert upload.data == fal.clip.read_bytes()
    assert draft.path == f"/{GROK}/edit-video"
    assert draft.fields == {"prompt": "now at night", "video_url": upload.url, "resolution": "720p"}


async def test_a_remix_from_the_last_frame_creates_a_new_video(fal: ProviderRig, picture_file: Picture) -> None:
    source = replace(fal.source(OTHER_TASK), last_frame=picture_file)
    draft = await fal.provider.draft(fal.order(kind=Kind.REMIX, source=source, remix_method="image"))
    assert draft.path == f"/{GROK}/image-to-video"


async def test_a_clip_that_is_too_long_or_missing_is_refused_before_the_upload(fal: ProviderRig) -> None:
    source = fal.source(OTHER_TASK)
    with pytest.raises(ClipTooLong):
        await fal.provider.draft(fal.order(kind=Kind.REMIX, source=replace(source, clip_seconds=9.0)))
    with pytest.raises(ClipMissing):
        await fal.provider.draft(fal.order(kind=Kind.REMIX, source=replace(source, clip=None)))
    assert fal.local.wire.seen == []


@pytest.mark.parametrize(("queue_s", "queued"), [(60.0, True), (0.0, False)])
async def test_202_means_queued_or_running(fal: ProviderRig, queue_s: float, queued: bool) -> None:
    fal.local.queue_s, fal.local.render_s = queue_s, 60.0
    task = await fal.provider.submit(await fal.provider.draft(fal.order()))
    state = await fal.provider.check(task)
    assert isinstance(state, Pending)
    assert (state.queued, state.raw_status) == (queued, "IN_QUEUE" if queued else "IN_PROGRESS")
    assert not state.unknown_word


async def ended(fal: ProviderRig, prompt: str) -> object:
    task = await fal.provider.submit(await fal.provider.draft(fal.order(prompt=prompt)))
    await fal.local.finish(task.task_id)
    return await fal.provider.check(task)


async def test_a_server_error_is_free(fal: ProviderRig) -> None:
    """The FAQ: "Server errors (HTTP 500+) are never charged"."""
    state = await ended(fal, "a thing [fail]")
    assert state == Failed(reason="Video generation failed", free=True)


async def test_a_server_error_that_the_status_does_not_name_is_asked_again(fal: ProviderRig) -> None:
    """A 500 for the result may be the queue's own trouble while the clip is there."""
    local(fal).error_in_status = False
    with pytest.raises(Unreachable):
        await ended(fal, "a thing [fail]")


async def test_a_result_that_moderation_blocked_is_a_refusal_and_may_be_charged(fal: ProviderRig) -> None:
    """The FAQ: a 422 "may still be charged if a runner spent GPU time"."""
    state = await ended(fal, "a thing [withhold]")
    assert isinstance(state, Failed)
    assert (state.policy, state.free) == (True, False)
    assert state.reason == "prompt: The content was flagged by a content checker."


async def test_the_type_of_an_error_may_be_in_a_header_alone(fal: ProviderRig) -> None:
    task = await fal.finished_task()
    answer = fault_response(400, {"detail": "no"}, **{"X-Fal-Error-Type": "content_policy_violation"})
    fal.local.wire.fail(replace(answer, route=f"GET /{GROK}/requests/{task.task_id}"))
    assert await fal.provider.check(task) == Failed(reason="no", policy=True)


async def test_a_result_without_the_type_of_an_error_is_asked_again(fal: ProviderRig) -> None:
    task = await fal.finished_task()
    answer = fault_response(400, {"detail": "Request is still in progress"})
    fal.local.wire.fail(replace(answer, route=f"GET /{GROK}/requests/{task.task_id}", times=1))
    with pytest.raises(Unreachable):
        await fal.provider.check(task)
    assert isinstance(await fal.provider.check(task), Ready)


async def test_a_result_that_is_gone_is_missing(fal: ProviderRig) -> None:
    task = await fal.finished_task()
    fal.local.wire.fail(replace(fault_response(404, {"detail": "gone"}), route=f"GET /{GROK}/requests/{task.task_id}"))
    assert await fal.provider.check(task) == Missing()


async def test_links_to_another_host_are_not_followed(fal: ProviderRig) -> None:
    """The key goes to the account's own address only; the documented routes are used instead."""
    local(fal).foreign_links = True
    task = await fal.provider.submit(await fal.provider.draft(fal.order()))
    assert "status_url" not in task.spare_ids
    await fal.local.finish(task.task_id)
    assert isinstance(await fal.provider.check(task), Ready)


def test_only_a_route_of_the_own_address_is_kept() -> None:
    own = "https://queue.fal.run"
    assert own_route(f"{own}/a/b/requests/r1/status", own, "r1") == "/a/b/requests/{id}/status"
    for link in (
        "https://queue.fal.run.evil.example/a/b/requests/r1",
        "https://queue.fal.run@evil.example/r1",
        "http://queue.fal.run/a/b/requests/r1",
        f"{own}/a/b/requests/r2",
        f"{own}/a/b/requests/r1?to=//evil.example",
        f"{own}/r1/requests/r1",
        f"{own}/a\n/requests/r1",
        f"{own}/ä/requests/r1",
        "/a/b/requests/r1",
        "",
    ):
        assert own_route(link, own, "r1") == "", link


async def test_cancel_is_accepted_while_it_is_queued_or_runs_and_not_after(fal: ProviderRig) -> None:
    fal.local.queue_s = 60.0
    task = await fal.provider.submit(await fal.provider.draft(fal.order()))
    assert await fal.provider.delete_task(task)
    [request] = fal.local.wire.requests("PUT /*")
    assert request.path == f"/{GROK}/requests/{task.task_id}/cancel"
    assert isinstance(await fal.provider.check(task), Failed)
    fal.local.queue_s = 0.0
    done = await fal.finished_task()
    assert not await fal.provider.delete_task(done)
    assert not await fal.provider.delete_task(replace(done, task_id="unknown"))


async def test_a_locked_account_and_a_wrong_key(fal: ProviderRig) -> None:
    task, draft = await fal.finished_task(), await fal.provider.draft(fal.order())
    fal.local.no_balance = True
    with pytest.raises(NoBalance):
        await fal.provider.submit(draft)
    fal.local.api_key = "another"
    with pytest.raises(KeyRefused):
        await fal.provider.submit(draft)
    with pytest.raises(KeyRefused):
        await fal.provider.check(task)


async def test_a_refused_prompt_and_a_refused_field(fal: ProviderRig) -> None:
    with pytest.raises(PolicyRefused) as refused:
        await fal.provider.submit(await fal.provider.draft(fal.order(prompt="a thing [refuse]")))
    assert "prompt: The content was flagged" in str(refused.value.facts["reason"])
    draft = await fal.provider.draft(fal.order())
    with pytest.raises(Refused) as caught:
        await fal.provider.submit(replace(draft, fields={**draft.fields, "duration": 99}))
    assert "duration" in str(caught.value.facts["reason"])
    fal.local.complaints.clear()


async def test_the_check_of_the_key_works_without_a_task(fal: ProviderRig) -> None:
    """As `doctor` does it."""
    probe = Task(task_id="retake-doctor", protocol="", endpoint=fal.local.origin)
    assert await fal.provider.check(probe) == Missing()
    account = Account(name="fal", kind="fal", key="wrong", base_url=fal.local.origin)
    provider = build_provider(account, SsrfGuard([f"127.0.0.1:{fal.local.port}"]))
    with pytest.raises(KeyRefused):
        await provider.check(probe)
    await provider.close()
