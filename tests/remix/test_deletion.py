"""Deleting a video asks once, says what it did, and can be undone for a minute because the clip is kept."""

from pathlib import Path

import pytest

from bot.jobs import undo
from bot.sandbox.fault_injection import Fault
from tests.harness import open_harness
from tests.remix.helpers import LIGHTHOUSE, code_of, create_clip, delete_by_button, delete_by_reply, job_id_of


@pytest.mark.parametrize("by_reply", [True, False], ids=["reply", "button"])
async def test_a_deleted_video_is_posted_again(tmp_path: Path, by_reply: bool) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        deletion = delete_by_reply(harness, harness.alice, clip) if by_reply else delete_by_button(harness.alice, clip)
        said = await deletion
        await harness.wait_until(lambda: said.content.startswith(f"Deleted {code_of(clip)}. It still counts"))
        assert "≈ $0.05" in said.content
        assert clip.deleted
        await harness.alice.press(said, "Undo")
        again = await harness.wait_until(
            lambda: next((c for c in harness.clips_with_prompt(LIGHTHOUSE) if not c.deleted), None)
        )
        assert job_id_of(again) == job_id_of(clip)
        assert again.attachments[0].data == clip.attachments[0].data
        await harness.bob.reply(again, "make it snow softly")
        await harness.wait_for_clip("make it snow softly")
        assert len(harness.provider.charges) == 2
        await delete_by_button(harness.alice, again)
        await harness.wait_until(lambda: again.deleted)


async def test_a_clip_that_is_no_longer_on_disk_is_kept_before_its_message_goes(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        (tmp_path / "clips" / f"{job_id_of(clip)}.mp4").unlink()
        said = await delete_by_button(harness.alice, clip)
        await harness.wait_until(lambda: "You can undo this until" in said.content)
        await harness.alice.press(said, "Undo")
        await harness.wait_until(lambda: any(not c.deleted for c in harness.clips_with_prompt(LIGHTHOUSE)) or None)


async def test_the_undo_ends_and_belongs_to_the_requester_and_moderators(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        said = await delete_by_reply(harness, harness.alice, clip)
        await harness.wait_until(lambda: said.content.startswith("Deleted"))
        await harness.bob.press(said, "Undo")
        await harness.wait_for_message("Only the person who requested this video, or a member with the Manage Messages")
        assert harness.database is not None
        await harness.database.run("UPDATE job SET deleted_at = deleted_at - 61")
        await harness.alice.press(said, "Undo")
        await harness.wait_for_message("This deletion can no longer be undone.")
        assert undo.UNDELETE_S == 60.0
        assert all(each.deleted for each in harness.clips_with_prompt(LIGHTHOUSE))


async def test_not_now_keeps_the_video(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.alice.reply(clip, "delete it")
        question = await harness.wait_for_message(f"Delete this video ({code_of(clip)})?")
        await harness.alice.press(question, "Not now")
        await harness.wait_until(lambda: question.deleted)
        assert not clip.deleted


async def test_a_refusal_by_discord_is_told_and_changes_nothing(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        question = await harness.alice.press(clip, "Delete")
        asked = await question.answer()
        refusal = {"code": 50013, "message": "Missing Permissions"}
        harness.discord.wire.fail(Fault(route="DELETE */messages/*", status=403, body=refusal, times=None))
        await harness.alice.press(asked, "Delete")  # type: ignore[arg-type]
        await harness.wait_for_message("Discord didn't let me delete this video. Nothing was changed.")
        assert not clip.deleted
        assert harness.database is not None
        (row,) = await harness.database.run("SELECT deleted_at FROM job")
        assert row[0] is None


async def test_an_undone_deletion_survives_a_restart(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        said = await delete_by_reply(harness, harness.alice, clip)
        await harness.wait_until(lambda: said.content.startswith("Deleted"))
        await harness.restart()
        await harness.alice.press(said, "Undo")
        await harness.wait_until(lambda: any(not c.deleted for c in harness.clips_with_prompt(LIGHTHOUSE)) or None)
        assert len(harness.provider.charges) == 1
