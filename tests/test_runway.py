"""Runway through the whole bot: clips from elsewhere, an extension, failures with their cost, cancel, a lost answer."""

from pathlib import Path

from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalRunway
from tests.harness import BotHarness, open_harness

FOX = "a fox of folded paper"
OMNI = "gemini_omni_flash_1.1"
CREATE = "POST /v1/text_to_video"


def runway(harness: BotHarness) -> LocalRunway:
    (provider,) = harness.other_providers
    assert isinstance(provider, LocalRunway)
    return provider


async def generate(harness: BotHarness, model: str, seconds: int, prompt: str = FOX) -> None:
    await harness.alice.slash(harness.channel, "generate", prompt=prompt, model=model, seconds=seconds)


async def test_a_clip_of_another_provider_is_edited_and_the_edit_extended(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunway(render_s=0.1),)) as harness:
        await generate(harness, "grok-video-3", 5)
        await harness.wait_for_clip(FOX)
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf", model=OMNI)
        assert "(edit of the clip)" in (await harness.wait_for_clip("it wears a scarf")).content
        await harness.bob.slash(harness.channel, "extend", prompt="it jumps over a stream")
        assert "continued natively" in (await harness.wait_for_clip("it jumps over a stream")).content
        assert [task.kind for task in runway(harness).tasks.values()] == ["edit", "extend"]
        assert runway(harness).complaints == []


async def test_a_model_that_only_edits_takes_a_clip_of_another_model(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunway(render_s=0.1),)) as harness:
        await generate(harness, "gen4.5", 2)
        await harness.wait_for_clip(FOX)
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf", model="aleph2")
        await harness.wait_for_clip("it wears a scarf")
        assert [task.model for task in runway(harness).tasks.values()] == ["gen4.5", "aleph2"]
        assert runway(harness).complaints == []


async def test_a_prompt_that_is_refused_in_the_task_is_told_and_counted(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunway(render_s=0.1),)) as harness:
        await generate(harness, OMNI, 5, "[refuse] a fox")
        message = await harness.wait_for_message("then stopped it (safety)")
        assert "The provider charged $0.50." in message.content


async def test_a_failure_that_cost_no_credits_is_free(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunway(render_s=0.1),)) as harness:
        runway(harness).refund_failed = True
        await generate(harness, OMNI, 5, "[fail] a fox")
        await harness.wait_for_message("Not charged")


async def test_cancel_reaches_runway_once(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunway(render_s=60.0),)) as harness:
        interaction = await harness.alice.slash(harness.channel, "generate", prompt=FOX, model=OMNI, seconds=5)
        await harness.wait_until(lambda: runway(harness).tasks or None)
        await harness.alice.press(await harness.status_of(interaction), "Cancel")
        (request,) = await harness.wait_until(lambda: runway(harness).wire.requests("DELETE /v1/tasks/*") or None)
        assert request.status == 204
        assert len(runway(harness).cancelled) == 1


async def test_a_lost_answer_is_not_sent_again_but_asked_about(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunway(render_s=0.1),)) as harness:
        runway(harness).wire.fail(Fault(route=CREATE, when="after", drop=True, times=None))
        await generate(harness, OMNI, 5)
        message = await harness.wait_for_message("I lost contact while sending this request")
        assert message.components
        assert len(runway(harness).wire.requests(CREATE)) == 1
        assert len(runway(harness).charges) == 1


async def test_a_prompt_that_is_too_long_in_utf_16_is_refused_before_the_request(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunway(render_s=0.1),)) as harness:
        interaction = await harness.alice.slash(harness.channel, "generate", prompt="🐈" * 501, model="gen4.5")
        await harness.wait_until(lambda: interaction.message)
        assert interaction.message is not None
        assert "counts some, such as emoji, as two, so yours has 1002." in interaction.message.content
        assert runway(harness).wire.seen == []
