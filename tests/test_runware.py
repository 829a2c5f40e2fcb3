"""Runware through the whole bot: foreign clips, pictures, refusals, and lost answers that are looked up by our id."""

from pathlib import Path

import pytest

from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalRunware
from bot.worker import reconcile
from tests.harness import BotHarness, open_harness

FOX = "a fox of folded paper"
OMNI = "gemini-omni-flash-1.1"
LOST = "I lost contact while sending this request"


def runware(harness: BotHarness) -> LocalRunware:
    (provider,) = harness.other_providers
    assert isinstance(provider, LocalRunware)
    return provider


async def generate(harness: BotHarness, model: str, seconds: int, prompt: str = FOX) -> None:
    await harness.alice.slash(harness.channel, "generate", prompt=prompt, model=model, seconds=seconds)


def paid_requests(harness: BotHarness) -> int:
    return sum(b'"videoInference"' in request.body for request in runware(harness).wire.requests("POST /v1"))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for lost requests without the wait in which a delayed one may still arrive."""
    monkeypatch.setattr(reconcile, "settle_left_s", lambda *_args, **_options: 0.0)


async def test_a_clip_of_another_provider_is_stored_and_edited_and_so_is_the_edit(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunware(render_s=0.1),)) as harness:
        await generate(harness, "grok-video-3", 5)
        await harness.wait_for_clip(FOX)
        for prompt in ("it wears a scarf", "it wears a hat"):
            await harness.bob.slash(harness.channel, "remix", prompt=prompt, model=OMNI)
            await harness.wait_for_clip(prompt)
        assert [task.kind for task in runware(harness).tasks.values()] == ["edit", "edit"]
        assert len(runware(harness).uploads) == 2
        assert runware(harness).complaints == []


async def test_a_prompt_that_is_refused_in_the_task_is_told_and_counted(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunware(render_s=0.1),)) as harness:
        await generate(harness, OMNI, 5, "[refuse] a fox")
        message = await harness.wait_for_message("then stopped it (safety)")
        assert "I counted $0.50" in message.content


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("knowing", ["getResponse", "getTaskDetails"])
async def test_a_lost_answer_is_looked_up_by_our_id_and_its_video_adopted(tmp_path: Path, knowing: str) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunware(render_s=0.1),)) as harness:
        runware(harness).knowing = {knowing}
        runware(harness).wire.fail(Fault(route="POST /v1", when="after", drop=True))
        await generate(harness, OMNI, 5)
        await harness.wait_for_clip(FOX)
        assert (paid_requests(harness), len(runware(harness).charges)) == (1, 1)
        assert runware(harness).complaints == []


@pytest.mark.usefixtures("at_once")
async def test_a_task_that_is_there_but_not_found_is_asked_about(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunware(render_s=0.1),)) as harness:
        runware(harness).knowing = set()
        runware(harness).unknown_ids = "empty"
        runware(harness).wire.fail(Fault(route="POST /v1", when="after", drop=True))
        await generate(harness, OMNI, 5)
        await harness.wait_for_message(LOST)
        assert (paid_requests(harness), len(runware(harness).charges)) == (1, 1)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("unknown_ids", ["error", "empty"])
async def test_a_lost_request_that_is_not_found_is_not_sent_again_but_asked_about(
    tmp_path: Path, unknown_ids: str
) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunware(render_s=0.1),)) as harness:
        runware(harness).unknown_ids = "error" if unknown_ids == "error" else "empty"
        runware(harness).wire.fail(Fault(route="POST /v1", when="before", drop=True))
        await generate(harness, OMNI, 5)
        message = await harness.wait_for_message(LOST)
        assert message.components
        assert (paid_requests(harness), len(runware(harness).charges)) == (1, 0)
