"""The page answers to this machine's own browser on its own address, and to nothing else."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.discord import Upload
from bot.sandbox.environment import ROOT
from bot.sandbox.web.origin_check import RealToken, refuse_real_token
from tests.browser.person import House


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 200),
        ("/", {"Host": "localhost:{port}"}, 200),
        ("/", {"Host": "evil.example:{port}"}, 403),
        ("/", {"Host": "127.0.0.1"}, 403),
        ("/", {"Origin": "http://evil.example"}, 403),
        ("/", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        ("/static/app.js", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("/static/../server.py", {}, 404),
        ("/static/%2e%2e%2fserver.py", {}, 404),
        ("/socket", {"Upgrade": "websocket"}, 403),
        ("/socket", {"Upgrade": "websocket", "Origin": "http://evil.example"}, 403),
        ("/socket", {"Upgrade": "websocket", "Origin": "null"}, 403),
        ("/files/1/x.png", {}, 404),
    ],
)
async def test_who_is_let_in(quiet_house: House, path: str, headers: dict[str, str], status: int) -> None:
    port = quiet_house.site.port
    sent = {name: value.format(port=port) for name, value in headers.items()}
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}{path}", headers=sent) as response:
            assert response.status == status
            assert "require-trusted-types-for 'script'" in response.headers["Content-Security-Policy"]
        async with session.post(f"http://127.0.0.1:{port}/uploads?name=x", data=b"x") as response:
            assert response.status == 403, "a form of another site names no origin of ours"


async def test_a_page_in_a_file_cannot_run_here(quiet_house: House) -> None:
    stage = quiet_house.stage
    said = await stage.bob.say(stage.videos, attachments=(Upload("x.html", b"<script>alert(1)</script>", "text/html"),))
    attachment = said.attachments[0]
    address = f"{quiet_house.site.address}/files/{attachment.id}/{attachment.filename}"
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("name", ["RETAKE_DISCORD_TOKEN", "RETAKE_DISCORD_TOKEN_FILE"])
def test_a_real_token_in_the_environment_is_refused(name: str) -> None:
    refuse_real_token({"HOME": "/root", "RETAKE_DISCORD_TOKEN": ""})
    with pytest.raises(RealToken):
        refuse_real_token({name: "a token"})


SERVE = "import asyncio, sys; from bot.sandbox.web.play import serve; sys.exit(asyncio.run(serve(0)))"


async def _serving(**more: str) -> asyncio.subprocess.Process:
    env = {name: value for name, value in os.environ.items() if not name.startswith("RETAKE_")} | more
    out = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, cwd=ROOT, env=env, stdout=out, start_new_session=True
    )


async def test_it_says_so_and_does_not_start_with_a_real_token() -> None:
    process = await _serving(RETAKE_DISCORD_TOKEN="real")
    said, _ = await process.communicate()
    assert process.returncode == 78
    assert b"real bot token" in said


@pytest.mark.parametrize("when", ["starting", "online"])
async def test_ctrl_c_ends_everything_that_it_started(when: str) -> None:
    process = await _serving()
    assert process.stdout is not None
    said = (await process.stdout.readline()).decode()
    address = said.removeprefix("Open ").split()[0]
    bots = await _bots(process.pid)
    if when == "online":
        async with asyncio.timeout(60):
            await _online(address)
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(60):
        rest, _ = await process.communicate()
    assert rest.decode().endswith("Ending the bot, the providers and the page.\n")
    assert process.returncode == 0
    assert [pid for pid in bots if _alive(pid)] == []


async def _bots(pid: int) -> list[int]:
    """What it has started, as soon as there is something."""
    for _ in range(600):
        if found := _children(pid):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it starts nothing")


async def _online(address: str) -> None:
    """Wait until the page shows that the bot is online."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{address}/socket", origin=address) as socket:
        async for packet in socket:
            news = packet.json()
            if (news["ev"] == "bot" and news["online"]) or (news["ev"] == "place" and news["bot"]["online"]):
                return


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(number) for number in found.read_text().split()] if found.exists() else []
