"""The pretend Runway takes documented fields only, moderates in the task, and refunds what didn't run."""

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.sandbox.providers import LocalRunway
from bot.sandbox.test_clips import ClipSpec, probe, render

TEXT = {"model": "gen4.5", "promptText": "a cat", "ratio": "1280:720", "duration": 2}
OMNI = {"model": "gemini_omni_flash_1.1", "promptText": "a hat"}
SEEDANCE = {"model": "seedance2_5", "promptText": "a hat"}
PNG = "data:image/png;base64," + base64.b64encode(b"a picture").decode()


@pytest.fixture
async def provider() -> AsyncIterator[LocalRunway]:
    async with LocalRunway(render_s=0) as provider:
        yield provider


@pytest.fixture
async def http(provider: LocalRunway) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {provider.api_key}", "X-Runway-Version": "2024-11-06"}
    async with httpx.AsyncClient(base_url=provider.base_url, headers=headers, trust_env=False) as http:
        yield http


async def clip(seconds: float, folder: Path) -> bytes:
    film = await render(ClipSpec(prompt="from elsewhere", seconds=seconds), cache=folder)
    return await asyncio.to_thread(film.read_bytes)


def uri(data: bytes) -> str:
    return "data:video/mp4;base64," + base64.b64encode(data).decode()


async def status(http: httpx.AsyncClient, task_id: str) -> dict[str, Any]:
    return dict((await http.get(f"/v1/tasks/{task_id}")).json())


async def made(provider: LocalRunway, http: httpx.AsyncClient, route: str, body: dict[str, object]) -> dict[str, Any]:
    answer = (await http.post(f"/v1/{route}", json=body)).json()
    await provider.finish(answer["id"])
    return await status(http, answer["id"])


async def test_a_task_has_an_estimate_then_a_cost_and_a_link(provider: LocalRunway, http: httpx.AsyncClient) -> None:
    provider.render_s = 100
    answer = (await http.post("/v1/text_to_video", json=TEXT)).json()
    assert answer["estimatedCost"] == {"credits": pytest.approx(24)}
    running = await status(http, answer["id"])
    assert running["status"] in ("PENDING", "RUNNING")
    await provider.finish(answer["id"])
    done = await status(http, answer["id"])
    assert (done["status"], done["cost"]) == ("SUCCEEDED", {"credits": 24})
    async with httpx.AsyncClient(trust_env=False) as plain:
        assert (await probe((await plain.get(done["output"][0])).content)).codec == "h264"
    assert provider.complaints == []


async def test_edits_copy_the_length_and_extensions_add(
    provider: LocalRunway, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    video = uri(await clip(2, tmp_path))
    edit = await made(provider, http, "video_to_video", {**OMNI, "videoUri": video, "mode": "edit"})
    longer = await made(provider, http, "video_to_video", {**OMNI, "videoUri": video, "mode": "extend", "duration": 3})
    lengths = [(await probe(film)).duration_s for task in (edit, longer) if (film := provider.tasks[task["id"]].film)]
    assert lengths == [pytest.approx(2, abs=0.3), pytest.approx(5, abs=0.5)]
    assert provider.complaints == []


async def test_a_file_arrives_by_a_signed_form(provider: LocalRunway, http: httpx.AsyncClient, tmp_path: Path) -> None:
    data = await clip(2, tmp_path)
    slot = (await http.post("/v1/uploads", json={"filename": "video.mp4", "type": "ephemeral"})).json()
    async with httpx.AsyncClient(trust_env=False) as plain:
        files = {"file": ("video.mp4", data, "video/mp4")}
        sent = await plain.post(slot["uploadUrl"], data=slot["fields"], files=files)
        again = await plain.post(slot["uploadUrl"], data=slot["fields"], files=files)
    assert (sent.status_code, again.status_code) == (204, 403)
    done = await made(provider, http, "video_to_video", {"model": "aleph2", "videoUri": slot["runwayUri"]})
    assert done["status"] == "SUCCEEDED"
    assert done["cost"] == {"credits": 56}
    assert provider.complaints == []


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("text_to_video", TEXT | {"duration": 11}),
        ("text_to_video", TEXT | {"ratio": "960:960"}),
        ("text_to_video", TEXT | {"resolution": "720p"}),
        ("text_to_video", TEXT | {"promptText": "🐈" * 501}),
        ("text_to_video", TEXT | {"promptText": " "}),
        ("text_to_video", TEXT | {"model": "gen4_turbo"}),
        ("text_to_video", TEXT | {"model": "gen3a_turbo"}),
        ("text_to_video", {name: value for name, value in TEXT.items() if name != "ratio"}),
        ("text_to_video", OMNI | {"duration": True}),
        ("text_to_video", OMNI | {"references": [{"uri": PNG, "position": "first"}]}),
        ("image_to_video", TEXT),
        ("image_to_video", TEXT | {"promptImage": "http://x.example/a.png"}),
        ("image_to_video", TEXT | {"promptImage": [{"uri": PNG, "position": "last"}]}),
        ("image_to_video", OMNI | {"promptImage": [{"uri": PNG, "position": "last"}]}),
        ("image_to_video", OMNI | {"promptImage": "data:image/png;base64," + "A" * 5_000_000}),
        ("video_to_video", OMNI | {"promptVideo": "runway://x"}),
        ("video_to_video", OMNI | {"videoUri": "runway://nothing", "mode": "edit"}),
        ("video_to_video", SEEDANCE | {"promptVideo": "runway://x", "mode": "edit"}),
        ("video_to_video", SEEDANCE | {"promptVideo": "runway://x", "mode": "extend", "ratio": "1280:720"}),
    ],
    ids=str,
)
async def test_an_undocumented_request_is_refused(
    provider: LocalRunway, http: httpx.AsyncClient, route: str, body: dict[str, object]
) -> None:
    answer = await http.post(f"/v1/{route}", json=body)
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]
    assert len(provider.complaints) == 1
    assert provider.charges == []


async def test_a_long_clip_is_refused(provider: LocalRunway, http: httpx.AsyncClient, tmp_path: Path) -> None:
    video = uri(await clip(11, tmp_path))
    assert (await http.post("/v1/video_to_video", json={**OMNI, "videoUri": video})).status_code == 400


async def test_every_request_names_the_version_and_the_key(provider: LocalRunway) -> None:
    async with httpx.AsyncClient(base_url=provider.base_url, trust_env=False) as http:
        version = {"X-Runway-Version": "2024-11-06"}
        task = f"/v1/tasks/{uuid.UUID(int=0)}"
        assert (await http.get(task, headers={"Authorization": f"Bearer {provider.api_key}"})).status_code == 400
        assert (await http.get(task, headers=version | {"Authorization": "Bearer other"})).status_code == 401
        right = version | {"Authorization": f"Bearer {provider.api_key}"}
        assert (await http.get(task, headers=right)).status_code == 404
        assert (await http.get("/v1/tasks/x", headers=right)).status_code == 400


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("[refuse]", "SAFETY.INPUT.TEXT"),
        ("[withhold]", "SAFETY.OUTPUT.VIDEO"),
        ("[fail]", "INTERNAL.BAD_OUTPUT.CODE01"),
    ],
)
async def test_a_failure_has_a_code_and_a_cost(
    provider: LocalRunway, http: httpx.AsyncClient, word: str, code: str
) -> None:
    failed = await made(provider, http, "text_to_video", TEXT | {"promptText": f"a cat {word}"})
    assert (failed["status"], failed["failureCode"], failed["cost"]) == ("FAILED", code, {"credits": 24})


@pytest.mark.parametrize(("queue_s", "spent"), [(60.0, 0), (0.0, 24)])
async def test_what_has_not_started_is_refunded(
    provider: LocalRunway, http: httpx.AsyncClient, queue_s: float, spent: int
) -> None:
    provider.queue_s, provider.render_s = queue_s, 60.0
    task_id = (await http.post("/v1/text_to_video", json=TEXT)).json()["id"]
    await status(http, task_id)
    assert (await http.delete(f"/v1/tasks/{task_id}")).status_code == 204
    cancelled = await status(http, task_id)
    assert (cancelled["status"], cancelled["cost"]) == ("CANCELLED", {"credits": spent})
    credits_left = (await http.get("/v1/organization")).json()["creditBalance"]
    assert credits_left == 10_000 - spent


async def test_a_task_without_credits_is_refused(provider: LocalRunway, http: httpx.AsyncClient) -> None:
    provider.no_balance = True
    answer = await http.post("/v1/text_to_video", json=TEXT)
    assert (answer.status_code, "enough credits" in answer.json()["error"]) == (400, True)
