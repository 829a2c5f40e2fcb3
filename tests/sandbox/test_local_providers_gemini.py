"""The pretend Gemini API takes documented fields only, keeps files, and refuses with a text in place of a video."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.sandbox.providers import LocalGemini
from bot.sandbox.test_clips import ClipSpec, probe, render

OMNI = "gemini-omni-1.2-flash"
TEXT = {"type": "text", "text": "a cat"}
REQUEST = {"model": OMNI, "input": [TEXT], "response_format": {"type": "video", "delivery": "uri"}, "background": True}


@pytest.fixture
async def provider() -> AsyncIterator[LocalGemini]:
    async with LocalGemini(render_s=0) as provider:
        yield provider


@pytest.fixture
async def http(provider: LocalGemini) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"x-goog-api-key": provider.api_key, "Api-Revision": "2026-05-20"}
    async with httpx.AsyncClient(base_url=provider.base_url, headers=headers, trust_env=False) as http:
        yield http


def request(task: str, **changes: object) -> dict[str, object]:
    return {**REQUEST, "generation_config": {"video_config": {"task": task}}, **changes}


def with_format(**values: object) -> dict[str, object]:
    return {**REQUEST, "response_format": {"type": "video", "delivery": "uri", **values}}


async def uploaded(http: httpx.AsyncClient, data: bytes, mime: str) -> dict[str, Any]:
    start = {
        "X-Goog-Upload-Protocol": "resumable",
        "X-Goog-Upload-Command": "start",
        "X-Goog-Upload-Header-Content-Type": mime,
    }
    url = (await http.post("/upload/v1beta/files", json={"file": {}}, headers=start)).headers["X-Goog-Upload-URL"]
    finish = {"X-Goog-Upload-Offset": "0", "X-Goog-Upload-Command": "upload, finalize"}
    return dict((await http.post(url, content=data, headers=finish)).json()["file"])


async def clip(seconds: float, folder: Path) -> bytes:
    film = await render(ClipSpec(prompt="from elsewhere", seconds=seconds), cache=folder)
    return await asyncio.to_thread(film.read_bytes)


async def made(provider: LocalGemini, http: httpx.AsyncClient, body: dict[str, object]) -> dict[str, Any]:
    answer = (await http.post("/v1beta/interactions", json=body)).json()
    await provider.finish(answer["id"])
    return dict((await http.get(f"/v1beta/interactions/{answer['id']}")).json())


async def test_an_interaction_repeats_its_input_and_ends_with_a_file(
    provider: LocalGemini, http: httpx.AsyncClient
) -> None:
    provider.render_s = 100
    answer = (await http.post("/v1beta/interactions", json=with_format(duration="3s"))).json()
    assert answer["status"] == "in_progress"
    await provider.finish(answer["id"])
    done = (await http.get(f"/v1beta/interactions/{answer['id']}")).json()
    asked, _, output = done["steps"]
    assert (done["status"], asked["content"]) == ("completed", [TEXT])
    (video,) = output["content"]
    file = (await http.get(video["uri"].partition(":download")[0])).json()
    assert file["state"] == "ACTIVE"
    facts = await probe((await http.get(video["uri"])).content)
    assert facts.codec == "h264"
    assert facts.duration_s == pytest.approx(3, abs=0.3)
    assert provider.complaints == []


async def test_edits_copy_the_length_and_extensions_add(
    provider: LocalGemini, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    file = await uploaded(http, await clip(3, tmp_path), "video/mp4")
    video = {"type": "video", "uri": file["uri"], "mime_type": "video/mp4"}
    edit = await made(provider, http, request("edit", input=[video, TEXT]))
    chosen = with_format(duration="4s")["response_format"]
    longer = request("extend", previous_interaction_id=edit["id"], response_format=chosen)
    both = [edit, await made(provider, http, longer)]
    lengths = [(await probe(film)).duration_s for task in both if (film := provider.tasks[task["id"]].film)]
    assert lengths == [pytest.approx(3, abs=0.3), pytest.approx(7, abs=0.5)]
    assert provider.complaints == []


async def test_an_upload_is_taken_once_and_in_one_piece(provider: LocalGemini, http: httpx.AsyncClient) -> None:
    file = await uploaded(http, b"a picture", "image/png")
    assert (file["mimeType"], provider.uploads[0].data) == ("image/png", b"a picture")
    finish = {"X-Goog-Upload-Offset": "0", "X-Goog-Upload-Command": "upload, finalize"}
    again = await http.post("/upload/v1beta/files?upload_id=nothing", content=b"x", headers=finish)
    assert again.status_code == 400
    assert (await http.get("/v1beta/files/nothing")).status_code == 404
    assert (await http.get("/v1beta/files/nothing:download?alt=media")).status_code == 404


async def test_a_refusal_is_a_text_and_a_failure_an_error(provider: LocalGemini, http: httpx.AsyncClient) -> None:
    refused = await made(provider, http, {**REQUEST, "input": [{"type": "text", "text": "[refuse] a cat"}]})
    assert refused["status"] == "completed"
    assert [part["type"] for part in refused["steps"][-1]["content"]] == ["text"]
    failed = await made(provider, http, {**REQUEST, "input": [{"type": "text", "text": "[withhold] a cat"}]})
    assert (failed["status"], len(failed["errors"])) == ("failed", 1)


@pytest.mark.parametrize(
    "body",
    [
        REQUEST | {"input": "a cat", "background": False},
        REQUEST | {"background": False},
        REQUEST | {"prompt": "a cat"},
        REQUEST | {"model": "veo-3.1-generate-preview"},
        REQUEST | {"input": [{"type": "text", "text": " "}]},
        REQUEST | {"input": [{"type": "image", "data": "AAAA", "mime_type": "image/png"}, TEXT]},
        REQUEST | {"input": [{"type": "audio", "uri": "x", "mime_type": "audio/wav"}, TEXT]},
        with_format(delivery="inline"),
        with_format(aspect_ratio="1:1"),
        with_format(resolution="4K"),
        with_format(duration=8),
        with_format(duration="8"),
        with_format(duration="16s"),
        with_format(duration="2s"),
        request("remix"),
        request("edit"),
        request("extend"),
        request("image_to_video"),
        request("text_to_video", previous_interaction_id="v1_x"),
        request("edit", input=[{"type": "video", "uri": "https://x.example/v", "mime_type": "video/mp4"}, TEXT]),
    ],
    ids=str,
)
async def test_an_undocumented_request_is_refused(
    provider: LocalGemini, http: httpx.AsyncClient, body: dict[str, object]
) -> None:
    answer = await http.post("/v1beta/interactions", json=body)
    assert answer.status_code in (400, 404)
    assert "message" in answer.json()["error"]
    assert provider.charges == []
    assert len(provider.complaints) == 1


async def test_errors_have_the_documented_form(provider: LocalGemini, http: httpx.AsyncClient) -> None:
    unknown = await http.post("/v1beta/interactions", json=request("edit", previous_interaction_id="v1_x"))
    assert (unknown.status_code, unknown.json()["error"]["message"]) == (400, "Invalid interaction name")
    wrong = await http.get("/v1beta/models", headers={"x-goog-api-key": "another"})
    assert (wrong.status_code, wrong.json()[0]["error"]["status"]) == (400, "INVALID_ARGUMENT")
    provider.no_balance = True
    assert (await http.post("/v1beta/interactions", json=REQUEST)).status_code == 429


async def test_only_a_running_interaction_is_cancelled(provider: LocalGemini, http: httpx.AsyncClient) -> None:
    provider.render_s = 100
    task_id = (await http.post("/v1beta/interactions", json=REQUEST)).json()["id"]
    path = f"/v1beta/interactions/{task_id}"
    assert (await http.post(f"{path}/cancel")).json()["status"] == "cancelled"
    await provider.finish(task_id)
    assert (await http.post(f"{path}/cancel")).status_code == 400
    assert (await http.delete(path)).status_code == 200
    assert (await http.get(path)).status_code == 400
