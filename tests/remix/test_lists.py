"""/history, /jobs, /models, /help and the details: what their reader may see, a page at a time, after any restart."""

from pathlib import Path

from bot.sandbox.discord import LocalMessage, Upload
from tests.harness import Studio, open_studio
from tests.remix.helpers import LIGHTHOUSE, a_clip, code_of, told


def labels(message: LocalMessage) -> list[str]:
    return [str(button["label"]) for row in message.components for button in row["components"]]


async def test_history_shows_what_its_reader_may_see_and_turns_pages_after_a_restart(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        hidden = studio.guild.add_channel("hidden")
        hidden.forbid(studio.bob, "view_channel")
        await a_clip(studio, "a secret film", channel=hidden)
        for i in range(12):
            await a_clip(studio, f"film number {i:02d}", by=studio.bob if i == 3 else studio.alice)
        shown = await (await studio.bob.slash(studio.channel, "history")).answer()
        assert isinstance(shown, LocalMessage)
        assert shown.ephemeral_to == studio.bob.id
        assert shown.content.startswith("**12 videos** · page 1 of 2")
        assert "film number 11" in shown.content
        assert f"({studio.clips_of('film number 11')[0].link})" in shown.content
        assert labels(shown) == ["Older ▶"]
        await studio.restart()
        await studio.bob.press(shown, "Older ▶")
        await studio.until(lambda: "page 2 of 2" in shown.content)
        assert "film number 00" in shown.content
        assert labels(shown) == ["◀ Newer"]
        assert "secret" not in shown.content + "".join(shown.edits)
        of_bob = await told(await studio.alice.slash(studio.channel, "history", member=studio.bob))
        assert of_bob.startswith(f"**1 video** of {studio.bob.mention}")
        everything = await told(await studio.alice.slash(studio.channel, "history", page=2))
        assert "a secret film" in everything


async def test_jobs_cancels_what_runs_and_hands_over_what_is_kept(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        nothing = await told(await studio.bob.slash(studio.channel, "jobs"))
        assert nothing.startswith("You have not asked for a video here yet.")
        clip = await a_clip(studio)
        studio.provider.render_s = 30.0
        await studio.alice.slash(studio.channel, "generate", prompt="a film that takes long")
        await studio.until(lambda: len(studio.provider.tasks) == 2)
        await studio.said("Rendering")
        shown = await (await studio.alice.slash(studio.channel, "jobs")).answer()
        assert isinstance(shown, LocalMessage)
        assert shown.ephemeral_to == studio.alice.id
        assert shown.content.splitlines()[1].startswith("⏳ ")
        assert labels(shown)[1] == f"Get {code_of(clip)}"
        await studio.restart()
        await studio.alice.press(shown, labels(shown)[0])
        await studio.said("Cancelled. The provider had it already and may still charge.")
        got = await (await studio.alice.press(shown, labels(shown)[1])).answer()
        assert isinstance(got, LocalMessage)
        assert got.ephemeral_to == studio.alice.id
        assert got.attachments[0].data == clip.attachments[0].data


async def test_a_video_that_could_not_be_posted_is_posted_from_the_list(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await a_clip(studio)
        await studio.alice.slash(studio.channel, "generate", prompt="a film without a home")
        await studio.clip_of("a film without a home")
        await keep_instead(studio, "a film without a home")
        shown = await (await studio.alice.slash(studio.channel, "jobs")).answer()
        assert isinstance(shown, LocalMessage)
        button = next(each for each in labels(shown) if each.startswith("Post "))
        before = len(studio.clips)
        told_ = await told(await studio.alice.press(shown, button))
        assert told_.startswith("I am trying to post ")
        await studio.until(lambda: len(studio.clips) == before + 1)


async def keep_instead(studio: Studio, prompt: str) -> None:
    """As if Discord had refused this one for good."""
    assert studio._database is not None
    await studio.until(lambda: all(m.deleted or m.attachments for m in studio.discord.all_messages if m.is_bot))
    await studio._database.run(
        "UPDATE job SET state = 'undeliverable_kept', result_message_id = NULL, delivered_at = NULL, due_at = NULL,"
        " lease_until = NULL WHERE prompt = ?",
        (prompt,),
    )


async def test_details_tell_the_reader_what_may_be_told(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        hidden = studio.guild.add_channel("hidden")
        hidden.forbid(studio.bob, "view_channel")
        secret = await a_clip(studio, "a secret film", channel=hidden)
        await studio.alice.slash(studio.channel, "remix", prompt="the same in public", video=secret.link)
        public = await studio.clip_of("the same in public")
        for asked in (await studio.bob.press(public, "Details"), await studio.bob.menu(public, "Video details")):
            answer = await asked.answer()
            assert isinstance(answer, LocalMessage)
            assert answer.ephemeral_to == studio.bob.id
            assert f"asked by {studio.alice.mention}" in answer.content
            assert "made from a video that you cannot see" in answer.content
            assert code_of(secret) not in answer.content
            assert "tsk_vid" not in answer.content
            assert [each["label"] for row in answer.components for each in row["components"]] == ["Report"]
        own = await told(await studio.alice.press(public, "Details"))
        assert f"remix of [{code_of(secret)}]({secret.link})" in own
        source = await told(await studio.alice.press(secret, "Details"))
        assert "remixed once" in source


async def test_the_task_at_the_provider_is_told_to_the_host_alone(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        host = studio.guild.add_member(user=studio.discord.bot_user)  # the local application is owned by its bot user
        (task_id,) = studio.provider.tasks
        assert f"`{task_id}`" in await told(await host.press(clip, "Details"))
        assert task_id not in await told(await studio.alice.press(clip, "Details"))


async def test_the_menu_on_somebody_elses_message_finds_nothing(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        said = await studio.alice.say(studio.channel, "just talk")
        for name in ("Video details", "Remix video"):
            answer = await told(await studio.bob.menu(said, name))
            assert answer.startswith("I cannot find a video there that you may use.")


async def test_models_and_help(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        for _ in range(3):
            await a_clip(studio, f"{LIGHTHOUSE} {len(studio.clips)}")
        models = await told(await studio.bob.slash(studio.channel, "models"))
        assert "`grok-video-3` · Grok 3 · 16:9, 9:16 · 5-10 s · ≈ $0.10" in models
        assert "remixes · extends · takes a picture · usually " in models
        guide = await told(await studio.bob.slash(studio.channel, "help"))
        assert guide.startswith("**Three ways to remix a video**")
        assert "🔔" in guide
        assert "!" not in guide
        assert len(guide) <= 2000


async def test_autocomplete_offers_at_most_25_newest_first(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        for i in range(27):
            await a_clip(studio, f"film 100% number {i:02d}" + " with a very long tail" * 6)
        choices = await studio.bob.autocomplete(studio.channel, "remix", "video", "")
        assert len(choices) == 25
        assert "number 26" in choices[0].name
        assert all(len(choice.name) <= 100 for choice in choices)
        (only,) = await studio.bob.autocomplete(studio.channel, "remix", "video", "100% 07")
        await studio.bob.slash(studio.channel, "remix", prompt="from a suggestion", video=only.value)
        assert only.name[:4] in (await studio.clip_of("from a suggestion")).content


async def test_a_mapped_shape_is_said_in_the_result_line(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        await studio.bob.slash(studio.channel, "remix", prompt="wider than it can be", video=clip.link, aspect="21:9")
        remix = await studio.clip_of("wider than it can be")
        assert "-# 21:9 became 16:9" in remix.content


async def test_the_modal_brings_what_the_source_had(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE, seconds=5, aspect="9:16")
        clip = await studio.clip_of(LIGHTHOUSE)
        opened = await studio.bob.menu(clip, "Remix video")
        await opened.answer()
        assert opened.modal is not None
        prompt, aspect = (part["component"] for part in opened.modal.components)
        assert prompt.get("value") in (None, "")
        assert [(o["value"], o.get("default", False)) for o in aspect["options"]] == [("16:9", False), ("9:16", True)]
        await studio.bob.submit(opened.modal, prompt="upright as before")
        await studio.clip_of("upright as before")
        assert list(studio.provider.tasks.values())[1].request["aspect_ratio"] == "9:16"


async def test_again_of_a_remix_and_of_a_video_with_a_picture_is_the_same_once_more(
    tmp_path: Path, a_picture: bytes
) -> None:
    async with open_studio(tmp_path) as studio:
        picture = Upload("boat.png", a_picture, "image/png")
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE, seconds=5, image=picture)
        clip = await studio.clip_of(LIGHTHOUSE)
        await studio.alice.reply(clip, "the same bay at night")
        remix = await studio.clip_of("the same bay at night")
        for one in (clip, remix):
            await studio.bob.press(one, "Again")
        await studio.until(lambda: len(studio.clips) == 4)
        first, second, *again = studio.provider.tasks.values()
        assert {task.kind for task in again} == {"create", "remix"}
        for task in again:
            like = first if task.kind == "create" else second
            changing = {"image_urls"}
            assert task.request.keys() == like.request.keys()
            assert {k: v for k, v in task.request.items() if k not in changing} == {
                k: v for k, v in like.request.items() if k not in changing
            }
