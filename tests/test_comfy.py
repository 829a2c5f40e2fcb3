"""ComfyUI through the whole bot, with settings as a host writes them."""

from functools import partial
from pathlib import Path

import pytest

from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalComfy, LocalComfyV2
from bot.sandbox.providers.comfy_runs import ComfyRuns
from bot.worker.poll_schedule import Timing
from tests.harness import BotHarness, open_harness
from tests.providers.models import WORKFLOWS

FOX = "a fox of folded paper"
FREE: dict[str, object] = {"workflows": str(WORKFLOWS), "price": "free"}


def comfy(harness: BotHarness) -> ComfyRuns:
    (server,) = harness.other_providers
    assert isinstance(server, ComfyRuns)
    return server


async def generate(harness: BotHarness, prompt: str = FOX, model: str = "wan2.2-5b") -> None:
    await harness.alice.slash(harness.channel, "generate", prompt=prompt, model=model, seconds=2)


async def test_a_clip_is_made_remixed_and_continued_for_free(tmp_path: Path) -> None:
    async with open_harness(
        tmp_path, other_providers=(LocalComfy(render_s=0.1),), account_overrides={"comfy": FREE}
    ) as harness:
        await generate(harness)
        message = await harness.wait_for_clip(FOX)
        assert b"CLIPTextEncode" not in message.attachments[0].data
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf")
        remix = await harness.wait_for_clip("it wears a scarf")
        assert "(edit of the clip)" in remix.content
        assert b"CLIPTextEncode" not in remix.attachments[0].data
        await harness.bob.slash(harness.channel, "remix", prompt="it jumps", model="wan2.2-5b-image")
        assert "(from its last frame)" in (await harness.wait_for_clip("it jumps")).content
        assert [task.kind for task in comfy(harness).tasks.values()] == ["create", "edit", "create"]
        assert sum(charge.usd for charge in comfy(harness).charges) == 0
        assert comfy(harness).complaints == []


async def test_the_v2_api_makes_and_remixes_a_clip(tmp_path: Path) -> None:
    account = FREE | {"protocol": "v2"}
    async with open_harness(
        tmp_path, other_providers=(LocalComfyV2(render_s=0.1),), account_overrides={"comfy": account}
    ) as harness:
        await generate(harness)
        await harness.wait_for_clip(FOX)
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf")
        assert b"CLIPTextEncode" not in (await harness.wait_for_clip("it wears a scarf")).attachments[0].data
        assert comfy(harness).complaints == []


async def test_a_failed_run_is_free_at_a_free_server(tmp_path: Path) -> None:
    async with open_harness(
        tmp_path, other_providers=(LocalComfy(render_s=0.1),), account_overrides={"comfy": FREE}
    ) as harness:
        await generate(harness, "[fail] a fox")
        await harness.wait_for_message("Not charged")


async def test_a_failed_run_counts_at_a_server_with_a_price(tmp_path: Path) -> None:
    account = FREE | {"price": "0.01"}
    async with open_harness(
        tmp_path, other_providers=(LocalComfy(render_s=0.1, second_usd=0.01),), account_overrides={"comfy": account}
    ) as harness:
        await generate(harness, "[fail] a fox")
        assert "I counted $0.02" in (await harness.wait_for_message("couldn't finish this video")).content


async def test_a_lost_answer_is_looked_up_and_never_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.job_context.Timing", partial(Timing, settle_s=0.5))
    async with open_harness(
        tmp_path, other_providers=(LocalComfy(render_s=0.1),), account_overrides={"comfy": FREE}
    ) as harness:
        comfy(harness).wire.fail(Fault(route="POST /prompt", when="after", drop=True))
        await generate(harness)
        await harness.wait_for_clip(FOX)
        assert len(comfy(harness).wire.requests("POST /prompt")) == 1


async def test_a_lost_request_that_is_not_found_is_asked_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that was restarted has forgotten the request, which may have taken hours of work."""
    monkeypatch.setattr("bot.job_context.Timing", partial(Timing, settle_s=0.5))
    async with open_harness(
        tmp_path, other_providers=(LocalComfy(render_s=0.1),), account_overrides={"comfy": FREE}
    ) as harness:
        comfy(harness).wire.fail(Fault(route="POST /prompt", drop=True))
        await generate(harness)
        message = await harness.wait_for_message("I lost contact while sending this request")
        assert message.components
        assert len(comfy(harness).wire.requests("POST /prompt")) == 1


async def test_a_run_that_a_restart_has_lost_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.worker.poll_result.MISSING_GRACE_S", 0.5)
    async with open_harness(
        tmp_path, other_providers=(LocalComfy(render_s=60.0),), account_overrides={"comfy": FREE}
    ) as harness:
        await generate(harness)
        await harness.wait_until(lambda: comfy(harness).running() or None)
        await comfy(harness).restart()
        await harness.wait_for_message("The provider no longer knows this video.")
        assert len(comfy(harness).wire.requests("POST /prompt")) == 1


async def test_cancel_reaches_the_server(tmp_path: Path) -> None:
    async with open_harness(
        tmp_path, other_providers=(LocalComfy(render_s=60.0),), account_overrides={"comfy": FREE}
    ) as harness:
        interaction = await harness.alice.slash(harness.channel, "generate", prompt=FOX, model="wan2.2-5b", seconds=2)
        await harness.wait_until(lambda: comfy(harness).running() or None)
        await harness.alice.press(await harness.status_of(interaction), "Cancel")
        await harness.wait_until(lambda: comfy(harness).interrupted or None)


async def test_a_member_writes_json_and_nothing_but_a_prompt_arrives(tmp_path: Path) -> None:
    async with open_harness(
        tmp_path, other_providers=(LocalComfy(render_s=0.1),), account_overrides={"comfy": FREE}
    ) as harness:
        prompt = 'a fox"}, "13": {"class_type": "LoadVideo", "inputs": {"file": "{{seed}}'
        await generate(harness, prompt)
        await harness.wait_until(lambda: comfy(harness).tasks or None)
        (task,) = comfy(harness).tasks.values()
        assert task.prompt == prompt
        graph = task.request["prompt"]
        assert isinstance(graph, dict)
        assert "13" not in graph
