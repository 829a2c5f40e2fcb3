"""The pretend ToAPIs takes the documented requests, and nothing else."""

import json
import math
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.test_clips import probe
from tests.sandbox.toapis_requests import CREATE, REMIX, create, download, link, status


@pytest.fixture
async def provider() -> AsyncIterator[LocalToAPIs]:
    async with LocalToAPIs(render_s=0) as provider:
        provider.camera.seconds = 1
        yield provider


@pytest.fixture
async def http(provider: LocalToAPIs) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {provider.api_key}"}
    async with httpx.AsyncClient(base_url=provider.base_url, headers=headers, trust_env=False) as http:
        yield http


async def test_the_documented_creation_becomes_a_film(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/videos/generations", json=CREATE)
    body = answer.json()
    assert answer.status_code == 200
    assert body.items() >= {"object": "generation.task", "status": "queued", "progress": 0, "metadata": {}}.items()
    task = await provider.finish(body["id"])
    done = await status(http, task.id)
    assert (done["status"], done["progress"]) == ("completed", 100)
    assert isinstance(done["created_at"], int)
    facts = await probe((await download(link(done))).content)
    assert (facts.codec, facts.title) == ("h264", CREATE["prompt"])
    assert task.request == CREATE
    assert [(c.task_id, c.usd, c.kind) for c in provider.charges] == [(task.id, 0.05, "create")]
    assert provider.complaints == []


async def test_it_may_charge_by_the_second(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    provider.second_usd = 0.03
    await http.post("/v1/videos/generations", json=CREATE | {"duration": 5})
    assert [charge.usd for charge in provider.charges] == [0.15]


async def test_the_documented_remix_derives_from_its_source(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    source = await create(provider, http)
    answer = await http.post(f"/v1/videos/{source}/remix", json=REMIX)
    task = await provider.finish(answer.json()["id"])
    assert (task.kind, task.source_id) == ("remix", source)
    assert task.film is not None
    assert (await probe(task.film)).comment == "remix of “A golden retriever running on a…”"
    assert provider.complaints == []


async def test_the_documented_sora_remix_is_taken(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    source = await create(provider, http, model="sora-2", duration=10)
    remix = {"model": "sora-2", "prompt": "Add a puppy", "duration": 15, "aspect_ratio": "16:9"}
    answer = await http.post(f"/v1/videos/{source}/remix", json=remix)
    assert answer.status_code == 200
    assert provider.complaints == []


async def test_an_extension_is_longer_than_its_source(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    source = await create(provider, http)
    answer = await http.post(f"/v1/videos/{source}/extend", json={"model": "grok-video-3", "prompt": "go on"})
    task = await provider.finish(answer.json()["id"])
    assert task.film is not None
    assert (await probe(task.film)).duration_s > 1.8


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 3},
        {"duration": 7},
        {"duration": "5"},
        {"duration": True},
        {"aspect_ratio": "3:2"},
        {"prompt": ""},
        {"prompt": None},
        {"model": "grok-9"},
        {"image_urls": ["data:image/png;base64,AAAA"]},
        {"image_urls": "http://x.example/a.png"},
        {"size": "720P"},
    ],
    ids=str,
)
async def test_an_undocumented_creation_is_refused(
    provider: LocalToAPIs, http: httpx.AsyncClient, change: dict[str, object]
) -> None:
    answer = await http.post("/v1/videos/generations", json=CREATE | change)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["type"]) == (400, "invalid_request_error")
    assert len(provider.complaints) == 1
    assert provider.charges == []


async def test_other_encodings_and_routes_are_refused(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    form = await http.post("/v1/videos/generations", files={"model": (None, "grok-video-3")})
    lost = await http.get("/v1/video/query")
    assert (form.status_code, lost.status_code) == (400, 404)
    assert len(provider.complaints) == 2


async def test_a_remix_must_stay_in_the_family(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    source = await create(provider, http)
    other = await http.post(f"/v1/videos/{source}/remix", json={"model": "sora-2", "prompt": "x"})
    assert other.status_code == 400
    gone = await http.post("/v1/videos/video_nowhere/remix", json=REMIX)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, 404)


async def test_a_source_must_be_completed(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    provider.render_s = math.inf
    task_id = (await http.post("/v1/videos/generations", json=CREATE)).json()["id"]
    assert (await http.post(f"/v1/videos/{task_id}/remix", json=REMIX)).status_code == 400


async def test_a_bad_key_is_refused_in_words_of_its_own(provider: LocalToAPIs) -> None:
    async with httpx.AsyncClient(base_url=provider.base_url, trust_env=False) as stranger:
        answer = await stranger.get("/v1/balance", headers={"Authorization": "Bearer sk-else"})
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")


async def test_a_remix_may_be_polled_on_the_other_route_only(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    provider.poll_route = "videos"
    source = await create(provider, http)
    assert (await status(http, source))["status"] == "completed"
    task_id = (await http.post(f"/v1/videos/{source}/remix", json=REMIX)).json()["id"]
    assert (await http.get(f"/v1/videos/generations/{task_id}")).status_code == 404
    assert (await http.get(f"/v1/videos/{task_id}")).status_code == 200
    assert provider.complaints == []


@pytest.mark.parametrize("shape", ["data_list", "both_ids"])
async def test_the_id_may_hide_in_other_places(provider: LocalToAPIs, http: httpx.AsyncClient, shape: str) -> None:
    provider.create_shape = "data_list" if shape == "data_list" else "both_ids"
    provider.create_status = ""
    body = (await http.post("/v1/videos/generations", json=CREATE)).json()
    task_id = body["data"][0]["task_id"] if shape == "data_list" else body["task_id"]
    assert task_id in provider.tasks
    assert body.get("id") != task_id


async def test_the_link_may_hide_in_a_string(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    task_id = await create(provider, http)
    provider.url_shape = "json_string"
    result = (await status(http, task_id))["result"]
    assert isinstance(result, str)
    assert json.loads(result)["data"][0]["url"].startswith(provider.origin)


async def test_refusals_cost_nothing_and_failures_cost(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    refused = await http.post("/v1/videos/generations", json=CREATE | {"prompt": "x [refuse]"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "content_policy_violation")
    assert provider.charges == []
    failed = await status(http, await create(provider, http, prompt="x [fail]"))
    withheld = await status(http, await create(provider, http, prompt="x [withhold]"))
    assert failed["error"] == {"code": "generation_failed", "message": "Video generation failed"}
    assert "policy" in str(withheld["error"])
    assert len(provider.charges) == 2


async def test_a_refund_is_written_down(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    provider.refund_failed = True
    await create(provider, http, prompt="x [fail]")
    assert [c.kind for c in provider.charges] == ["create", "refund"]
    assert provider.balance_usd == pytest.approx(100)


async def test_an_empty_purse_is_402(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    provider.balance_usd = 0.049
    answer = await http.post("/v1/videos/generations", json=CREATE)
    assert (answer.status_code, answer.json()["error"]["type"]) == (402, "payment_required")
    provider.errors_as_200 = True
    assert (await http.post("/v1/videos/generations", json=CREATE)).status_code == 200
    assert provider.tasks == {}


async def test_the_balance_is_reported(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    await create(provider, http)
    balance = (await http.get("/v1/balance")).json()
    assert (balance["success"], balance["remain_balance"], balance["used_balance"]) == (
        True,
        pytest.approx(99.95),
        0.05,
    )
    provider.balance_fails = True
    failed = await http.get("/v1/balance")
    assert (failed.status_code, failed.json()["success"]) == (200, False)


async def test_an_uploaded_picture_can_start_a_film(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 30), "green").save(picture, "PNG")
    files = {"file": ("a.png", picture.getvalue(), "image/png")}
    answer = (await http.post("/v1/uploads/images", files=files)).json()
    assert answer["success"]
    assert answer["data"]["size"] == len(picture.getvalue())
    await create(provider, http, image_urls=[answer["data"]["url"]])
    assert provider.uploads[0].data == (await download(answer["data"]["url"])).content
    assert provider.complaints == []


async def test_an_upload_of_something_else_is_refused(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/uploads/images", files={"file": ("a.svg", b"<svg/>", "image/svg+xml")})
    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert len(provider.complaints) == 1


async def test_one_file_can_serve_every_task(tmp_path: Path) -> None:
    (tmp_path / "one.mp4").write_bytes(b"same")
    async with LocalToAPIs(render_s=0, film=tmp_path / "one.mp4") as provider:
        headers = {"Authorization": f"Bearer {provider.api_key}"}
        async with httpx.AsyncClient(base_url=provider.base_url, headers=headers, trust_env=False) as http:
            body = await status(http, await create(provider, http))
        assert (await download(link(body))).content == b"same"
