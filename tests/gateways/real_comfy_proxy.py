"""The whole bot through a real comfy-api-proxy, which serves Comfy API v2, in front of a local ComfyUI.

Not part of the default run, because it installs the proxy: `make test-gateways` does both.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalComfy
from tests.harness import BotHarness, open_harness
from tests.monitoring.test_health import free_port
from tests.providers.models import WORKFLOWS

pytestmark = pytest.mark.timeout(120)
PROGRAM = Path(__file__).parents[2] / "build/comfy-proxy/bin/comfy-api-proxy"
TOKEN = "token-of-the-proxy"
FOX = "a fox of folded paper"


@contextlib.asynccontextmanager
async def running_proxy(port: int, server: LocalComfy, log: Path) -> AsyncIterator[None]:
    """Run the proxy until the block ends."""
    options = ("--comfyui", server.origin, "--port", str(port), "--token", TOKEN)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(PROGRAM, "run", *options, stdout=output, stderr=output)
    try:
        for _ in range(200):
            if await _is_open(port):
                break
            await asyncio.sleep(0.1)
        yield
    finally:
        process.terminate()
        await process.wait()


async def _is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@contextlib.asynccontextmanager
async def studio(
    folder: Path, *, render_s: float = 0.3, key: str = TOKEN
) -> AsyncIterator[tuple[BotHarness, LocalComfy]]:
    """Run the bot with settings as a host writes them."""
    server, port = LocalComfy(render_s=render_s), free_port()
    server.auth = False  # as ComfyUI itself
    account: dict[str, object] = {
        "workflows": str(WORKFLOWS), "price": "free", "protocol": "v2", "key": key,
        "base_url": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    async with (
        open_harness(folder, other_providers=(server,), account_overrides={"comfy": account}, start=False) as harness,
        running_proxy(port, server, folder / "proxy.log"),
    ):
        await harness.start()
        yield harness, server


async def generate(harness: BotHarness, prompt: str = FOX) -> None:
    await harness.alice.slash(harness.channel, "generate", prompt=prompt, model="wan2.2-5b", seconds=2)


async def test_a_video_its_remix_and_one_from_its_last_frame(tmp_path: Path) -> None:
    async with studio(tmp_path) as (harness, server):
        await generate(harness)
        assert b"CLIPTextEncode" not in (await harness.wait_for_clip(FOX)).attachments[0].data
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf")
        assert "(edit of the clip)" in (await harness.wait_for_clip("it wears a scarf")).content
        await harness.bob.slash(harness.channel, "remix", prompt="it jumps", model="wan2.2-5b-image")
        assert "(from its last frame)" in (await harness.wait_for_clip("it jumps")).content
        assert [task.kind for task in server.tasks.values()] == ["create", "edit", "create"]
        assert [len(task.pictures) for task in server.tasks.values()] == [0, 0, 1]
        assert server.complaints == []


async def test_a_workflow_that_lacks_its_model_is_refused_and_not_charged(tmp_path: Path) -> None:
    async with studio(tmp_path) as (harness, server):
        server.retired_models.add("wan2.2_vae.safetensors")
        await generate(harness)
        await harness.wait_for_message("Not charged")
        assert server.tasks == {}


async def test_a_wrong_token_is_told(tmp_path: Path) -> None:
    async with studio(tmp_path, key="another") as (harness, server):
        await generate(harness)
        await harness.wait_for_message("Not charged")
        assert server.wire.requests("POST /prompt") == []


async def test_a_failed_run_is_told(tmp_path: Path) -> None:
    async with studio(tmp_path) as (harness, _):
        await generate(harness, "[fail] a fox")
        await harness.wait_for_message("couldn't finish this video")


async def test_cancel_reaches_comfyui(tmp_path: Path) -> None:
    async with studio(tmp_path, render_s=60.0) as (harness, server):
        interaction = await harness.alice.slash(harness.channel, "generate", prompt=FOX, model="wan2.2-5b", seconds=2)
        await harness.wait_until(lambda: server.running() or None)
        await harness.alice.press(await harness.status_of(interaction), "Cancel")
        await harness.wait_until(lambda: server.interrupted or None)


async def test_what_the_proxy_cannot_tell_is_asked_about_and_not_sent_again(tmp_path: Path) -> None:
    """The proxy doesn't know whether ComfyUI has taken a request whose answer was lost."""
    async with studio(tmp_path) as (harness, server):
        server.wire.fail(Fault(route="POST /prompt", when="after", drop=True))
        await generate(harness)
        message = await harness.wait_for_message("I lost contact while sending this request")
        assert message.components
        assert len(server.wire.requests("POST /prompt")) == 1
