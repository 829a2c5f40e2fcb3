"""The pretend gateways speak OpenAI Videos with three accents."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal
from urllib.parse import quote

import httpx
import pytest

from bot.sandbox.providers import LocalOpenAIVideos
from bot.sandbox.test_clips import probe

Flavour = Literal["bifrost", "litellm", "openai"]
CREATE = {"model": "openai/sora-2", "prompt": "a cat", "seconds": "4", "size": "1280x720"}
GEMINI = CREATE | {"model": "gemini/veo-3.1-generate-preview", "seconds": "8"}
PLAIN = CREATE | {"model": "sora-2"}


@asynccontextmanager
async def gateway(flavour: Flavour, **options: Any) -> AsyncIterator[tuple[LocalOpenAIVideos, httpx.AsyncClient]]:
    async with LocalOpenAIVideos(flavour, render_s=0, **options) as provider:
        provider.camera.seconds = 1
        header = "x-bf-vk" if flavour == "bifrost" else "Authorization"
        key = provider.api_key if flavour == "bifrost" else f"Bearer {provider.api_key}"
        root = provider.origin + "/v1"
        headers = {header: key, "x-litellm-num-retries": "0"}
        async with httpx.AsyncClient(base_url=root, headers=headers, trust_env=False) as http:
            yield provider, http


async def made(provider: LocalOpenAIVideos, http: httpx.AsyncClient, body: dict[str, str]) -> str:
    task_id = str((await http.post("/videos", json=body)).json()["id"])
    await provider.finish(task_id)
    return task_id


def at(task_id: str, rest: str = "") -> str:
    return f"/videos/{quote(task_id, safe='')}{rest}"


async def test_bifrost_creates_remixes_and_sends_the_film() -> None:
    async with gateway("bifrost") as (provider, http):
        source = await made(provider, http, CREATE)
        assert source.endswith(":openai")
        done = (await http.get(at(source))).json()
        assert (done["status"], done["progress"], "videos" in done) == ("completed", 100.0, False)
        remix = (await http.post(at(source, "/remix"), json={"prompt": "a dog"})).json()
        assert (remix["remixed_from_video_id"], remix["size"], remix["seconds"]) == (source, "1280x720", "4")
        await provider.finish(remix["id"])
        film = await http.get(at(remix["id"], "/content"))
        assert (await probe(film.content)).comment == "remix of “a cat”"
        assert provider.base_url == provider.origin
        assert provider.complaints == []


async def test_bifrost_ids_hold_escapes_that_must_survive() -> None:
    async with gateway("bifrost") as (provider, http):
        task_id = await made(provider, http, GEMINI)
        assert task_id.startswith("models%2F")
        assert task_id.endswith(":gemini")
        done = (await http.get(at(task_id))).json()
        assert done["id"] == task_id
        assert done["videos"][0]["type"] == "url"
        assert (await http.get(f"/videos/{task_id}")).status_code == 200
        provider.videos_as = "base64"
        [item] = (await http.get(at(task_id))).json()["videos"]
        assert base64.b64decode(item["base64"])[4:8] == b"ftyp"
        refused = await http.post(at(task_id, "/remix"), json={"prompt": "a dog"})
        assert (refused.status_code, refused.json()["is_bifrost_error"]) == (400, False)


async def test_bifrost_may_leave_the_suffix_to_the_caller() -> None:
    async with gateway("bifrost", suffixed_ids=False) as (provider, http):
        native = await made(provider, http, CREATE)
        assert ":" not in native
        bare = await http.get(at(native))
        assert (bare.status_code, bare.json()["error"]["message"]) == (400, "video_id must be in id:provider format")
        assert (await http.get(at(f"{native}:openai"))).json()["status"] == "completed"


@pytest.mark.parametrize(
    "change",
    [
        {"model": "sora-2"},
        {"prompt": ""},
        {"seconds": 4},
        {"aspect_ratio": "16:9"},
        {"input_reference": "https://x.example/a.png"},
        {"size": "large"},
    ],
    ids=str,
)
async def test_bifrost_refuses_what_is_not_documented(change: dict[str, object]) -> None:
    async with gateway("bifrost") as (provider, http):
        answer = await http.post("/videos", json=CREATE | change)
        assert answer.status_code in (400, 404)
        assert answer.json()["error"]["message"]
        assert len(provider.complaints) == 1


async def test_bifrost_takes_no_form_and_a_key_in_many_headers() -> None:
    async with gateway("bifrost") as (provider, http):
        form = await http.post("/videos", files={"model": (None, "openai/sora-2"), "prompt": (None, "a cat")})
        assert form.status_code == 400
        async with httpx.AsyncClient(base_url=http.base_url, trust_env=False) as other:
            url = "/videos?provider=openai"
            bearer = await other.get(url, headers={"Authorization": f"Bearer {provider.api_key}"})
            nothing = await other.get(url)
            assert [bearer.status_code, nothing.status_code] == [200, 401]
            provider.auth = False
            assert (await other.get(url)).status_code == 200


async def test_bifrost_lists_pages_and_deletes() -> None:
    async with gateway("bifrost") as (provider, http):
        ids = [await made(provider, http, CREATE) for _ in range(3)]
        assert (await http.get("/videos")).status_code == 400
        page = (await http.get("/videos", params={"provider": "openai", "limit": 2})).json()
        assert [v["id"] for v in page["data"]] == [ids[2], ids[1]]
        assert page["has_more"]
        rest = (await http.get("/videos", params={"provider": "openai", "after": page["last_id"]})).json()
        assert [v["id"] for v in rest["data"]] == [ids[0]]
        assert (await http.delete(at(ids[0]))).json() == {"id": ids[0], "object": "video.deleted", "deleted": True}
        assert (await http.get(at(ids[0]))).status_code == 404


async def test_bifrost_names_what_it_filtered() -> None:
    async with gateway("bifrost") as (provider, http):
        done = (await http.get(at(await made(provider, http, GEMINI | {"prompt": "x [withhold]"})))).json()
        assert (done["status"], done["content_filter"]["filtered_count"]) == ("failed", 1)
        refused = await http.post("/videos", json=GEMINI | {"prompt": "x [refuse]"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "moderation_blocked")
        provider.no_balance = True
        assert (await http.post("/videos", json=GEMINI)).status_code == 429


async def test_litellm_stamps_its_ids_anew() -> None:
    async with gateway("litellm") as (provider, http):
        first = await made(provider, http, PLAIN)
        polled = (await http.get(at(first))).json()
        assert polled["id"] != first
        assert all(len(i) > 100 and i.endswith("=") for i in (first, polled["id"]))
        assert (await http.get(at(polled["id"]))).json()["status"] == "completed"
        assert (await http.get(f"{provider.origin}{at(first)}")).status_code == 200
        assert (await http.post(at(first, "/remix"), json={"prompt": "a dog"})).status_code == 200
        assert (await http.get(at(first, "/content?variant=thumbnail"))).headers["content-type"] == "video/mp4"
        assert provider.complaints == []


async def test_litellm_cannot_delete_and_cannot_remix_everything() -> None:
    async with gateway("litellm") as (provider, http):
        task_id = await made(provider, http, PLAIN | {"model": "veo-3.1"})
        answer = await http.post(at(task_id, "/remix"), json={"prompt": "a dog"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, "500")
        assert "remix is not supported" in answer.json()["error"]["message"]
        assert (await http.delete(at(task_id))).status_code == 405
        assert len(provider.charges) == 1


async def test_litellm_is_as_strict_as_1_108_7() -> None:
    async with gateway("litellm") as (provider, http):
        form: dict[str, Any] = {name: (None, value) for name, value in PLAIN.items()}
        assert (await http.post("/videos", files=form)).status_code == 200
        picture = {"image_url": "data:image/png;base64,AAAA"}
        answer = await http.post("/videos", json=PLAIN | {"input_reference": picture})
        assert answer.status_code == 400
        assert "'dict' object has no attribute 'read'" in answer.json()["error"]["message"]
        answer = await http.post("/videos", json=PLAIN | {"model": "sora-9"})
        assert (answer.status_code, "Invalid model name" in answer.json()["error"]["message"]) == (400, True)
        provider.retired_models.add("sora-2")
        answer = await http.post("/videos", json=PLAIN)
        assert answer.status_code == 404
        assert answer.json()["error"]["message"].startswith("litellm.NotFoundError: NotFoundError: OpenAIException - {")
        answer = await http.get("/videos")
        assert (answer.status_code, "LLM Provider NOT provided" in answer.text) == (400, True)
        assert (await http.get("/videos?custom_llm_provider=openai")).status_code == 401
        task = next(iter(provider.tasks.values()))
        raw = [at(task.spare_id), at(task.spare_id, "/content")]
        assert [(await http.get(path)).status_code for path in raw] == [401, 401]
        assert (await http.post(at(task.spare_id, "/remix"), json={"prompt": "a dog"})).status_code == 401
        assert "sora-2" in [model["id"] for model in (await http.get("/models")).json()["data"]]
        assert len(provider.charges) == 1


@pytest.mark.parametrize(
    ("key", "status", "body"),
    [("Bearer sk-wrong", 400, '"message": "No connected db.", "type": "no_db_connection"'), ("", 500, "Internal Ser")],
)
async def test_litellm_has_two_answers_to_a_bad_key(key: str, status: int, body: str) -> None:
    async with gateway("litellm") as (_, http):
        for method, path in (("POST", "/videos"), ("GET", "/models"), ("GET", "/videos/video_1")):
            answer = await http.request(method, path, json=PLAIN, headers={"Authorization": key})
            assert (answer.status_code, body in answer.text) == (status, True)


async def test_litellm_repeats_a_paid_request_unless_told_not_to() -> None:
    async with gateway("litellm") as (provider, http):
        task_id = await made(provider, http, PLAIN)
        assert provider.complaints == []
        del http.headers["x-litellm-num-retries"]
        await http.post("/videos", json=PLAIN)
        await http.post(at(task_id, "/remix"), json={"prompt": "a dog"})
        assert len([line for line in provider.complaints if "may repeat" in line]) == 2


async def test_litellm_calls_running_google_models_processing() -> None:
    async with gateway("litellm") as (provider, http):
        provider.render_s = 100
        task_id = (await http.post("/videos", json=PLAIN | {"model": "veo-3.1"})).json()["id"]
        assert (await http.get(at(task_id))).json()["status"] == "processing"


async def test_a_form_carries_a_picture() -> None:
    async with gateway("openai") as (provider, http):
        provider.encodings = {"form"}
        assert (await http.post("/videos", json=PLAIN)).status_code == 400
        fields: dict[str, Any] = {name: (None, value) for name, value in PLAIN.items()}
        fields["input_reference"] = ("a.png", b"\x89PNG", "image/png")
        task_id = (await http.post("/videos", files=fields)).json()["id"]
        assert provider.tasks[task_id].pictures == [b"\x89PNG"]
        assert provider.base_url == f"{provider.origin}/v1"


async def test_openai_edits_and_extends() -> None:
    async with gateway("openai") as (provider, http):
        source = await made(provider, http, PLAIN)
        video = {"prompt": "a dog", "video": {"id": source}}
        edited = await http.post("/videos/edits", json=video)
        extended = await http.post("/videos/extensions", json=video | {"seconds": "4"})
        assert [edited.status_code, extended.status_code] == [200, 200]
        task = await provider.finish(extended.json()["id"])
        assert task.film is not None
        assert (await probe(task.film)).duration_s > 1.8
        assert (await http.post("/videos", json=PLAIN | {"seconds": "5"})).status_code == 400
        assert (await http.post("/videos", json=PLAIN | {"model": "sora-1"})).status_code == 404


async def test_content_may_be_compressed_and_of_unknown_length() -> None:
    async with gateway("litellm") as (provider, http):
        task_id = await made(provider, http, PLAIN)
        provider.content.gzip = provider.content.no_length = True
        answer = await http.get(at(task_id, "/content"))
        assert (answer.headers["content-encoding"], "content-length" in answer.headers) == ("gzip", False)
        assert (await probe(answer.content)).codec == "h264"
        provider.link_life_s = -1
        assert (await http.get(at(task_id, "/content"))).status_code == 404
