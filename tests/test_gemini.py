"""Gemini Omni through the whole bot: follow-ups by id, foreign clips, lost sources and answers, refusals, cancel."""

from pathlib import Path

from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalGemini
from tests.harness import BotHarness, open_harness

FOX = "a fox of folded paper"
OMNI = "gemini-omni-1.2-flash"
CREATE = "POST /v1beta/interactions"


def gemini(harness: BotHarness) -> LocalGemini:
    (provider,) = harness.other_providers
    assert isinstance(provider, LocalGemini)
    return provider


async def generate(harness: BotHarness, model: str, seconds: int, prompt: str = FOX) -> None:
    await harness.alice.slash(harness.channel, "generate", prompt=prompt, model=model, seconds=seconds)


async def test_an_own_video_is_edited_and_extended_past_the_longest_upload_by_its_id(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalGemini(render_s=0.1),)) as harness:
        await generate(harness, OMNI, 12)
        await harness.wait_for_clip(FOX)
        await harness.bob.slash(harness.channel, "extend", prompt="it jumps over a stream", seconds=10)
        assert "continued natively" in (await harness.wait_for_clip("it jumps over a stream")).content
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf")  # the clip has 22 s
        assert "(native)" in (await harness.wait_for_clip("it wears a scarf")).content
        first, longer, edit = gemini(harness).tasks.values()
        assert [first.kind, longer.kind, edit.kind] == ["create", "extend", "edit"]
        assert (longer.source_id, edit.source_id) == (first.id, longer.id)
        assert gemini(harness).uploads == []
        assert gemini(harness).complaints == []


async def test_a_clip_of_another_provider_is_uploaded_and_its_edit_extended_by_id(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalGemini(render_s=0.1),)) as harness:
        await generate(harness, "grok-video-3", 5)
        await harness.wait_for_clip(FOX)
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf", model=OMNI)
        assert "(edit of the clip)" in (await harness.wait_for_clip("it wears a scarf")).content
        await harness.bob.slash(harness.channel, "extend", prompt="it jumps over a stream")
        assert "continued natively" in (await harness.wait_for_clip("it jumps over a stream")).content
        edit, longer = gemini(harness).tasks.values()
        assert [edit.kind, longer.kind, longer.source_id] == ["edit", "extend", edit.id]
        assert len(gemini(harness).uploads) == 1
        assert gemini(harness).complaints == []


async def test_a_video_that_google_no_longer_has_can_be_sent_instead(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalGemini(render_s=0.1),)) as harness:
        await generate(harness, OMNI, 4)
        await harness.wait_for_clip(FOX)
        gemini(harness).tasks.clear()
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf")
        message = await harness.wait_for_message("The provider no longer has the original of this video.")
        await harness.bob.press(message, "Try another remix method")
        assert "(edit of the clip)" in (await harness.wait_for_clip("it wears a scarf")).content
        assert len(gemini(harness).uploads) == 1


async def test_a_text_in_place_of_a_video_is_a_refusal_that_is_counted(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalGemini(render_s=0.1),)) as harness:
        await generate(harness, OMNI, 5, "[refuse] a fox")
        message = await harness.wait_for_message("then stopped it (safety)")
        assert "I counted $0.35" in message.content


async def test_cancel_reaches_google_once(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalGemini(render_s=60.0),)) as harness:
        interaction = await harness.alice.slash(harness.channel, "generate", prompt=FOX, model=OMNI, seconds=5)
        await harness.wait_until(lambda: gemini(harness).tasks or None)
        await harness.alice.press(await harness.status_of(interaction), "Cancel")
        (request,) = await harness.wait_until(lambda: gemini(harness).wire.requests("POST */cancel") or None)
        assert request.status == 200
        assert len(gemini(harness).cancelled) == 1


async def test_a_lost_answer_is_not_sent_again_but_asked_about(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalGemini(render_s=0.1),)) as harness:
        gemini(harness).wire.fail(Fault(route=CREATE, when="after", drop=True, times=None))
        await generate(harness, OMNI, 5)
        message = await harness.wait_for_message("I lost contact while sending this request")
        assert message.components
        assert len(gemini(harness).wire.requests(CREATE)) == 1
        assert len(gemini(harness).charges) == 1
