"""First and last frames and references, from the command to the provider's bill."""

from pathlib import Path

from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalOpenRouter, LocalXAI
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import response_text
from tests.pictures.helpers import captured, files_in, stored_pictures, upload
from tests.remix.helpers import create_clip

BOAT = "a paper boat on a pond"
KLING = "kling-v3.0-std"
XAI = "grok-imagine-video"


async def order(harness: BotHarness, **options: object) -> LocalMessage:
    await harness.alice.slash(harness.channel, "generate", prompt=BOAT, **options)
    return await harness.wait_for_clip(BOAT)


async def refusal(harness: BotHarness, **options: object) -> str:
    """Return the answer to a request that is refused; nothing may have been sent or stored."""
    answer = await response_text(await harness.alice.slash(harness.channel, "generate", prompt=BOAT, **options))
    providers = (harness.provider, *harness.other_providers)
    assert all(not provider.charges and not provider.uploads for provider in providers)
    assert files_in(harness) == []
    return answer


async def test_a_video_goes_from_a_first_frame_to_a_last_one(tmp_path: Path) -> None:
    router = LocalOpenRouter(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        clip = await order(harness, model=KLING, seconds=5, image=upload("red"), last_image=upload("blue", 100, 90))
        assert "\n-# first and last frame" in clip.content
        (task,) = router.tasks.values()
        frames = task.request["frame_images"]
        assert isinstance(frames, list)
        assert [frame["frame_type"] for frame in frames] == ["first_frame", "last_frame"]
        assert len({frame["image_url"]["url"] for frame in frames}) == 2
        assert await stored_pictures(harness) == [("first", 0, 128, 72), ("last", 0, 100, 90)]
        assert await captured(harness) == [round(charge.usd * 1_000_000) for charge in router.charges]


async def test_three_references_are_quoted_and_billed(tmp_path: Path) -> None:
    xai = LocalXAI(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(xai,)) as harness:
        shown = {f"reference{place}": upload(colour) for place, colour in enumerate(("red", "green", "blue"), 1)}
        clip = await order(harness, model=XAI, seconds=2, resolution="480p", **shown)
        assert "\n-# 3 references" in clip.content
        assert "$0.106" in clip.content  # 2 s at $0.05 and three pictures at $0.002
        (task,) = xai.tasks.values()
        references = task.request["reference_images"]
        assert isinstance(references, list)
        assert len({each["url"] for each in references}) == 3
        assert "image" not in task.request
        assert await captured(harness) == [106_000] == [round(charge.usd * 1_000_000) for charge in xai.charges]


async def test_what_a_model_does_not_take_is_refused_with_the_models_that_do(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalOpenRouter(), LocalXAI())) as harness:
        said = await refusal(harness, model="grok-video-3", image=upload("red"), last_image=upload("blue"))
        assert said.startswith("Grok 3 takes no last frame. Not charged. These models do: kling-v3.0-std, ")
        said = await refusal(harness, model="grok-video-3", reference1=upload("red"))
        assert said.startswith("Grok 3 takes no references. Not charged. These models do: ")
        assert f"{XAI}@xai" in said
        said = await refusal(harness, model=f"{XAI}@xai", image=upload("red"), reference2=upload("blue"))
        assert said == "Grok Imagine takes a first frame or references, not both. Not charged."
        said = await refusal(harness, model=KLING, last_image=upload("blue"))
        assert said == "A last frame needs a first one. Not charged. Add it as image."
        said = await refusal(harness, image=upload("red", 63, 200))
        assert said == "red.png has fewer than 64 pixels on a side. Send a larger picture."


async def test_again_sends_the_same_pictures_though_discord_has_lost_them(tmp_path: Path) -> None:
    router = LocalOpenRouter(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        clip = await order(harness, model=KLING, seconds=5, image=upload("red"), last_image=upload("blue"))
        harness.discord.wire.fail(Fault(route="GET /*attachments*", status=404, times=None))
        await harness.bob.press(clip, "Again")
        await harness.wait_until(lambda: len(harness.clips_with_prompt(BOAT)) == 2 or None)
        first, second = (task.request["frame_images"] for task in router.tasks.values())
        assert first == second
        assert "first and last frame" in harness.clips_with_prompt(BOAT)[1].content
        assert len(files_in(harness)) == 2
        assert await captured(harness) == [round(charge.usd * 1_000_000) for charge in router.charges]


async def test_a_remix_ends_with_a_picture_and_starts_from_the_videos_last_frame(tmp_path: Path) -> None:
    router = LocalOpenRouter(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        await create_clip(harness)
        await harness.bob.slash(harness.channel, "remix", prompt="the storm ends", last_image=upload("blue"))
        clip = await harness.wait_for_clip("the storm ends")
        assert "(from its last frame)" in clip.content
        assert "\n-# last frame" in clip.content
        (task,) = router.tasks.values()
        frames = task.request["frame_images"]
        assert isinstance(frames, list)
        assert [frame["frame_type"] for frame in frames] == ["first_frame", "last_frame"]


async def test_an_edit_takes_references_beside_the_clip(tmp_path: Path) -> None:
    router = LocalOpenRouter(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        await create_clip(harness)
        await harness.bob.slash(
            harness.channel, "remix", prompt="with this cat", model="seedance-2.5-edit", reference1=upload("red")
        )
        clip = await harness.wait_for_clip("with this cat")
        assert "(edit of the clip)" in clip.content
        assert "\n-# 1 reference" in clip.content
        (task,) = router.tasks.values()
        inputs = task.request["input_references"]
        assert isinstance(inputs, list)
        assert [each["type"] for each in inputs] == ["video_url", "image_url"]


async def test_a_picture_is_kept_when_the_order_is_taken_not_when_it_is_sent(tmp_path: Path) -> None:
    overrides: dict[str, dict[str, object]] = {"openrouter": {"jobs_at_once": 1}}
    router = LocalOpenRouter(render_s=60.0)
    async with open_harness(tmp_path, other_providers=(router,), account_overrides=overrides) as harness:
        await harness.bob.slash(harness.channel, "generate", prompt="the only one that renders", model=KLING)
        first = await harness.wait_until(lambda: next(iter(router.tasks), None))
        pictures = {"image": upload("red"), "last_image": upload("blue")}
        await harness.alice.slash(harness.channel, "generate", prompt=BOAT, model=KLING, **pictures)
        await harness.wait_until(lambda: len(files_in(harness)) == 2 or None)
        harness.discord.wire.fail(Fault(route="GET /*attachments*", status=404, times=None))
        await router.finish(first)
        second = await harness.wait_until(lambda: next((each for each in router.tasks if each != first), None))
        assert len(router.tasks[second].pictures) == 2


async def test_a_restart_between_two_pictures_makes_one_video_with_both(tmp_path: Path) -> None:
    router = LocalOpenRouter(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        lost = harness.discord.wire.fail(Fault(route="GET /*attachments*red.png*", status=503, times=None))
        pictures = {"image": upload("red"), "last_image": upload("blue")}
        await harness.alice.slash(harness.channel, "generate", prompt=BOAT, model=KLING, **pictures)
        await harness.wait_until(lambda: lost.hits or None)
        await harness.stop()
        assert has_one_picture(harness)
        harness.discord.wire.clear(lost)
        await harness.start()
        await harness.wait_for_clip(BOAT)
        (task,) = router.tasks.values()
        assert len(task.pictures) == 2
        assert len(router.charges) == 1


def has_one_picture(harness: BotHarness) -> bool:
    """Return whether one whole picture is on disk."""
    return len([name for name in files_in(harness) if len(name) == 64]) == 1
