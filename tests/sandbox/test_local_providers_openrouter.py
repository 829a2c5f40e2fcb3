"""The pretend OpenRouter takes what is documented, by one route, and says how it was wrong otherwise."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.sandbox.providers import LocalOpenRouter
from bot.sandbox.test_clips import ClipSpec, probe, render

PICTURE = "data:image/png;base64," + base64.b64encode(b"png").decode()
CREATE = {
    "model": "black-forest-labs/flux-3-video", "prompt": "a cat", "duration": 6, "aspect_ratio": "16:9",
    "resolution": "720p",
}  # fmt: skip
SEEDANCE = CREATE | {"model": "bytedance/seedance-2.5"}


def frame(kind: str = "first_frame", **changes: object) -> dict[str, object]:
    return {"type": "image_url", "image_url": {"url": PICTURE}, "frame_type": kind} | changes


@pytest.fixture
async def provider() -> AsyncIterator[LocalOpenRouter]:
    async with LocalOpenRouter(render_s=0) as provider:
        provider.camera.seconds = 2
        yield provider


@pytest.fixture
async def http(provider: LocalOpenRouter) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {provider.api_key}"}
    async with httpx.AsyncClient(base_url=provider.base_url, headers=headers, trust_env=False) as http:
        yield http


async def made(provider: LocalOpenRouter, http: httpx.AsyncClient, **changes: object) -> str:
    task_id = str((await http.post("/videos", json=CREATE | changes)).json()["id"])
    await provider.finish(task_id)
    return task_id


async def job(http: httpx.AsyncClient, task_id: str) -> dict[str, Any]:
    return dict((await http.get(f"/videos/{task_id}")).json())


async def test_a_job_is_accepted_polled_and_downloaded(provider: LocalOpenRouter, http: httpx.AsyncClient) -> None:
    provider.render_s = 100
    answer = await http.post("/videos", json=CREATE)
    assert (answer.status_code, set(answer.json())) == (202, {"id", "polling_url", "status"})
    task_id = answer.json()["id"]
    assert (await job(http, task_id))["status"] in ("pending", "in_progress")
    await provider.finish(task_id)
    done = await job(http, task_id)
    assert (done["status"], done["usage"]) == ("completed", {"cost": 6 * 0.17, "is_byok": False})
    content = await http.get(done["unsigned_urls"][0])
    assert (await probe(content.content)).codec == "h264"
    async with httpx.AsyncClient(trust_env=False) as plain:
        assert (await plain.get(done["urls"][0])).content == content.content
        assert (await plain.get(done["unsigned_urls"][0])).status_code == 401
    assert provider.complaints == []


async def test_without_a_stored_copy_only_the_content_route_has_the_video(
    provider: LocalOpenRouter, http: httpx.AsyncClient
) -> None:
    provider.stored_copy = False
    done = await job(http, await made(provider, http))
    assert not {"urls", "expires_at"} & done.keys()
    assert (await http.get(done["unsigned_urls"][0])).status_code == 200


async def test_a_job_is_continued_on_its_own_model_only(provider: LocalOpenRouter, http: httpx.AsyncClient) -> None:
    first = await made(provider, http)
    provider.render_s = 100
    answer = await http.post("/videos", json=CREATE | {"previous_job_id": first})
    assert answer.status_code == 202
    assert provider.tasks[answer.json()["id"]].source is provider.tasks[first]
    assert provider.charges[-1].usd == pytest.approx(6 * 0.41)
    running = await http.post("/videos", json=CREATE | {"previous_job_id": answer.json()["id"]})
    other = await http.post("/videos", json=SEEDANCE | {"previous_job_id": first})
    gone = await http.post("/videos", json=CREATE | {"previous_job_id": "gen-vid-0-x"})
    assert (running.status_code, other.status_code, gone.status_code) == (400, 400, 404)
    assert len(provider.charges) == 2


async def test_seedance_edits_a_clip_and_others_ignore_it(provider: LocalOpenRouter, http: httpx.AsyncClient) -> None:
    film = await render(ClipSpec(prompt="from elsewhere", seconds=2))
    clip = "data:video/mp4;base64," + base64.b64encode(film.read_bytes()).decode()
    references = [{"type": "video_url", "video_url": {"url": clip}}]
    body = SEEDANCE | {"input_references": references, "duration": 4}
    task = await provider.finish((await http.post("/videos", json=body)).json()["id"])
    assert (task.kind, round(task.input_s)) == ("edit", 2)
    assert task.usd == pytest.approx((4 + 3) * 0.1392, abs=0.1392)
    ignoring = await made(provider, http, input_references=references)
    assert provider.tasks[ignoring].kind == "create"


async def test_the_list_of_models_has_what_its_type_requires(http: httpx.AsyncClient) -> None:
    listed = (await http.get("/videos/models")).json()["data"]
    required = {
        "allowed_passthrough_parameters", "canonical_slug", "created", "creativity", "generate_audio", "id", "name",
        "seed", "supported_aspect_ratios", "supported_durations", "supported_frame_images", "supported_resolutions",
        "supported_sizes", "upscale_factor",
    }  # fmt: skip
    assert all(required <= entry.keys() for entry in listed)


@pytest.mark.parametrize(
    "change",
    [
        {"duration": 4},
        {"duration": "6"},
        {"seconds": 6},
        {"resolution": "4K"},
        {"resolution": "720P"},
        {"aspect_ratio": "3:2"},
        {"prompt": " "},
        {"model": "flux-3-video"},
        {"model": "black-forest-labs/flux-9"},
        {"frame_images": [PICTURE]},
        {"frame_images": [frame("middle_frame")]},
        {"frame_images": [frame(), frame()]},
        {"frame_images": [frame(image_url=PICTURE)]},
        {"frame_images": [{"type": "image_url", "image_url": {"url": PICTURE}}]},
        {"model": "runway/gen-4.5", "frame_images": [frame("last_frame")]},
        {"input_references": [PICTURE]},
        {"input_references": [{"type": "video", "video_url": {"url": PICTURE}}]},
        {"input_references": [{"type": "video_url", "video_url": "https://x.example/a.mp4"}]},
        {"callback_url": "http://x.example"},
        {"session_id": "x" * 257},
    ],
    ids=str,
)
async def test_an_undocumented_request_is_refused(
    provider: LocalOpenRouter, http: httpx.AsyncClient, change: dict[str, object]
) -> None:
    answer = await http.post("/videos", json=CREATE | change)
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message", "metadata"}
    assert len(provider.complaints) == 1
    assert provider.charges == []


@pytest.mark.parametrize(("word", "status"), [("[refuse]", 403), ("", 402)], ids=["moderation", "no credits"])
async def test_refusals_cost_nothing(
    provider: LocalOpenRouter, http: httpx.AsyncClient, word: str, status: int
) -> None:
    provider.no_balance = not word
    answer = await http.post("/videos", json=CREATE | {"prompt": f"a cat {word}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, status)
    assert provider.charges == []


async def test_a_wrong_key_is_refused_on_every_route(provider: LocalOpenRouter, http: httpx.AsyncClient) -> None:
    task_id = await made(provider, http)
    headers = {"Authorization": "Bearer sk-or-else"}
    for path in (f"/videos/{task_id}", f"/videos/{task_id}/content", "/key"):
        assert (await http.get(path, headers=headers)).status_code == 401
    assert (await http.post("/videos", json=CREATE, headers=headers)).status_code == 401


async def test_ends_without_a_video_say_why_and_what_they_cost(
    provider: LocalOpenRouter, http: httpx.AsyncClient
) -> None:
    failed = await job(http, await made(provider, http, prompt="x [fail]"))
    assert (failed["status"], failed["error"], failed["usage"]["cost"]) == ("failed", "Video generation failed", 1.02)
    provider.refund_failed = True
    free = await job(http, await made(provider, http, prompt="x [withhold]"))
    assert (free["status"], free["usage"]["cost"]) == ("failed", 0)
    expired = await made(provider, http)
    provider.expired.add(expired)
    assert (await job(http, expired))["status"] == "expired"
    assert (await job(http, "gen-vid-0-x"))["error"]["code"] == 404


async def test_the_key_tells_what_is_left_of_its_limit(provider: LocalOpenRouter, http: httpx.AsyncClient) -> None:
    assert (await http.get("/key")).json()["data"]["limit_remaining"] is None
    provider.key_limit_usd = 5.0
    await made(provider, http)
    assert (await http.get("/key")).json()["data"]["limit_remaining"] == pytest.approx(5 - 1.02)
