"""Remix methods: native at the source's account, an edit of the clip, a continuation of its last frame."""

from pathlib import Path

from bot.sandbox.providers import LocalOctopusX, LocalXAI
from tests.harness import BotHarness, open_harness

FOX = "a fox of folded paper"


async def generate_source(harness: BotHarness, seconds: int = 5) -> None:
    await harness.alice.slash(harness.channel, "generate", prompt=FOX, model="grok-video-3@toapis", seconds=seconds)
    await harness.wait_for_clip(FOX)


async def test_the_account_of_the_source_is_preferred(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalXAI(render_s=0.1),)) as harness:
        await generate_source(harness)
        await harness.bob.slash(harness.channel, "remix", prompt="it jumps high")
        assert "(native)" in (await harness.wait_for_clip("it jumps high")).content
        assert harness.other_providers[0].tasks == {}


async def test_another_provider_edits_the_clip(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalXAI(render_s=0.1),)) as harness:
        await generate_source(harness)
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf", model="grok-imagine-video")
        assert "(edit of the clip)" in (await harness.wait_for_clip("it wears a scarf")).content
        (task,) = harness.other_providers[0].tasks.values()
        assert task.kind == "edit"
        assert harness.other_providers[0].complaints == []


async def test_a_clip_too_long_to_edit_is_continued_from_its_last_frame(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalXAI(render_s=0.1),)) as harness:
        await generate_source(harness, seconds=10)
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf", model="grok-imagine-video")
        assert "(from its last frame)" in (await harness.wait_for_clip("it wears a scarf")).content
        (task,) = harness.other_providers[0].tasks.values()
        assert task.kind == "create"
        assert harness.other_providers[0].complaints == []


async def test_the_clip_is_downloaded_from_discord_if_our_copy_is_deleted(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalXAI(render_s=0.1),)) as harness:
        await generate_source(harness)
        for clip in (tmp_path / "clips").glob("*.mp4"):
            clip.unlink()
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf", model="grok-imagine-video")
        assert "(edit of the clip)" in (await harness.wait_for_clip("it wears a scarf")).content


async def test_the_host_can_disable_remix_methods(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalXAI(render_s=0.1),), remix_rungs=("native",)) as harness:
        await generate_source(harness)
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf", model="grok-imagine-video")
        await harness.wait_for_message("The host has disabled the method by which Grok Imagine could")
        assert harness.other_providers[0].tasks == {}


async def test_two_accounts_with_the_same_model_are_distinguished(tmp_path: Path) -> None:
    octopus = LocalOctopusX(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(octopus,)) as harness:
        names = [
            c.name for c in await harness.alice.autocomplete(harness.channel, "generate", "model", "grok 3", prompt="x")
        ]
        assert any(name.endswith("· toapis") for name in names)
        await harness.alice.slash(harness.channel, "generate", prompt=FOX, model="grok-video-3@octopusx", aspect="3:2")
        await harness.wait_for_clip(FOX)
        await harness.bob.slash(harness.channel, "remix", prompt="now it swims")
        remix = await harness.wait_for_clip("now it swims")
        assert "(native)" in remix.content
        assert [task.kind for task in octopus.tasks.values()] == ["create", "remix"]
        assert octopus.complaints == []
        assert harness.provider.tasks == {}


async def test_another_method_is_offered_if_the_provider_lost_the_source(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalXAI(render_s=0.1),)) as harness:
        await generate_source(harness)
        harness.provider.tasks.clear()
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf")
        message = await harness.wait_for_message("The provider no longer has the original of this video.")
        await harness.bob.press(message, "Try another remix method")
        assert "(edit of the clip)" in (await harness.wait_for_clip("it wears a scarf")).content
        assert [task.kind for task in harness.other_providers[0].tasks.values()] == ["edit"]
