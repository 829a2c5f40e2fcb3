"""The pretend xAI edits any short MP4 and says 202 while it works."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.sandbox.providers import LocalXAI
from bot.sandbox.test_clips import ClipSpec, probe, render

CREATE = {"model": "grok-imagine-video", "prompt": "a cat", "duration": 8, "aspect_ratio": "16:9", "resolution": "480p"}
EDIT = {"model": "grok-imagine-video", "prompt": "a hat"}


@pytest.fixture
async def provider() -> AsyncIterator[LocalXAI]:
    async with LocalXAI(render_s=0) as provider:
        yield provider


@pytest.fixture
async def http(provider: LocalXAI) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {provider.api_key}"}
    async with httpx.AsyncClient(base_url=provider.base_url, headers=headers, trust_env=False) as http:
        yield http


async def data_uri(seconds: float, folder: Path) -> str:
    film = await render(ClipSpec(prompt="from elsewhere", seconds=seconds), cache=folder)
    data = await asyncio.to_thread(film.read_bytes)
    return "data:video/mp4;base64," + base64.b64encode(data).decode()


async def made(provider: LocalXAI, http: httpx.AsyncClient, **changes: object) -> str:
    task_id = str((await http.post("/videos/generations", json=CREATE | changes)).json()["request_id"])
    await provider.finish(task_id)
    return task_id


async def status(http: httpx.AsyncClient, task_id: str) -> dict[str, Any]:
    return dict((await http.get(f"/videos/{task_id}")).json())


async def test_a_generation_is_only_a_request_id_and_then_a_film(provider: LocalXAI, http: httpx.AsyncClient) -> None:
    provider.render_s = 100
    body = (await http.post("/videos/generations", json=CREATE)).json()
    assert list(body) == ["request_id"]
    running = await http.get(f"/videos/{body['request_id']}")
    assert (running.status_code, running.content) == (202, b"")
    provider.running_body = "pending"
    assert await status(http, body["request_id"]) == {"status": "pending", "progress": 0}
    await provider.finish(body["request_id"])
    done = await status(http, body["request_id"])
    assert (done["status"], done["video"]["duration"], done["video"]["respect_moderation"]) == ("done", 8, True)
    async with httpx.AsyncClient(trust_env=False) as plain:
        assert (await probe((await plain.get(done["video"]["url"])).content)).codec == "h264"
    assert provider.complaints == []


async def test_an_edit_takes_a_data_uri_and_remembers_its_title(
    provider: LocalXAI, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    body = EDIT | {"video": {"url": await data_uri(2, tmp_path)}, "user": "someone"}
    task = await provider.finish((await http.post("/videos/edits", json=body)).json()["request_id"])
    assert task.film is not None
    facts = await probe(task.film)
    assert facts.comment == "remix of “from elsewhere”"
    assert abs(facts.duration_s - 2) < 0.3
    assert provider.complaints == []


async def test_an_edit_takes_a_link_and_an_extension_adds(provider: LocalXAI, http: httpx.AsyncClient) -> None:
    provider.camera.seconds = 2
    link = (await status(http, await made(provider, http)))["video"]["url"]
    assert (await http.post("/videos/edits", json=EDIT | {"video": {"url": link}})).status_code == 200
    body = EDIT | {"video": {"url": link}, "duration": 3}
    task_id = (await http.post("/videos/extensions", json=body)).json()["request_id"]
    task = await provider.finish(task_id)
    assert task.film is not None
    assert (await probe(task.film)).duration_s > 3.8
    assert (await status(http, task_id))["video"]["duration"] == pytest.approx(5, abs=0.2)


async def test_an_edit_of_a_long_or_broken_film_is_refused(
    provider: LocalXAI, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    for url in (
        await data_uri(9, tmp_path),
        "data:video/mp4;base64,AAAAGGZ0eXBtcDQyAAAA",
        "data:text/html;base64,AAAA",
        "https://elsewhere.example/a.mp4",
        f"{provider.origin}/cdn/none/video.mp4",
        "grok:not-a-url",
    ):
        answer = await http.post("/videos/edits", json=EDIT | {"video": {"url": url}})
        assert answer.status_code == 400, url[:40]
    assert provider.charges == []


@pytest.mark.parametrize(
    "change",
    [
        {"duration": 16},
        {"duration": "8"},
        {"seed": 1},
        {"resolution": "1080p"},
        {"aspect_ratio": "21:9"},
        {"image": "https://x.example/a.png"},
        {"reference_images": []},
        {"model": "grok-9"},
    ],
    ids=str,
)
async def test_an_undocumented_generation_is_refused(
    provider: LocalXAI, http: httpx.AsyncClient, change: dict[str, object]
) -> None:
    answer = await http.post("/videos/generations", json=CREATE | change)
    assert answer.status_code in (400, 404, 422)
    assert set(answer.json()) == {"code", "error"}
    assert len(provider.complaints) == 1


async def test_an_edit_accepts_no_length(provider: LocalXAI, http: httpx.AsyncClient, tmp_path: Path) -> None:
    body = EDIT | {"video": {"url": await data_uri(2, tmp_path)}, "duration": 2}
    assert (await http.post("/videos/edits", json=body)).status_code == 400
    assert (await http.post("/videos/edits", json=EDIT)).status_code == 422


async def test_a_blocked_film_is_done_and_empty(provider: LocalXAI, http: httpx.AsyncClient) -> None:
    blocked = await status(http, await made(provider, http, prompt="x [withhold]"))
    assert (blocked["status"], blocked["video"]["url"]) == ("done", "")
    assert blocked["video"]["respect_moderation"] is False
    failed = await status(http, await made(provider, http, prompt="x [fail]"))
    assert (failed["status"], failed["error"]["message"]) == ("failed", "Video generation failed")
    assert len(provider.charges) == 2


async def test_old_and_expired_answers(provider: LocalXAI, http: httpx.AsyncClient) -> None:
    task_id = await made(provider, http)
    provider.omit_status = True
    old = await status(http, task_id)
    assert "status" not in old
    assert old["video"]["url"]
    provider.expired.add(task_id)
    assert await status(http, task_id) == {"status": "expired"}


async def test_a_bad_key_is_400_or_401(provider: LocalXAI, http: httpx.AsyncClient) -> None:
    headers = {"Authorization": "Bearer xai-else"}
    assert (await http.get("/videos/x", headers=headers)).status_code == 400
    provider.unauthorized_status, provider.nested_errors = 401, True
    answer = await http.get("/videos/x", headers=headers)
    assert (answer.status_code, "message" in answer.json()["error"]) == (401, True)
