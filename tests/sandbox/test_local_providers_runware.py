"""The pretend Runware takes lists of one documented task, keeps media, and knows tasks by the ids of its clients."""

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.sandbox.providers import LocalRunware
from bot.sandbox.test_clips import ClipSpec, probe, render

OMNI, GROK = "google:gemini@omni-flash-1.1", "xai:grok-imagine@video-1.5"
ID = "11111111-1111-4111-8111-111111111111"
TASK = {
    "taskType": "videoInference", "taskUUID": ID, "model": OMNI, "positivePrompt": "a cat", "deliveryMethod": "async",
    "width": 1280, "height": 720, "duration": 3,
}  # fmt: skip
FRAME = {"image": ID, "frame": "first"}


@pytest.fixture
async def provider() -> AsyncIterator[LocalRunware]:
    async with LocalRunware(render_s=0) as provider:
        yield provider


@pytest.fixture
async def http(provider: LocalRunware) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {provider.api_key}"}
    async with httpx.AsyncClient(base_url=provider.origin, headers=headers, trust_env=False) as http:
        yield http


async def send(http: httpx.AsyncClient, *tasks: object) -> httpx.Response:
    return await http.post("/v1", json=list(tasks))


async def ask(http: httpx.AsyncClient, kind: str, task_id: str = ID, **options: str) -> dict[str, Any]:
    return dict((await send(http, {"taskType": kind, "taskUUID": task_id, **options})).json())


async def stored(http: httpx.AsyncClient, data: bytes, mime: str) -> str:
    uri = f"data:{mime};base64,{base64.b64encode(data).decode()}"
    answer = await ask(http, "mediaStorage", str(uuid.uuid4()), operation="upload", media=uri)
    return str(answer["data"][0]["mediaUUID"])


async def test_a_task_runs_and_ends_with_a_link_and_its_cost(provider: LocalRunware, http: httpx.AsyncClient) -> None:
    provider.render_s = 100
    accepted = (await send(http, TASK)).json()
    assert accepted == {"data": [{"taskType": "videoInference", "taskUUID": ID}]}
    (running,) = (await ask(http, "getResponse"))["data"]
    assert (running["status"], running["taskUUID"]) == ("processing", ID)
    await provider.finish(ID)
    (done,) = (await ask(http, "getResponse"))["data"]
    assert (done["status"], done["cost"]) == ("success", provider.charges[0].usd)
    async with httpx.AsyncClient(trust_env=False) as anyone:
        facts = await probe((await anyone.get(done["videoURL"])).content)
    assert facts.duration_s == pytest.approx(3, abs=0.3)
    (details,) = (await ask(http, "getTaskDetails"))["data"]
    assert details["request"] == [TASK]
    assert details["response"]["data"][0]["videoUUID"] == done["videoUUID"]
    assert provider.complaints == []


async def test_an_edit_copies_the_length_of_a_stored_clip(
    provider: LocalRunware, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    film = await render(ClipSpec(prompt="from elsewhere", seconds=3), cache=tmp_path)
    media_id = await stored(http, await asyncio.to_thread(film.read_bytes), "video/mp4")
    edit = {name: value for name, value in TASK.items() if name not in ("width", "height", "duration")}
    assert (await send(http, edit | {"inputs": {"video": media_id}})).status_code == 200
    await provider.finish(ID)
    made = provider.tasks[ID].film
    assert made is not None
    assert (await probe(made)).duration_s == pytest.approx(3, abs=0.3)
    assert provider.complaints == []


async def test_an_id_is_taken_once(provider: LocalRunware, http: httpx.AsyncClient) -> None:
    await send(http, TASK)
    again = await send(http, TASK)
    (error,) = again.json()["errors"]
    assert (again.status_code, error["code"], len(provider.charges)) == (400, "conflictTaskUUID", 1)


@pytest.mark.parametrize("prompt", ["[refuse] a cat", "[withhold] a cat", "[fail] a cat"])
async def test_a_failed_task_is_an_error_and_charged(
    provider: LocalRunware, http: httpx.AsyncClient, prompt: str
) -> None:
    await send(http, TASK | {"positivePrompt": prompt})
    await provider.finish(ID)
    answer = await ask(http, "getResponse")
    assert answer["data"] == []
    assert answer["errors"][0]["taskUUID"] == ID
    assert len(provider.charges) == 1


async def test_an_unknown_id_has_two_possible_answers(provider: LocalRunware, http: httpx.AsyncClient) -> None:
    for kind in ("getResponse", "getTaskDetails"):
        provider.unknown_ids = "error"
        assert (await ask(http, kind))["errors"][0]["code"] == "taskNotFound"
        provider.unknown_ids = "empty"
        assert await ask(http, kind) == {"data": []}


@pytest.mark.parametrize(
    "task",
    [
        {**TASK, "taskUUID": "mine"},
        {**TASK, "taskType": "imageInference"},
        {**TASK, "prompt": "a cat"},
        {**TASK, "positivePrompt": " "},
        {**TASK, "model": "google:3@2"},
        {**TASK, "deliveryMethod": "sync"},
        {**TASK, "width": 1000},
        {**TASK, "duration": 2},
        {**TASK, "duration": "3"},
        {**TASK, "resolution": "720p"},
        {**TASK, "inputs": {"images": [ID]}},
        {**TASK, "inputs": {"frameImages": [FRAME]}},
        {**TASK, "inputs": {"frameImages": [{"image": "https://x.example/a.png", "frame": "middle"}]}},
        {**TASK, "inputs": {"video": ID}},
        {"taskType": "videoInference", "taskUUID": ID, "model": GROK, "positivePrompt": "x", "deliveryMethod": "async"},
        {"taskType": "getResponse"},
        {"taskType": "mediaStorage", "taskUUID": ID, "operation": "upload", "media": "https://x.example/a.png"},
        {"taskType": "accountManagement", "taskUUID": ID, "operation": "list"},
        "a task",
    ],
    ids=str,
)
async def test_an_undocumented_task_is_refused(provider: LocalRunware, http: httpx.AsyncClient, task: object) -> None:
    answer = await send(http, task)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] in ("invalidParameter", "modelNotFound")
    assert (len(provider.charges), len(provider.complaints)) == (0, 1)


async def test_the_account_and_its_errors(provider: LocalRunware, http: httpx.AsyncClient) -> None:
    (account,) = (await ask(http, "accountManagement", operation="getDetails"))["data"]
    assert account["balance"] == provider.balance_usd
    provider.no_balance = True
    broke = await send(http, TASK)
    assert (broke.status_code, broke.json()["errors"][0]["code"]) == (402, "insufficientCredits")
    provider.api_key = "another"
    wrong = await send(http, TASK)
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (401, "invalidApiKey")
    assert (await http.post("/v1", content=b"[")).status_code == 401
