"""The pretend fal behaves as documented. Source: reference/providers-next.md 5.3."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.sandbox.providers import LocalFal
from bot.sandbox.test_clips import ClipSpec, probe, render

GROK = "/xai/grok-imagine-video"
CREATE = {"prompt": "a cat", "duration": 2, "aspect_ratio": "16:9", "resolution": "480p"}


@pytest.fixture
async def provider() -> AsyncIterator[LocalFal]:
    async with LocalFal(render_s=0) as provider:
        yield provider


@pytest.fixture
async def http(provider: LocalFal) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Key {provider.api_key}"}
    async with httpx.AsyncClient(base_url=provider.base_url, headers=headers, trust_env=False) as http:
        yield http


async def submitted(http: httpx.AsyncClient, model: str = f"{GROK}/text-to-video", **body: object) -> dict[str, Any]:
    answer = await http.post(model, json=body or CREATE)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def uploaded(http: httpx.AsyncClient, data: bytes, kind: str = "video/mp4") -> str:
    ask = {"file_name": "video.mp4", "content_type": kind}
    links = (await http.post("/storage/upload/initiate", params={"storage_type": "gcs"}, json=ask)).json()
    async with httpx.AsyncClient(trust_env=False) as plain:
        assert (await plain.put(links["upload_url"], content=data, headers={"Content-Type": kind})).status_code == 200
    return str(links["file_url"])


async def test_a_request_is_queued_runs_and_ends(provider: LocalFal, http: httpx.AsyncClient) -> None:
    provider.queue_s, provider.render_s = 0.05, 60.0
    accepted = await submitted(http)
    assert set(accepted) == {"request_id", "status_url", "response_url", "cancel_url", "queue_position"}
    assert accepted["response_url"] == f"{provider.origin}{GROK}/requests/{accepted['request_id']}"
    queued = await http.get(accepted["status_url"])
    assert (queued.status_code, queued.json()["status"], queued.json()["queue_position"]) == (202, "IN_QUEUE", 0)
    early = await http.get(accepted["response_url"])
    assert (early.status_code, early.json()) == (400, {"detail": "Request is still in progress"})
    await provider.finish(accepted["request_id"])
    done = await http.get(accepted["status_url"])
    assert (done.status_code, done.json()["status"]) == (200, "COMPLETED")
    assert "error" not in done.json()
    async with httpx.AsyncClient(trust_env=False) as plain:
        clip = await plain.get((await http.get(accepted["response_url"])).json()["video"]["url"])
    assert (await probe(clip.content)).codec == "h264"
    assert provider.complaints == []


async def test_an_edit_takes_an_uploaded_clip(provider: LocalFal, http: httpx.AsyncClient, tmp_path: Path) -> None:
    film = await render(ClipSpec(prompt="from elsewhere", seconds=2), cache=tmp_path)
    link = await uploaded(http, film.read_bytes())
    accepted = await submitted(http, f"{GROK}/edit-video", prompt="a hat", video_url=link)
    task = await provider.finish(accepted["request_id"])
    assert task.film is not None
    assert (await probe(task.film)).comment == "remix of “from elsewhere”"
    assert provider.complaints == []


@pytest.mark.parametrize(
    "change",
    [
        {"duration": 16},
        {"duration": "8"},
        {"seed": 1},
        {"model": "xai/grok-imagine-video"},
        {"resolution": "1080p"},
        {"aspect_ratio": "21:9"},
        {"image_url": "https://x.example/a.png"},
        {"prompt": ""},
    ],
    ids=str,
)
async def test_an_undocumented_request_is_refused(
    provider: LocalFal, http: httpx.AsyncClient, change: dict[str, object]
) -> None:
    answer = await http.post(f"{GROK}/text-to-video", json=CREATE | change)
    assert answer.status_code == 422
    [error] = answer.json()["detail"]
    assert error["loc"][0] == "body"
    assert error["msg"]
    assert len(provider.complaints) == 1
    assert provider.charges == []


async def test_a_model_that_is_not_there_and_a_wrong_key(provider: LocalFal, http: httpx.AsyncClient) -> None:
    assert (await http.post("/xai/grok-9", json=CREATE)).status_code == 404
    for scheme in ("Bearer", "key"):
        headers = {"Authorization": f"{scheme} {provider.api_key}"}
        answer = await http.post(f"{GROK}/text-to-video", json=CREATE, headers=headers)
        assert (answer.status_code, set(answer.json())) == (401, {"detail"})
    provider.no_balance = True
    locked = await http.post(f"{GROK}/text-to-video", json=CREATE)
    assert (locked.status_code, "Exhausted balance" in locked.json()["detail"]) == (403, True)


async def test_failures_are_platform_errors_and_blocked_results_are_model_errors(
    provider: LocalFal, http: httpx.AsyncClient
) -> None:
    failed = await submitted(http, f"{GROK}/text-to-video", **CREATE | {"prompt": "x [fail]"})
    await provider.finish(failed["request_id"])
    status = (await http.get(failed["status_url"])).json()
    assert (status["status"], status["error_type"]) == ("COMPLETED", "runner_server_error")
    result = await http.get(failed["response_url"])
    assert (result.status_code, result.headers["X-Fal-Error-Type"]) == (500, "runner_server_error")
    blocked = await submitted(http, f"{GROK}/text-to-video", **CREATE | {"prompt": "x [withhold]"})
    await provider.finish(blocked["request_id"])
    result = await http.get(blocked["response_url"])
    assert (result.status_code, result.json()["detail"][0]["type"]) == (422, "content_policy_violation")


async def test_cancel_answers_alike_for_queued_and_running_but_only_a_queued_one_is_free(
    provider: LocalFal, http: httpx.AsyncClient
) -> None:
    provider.queue_s, provider.render_s = 60.0, 60.0
    queued = await submitted(http)
    provider.queue_s = 0.0
    running = await submitted(http)
    provider.tasks[running["request_id"]].state = "running"
    for accepted in (queued, running):
        answer = await http.put(accepted["cancel_url"])
        assert (answer.status_code, answer.json()) == (202, {"status": "CANCELLATION_REQUESTED"})
    assert [charge.kind for charge in provider.charges] == ["create", "create", "refund"]
    assert (await http.get(queued["status_url"])).json()["error_type"] == "client_cancelled"
    assert (await http.get(running["status_url"])).json()["status"] == "IN_PROGRESS"
    await provider.finish(running["request_id"])
    late = await http.put(running["cancel_url"])
    assert (late.status_code, late.json()) == (400, {"status": "ALREADY_COMPLETED"})
    unknown = await http.put(f"{GROK}/requests/none/cancel")
    assert (unknown.status_code, unknown.json()) == (404, {"status": "NOT_FOUND"})


async def test_an_upload_needs_its_content_type_and_no_key(provider: LocalFal, http: httpx.AsyncClient) -> None:
    ask = {"file_name": "a.png", "content_type": "image/png"}
    assert (await http.post("/storage/upload/initiate", json=ask)).status_code == 422
    provider.complaints.clear()
    links = (await http.post("/storage/upload/initiate", params={"storage_type": "gcs"}, json=ask)).json()
    put = await http.put(links["upload_url"], content=b"x", headers={"Content-Type": "image/jpeg"})
    assert put.status_code == 403
    assert provider.complaints == ["key leaked to the CDN"]
