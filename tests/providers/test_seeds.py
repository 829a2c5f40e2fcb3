"""Tests of the documentation pages in the seeds: each example request is sent exactly, each example response read."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.jobs.job import Kind
from bot.ports.provider import Draft, Failed, Pending, Picture, Provider, ProviderOrder, Ready, Task, TaskState
from tests.providers.models import model_of
from tests.providers.recording_server import RecordedRequest, RecordingServer, make_order, make_source

BEARER = "Bearer the-key"
QUEUED_AT = 1768380224
STANDARD_HEADERS = {"host", "accept", "accept-encoding", "connection", "user-agent", "content-length"}


def assert_request(request: RecordedRequest, *, path: str, body: Mapping[str, object], **headers: str) -> None:
    """Require that method, path, headers and body equal those of the page."""
    assert request.method == "POST"
    assert request.path == path
    assert request.json == body
    received = {name.lower(): value for name, value in request.headers.items()}
    expected = {"content-type": "application/json", **{n.replace("_", "-"): v for n, v in headers.items()}}
    assert {name: value for name, value in received.items() if name not in STANDARD_HEADERS} == expected


async def draft_and_submit(provider: Provider, order: ProviderOrder) -> tuple[Draft, Task]:
    draft = await provider.draft(order)
    return draft, await provider.submit(draft)


async def submit_and_check(
    order: ProviderOrder, response: object, kind: str, **options: str
) -> tuple[RecordingServer, Task, TaskState]:
    """Submit an order and poll its task, with the same response to both requests."""
    async with RecordingServer([(200, response)]) as server:
        provider = server.provider(kind, **options)
        _, task = await draft_and_submit(provider, order)
        state = await provider.check(task)
        await provider.close()
    return server, task, state


def queued_task(task_id: str, model: str, metadata: Mapping[str, object]) -> dict[str, object]:
    """Return the response of the ToAPIs pages."""
    return {
        "id": task_id, "object": "generation.task", "model": model, "status": "queued", "progress": 0,
        "created_at": QUEUED_AT, "metadata": metadata,
    }  # fmt: skip


async def test_seed_000_7c28aca5fd006044() -> None:
    """ToAPIs: remix of a Grok video."""
    response = queued_task("video_remix_abc123", "grok-video-3", {})
    order = make_order(
        Kind.REMIX, "toapis/grok-video-3", prompt="Add a puppy playing in the scene", aspect="16:9",
        source=make_source("video_abc123def456", "toapis"),
    )  # fmt: skip
    server, task, state = await submit_and_check(order, response, "toapis")
    assert_request(
        server.requests[0],
        path="/v1/videos/video_abc123def456/remix",
        body={"model": "grok-video-3", "prompt": "Add a puppy playing in the scene", "aspect_ratio": "16:9"},
        authorization=BEARER,
    )
    assert (task.task_id, task.endpoint, task.protocol) == ("video_remix_abc123", server.base_url, "toapis")
    assert server.requests[1].path == "/v1/videos/generations/video_remix_abc123"
    assert state == Pending(progress=0.0, queued=True, raw_status="queued")


async def test_seed_000_size_is_sent_if_the_host_lists_values() -> None:
    grok = model_of("toapis/grok-video-3")
    assert grok.remix is not None
    sized = replace(grok, remix=replace(grok.remix, resolutions=("720P",)))
    order = make_order(
        Kind.REMIX, "toapis/grok-video-3", source=make_source("v", "toapis"), aspect="9:16", resolution="720P"
    )
    async with RecordingServer([(200, queued_task("n", "grok-video-3", {}))]) as server:
        provider = server.provider("toapis")
        await draft_and_submit(provider, replace(order, model=sized))
        await provider.close()
    body = {"model": "grok-video-3", "prompt": "a prompt", "aspect_ratio": "9:16", "size": "720P"}
    assert server.requests[0].json == body


async def test_seed_001_567e1e7ecbcb6d38() -> None:
    """OctopusX: the unified remix, whose example response has the id of its source."""
    task_id = "grok:48a67431-0708-46d1-9ab9-83cb84700153"
    response = {"id": task_id, "status": "processing", "status_update_time": 1762685256}
    order = make_order(
        Kind.REMIX, "octopusx/grok-video-3", prompt="play with another white cat", aspect="3:2", resolution="1080P",
        source=make_source(task_id, "unified", url="https://cdn.example/source.mp4"),
    )  # fmt: skip
    server, task, state = await submit_and_check(order, response, "octopusx")
    body = {
        "model": "grok-video-3", "prompt": "play with another white cat", "aspect_ratio": "3:2", "size": "1080P",
        "task_id": task_id,
    }  # fmt: skip
    assert_request(server.requests[0], path="/v1/video/remix", body=body, authorization=BEARER)
    assert server.requests[0].headers["Accept"] == "application/json"
    assert (task.task_id, task.protocol) == (task_id, "unified")
    assert task.spare_ids == {"source_id": task_id, "source_url": "https://cdn.example/source.mp4"}
    assert server.requests[1].path == "/v1/video/query?id=grok%3A48a67431-0708-46d1-9ab9-83cb84700153"
    assert state == Pending(raw_status="processing")


async def test_seed_001_sends_the_upstream_post_if_known() -> None:
    order = make_order(
        Kind.REMIX, "octopusx/grok-video-3", aspect="2:3", resolution="720P",
        source=make_source("grok:1", "unified", post_id="post-9"),
    )  # fmt: skip
    async with RecordingServer([(200, {"id": "grok:2", "status": "processing"})]) as server:
        provider = server.provider("octopusx")
        await draft_and_submit(provider, order)
        await provider.close()
    assert server.requests[0].json == {
        "model": "grok-video-3", "prompt": "a prompt", "size": "720P", "aspect_ratio": "2:3", "task_id": "grok:1",
        "parent_post_id": "post-9",
    }  # fmt: skip


async def test_seed_002_13fec1ea2eb48bf2() -> None:
    """ToAPIs: remix of a Sora video, with its length."""
    response = queued_task("video_01K8SGYNNNVBQTXNR4MM964S7K", "sora-2", {"size": "720x720"})
    order = make_order(
        Kind.REMIX, "toapis/sora-2", prompt="Add a puppy playing in the scene", aspect="16:9", seconds=15,
        source=make_source("task_01K8SGYNNNVBQTXNR4MM964S7K", "toapis"),
    )  # fmt: skip
    server, task, state = await submit_and_check(order, response, "toapis")
    assert_request(
        server.requests[0],
        path="/v1/videos/task_01K8SGYNNNVBQTXNR4MM964S7K/remix",
        body={
            "model": "sora-2", "prompt": "Add a puppy playing in the scene", "duration": 15, "aspect_ratio": "16:9",
        },
        authorization=BEARER,
    )  # fmt: skip
    assert task.task_id == "video_01K8SGYNNNVBQTXNR4MM964S7K"
    assert state == Pending(progress=0.0, queued=True, raw_status="queued")


@pytest.mark.parametrize(
    ("model", "seconds"), [("sora-2", (10, 15)), ("sora-2-pro", (15, 25)), ("sora-2-vip", (10, 15))]
)
async def test_seed_002_models_and_lengths_match_the_page(model: str, seconds: tuple[int, ...]) -> None:
    rule = model_of(f"toapis/{model}").remix
    assert rule is not None
    assert (rule.model, rule.seconds, rule.aspects) == (model, seconds, ("16:9", "9:16", "1:1"))


VIDEO_OBJECT = {
    "id": "video_new", "object": "video", "model": "sora-2", "status": "queued", "progress": 50, "prompt": "words",
    "remixed_from_video_id": "video_abc123:openai", "seconds": "4", "size": "1280x720", "created_at": 123,
    "completed_at": 123, "expires_at": 123,
    "videos": [{"type": "url", "url": "https://x.example/v", "base64": "AA==", "content_type": "video/mp4"}],
    "error": {"code": "", "message": ""},
    "content_filter": {"filtered_count": 0, "reasons": []},
    "extra_fields": {
        "request_type": "video_remix", "provider": "openai", "model_requested": "sora-2", "model_deployment": "d",
        "latency": 123, "chunk_index": 0, "raw_request": {}, "raw_response": {},
        "cache_debug": {"cache_hit": True, "cache_id": "c", "hit_type": "direct", "similarity": 1},
    },
}  # fmt: skip


async def test_seed_003_5d56f3511a529db1() -> None:
    """Bifrost: a remix with only a prompt. The id in the response needs the provider as its suffix."""
    order = make_order(
        Kind.REMIX, "openai_videos/bifrost-sora-2", prompt="make it night",
        source=make_source("video_abc123:openai", "bifrost"),
    )  # fmt: skip
    server, task, state = await submit_and_check(order, VIDEO_OBJECT, "openai_videos", flavour="bifrost", key="")
    assert_request(server.requests[0], path="/v1/videos/video_abc123%3Aopenai/remix", body={"prompt": "make it night"})
    assert (task.task_id, task.protocol) == ("video_new:openai", "bifrost")
    assert server.requests[1].path == "/v1/videos/video_new%3Aopenai"
    assert state == Pending(progress=50.0, queued=True, raw_status="queued")


async def test_seed_003_completed_and_failed_tasks_are_read() -> None:
    filtered = {"filtered_count": 1, "reasons": ["celebrity"]}
    failed = VIDEO_OBJECT | {
        "status": "failed", "videos": [], "error": {"code": "x", "message": "blocked"}, "content_filter": filtered,
    }  # fmt: skip
    async with RecordingServer([(200, VIDEO_OBJECT | {"status": "completed"}), (200, failed)]) as server:
        provider = server.provider("openai_videos", flavour="bifrost", key="sk-bf-1")
        task = Task(task_id="video_new:openai", protocol="bifrost", endpoint=server.base_url)
        ready, ended = await provider.check(task), await provider.check(task)
        await provider.close()
    assert server.requests[0].headers["x-bf-vk"] == "sk-bf-1"
    assert "Authorization" not in server.requests[0].headers
    assert isinstance(ready, Ready)
    assert (ready.url, ready.authorised) == (f"{server.base_url}/v1/videos/video_new%3Aopenai/content", True)
    assert ready.expires_at == 123.0
    assert ready.fallback is not None
    assert (ready.fallback.url, ready.fallback.authorised) == ("https://x.example/v", False)
    assert ended == Failed(reason="blocked: celebrity", policy=True)


async def test_seed_004_1da736371c4aad0e() -> None:
    """ToAPIs: a Grok video from a prompt."""
    prompt = "A golden retriever running on a green field in sunny weather"
    order = make_order(Kind.GENERATE, "toapis/grok-video-3", prompt=prompt, aspect="16:9", seconds=5)
    server, task, state = await submit_and_check(order, queued_task("video_abc123def456", "grok-video-3", {}), "toapis")
    assert_request(
        server.requests[0],
        path="/v1/videos/generations",
        body={"model": "grok-video-3", "prompt": prompt, "duration": 5, "aspect_ratio": "16:9"},
        authorization=BEARER,
    )
    assert task == Task(task_id="video_abc123def456", protocol="toapis", endpoint=server.base_url)
    assert server.requests[1].path == "/v1/videos/generations/video_abc123def456"
    assert server.requests[1].headers["Authorization"] == BEARER
    assert state == Pending(progress=0.0, queued=True, raw_status="queued")


async def test_seed_004_a_picture_is_uploaded_first_and_sent_as_a_link(picture_file: Picture) -> None:
    link = "https://files.example/image.png"
    upload = {"success": True, "message": "", "data": {"id": "upload_1", "url": link, "mime_type": "image/png"}}
    order = make_order(Kind.GENERATE, "toapis/grok-video-3", aspect="9:16", seconds=10, picture=picture_file)
    async with RecordingServer([(200, upload), (200, queued_task("v", "grok-video-3", {}))]) as server:
        provider = server.provider("toapis")
        draft, _ = await draft_and_submit(provider, order)
        await provider.close()
    assert [request.path for request in server.requests] == ["/v1/uploads/images", "/v1/videos/generations"]
    assert b'name="file"; filename="image.png"' in server.requests[0].body
    assert draft.fields["image_urls"] == [link]
    assert json.loads(server.requests[1].body) == draft.fields
