"""What every pretend provider can do: expire links, misbehave as a CDN, be down, lie, survive."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs

CREATE = {"model": "grok-video-3", "prompt": "a cat"}
FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 400


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[LocalToAPIs]:
    film = tmp_path / "film.mp4"
    await asyncio.to_thread(film.write_bytes, FILM)
    async with LocalToAPIs(render_s=0, film=film) as provider:
        yield provider


@pytest.fixture
async def http(provider: LocalToAPIs) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {provider.api_key}"}
    async with httpx.AsyncClient(base_url=provider.base_url, headers=headers, trust_env=False) as http:
        yield http


@pytest.fixture
async def plain() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as plain:
        yield plain


async def created(http: httpx.AsyncClient, prompt: str = "a cat") -> str:
    answer = await http.post("/v1/videos/generations", json=CREATE | {"prompt": prompt})
    return str(answer.json()["id"])


async def polled(http: httpx.AsyncClient, task_id: str) -> dict[str, object]:
    return dict((await http.get(f"/v1/videos/generations/{task_id}")).json())


async def finished_link(provider: LocalToAPIs, http: httpx.AsyncClient) -> str:
    task = await provider.finish(await created(http))
    await polled(http, task.id)
    assert task.link is not None
    return task.link


async def test_an_expired_link_is_403_and_a_poll_gives_a_fresh_one(
    provider: LocalToAPIs, http: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    provider.link_life_s = -1
    link = await finished_link(provider, http)
    assert (await plain.get(link)).status_code == 403
    provider.link_life_s = 60
    [task] = provider.tasks.values()
    await polled(http, task.id)
    assert task.link is not None
    assert task.link != link
    assert (await plain.get(task.link)).content == FILM
    provider.cdn.expire_all()
    assert (await plain.get(task.link)).status_code == 403


async def test_a_link_may_stay_dead(provider: LocalToAPIs, http: httpx.AsyncClient, plain: httpx.AsyncClient) -> None:
    provider.fresh_links, provider.link_life_s = False, -1
    link = await finished_link(provider, http)
    [task] = provider.tasks.values()
    await polled(http, task.id)
    assert task.link == link
    assert (await plain.get(link)).status_code == 403


async def test_a_forged_link_is_403(provider: LocalToAPIs, http: httpx.AsyncClient, plain: httpx.AsyncClient) -> None:
    link = await finished_link(provider, http)
    assert (await plain.get(link.replace("exp=", "exp=9"))).status_code == 403


async def test_a_key_at_the_cdn_is_a_complaint(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    link = await finished_link(provider, http)
    assert (await http.get(link)).status_code == 200
    assert provider.complaints == ["key leaked to the CDN"]


async def test_the_cdn_serves_faulty_responses(
    provider: LocalToAPIs, http: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    link, faults = await finished_link(provider, http), provider.cdn.faults
    faults.no_length = True
    answer = await plain.get(link)
    assert ("content-length" in answer.headers, answer.content) == (False, FILM)
    faults.no_length, faults.gzip = False, True
    answer = await plain.get(link)
    assert (answer.headers["content-encoding"], answer.content) == ("gzip", FILM)
    faults.gzip, faults.redirects = False, 3
    answer = await plain.get(link)
    assert (len(answer.history), answer.content) == (3, FILM)
    faults.redirect_to = "/cdn/elsewhere/video.mp4"
    assert (await plain.get(link)).status_code == 403
    assert provider.complaints == []


async def test_the_cdn_can_be_slow_and_can_hang_up(
    provider: LocalToAPIs, http: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    link, faults = await finished_link(provider, http), provider.cdn.faults
    provider.serve_instead = lambda task: FILM[:3000]
    faults.trickle_bytes_s = 20_000
    began = time.monotonic()
    assert (await plain.get(link)).content == FILM[:3000]
    assert time.monotonic() - began > 0.1
    faults.trickle_bytes_s, faults.cut_after_bytes = None, 100
    with pytest.raises(httpx.RemoteProtocolError):
        await plain.get(link)


async def test_anything_can_be_served_instead(
    provider: LocalToAPIs, http: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    link = await finished_link(provider, http)
    provider.serve_instead = b"<html>"
    provider.cdn.faults.content_type = "text/html"
    answer = await plain.get(link)
    assert (answer.content, answer.headers["content-type"]) == (b"<html>", "text/html")


async def test_a_provider_can_be_down(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    provider.down = True
    answer = await http.get("/v1/balance")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    provider.down = "drop"
    with pytest.raises(httpx.RemoteProtocolError):
        await http.get("/v1/balance")


async def test_a_lost_answer_was_charged(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    provider.wire.fail(Fault(route="POST /v1/videos/generations", when="after", status=500))
    provider.wire.fail(Fault(route="POST /v1/videos/generations", when="before", status=429))
    assert [(await http.post("/v1/videos/generations", json=CREATE)).status_code for _ in range(2)] == [500, 429]
    assert len(provider.charges) == len(provider.tasks) == 1


@pytest.mark.parametrize(
    ("style", "shown"), [("smooth", 47), ("steps10", 40), ("steps25", 25), ("none", None), ("lies", 80)]
)
async def test_progress_is_told_in_five_ways(
    provider: LocalToAPIs, http: httpx.AsyncClient, style: str, shown: int | None
) -> None:
    provider.render_s = 1000
    task = provider.tasks[await created(http)]
    task.created_at -= 475
    await asyncio.sleep(0)
    provider.progress = style  # type: ignore[assignment]
    assert (await polled(http, task.id)).get("progress") == shown


async def test_words_in_the_prompt_set_the_time(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    provider.render_s = lambda task: 10.0
    for prompt, seconds in (("a", 10), ("a [slow]", 30), ("a [fast]", 0), ("a [render=0.25]", 0.25)):
        assert provider.tasks[await created(http, prompt)].render_s == seconds


async def test_tasks_survive_a_restart_of_the_provider(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    provider.render_s = math.inf
    task_id = await created(http)
    await asyncio.sleep(0)
    await provider.stop()
    with pytest.raises(httpx.ConnectError):
        await polled(http, task_id)
    await provider.start(provider.port)
    assert (await polled(http, task_id))["status"] == "in_progress"
    await provider.finish(task_id)
    assert (await polled(http, task_id))["status"] == "completed"


async def test_a_provider_may_stop_while_it_films(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    provider.camera.reuse = None
    task = provider.tasks[await created(http, f"never rendered before {time.time()}")]
    await asyncio.sleep(0.03)
    await provider.stop()
    assert not task.ended.is_set()
    await provider.start(provider.port)
    assert (await provider.finish(task.id)).film is not None


async def test_a_task_waits_in_the_queue(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    provider.queue_s = 60
    assert (await polled(http, await created(http)))["status"] == "queued"


async def test_five_hundred_polls_a_second(provider: LocalToAPIs, http: httpx.AsyncClient) -> None:
    task_id = await created(http)
    began = time.perf_counter()

    async def polls() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", provider.port)
        head = f"Host: x\r\nAuthorization: Bearer {provider.api_key}"
        request = f"GET /v1/videos/generations/{task_id} HTTP/1.1\r\n{head}\r\n\r\n"
        for _ in range(100):
            writer.write(request.encode())
            answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            await reader.readexactly(int(answer.partition("content-length: ")[2].partition("\r\n")[0]))
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(polls() for _ in range(8)))
    assert 800 / (time.perf_counter() - began) > 500
