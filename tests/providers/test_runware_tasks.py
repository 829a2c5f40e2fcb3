"""Runware's tasks: how their answers are read, and where they are looked for."""

import pytest

from bot.ports.provider import Failed, Missing, Pending, Ready, Task
from bot.providers.runware_answers import find_result, has_task, is_outcome_unknown, read_answer, unwrap
from bot.providers.task_state import StatusResponse
from bot.sandbox.providers import LocalRunware
from tests.providers.rigs import ProviderRig, dialect_of, rig_fixture

runware = rig_fixture(dialect_of("runware"))
ID, OTHER_ID = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
TASK = Task(task_id=ID, protocol="runware", endpoint="https://api.runware.ai")
LINK = "https://vm.runware.ai/video/ws/2/vi/x.mp4"


def local(runware: ProviderRig) -> LocalRunware:
    assert isinstance(runware.local, LocalRunware)
    return runware.local


def read(body: object, status: int = 200) -> object:
    return read_answer(StatusResponse(status=status, body=body), TASK)


def result(**fields: object) -> dict[str, object]:
    return {"data": [{"taskType": "videoInference", "taskUUID": ID, **fields}]}


def failure(code: str, message: str = "No.", **fields: object) -> dict[str, object]:
    error = {"code": code, "message": message, "taskUUID": ID, "taskType": "videoInference", **fields}
    return {"data": [], "errors": [error]}


def test_a_running_task() -> None:
    state = read(result(status="processing", progress=40))
    assert isinstance(state, Pending)
    assert (state.raw_status, state.progress) == ("processing", 40)


def test_a_finished_task() -> None:
    state = read(result(status="success", videoURL=LINK, videoUUID=OTHER_ID, cost=0.4))
    assert isinstance(state, Ready)
    assert (state.url, state.cost_micros) == (LINK, 400_000)
    state = read(result(videoURL=LINK))
    assert isinstance(state, Ready)
    assert state.cost_micros is None


def test_a_finished_task_without_a_link_is_read_again() -> None:
    state = read(result(status="success"))
    assert isinstance(state, Pending)
    assert state.finished


@pytest.mark.parametrize(
    ("code", "policy"),
    [
        ("providerError", False),
        ("timeoutProvider", False),
        ("newCode", False),
        ("contentPolicyViolation", True),
        ("providerContentPolicyViolation", True),
        ("nsfwContentDetected", True),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_failed_task_counts_as_charged(code: str, policy: bool, status: int) -> None:
    state = read(failure(code, "The words of it."), status)
    assert isinstance(state, Failed)
    assert (state.policy, state.free) == (policy, False)
    assert "The words of it." in state.reason


@pytest.mark.parametrize(
    "body",
    [
        {"data": []},
        {"data": [], "errors": [{"code": "taskNotFound", "message": "no", "taskUUID": ID}]},
        failure("taskNotFound"),
        failure("invalidApiKey"),
        failure("rateLimitExceeded"),
        failure("newCode", taskType="getResponse"),
        failure("providerError", taskUUID=OTHER_ID),
        result(status="success", videoURL=LINK, taskUUID=OTHER_ID),
        [],
        None,
    ],
    ids=str,
)
def test_an_answer_about_something_else_tells_nothing(body: object) -> None:
    assert read(body) is None
    assert not has_task(body, ID)


def test_the_result_is_found_in_the_details() -> None:
    """The form of the stored answer isn't documented, so it is looked for at any place."""
    done = {"taskUUID": ID, "status": "success", "videoURL": LINK}
    asked = [{"taskUUID": ID, "taskType": "videoInference", "videoURL": "https://elsewhere.example/input.mp4"}]
    for response in (
        {"data": [done]},
        [done],
        done,
        {"data": {"result": [{"taskUUID": ID, "status": "success"}, done]}},
    ):
        body = {"data": [{"taskType": "getTaskDetails", "taskUUID": ID, "request": asked, "response": response}]}
        assert find_result(body, ID) == done
    assert find_result({"data": [{"taskUUID": ID, "request": asked, "response": {}}]}, ID) is None
    assert find_result({"data": [{"taskUUID": OTHER_ID, "response": done}]}, ID) is None


def test_errors_have_the_usual_form_if_there_is_no_result() -> None:
    error = {"code": "invalidModel", "message": "no such model"}
    body = {"data": [], "errors": [error]}
    assert unwrap(body) == body | {"error": error}
    others: list[object] = [{"data": [{}], "errors": [error]}, {"errors": ["x"]}, {"data": []}, [], None, "x"]
    assert [unwrap(other) for other in others] == others


def test_a_body_without_a_code_is_left_to_its_status() -> None:
    bodies: list[object] = [None, [], {}, {"errors": []}, {"errors": [{"message": "x"}]}]
    assert not any(is_outcome_unknown(body) for body in bodies)


# With the local server.


@pytest.mark.parametrize(
    ("prompt", "policy"), [("[refuse]", True), ("[withhold]", True), ("[fail]", False)], ids=["refuse", "hold", "fail"]
)
async def test_every_failure_of_the_local_server_is_read(runware: ProviderRig, prompt: str, policy: bool) -> None:
    task = await runware.provider.submit(await runware.provider.draft(runware.order(prompt=f"a thing {prompt}")))
    await runware.local.finish(task.task_id)
    state = await runware.provider.check(task)
    assert isinstance(state, Failed)
    assert (state.policy, state.free) == (policy, False)


@pytest.mark.parametrize("unknown_ids", ["error", "empty"])
async def test_a_finished_task_is_found_in_the_details(runware: ProviderRig, unknown_ids: str) -> None:
    task = await runware.finished_task()
    local(runware).knowing = {"getTaskDetails"}
    local(runware).unknown_ids = "empty" if unknown_ids == "empty" else "error"
    assert isinstance(await runware.provider.check(task), Ready)


async def test_only_two_answers_that_there_is_no_task_make_it_missing(runware: ProviderRig) -> None:
    task = await runware.finished_task()
    local(runware).knowing = set()
    assert isinstance(await runware.provider.check(task), Missing)
    local(runware).unknown_ids = "empty"
    assert await runware.provider.check(task) == Pending()
