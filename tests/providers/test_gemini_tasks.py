"""The Gemini API's interactions: states, refusals, files of finished videos, and cancellation."""

from pathlib import Path

import pytest

from bot.ports.provider import Failed, Missing, Pending, Ready, Task
from bot.ports.provider_capabilities import NotStopped, Stopped, TaskCancellation
from bot.providers.gemini import read_interaction
from bot.providers.gemini_steps import file_link
from bot.providers.task_state import StatusResponse
from bot.sandbox.providers import LocalGemini
from tests.providers.rigs import LIMITS, ProviderRig, dialect_of, rig_fixture

gemini = rig_fixture(dialect_of("gemini"))
HOST = "https://generativelanguage.googleapis.com"
TASK = Task(task_id="v1_x", protocol="gemini", endpoint=HOST)
LINK = f"{HOST}/v1beta/files/abc-1:download?alt=media"
CLIP = {"type": "video", "uri": f"{HOST}/v1beta/files/input", "mime_type": "video/mp4"}
INPUT = {"type": "user_input", "content": [CLIP, {"type": "text", "text": "see https://example.com/cat.mp4"}]}


def local(gemini: ProviderRig) -> LocalGemini:
    assert isinstance(gemini.local, LocalGemini)
    return gemini.local


def read(status: str, *content: dict[str, object], **fields: object) -> object:
    output = [{"type": "model_output", "content": list(content)}] if content else []
    body = {"id": "v1_x", "status": status, "steps": [INPUT, *output], **fields}
    return read_interaction(StatusResponse(status=200, body=body), TASK)


@pytest.mark.parametrize(
    ("word", "queued", "known"),
    [
        ("queued", True, True),
        ("in_progress", False, True),
        ("idle", False, False),
        ("requires_continuation", False, False),  # continued by Google, because it runs in the background
    ],
)
def test_running_words(word: str, queued: bool, known: bool) -> None:
    """The inputs are no result, even if they have links to videos."""
    assert read(word) == Pending(queued=queued, raw_status=word, unknown_word="" if known else word)


@pytest.mark.parametrize("word", ["failed", "cancelled", "incomplete", "budget_exceeded", "requires_action"])
def test_ended_words_fail_and_count_as_charged(word: str) -> None:
    state = read(word)
    assert isinstance(state, Failed)
    assert word in state.reason
    assert (state.policy, state.withheld, state.free) == (False, False, False)


@pytest.mark.parametrize(
    ("fields", "reason", "policy"),
    [
        ({"errors": [{"code": "https://ai.google.dev/e/x", "message": "It broke."}]}, "It broke.", False),
        ({"errors": [{"code": "https://ai.google.dev/e/safety", "message": "No."}]}, "No.", True),
        ({"error": {"code": "prohibited_content", "message": "No."}}, "No.", True),
        ({"steps": [{"type": "model_output", "error": {"code": 3, "message": "blocked for safety"}}]}, "blocked", True),
    ],
)
def test_reasons_of_failures(fields: dict[str, object], reason: str, policy: bool) -> None:
    state = read("failed", **fields)
    assert isinstance(state, Failed)
    assert state.reason.startswith(reason)
    assert state.policy is policy


@pytest.mark.parametrize(
    "uri",
    [
        LINK,
        LINK.removesuffix("?alt=media"),
        f"{HOST}/v1beta/files/abc-1",
        "files/abc-1",
    ],
)
def test_a_finished_video_is_fetched_as_a_file_with_the_key(uri: str) -> None:
    state = read("completed", {"type": "text", "text": "Here it is."}, {"type": "video", "uri": uri})
    assert isinstance(state, Ready)
    assert (state.url, state.authorised, state.endpoint) == (LINK, True, HOST)


@pytest.mark.parametrize(
    "uri", ["https://storage.example/clip.mp4", "https://evil.example/v1beta/files/abc-1:download?alt=media"]
)
def test_a_link_to_elsewhere_is_fetched_without_the_key(uri: str) -> None:
    assert file_link(uri, HOST) == uri
    state = read("completed", {"type": "video", "uri": uri})
    assert isinstance(state, Ready)
    assert (state.url, state.authorised) == (uri, False)


def test_the_newest_output_counts() -> None:
    older = {"type": "model_output", "content": [{"type": "video", "uri": "files/older"}]}
    newer = {"type": "model_output", "content": [{"type": "video", "uri": "files/abc-1"}]}
    state = read("completed", steps=[INPUT, older, INPUT, newer])
    assert isinstance(state, Ready)
    assert state.url == LINK


def test_the_short_form_of_the_output_is_read_too() -> None:
    state = read("completed", output_video={"type": "video", "uri": "files/abc-1"})
    assert isinstance(state, Ready)
    assert state.url == LINK


def test_a_text_in_place_of_a_video_is_a_refusal() -> None:
    state = read("completed", {"type": "text", "text": "I can't do that."})
    assert state == Failed(reason="I can't do that.", policy=True)


def test_an_end_with_nothing_but_the_inputs_is_read_again() -> None:
    """Seen at Google: the video existed, and the answer had only the inputs."""
    assert read("completed") == Pending(raw_status="completed", finished=True)


@pytest.mark.parametrize(
    ("prompt", "policy"), [("[refuse]", True), ("[withhold]", True), ("[fail]", False)], ids=["refuse", "hold", "fail"]
)
async def test_every_failure_of_the_local_server_is_read(gemini: ProviderRig, prompt: str, policy: bool) -> None:
    task = await gemini.provider.submit(await gemini.provider.draft(gemini.order(prompt=f"a thing {prompt}")))
    await gemini.local.finish(task.task_id)
    state = await gemini.provider.check(task)
    assert isinstance(state, Failed)
    assert (state.policy, state.free) == (policy, False)


async def test_a_file_that_is_not_ready_is_waited_for(gemini: ProviderRig, tmp_path: Path) -> None:
    task = await gemini.finished_task()
    local(gemini).processing = 1
    assert await gemini.provider.check(task) == Pending(raw_status="PROCESSING")
    state = await gemini.provider.check(task)
    assert isinstance(state, Ready)
    await gemini.provider.fetch(state, tmp_path / "clip", LIMITS)
    assert (tmp_path / "clip").read_bytes() == gemini.clip.read_bytes()


async def test_a_file_that_failed_is_a_failed_video(gemini: ProviderRig) -> None:
    task = await gemini.finished_task()
    local(gemini).failed_files = True
    assert isinstance(await gemini.provider.check(task), Failed)


async def test_a_running_interaction_is_cancelled_and_a_finished_one_deleted(gemini: ProviderRig) -> None:
    gemini.local.render_s = 60.0
    task = await gemini.provider.submit(await gemini.provider.draft(gemini.order()))
    assert isinstance(gemini.provider, TaskCancellation)
    assert await gemini.provider.cancel(task) == Stopped(free=False)
    assert await gemini.provider.check(task) == Failed(reason="cancelled")
    assert await gemini.provider.cancel(task) == NotStopped()
    assert await gemini.provider.delete_task(task)
    assert isinstance(await gemini.provider.check(task), Missing)
    assert not await gemini.provider.delete_task(task)
