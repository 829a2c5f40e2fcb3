"""fal through the whole bot: edits and extensions of clips from elsewhere, cancel, a failure, and a lost answer."""

from pathlib import Path

from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalFal
from tests.harness import BotHarness, open_harness

FOX = "a fox of folded paper"
GROK = "/xai/grok-imagine-video"
CREATE = f"POST {GROK}/text-to-video"


def fal(harness: BotHarness) -> LocalFal:
    (provider,) = harness.other_providers
    assert isinstance(provider, LocalFal)
    return provider


async def generate(harness: BotHarness, model: str, seconds: int) -> None:
    await harness.alice.slash(harness.channel, "generate", prompt=FOX, model=model, seconds=seconds)


async def test_a_clip_of_another_provider_is_edited(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalFal(render_s=0.1),)) as harness:
        await generate(harness, "grok-video-3", 5)
        clip = await harness.wait_for_clip(FOX)
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf", model="grok-imagine-video")
        assert "(edit of the clip)" in (await harness.wait_for_clip("it wears a scarf")).content
        (task,) = fal(harness).tasks.values()
        (upload,) = fal(harness).uploads
        assert (task.kind, task.request["video_url"]) == ("edit", upload.url)
        assert clip.attachments
        assert fal(harness).complaints == []


async def test_a_clip_that_an_extension_made_longer_is_extended_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalFal(render_s=0.1),)) as harness:
        await generate(harness, "grok-imagine-video", 6)
        await harness.wait_for_clip(FOX)
        await harness.bob.slash(harness.channel, "extend", prompt="it jumps over a stream")
        assert "continued natively" in (await harness.wait_for_clip("it jumps over a stream")).content
        await harness.bob.slash(harness.channel, "extend", prompt="and sleeps")
        await harness.wait_for_clip("and sleeps")
        first, second = [task for task in fal(harness).tasks.values() if task.kind == "extend"]
        assert first.input_s < 8.5 < second.input_s
        assert fal(harness).complaints == []


async def test_cancel_reaches_the_queue_once(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalFal(render_s=60.0),)) as harness:
        interaction = await harness.alice.slash(
            harness.channel, "generate", prompt=FOX, model="grok-imagine-video", seconds=6
        )
        await harness.wait_until(lambda: fal(harness).tasks or None)
        status = await harness.status_of(interaction)
        await harness.alice.press(status, "Cancel")
        await harness.wait_for_message("had already accepted this request. It may have been charged; I counted $0.42")
        (request,) = await harness.wait_until(lambda: fal(harness).wire.requests("PUT */cancel") or None)
        assert request.status == 202


async def test_a_server_error_of_fal_costs_nothing(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalFal(render_s=0.1),)) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt="[fail] a fox", model="grok-imagine-video")
        await harness.wait_for_message("Not charged")


async def test_a_lost_answer_is_not_sent_again_but_asked_about(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalFal(render_s=0.1),)) as harness:
        fal(harness).wire.fail(Fault(route=CREATE, when="after", drop=True, times=None))
        await generate(harness, "grok-imagine-video", 6)
        message = await harness.wait_for_message("I lost contact while sending this request")
        assert message.components
        assert len(fal(harness).wire.requests(CREATE)) == 1
        assert len(fal(harness).charges) == 1
