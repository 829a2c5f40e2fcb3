"""What a finished run of ComfyUI tells."""

from dataclasses import replace

import pytest

from bot.ports.provider import Failed, Pending, Ready, Task
from bot.providers.comfy_state import NO_VIDEO, read_history, read_job
from bot.providers.task_state import StatusResponse

TASK = Task(task_id="t", protocol="classic", endpoint="http://127.0.0.1:8188")


def response(body: object) -> StatusResponse:
    return StatusResponse(status=200, body=body)


def entry(outputs: object, status: object = None) -> StatusResponse:
    return response({"t": {"prompt": [], "outputs": outputs, "status": status}})


def file(name: str, kind: str = "output") -> dict[str, str]:
    return {"filename": name, "subfolder": "a b", "type": kind}


@pytest.mark.parametrize(
    ("outputs", "name"),
    [
        ({"9": {"images": [file("a.mp4")], "animated": [True]}}, "a.mp4"),
        ({"9": {"gifs": [file("a.webm")]}}, "a.webm"),
        ({"1": {"images": [file("low.mp4")]}, "2": {"images": [file("high.mp4")]}}, "high.mp4"),
        ({"1": {"images": [file("a.mp4")]}, "2": {"images": [file("b.mp4", "temp")]}}, "a.mp4"),
        ({"2": {"images": [file("b.mp4", "temp")]}}, "b.mp4"),
        ({"1": {"images": [file("in.mp4", "input")]}, "2": {"images": [file("a.mp4")]}}, "a.mp4"),
        ({"1": {"images": [file("a.mp4")]}, "2": {"images": [file("frame.png")]}}, "a.mp4"),
    ],
)
def test_the_saved_video_is_found_among_what_a_workflow_shows(outputs: object, name: str) -> None:
    state = read_history(entry(outputs, {"status_str": "success"}), TASK)
    assert isinstance(state, Ready)
    assert state.url.startswith(f"http://127.0.0.1:8188/view?filename={name}&subfolder=a+b&type=")
    assert state.authorised


@pytest.mark.parametrize("outputs", [{}, None, {"1": {"images": [file("a.png")]}}, {"1": {"text": ["a.mp4"]}}])
def test_a_run_without_a_video_has_failed(outputs: object) -> None:
    assert read_history(entry(outputs, {"status_str": "success"}), TASK) == Failed(reason=NO_VIDEO)


def test_an_interrupted_run_has_failed() -> None:
    status = {"status_str": "error", "messages": [["execution_interrupted", {}]]}
    assert read_history(entry({}, status), TASK) == Failed(reason="interrupted")


def test_a_job_without_a_video_has_failed() -> None:
    body = {"id": "t", "status": "succeeded", "outputs": [{"type": "image", "url": "http://127.0.0.1:8189/a"}]}
    assert read_job(response(body), replace(TASK, protocol="v2")) == Failed(reason=NO_VIDEO)


@pytest.mark.parametrize("word", ["canceling", "canceled", "expired", "failed"])
def test_a_job_that_is_cancelled_or_gone(word: str) -> None:
    state = read_job(response({"id": "t", "status": word, "outputs": []}), replace(TASK, protocol="v2"))
    assert isinstance(state, Pending if word == "canceling" else Failed)
