"""/history, /jobs, /models, /help and details: what the reader can see, with pages, also after a restart."""

from pathlib import Path

from bot.catalogue.load import load_catalogue
from bot.catalogue.offers import Offers
from bot.chat.text.list_text import models
from bot.providers.account import Account
from bot.sandbox.discord import LocalMessage, Upload
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import set_server_settings
from tests.remix.helpers import LIGHTHOUSE, code_of, create_clip, labels, response_text


async def test_history_shows_accessible_videos_and_pages_work_after_a_restart(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await set_server_settings(harness, videos_per_member=None)
        hidden = harness.guild.add_channel("hidden")
        hidden.forbid(harness.bob, "view_channel")
        await create_clip(harness, "a secret film", channel=hidden)
        for i in range(12):
            await create_clip(harness, f"film number {i:02d}", by=harness.bob if i == 3 else harness.alice)
        response = await (await harness.bob.slash(harness.channel, "history")).answer()
        assert isinstance(response, LocalMessage)
        assert response.ephemeral_to == harness.bob.id
        assert response.content.startswith("**12 videos** · page 1 of 2")
        assert "film number 11" in response.content
        assert f"({harness.clips_with_prompt('film number 11')[0].link})" in response.content
        assert labels(response) == ["Older ▶"]
        await harness.restart()
        await harness.bob.press(response, "Older ▶")
        await harness.wait_until(lambda: "page 2 of 2" in response.content)
        assert "film number 00" in response.content
        assert labels(response) == ["◀ Newer"]
        assert "secret" not in response.content + "".join(response.edits)
        of_bob = await response_text(await harness.alice.slash(harness.channel, "history", member=harness.bob))
        assert of_bob.startswith(f"**1 video** by {harness.bob.mention}")
        everything = await response_text(await harness.alice.slash(harness.channel, "history", page=2))
        assert "a secret film" in everything


async def test_jobs_cancels_running_jobs_and_hands_out_kept_clips(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        nothing = await response_text(await harness.bob.slash(harness.channel, "jobs"))
        assert nothing.startswith("You haven't made any videos here yet.")
        clip = await create_clip(harness)
        harness.provider.render_s = 30.0
        await harness.alice.slash(harness.channel, "generate", prompt="a film that takes long")
        await harness.wait_until(lambda: len(harness.provider.tasks) == 2)
        await harness.wait_for_message("Rendering")
        response = await (await harness.alice.slash(harness.channel, "jobs")).answer()
        assert isinstance(response, LocalMessage)
        assert response.ephemeral_to == harness.alice.id
        assert response.content.splitlines()[1].startswith("⏳ ")
        assert labels(response)[1] == f"Get {code_of(clip)}"
        await harness.restart()
        await harness.alice.press(response, labels(response)[0])
        await harness.wait_for_message("had already accepted this request. It may have been charged; I counted $0")
        got = await (await harness.alice.press(response, labels(response)[1])).answer()
        assert isinstance(got, LocalMessage)
        assert got.ephemeral_to == harness.alice.id
        assert got.attachments[0].data == clip.attachments[0].data


async def test_an_undeliverable_video_is_posted_from_the_list(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await create_clip(harness)
        await harness.alice.slash(harness.channel, "generate", prompt="a film without a home")
        await harness.wait_for_clip("a film without a home")
        await mark_undeliverable(harness, "a film without a home")
        response = await (await harness.alice.slash(harness.channel, "jobs")).answer()
        assert isinstance(response, LocalMessage)
        button = next(label for label in labels(response) if label.startswith("Post "))
        before = len(harness.clips)
        answer = await response_text(await harness.alice.press(response, button))
        assert answer.startswith("I'm posting ")
        await harness.wait_until(lambda: len(harness.clips) == before + 1)


async def mark_undeliverable(harness: BotHarness, prompt: str) -> None:
    """Mark a job as if Discord had refused its clip permanently."""
    assert harness.database is not None
    said = [m for m in harness.discord.all_messages if m.is_bot and m.ephemeral_to is None]
    await harness.wait_until(lambda: all(m.deleted or m.attachments for m in said))
    await harness.database.run(
        "UPDATE job SET state = 'undeliverable_kept', result_message_id = NULL, delivered_at = NULL, due_at = NULL,"
        " lease_until = NULL WHERE prompt = ?",
        (prompt,),
    )


async def test_details_show_only_what_the_reader_may_see(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        hidden = harness.guild.add_channel("hidden")
        hidden.forbid(harness.bob, "view_channel")
        secret = await create_clip(harness, "a secret film", channel=hidden)
        await harness.alice.slash(harness.channel, "remix", prompt="the same in public", video=secret.link)
        public = await harness.wait_for_clip("the same in public")
        opened = await harness.bob.press(public, "Details"), await harness.bob.menu(public, "Video details")
        for interaction in opened:
            answer = await interaction.answer()
            assert isinstance(answer, LocalMessage)
            assert answer.ephemeral_to == harness.bob.id
            assert f"requested by {harness.alice.mention}" in answer.content
            assert "made from a video that you can't see" in answer.content
            assert code_of(secret) not in answer.content
            assert "tsk_vid" not in answer.content
            assert [component["label"] for row in answer.components for component in row["components"]] == ["Report"]
        own = await response_text(await harness.alice.press(public, "Details"))
        assert f"remix of [{code_of(secret)}]({secret.link})" in own
        source = await response_text(await harness.alice.press(secret, "Details"))
        assert "remixed once" in source


async def test_the_task_id_of_the_provider_is_shown_to_the_host_only(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        host = harness.guild.add_member(user=harness.discord.bot_user)  # the local application is owned by its bot user
        (task_id,) = harness.provider.tasks
        assert f"`{task_id}`" in await response_text(await host.press(clip, "Details"))
        assert task_id not in await response_text(await harness.alice.press(clip, "Details"))


async def test_the_context_menu_on_another_message_finds_no_video(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        message = await harness.alice.say(harness.channel, "just talk")
        answer = await response_text(await harness.bob.menu(message, "Video details"))
        assert answer.startswith("I can't find that video, or you don't have access to it.")
        answer = await response_text(await harness.bob.menu(message, "Remix video"))
        assert answer.startswith("There's no video in that message.")


async def test_models_and_help(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        for _ in range(3):
            await create_clip(harness, f"{LIGHTHOUSE} {len(harness.clips)}")
        models = await response_text(await harness.bob.slash(harness.channel, "models"))
        assert "Grok 3 · 16:9, 9:16 · 5-10 s · ≈ $0.10" in models
        assert "grok-video-3" not in models  # people read one name of a model everywhere
        assert "remixes · extends · takes a picture · usually " in models
        guide = await response_text(await harness.bob.slash(harness.channel, "help"))
        assert guide.startswith("/generate makes a video.")
        assert "!" not in guide
        assert len(guide) <= 2000


async def test_autocomplete_offers_at_most_25_newest_first(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await set_server_settings(harness, videos_per_member=None)
        for i in range(27):
            await create_clip(harness, f"film 100% number {i:02d}" + " with a very long tail" * 6)
        choices = await harness.bob.autocomplete(harness.channel, "remix", "video", "")
        assert len(choices) == 25
        assert "number 26" in choices[0].name
        assert all(len(choice.name) <= 100 for choice in choices)
        (only,) = await harness.bob.autocomplete(harness.channel, "remix", "video", "100% 07")
        await harness.bob.slash(harness.channel, "remix", prompt="from a suggestion", video=only.value)
        assert only.name[:4] in (await harness.wait_for_clip("from a suggestion")).content


async def test_a_mapped_aspect_ratio_is_stated_in_the_result(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.bob.slash(harness.channel, "remix", prompt="wider than it can be", video=clip.link, aspect="21:9")
        remix = await harness.wait_for_clip("wider than it can be")
        assert "-# 21:9 became 16:9" in remix.content


async def test_the_modal_is_filled_with_the_options_of_the_source(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE, seconds=5, aspect="9:16")
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        opened = await harness.bob.menu(clip, "Remix video")
        await opened.answer()
        assert opened.modal is not None
        prompt, aspect = (part["component"] for part in opened.modal.components)
        assert prompt.get("value") in (None, "")
        assert [(o["value"], o.get("default", False)) for o in aspect["options"]] == [("16:9", False), ("9:16", True)]
        await harness.bob.submit(opened.modal, prompt="upright as before")
        await harness.wait_for_clip("upright as before")
        assert list(harness.provider.tasks.values())[1].request["aspect_ratio"] == "9:16"


async def test_again_repeats_a_remix_and_a_video_with_an_image(tmp_path: Path, png_bytes: bytes) -> None:
    async with open_harness(tmp_path) as harness:
        picture = Upload("boat.png", png_bytes, "image/png")
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE, seconds=5, image=picture)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        await harness.alice.reply(clip, "the same bay at night")
        remix = await harness.wait_for_clip("the same bay at night")
        for one in (clip, remix):
            await harness.bob.press(one, "Again")
        await harness.wait_until(lambda: len(harness.clips) == 4)
        first, second, *again = harness.provider.tasks.values()
        assert {task.kind for task in again} == {"create", "remix"}
        for task in again:
            like = first if task.kind == "create" else second
            changing = {"image_urls"}
            assert task.request.keys() == like.request.keys()
            assert {k: v for k, v in task.request.items() if k not in changing} == {
                k: v for k, v in like.request.items() if k not in changing
            }


def test_all_aspects_of_a_model_are_listed() -> None:
    offers = Offers(load_catalogue(), [Account(name="xai", kind="xai")])
    offer = offers.find("grok-imagine-video")
    assert offer is not None
    text = models([(offer, (30.0, 60.0))], 0, 1, {})
    assert "16:9, 1:1, 9:16 +4" in text
    assert "16:9, 1:1, 9:16, 4:3, 3:4, 3:2, 2:3" in text
