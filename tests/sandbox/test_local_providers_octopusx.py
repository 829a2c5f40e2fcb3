"""The pretend OctopusX keeps its routes, encodings and shapes apart."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.sandbox.providers import LocalOctopusX
from bot.sandbox.test_clips import probe

UNIFIED = {
    "model": "grok-video-3",
    "prompt": "a cat",
    "images": [],
    "aspect_ratio": "3:2",
    "size": "1080P",
    "duration": 10,
}
REMIX = {"model": "grok-video-3", "prompt": "play with another white cat", "aspect_ratio": "3:2", "size": "1080P"}
FORM = {"model": "grok-video-3", "prompt": "a cat", "aspect_ratio": "2:3", "seconds": "6", "size": "720P"}


@pytest.fixture
async def provider() -> AsyncIterator[LocalOctopusX]:
    async with LocalOctopusX(render_s=0) as provider:
        provider.camera.seconds = 1
        yield provider


@pytest.fixture
async def http(provider: LocalOctopusX) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {provider.api_key}"}
    async with httpx.AsyncClient(base_url=provider.base_url, headers=headers, trust_env=False) as http:
        yield http


def multipart(fields: dict[str, str]) -> Any:
    return {name: (None, value) for name, value in fields.items()}


async def unified(provider: LocalOctopusX, http: httpx.AsyncClient, **changes: object) -> str:
    task_id = str((await http.post("/v1/video/create", json=UNIFIED | changes)).json()["id"])
    await provider.finish(task_id)
    return task_id


async def openai(provider: LocalOctopusX, http: httpx.AsyncClient) -> str:
    task_id = str((await http.post("/v1/videos", files=multipart(FORM))).json()["id"])
    await provider.finish(task_id)
    return task_id


async def query(http: httpx.AsyncClient, task_id: str) -> dict[str, Any]:
    return dict((await http.get("/v1/video/query", params={"id": task_id})).json())


async def test_a_unified_creation_has_two_ids_and_a_written_date(
    provider: LocalOctopusX, http: httpx.AsyncClient
) -> None:
    body = (await http.post("/v1/video/create", json=UNIFIED)).json()
    assert body["id"].startswith("grok:")
    assert body["task_id"] not in provider.tasks
    assert body["status"] == "processing"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+08:00", body["created_at"])
    await provider.finish(body["id"])
    done = await query(http, body["id"])
    assert (done["status"], done["progress"]) == ("completed", 100)
    async with httpx.AsyncClient(trust_env=False) as plain:
        facts = await probe((await plain.get(done["video_url"])).content)
    assert (facts.width, facts.height) == (480, 320)
    assert provider.complaints == []


async def test_the_documented_unified_remix_is_taken(provider: LocalOctopusX, http: httpx.AsyncClient) -> None:
    source = await unified(provider, http)
    body = (await http.post("/v1/video/remix", json=REMIX | {"task_id": source})).json()
    assert set(body) == {"id", "status", "status_update_time"}
    assert body["id"] != source
    task = await provider.finish(body["id"])
    assert (task.kind, task.source_id) == ("remix", source)
    assert provider.complaints == []


async def test_a_remix_may_come_back_under_the_id_of_its_source(
    provider: LocalOctopusX, http: httpx.AsyncClient
) -> None:
    provider.remix_reuses_id = True
    source = await unified(provider, http)
    body = (await http.post("/v1/video/remix", json=REMIX | {"task_id": source})).json()
    assert body["id"] == source
    await provider.finish(source)
    assert provider.tasks[source].prompt == REMIX["prompt"]
    assert provider.tasks[f"{source}#1"].prompt == "a cat"
    assert len(provider.charges) == 2


@pytest.mark.parametrize("missing", ["size", "aspect_ratio", "task_id", "prompt", "model"])
async def test_a_unified_remix_needs_all_its_fields(
    provider: LocalOctopusX, http: httpx.AsyncClient, missing: str
) -> None:
    source = await unified(provider, http)
    body = REMIX | {"task_id": source}
    del body[missing]
    answer = await http.post("/v1/video/remix", json=body)
    assert (answer.status_code, answer.json()["code"], answer.json()["data"]) == (400, "invalid_request", None)
    assert len(provider.complaints) == 1


async def test_landscape_is_not_a_ratio_of_grok_here(provider: LocalOctopusX, http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/video/create", json=UNIFIED | {"aspect_ratio": "16:9"})
    assert answer.status_code == 400


async def test_older_upstreams_write_strings_and_milliseconds(provider: LocalOctopusX, http: httpx.AsyncClient) -> None:
    provider.render_s = 100
    body = (await http.post("/v1/video/create", json={"model": "veo_3_1", "prompt": "a cat"})).json()
    polled = await query(http, body["id"])
    assert polled["progress"] == "0"
    assert polled["video_url"] is None
    assert polled["status_update_time"] > 1e12


async def test_grok_takes_a_form_and_no_json(provider: LocalOctopusX, http: httpx.AsyncClient) -> None:
    assert (await http.post("/v1/videos", json=FORM)).status_code == 400
    picture = ("input_reference", ("a.png", b"\x89PNG", "image/png"))
    files: Any = [*multipart(FORM).items(), picture, picture]
    answer = await http.post("/v1/videos", files=files)
    assert answer.status_code == 200
    body = answer.json()
    assert body["error"] == {"message": "", "code": ""}
    assert (body["completed_at"], body["video_url"], body["seconds"]) == (0, "", "6")
    assert len(provider.tasks[body["id"]].pictures) == 2
    assert len(provider.complaints) == 1


async def test_imagine_takes_json_and_no_form(provider: LocalOctopusX, http: httpx.AsyncClient) -> None:
    body = {
        "model": "grok-imagine-video",
        "prompt": "a cat",
        "seconds": "6",
        "aspect_ratio": "19.5:9",
        "resolution": 720,
    }
    assert (await http.post("/v1/videos", json=body)).status_code == 200
    long = await http.post("/v1/videos", json=body | {"prompt": "x" * 4097})
    both = {"image": "data:image/png;base64,AAAA", "images": ["data:image/png;base64,AAAA"]}
    doubled = await http.post("/v1/videos", json=body | both)
    form = await http.post("/v1/videos", files=multipart({"model": "grok-imagine-video", "prompt": "a cat"}))
    assert [long.status_code, doubled.status_code, form.status_code] == [400, 400, 400]


async def test_an_openai_task_is_remixed_extended_and_downloaded(
    provider: LocalOctopusX, http: httpx.AsyncClient
) -> None:
    source = await openai(provider, http)
    path = source.replace(":", "%3A")
    remix = (await http.post(f"/v1/videos/{path}/remix", json=REMIX)).json()
    assert remix["remixed_from_video_id"] == source
    grok = {"model": "grok-video-3", "prompt": "go on"}
    assert (await http.post(f"/v1/videos/{path}/extend", json=grok | {"start_time": 3})).status_code == 200
    assert (await http.post("/v1/videos/extensions", json=grok | {"video": {"url": source}})).status_code == 200
    film = await http.get(f"/v1/videos/{path}/content")
    assert film.headers["content-type"] == "video/mp4"
    assert (await probe(film.content)).codec == "h264"
    assert provider.complaints == []


async def test_content_is_refused_in_its_own_shape(provider: LocalOctopusX, http: httpx.AsyncClient) -> None:
    unknown = await http.get("/v1/videos/nowhere/content")
    assert (unknown.status_code, unknown.json()["error"]["message"]) == (404, "Task not found")
    provider.render_s = 100
    task_id = (await http.post("/v1/videos", files=multipart(FORM))).json()["id"]
    early = await http.get(f"/v1/videos/{task_id}/content")
    assert early.status_code == 400
    assert "not completed yet" in early.json()["error"]["message"]


async def test_a_task_is_unknown_on_the_other_routes(provider: LocalOctopusX, http: httpx.AsyncClient) -> None:
    source = await unified(provider, http)
    assert (await http.get(f"/v1/videos/{source}")).status_code == 404
    assert (await http.post(f"/v1/videos/{source}/remix", json=REMIX)).status_code == 404
    provider.cross_read = True
    assert (await http.get(f"/v1/videos/{source}")).json()["status"] == "completed"


async def test_the_link_may_be_elsewhere(provider: LocalOctopusX, http: httpx.AsyncClient) -> None:
    source = await openai(provider, http)
    provider.openai_link = "metadata"
    assert (await http.get(f"/v1/videos/{source}")).json()["metadata"]["url"].startswith(provider.origin)
    provider.openai_link = "none"
    assert (await http.get(f"/v1/videos/{source}")).json()["video_url"] == ""


async def test_veo_is_remixed_with_another_model(provider: LocalOctopusX, http: httpx.AsyncClient) -> None:
    source = (await http.post("/v1/videos", json={"model": "veo_3_1", "prompt": "a cat"})).json()["id"]
    await provider.finish(source)
    remix = {"model": "veo_3_1-extend", "prompt": "more"}
    assert (await http.post(f"/v1/videos/{source}/remix", json=remix)).json()["remixed_from_video_id"] == source
    assert (await http.post(f"/v1/videos/{source}/remix", json=REMIX)).status_code == 400


async def test_any_video_can_be_turned_into_another(provider: LocalOctopusX, http: httpx.AsyncClient) -> None:
    task = provider.tasks[await unified(provider, http)]
    body = {"model": "omni-fast-v2v", "prompt": "turn it", "video": provider.link(task), "seconds": "6"}
    made = await provider.finish((await http.post("/v1/videos", json=body)).json()["id"])
    assert (made.kind, made.state) == ("edit", "completed")
    assert (await http.post("/v1/videos", json=body | {"video": "data:video/mp4;base64,AAAA"})).status_code == 400


async def test_generic_tasks_shout_when_asked_to(provider: LocalOctopusX, http: httpx.AsyncClient) -> None:
    task_id = (await http.post("/v1/video/generations", json={"model": "seedance-2", "prompt": "a cat"})).json()[
        "task_id"
    ]
    await provider.finish(task_id)
    plain = (await http.get(f"/v1/video/generations/{task_id}")).json()
    assert (plain["code"], plain["data"]["status"]) == ("success", "succeeded")
    provider.generic_shape = "seedance"
    loud = (await http.get(f"/v1/video/generations/{task_id}")).json()["data"]
    assert (loud["status"], loud["progress"]) == ("SUCCESS", "100%")
    assert loud["data"]["content"]["video_url"].startswith(provider.origin)


async def test_refusals_of_the_gateway_are_nested_and_those_of_tasks_flat(
    provider: LocalOctopusX, http: httpx.AsyncClient
) -> None:
    stranger = await http.get("/v1/videos/x", headers={"Authorization": "Bearer sk-else"})
    assert (stranger.status_code, stranger.json()["error"]["type"]) == (401, "new_api_error")
    model = await http.post("/v1/video/create", json=UNIFIED | {"model": "grok-9"})
    assert (model.status_code, "No available channel" in model.json()["error"]["message"]) == (503, True)
    provider.no_balance = True
    poor = await http.post("/v1/video/create", json=UNIFIED)
    assert (poor.status_code, poor.json()["code"]) == (403, "insufficient_user_quota")


async def test_a_failed_task_says_why(provider: LocalOctopusX, http: httpx.AsyncClient) -> None:
    failed = await query(http, await unified(provider, http, prompt="x [fail]"))
    assert (failed["status"], failed["error"]["code"]) == ("failed", "generation_failed")
    withheld = await query(http, await unified(provider, http, prompt="x [withhold]"))
    assert "moderation" in withheld["error"]["message"]


async def test_a_running_task_may_have_an_odd_name(provider: LocalOctopusX, http: httpx.AsyncClient) -> None:
    provider.render_s, provider.odd_status = 100, "unknown"
    task_id = (await http.post("/v1/video/create", json=UNIFIED)).json()["id"]
    assert (await query(http, task_id))["status"] == "unknown"
