"""The remix ladder: native at the source's account, the clip edited elsewhere, its last frame."""

from pathlib import Path

from bot.sandbox.providers import LocalOctopusX, LocalXAI
from tests.harness import Studio, open_studio

FOX = "a fox of folded paper"


async def generated(studio: Studio, seconds: int = 5) -> None:
    await studio.alice.slash(studio.channel, "generate", prompt=FOX, model="grok-video-3@toapis", seconds=seconds)
    await studio.clip_of(FOX)


async def test_the_sources_own_account_is_asked_first(tmp_path: Path) -> None:
    async with open_studio(tmp_path, others=(LocalXAI(render_s=0.1),)) as studio:
        await generated(studio)
        await studio.bob.slash(studio.channel, "remix", prompt="it jumps high")
        assert "(native)" in (await studio.clip_of("it jumps high")).content
        assert studio.others[0].tasks == {}


async def test_another_provider_edits_the_clip_itself(tmp_path: Path) -> None:
    async with open_studio(tmp_path, others=(LocalXAI(render_s=0.1),)) as studio:
        await generated(studio)
        await studio.bob.slash(studio.channel, "remix", prompt="it wears a scarf", model="grok-imagine-video")
        assert "(edit of the clip)" in (await studio.clip_of("it wears a scarf")).content
        (task,) = studio.others[0].tasks.values()
        assert task.kind == "edit"
        assert studio.others[0].complaints == []


async def test_a_clip_that_is_too_long_to_edit_is_continued_from_its_last_frame(tmp_path: Path) -> None:
    async with open_studio(tmp_path, others=(LocalXAI(render_s=0.1),)) as studio:
        await generated(studio, seconds=10)
        await studio.bob.slash(studio.channel, "remix", prompt="it wears a scarf", model="grok-imagine-video")
        assert "(from its last frame)" in (await studio.clip_of("it wears a scarf")).content
        (task,) = studio.others[0].tasks.values()
        assert task.kind == "create"
        assert studio.others[0].complaints == []


async def test_the_clip_is_taken_from_discord_where_our_copy_has_gone(tmp_path: Path) -> None:
    async with open_studio(tmp_path, others=(LocalXAI(render_s=0.1),)) as studio:
        await generated(studio)
        for clip in (tmp_path / "clips").glob("*.mp4"):
            clip.unlink()
        await studio.bob.slash(studio.channel, "remix", prompt="it wears a scarf", model="grok-imagine-video")
        assert "(edit of the clip)" in (await studio.clip_of("it wears a scarf")).content


async def test_the_host_switches_rungs_off(tmp_path: Path) -> None:
    async with open_studio(tmp_path, others=(LocalXAI(render_s=0.1),), remix_rungs=("native",)) as studio:
        await generated(studio)
        await studio.bob.slash(studio.channel, "remix", prompt="it wears a scarf", model="grok-imagine-video")
        await studio.said("grok-imagine-video can't remix a finished video. Choose another model.")
        assert studio.others[0].tasks == {}


async def test_two_accounts_with_one_model_are_told_apart(tmp_path: Path) -> None:
    octopus = LocalOctopusX(render_s=0.1)
    async with open_studio(tmp_path, others=(octopus,)) as studio:
        names = [
            c.name for c in await studio.alice.autocomplete(studio.channel, "generate", "model", "grok 3", prompt="x")
        ]
        assert any(name.endswith("· toapis") for name in names)
        await studio.alice.slash(studio.channel, "generate", prompt=FOX, model="grok-video-3@octopusx", aspect="3:2")
        await studio.clip_of(FOX)
        await studio.bob.slash(studio.channel, "remix", prompt="now it swims")
        remix = await studio.clip_of("now it swims")
        assert "(native)" in remix.content
        assert [task.kind for task in octopus.tasks.values()] == ["create", "remix"]
        assert octopus.complaints == []
        assert studio.provider.tasks == {}


async def test_where_the_provider_has_lost_the_source_another_way_is_offered(tmp_path: Path) -> None:
    async with open_studio(tmp_path, others=(LocalXAI(render_s=0.1),)) as studio:
        await generated(studio)
        studio.provider.tasks.clear()
        await studio.bob.slash(studio.channel, "remix", prompt="it wears a scarf")
        told = await studio.said("The provider no longer has the original of this video.")
        await studio.bob.press(told, "Try another remix method")
        assert "(edit of the clip)" in (await studio.clip_of("it wears a scarf")).content
        assert [task.kind for task in studio.others[0].tasks.values()] == ["edit"]
