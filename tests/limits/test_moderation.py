"""A moderation endpoint on this machine: asked before anything is written, and what its silence means."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from bot.net.moderation import read_flagged
from bot.net.response import Response
from tests.harness import open_studio
from tests.limits.helpers import LIGHTHOUSE, database_of, told

KEY = "moderation-key-1234567890"


@dataclass
class Moderator:
    """Flags what has a bad word in it."""

    url: str = ""
    status: int = 200
    silent: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def look(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        if self.silent:
            await asyncio.sleep(30)
        flagged = "wicked" in body["input"]
        return web.json_response(
            {"id": "modr-1", "model": "omni-moderation-latest", "results": [{"flagged": flagged, "categories": {}}]},
            status=self.status,
        )


@contextlib.asynccontextmanager
async def open_moderator() -> AsyncIterator[Moderator]:
    moderator, app = Moderator(), web.Application()
    app.router.add_post("/v1/moderations", moderator.look)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    moderator.url = f"http://127.0.0.1:{port}/v1/moderations"
    try:
        yield moderator
    finally:
        await runner.cleanup()


async def test_a_flagged_prompt_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    async with (
        open_moderator() as moderator,
        open_studio(tmp_path, moderation_url=moderator.url, moderation_key=KEY, moderation_model="omni") as studio,
    ):
        answer = await told(await studio.alice.slash(studio.channel, "generate", prompt="a wicked thing"))
        assert answer == "This bot's moderation does not allow that prompt. Not charged. Say it in other words."
        assert (await database_of(studio).run("SELECT count(*) FROM job"))[0][0] == 0
        assert moderator.asked == [{"input": "a wicked thing", "model": "omni"}]
        assert moderator.keys == [f"Bearer {KEY}"]
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.clip_of(LIGHTHOUSE)
        await studio.bob.reply(clip, "make it a wicked one please")
        await studio.said("This bot's moderation does not allow that prompt.")


@pytest.mark.parametrize("trouble", ["error", "silence", "gone"])
@pytest.mark.parametrize("fail", ["closed", "open"])
async def test_where_it_does_not_answer_the_hosts_setting_decides(tmp_path: Path, fail: str, trouble: str) -> None:
    async with open_moderator() as moderator:
        moderator.status, moderator.silent = (500 if trouble == "error" else 200), trouble == "silence"
        url = "http://127.0.0.1:9/v1/moderations" if trouble == "gone" else moderator.url
        async with open_studio(tmp_path, moderation_url=url, moderation_fail=fail) as studio:
            asked = await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
            if fail == "open":
                await studio.clip_of(LIGHTHOUSE)
            else:
                assert await told(asked) == (
                    "I could not have this prompt checked just now, so I did not send it. Not charged. "
                    "Try again in a moment."
                )
                assert studio.provider.charges == []
            assert asked.answered_after_s is not None
            assert asked.answered_after_s < 2.5


@pytest.mark.parametrize(
    ("body", "flagged"),
    [
        (b'{"results": [{"flagged": true}]}', True),
        (b'{"results": [{"flagged": false}, {"flagged": true}]}', True),
        (b'{"results": [{"flagged": false}]}', False),
        (b'{"results": []}', None),
        (b'{"results": [{"flagged": "no"}]}', None),
        (b'{"results": 5}', None),
        (b"[]", None),
        (b"<html>", None),
        (b"\xff", None),
    ],
)
def test_an_answer_is_read_strictly(body: bytes, flagged: bool | None) -> None:
    assert read_flagged(Response(status=200, body=body, headers={})) is flagged
    assert read_flagged(Response(status=502, body=body, headers={})) is None
