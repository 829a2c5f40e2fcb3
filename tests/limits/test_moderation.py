"""The moderation endpoint: called before anything is stored, and what its failure means."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from bot.net.moderation import read_flagged
from bot.net.response import Response
from tests.harness import open_harness
from tests.limits.helpers import LIGHTHOUSE, database_of, response_text

KEY = "moderation-key-1234567890"


@dataclass
class ModerationServer:
    """Flags prompts with a bad word."""

    url: str = ""
    status: int = 200
    silent: bool = False
    requests: list[dict[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def moderate(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.requests.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        if self.silent:
            await asyncio.sleep(30)
        flagged = "wicked" in body["input"]
        return web.json_response(
            {"id": "modr-1", "model": "omni-moderation-latest", "results": [{"flagged": flagged, "categories": {}}]},
            status=self.status,
        )


@contextlib.asynccontextmanager
async def running_moderation_server() -> AsyncIterator[ModerationServer]:
    moderator, app = ModerationServer(), web.Application()
    app.router.add_post("/v1/moderations", moderator.moderate)
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


async def test_a_flagged_prompt_is_rejected_before_anything_is_stored(tmp_path: Path) -> None:
    async with (
        running_moderation_server() as moderator,
        open_harness(tmp_path, moderation_url=moderator.url, moderation_key=KEY, moderation_model="omni") as harness,
    ):
        answer = await response_text(await harness.alice.slash(harness.channel, "generate", prompt="a wicked thing"))
        assert answer == "This bot's moderation doesn't allow that prompt. Not charged. Try different words."
        assert (await database_of(harness).run("SELECT count(*) FROM job"))[0][0] == 0
        assert moderator.requests == [{"input": "a wicked thing", "model": "omni"}]
        assert moderator.keys == [f"Bearer {KEY}"]
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        await harness.bob.reply(clip, "make it a wicked one please")
        await harness.wait_for_message("This bot's moderation doesn't allow that prompt.")


@pytest.mark.parametrize("trouble", ["error", "silence", "gone"])
@pytest.mark.parametrize("fail", ["closed", "open"])
async def test_the_configured_fallback_applies_if_the_endpoint_fails(tmp_path: Path, fail: str, trouble: str) -> None:
    async with running_moderation_server() as moderator:
        moderator.status, moderator.silent = (500 if trouble == "error" else 200), trouble == "silence"
        url = "http://127.0.0.1:9/v1/moderations" if trouble == "gone" else moderator.url
        async with open_harness(tmp_path, moderation_url=url, moderation_fail=fail) as harness:
            interaction = await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
            if fail == "open":
                await harness.wait_for_clip(LIGHTHOUSE)
            else:
                assert await response_text(interaction) == (
                    "I couldn't check this prompt with the moderation service, so I didn't send it. Not charged. "
                    "Try again in a moment."
                )
                assert harness.provider.charges == []
            assert interaction.answered_after_s is not None
            assert interaction.answered_after_s < 2.5


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
def test_a_response_is_parsed_strictly(body: bytes, flagged: bool | None) -> None:
    assert read_flagged(Response(status=200, body=body, headers={})) is flagged
    assert read_flagged(Response(status=502, body=body, headers={})) is None
