"""Documented requests to the local ToAPIs."""

import json

import httpx

from bot.sandbox.providers import LocalToAPIs

CREATE = {
    "model": "grok-video-3",
    "prompt": "A golden retriever running on a green field in sunny weather",
    "duration": 5,
    "aspect_ratio": "16:9",
}
REMIX = {"model": "grok-video-3", "prompt": "Add a puppy playing in the scene", "aspect_ratio": "16:9"}


async def create(provider: LocalToAPIs, http: httpx.AsyncClient, **changes: object) -> str:
    answer = await http.post("/v1/videos/generations", json=CREATE | changes)
    task_id = str(answer.json()["id"])
    await provider.finish(task_id)
    return task_id


async def status(http: httpx.AsyncClient, task_id: str) -> dict[str, object]:
    body = (await http.get(f"/v1/videos/generations/{task_id}")).json()
    assert isinstance(body, dict)
    return body


def link(body: dict[str, object]) -> str:
    result = json.loads(json.dumps(body))["result"]
    return str(result["data"][0]["url"])


async def download(url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as plain:
        return await plain.get(url)
