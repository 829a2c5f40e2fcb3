"""`/generate takes:`: one order, one message with every clip, and one of them that remixes start from."""

import math
from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from tests.harness import BotHarness, open_harness
from tests.remix.helpers import LIGHTHOUSE, labels, response_text
from tests.takes.helpers import buttons_of, codes_of, eventually, order_takes, quick_films, refuse, styles_of

ROWS = [["1", "2", "3", "4"], ["Remix", "Again", "Details", "Delete"]]


async def ledger(harness: BotHarness) -> list[tuple[str, int]]:
    """Return kind and count of every ledger entry of takes."""
    assert harness.database is not None
    rows = await harness.database.run(
        "SELECT ledger.kind, count(*) FROM ledger JOIN job ON job.id = job_id WHERE bundle_id IS NOT NULL"
        " GROUP BY ledger.kind ORDER BY ledger.kind"
    )
    return [(row[0], row[1]) for row in rows]


async def codes_by_place(harness: BotHarness) -> list[str]:
    assert harness.database is not None
    rows = await harness.database.run("SELECT code FROM job WHERE bundle_id IS NOT NULL ORDER BY bundle_place")
    return [row[0] for row in rows]


async def test_four_takes_are_one_message_with_a_button_for_each(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await quick_films(harness)
        clip = await order_takes(harness)
        lines = clip.content.splitlines()
        assert lines[0] == f"{harness.alice.mention} **{LIGHTHOUSE}**"
        assert lines[1].startswith("-# 4 takes · Grok 3 · 5 s · 16:9 · ")
        assert "≈ $0.20 · AI-generated" in lines[1]
        codes = await codes_by_place(harness)
        assert lines[2] == "-# " + " · ".join(f"{place}: {code}" for place, code in enumerate(codes, 1))
        assert codes_of(clip) == codes
        assert buttons_of(clip) == ROWS
        assert clip.mention_ids == [harness.alice.id]
        assert len(harness.provider.tasks) == len(harness.provider.charges) == 5
        await harness.wait_until(
            lambda: all(m.attachments or m.deleted or m.ephemeral_to for m in harness.discord.all_messages) or None
        )
        assert len(harness.clips_with_prompt(LIGHTHOUSE)) == 1
        assert await ledger(harness) == [("capture", 4), ("reserve", 4)]
        assert harness.provider.complaints == []


async def test_one_of_four_refused_is_told_and_not_charged(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await quick_films(harness)
        refuse(harness, skip=2)
        clip = await order_takes(harness)
        assert len(clip.attachments) == 3
        assert "-# 3 of 4 takes · Grok 3" in clip.content
        assert "≈ $0.15" in clip.content
        told = [line for line in clip.content.splitlines() if line.startswith("-# Take ")]
        assert len(told) == 1
        assert told[0].endswith(": The provider rejected this prompt (safety). Not charged.")
        assert len(buttons_of(clip)[0]) == 3
        assert len(harness.provider.charges) == 4
        await harness.wait_until(
            lambda: all(m.attachments or m.deleted or m.ephemeral_to for m in harness.discord.all_messages) or None
        )
        assert await ledger(harness) == [("capture", 3), ("release", 1), ("reserve", 4)]


async def test_all_refused_is_one_line_and_nothing_is_charged(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt="[refuse] a thing", takes=3)
        said = "All 3 takes: The provider rejected this prompt (safety). Not charged."
        message = await harness.wait_for_message(said)
        assert labels(message) == ["Edit and retry"]
        assert len([m for m in harness.discord.all_messages if m.is_bot and not m.ephemeral_to]) == 1
        assert harness.provider.charges == []
        assert await ledger(harness) == [("release", 3), ("reserve", 3)]
        opened = await harness.alice.press(message, "Edit and retry")
        await opened.answer()
        await harness.alice.submit(opened.modal, prompt="a harmless thing")
        clip = await harness.wait_for_clip("a harmless thing")
        assert len(clip.attachments) == 1


async def test_the_requester_chooses_the_take_that_others_start_from(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await quick_films(harness)
        clip = await order_takes(harness, 3)
        codes = await codes_by_place(harness)
        assert "Only the person who requested" in await response_text(await harness.bob.press(clip, "2"))
        assert styles_of(clip) == [2, 2, 2]
        await harness.alice.press(clip, "2")
        await harness.wait_until(lambda: styles_of(clip) == [2, 3, 2] or None)
        await harness.restart()
        await harness.bob.reply(clip, "make it snow, softly and slowly")
        remix = await harness.wait_for_clip("make it snow")
        assert f"remix of [{codes[1]}]({clip.link})" in remix.content
        pressed = await harness.bob.press(clip, "Remix")
        await pressed.answer()
        await harness.bob.submit(pressed.modal, prompt="through the button")
        assert f"[{codes[1]}]" in (await harness.wait_for_clip("through the button")).content
        assert codes[1] in await response_text(await harness.bob.press(clip, "Details"))
        await harness.alice.press(clip, "3")
        await harness.wait_until(lambda: styles_of(clip) == [2, 2, 3] or None)
        await harness.bob.reply(clip, "make it rain over the roofs")
        assert f"[{codes[2]}]" in (await harness.wait_for_clip("make it rain")).content


async def test_a_remix_of_takes_without_a_choice_asks_which(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await quick_films(harness)
        clip = await order_takes(harness, 2)
        codes = await codes_by_place(harness)
        asked = await (await harness.bob.press(clip, "Remix")).answer()
        assert isinstance(asked, LocalMessage)
        assert (asked.content, asked.ephemeral_to) == ("Which take do you want to remix?", harness.bob.id)
        assert labels(asked) == ["1", "2"]
        opened = await harness.bob.press(asked, "2")
        await opened.answer()
        await harness.bob.submit(opened.modal, prompt="the second one at night")
        assert f"[{codes[1]}]" in (await harness.wait_for_clip("the second one at night")).content


async def test_again_makes_one_video_by_reply_and_by_button(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await quick_films(harness)
        clip = await order_takes(harness, 3)
        charges = len(harness.provider.charges)
        await harness.bob.reply(clip, "again")
        await harness.wait_until(lambda: len(harness.clips_with_prompt(LIGHTHOUSE)) == 2 or None)
        await harness.bob.press(clip, "Again")
        await harness.wait_until(lambda: len(harness.clips_with_prompt(LIGHTHOUSE)) == 3 or None)
        assert [len(each.attachments) for each in harness.clips_with_prompt(LIGHTHOUSE)] == [3, 1, 1]
        assert len(harness.provider.charges) == charges + 2


async def test_history_and_the_tree_show_each_take_with_a_link_to_the_message(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await quick_films(harness)
        clip = await order_takes(harness, 3)
        codes = await codes_by_place(harness)
        await harness.wait_until(
            lambda: all(m.attachments or m.deleted or m.ephemeral_to for m in harness.discord.all_messages) or None
        )
        history = await response_text(await harness.alice.slash(harness.channel, "history"))
        assert all(f"[{code}]({clip.link})" in history for code in codes)
        await harness.bob.slash(harness.channel, "remix", prompt="from the third take", video=codes[2])
        assert f"[{codes[2]}]" in (await harness.wait_for_clip("from the third take")).content
        tree = await response_text(await harness.alice.slash(harness.channel, "tree", video=codes[2]))
        assert codes[2] in tree


async def test_a_single_take_is_deleted_and_the_others_stay(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await quick_films(harness)
        clip = await order_takes(harness, 3)
        codes = await codes_by_place(harness)
        asked = await (await harness.alice.press(clip, "Delete")).answer()
        assert isinstance(asked, LocalMessage)
        assert asked.content == "Which take do you want to delete?"
        await harness.alice.press(asked, "1")
        await harness.wait_until(lambda: codes_of(clip) == codes[1:] or None)
        await harness.wait_until(lambda: asked.content.startswith(f"Deleted {codes[0]}.") or None)
        assert buttons_of(clip)[0] == ["2", "3"]
        assert codes[0] not in clip.content
        await harness.alice.press(asked, "Undo")
        again = await harness.wait_until(
            lambda: next((each for each in harness.clips_with_prompt(LIGHTHOUSE) if each.id != clip.id), None)
        )
        assert codes_of(again) == codes[:1]
        assert "-# take 1 of 3 · Grok 3" in again.content
        question = await (await harness.alice.press(clip, "Delete")).answer()
        assert isinstance(question, LocalMessage)
        await harness.alice.press(question, "2")
        await harness.wait_until(lambda: codes_of(clip) == codes[2:] or None)
        assert buttons_of(clip) == [ROWS[1]]
        last = await (await harness.alice.press(clip, "Delete")).answer()
        assert isinstance(last, LocalMessage)
        await harness.alice.press(last, "Delete")
        await harness.wait_until(lambda: clip.deleted or None)


async def test_a_deleted_message_is_recorded_for_every_take(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await quick_films(harness)
        clip = await order_takes(harness, 3)
        await harness.guild.add_member("maud", manage=True).delete(clip)
        history = ""
        for _ in range(50):
            history = await response_text(await harness.bob.slash(harness.channel, "history"))
            if LIGHTHOUSE not in history:
                break
        assert LIGHTHOUSE not in history


async def test_cancel_ends_every_take_of_the_order(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=60.0) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE, takes=3)
        status = await harness.wait_for_message("3 takes · ≈ $0.30")
        await harness.wait_until(lambda: harness.provider.tasks or None)
        await harness.alice.press(status, "Cancel")
        await harness.wait_until(lambda: "Cancelled" in status.content or None)
        assert harness.database is not None
        rows = await harness.database.run("SELECT DISTINCT state FROM job")
        assert [row[0] for row in rows] == ["cancelled"]
        assert harness.clips == []


async def test_delete_my_data_removes_the_message_and_every_clip(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await order_takes(harness, 2)
        listed = await (await harness.alice.slash(harness.channel, "jobs")).answer()
        assert isinstance(listed, LocalMessage)
        asked = await (await harness.alice.press(listed, "Delete my data")).answer()
        assert isinstance(asked, LocalMessage)
        await harness.alice.press(asked, "Delete data and videos")
        await harness.wait_until(lambda: clip.deleted or None)
        await harness.wait_until(lambda: "2 videos, including 2 removed" in asked.content or None)
        assert list((tmp_path / "clips").glob("*.mp4")) == []
        assert harness.database is not None
        assert await harness.database.run("SELECT 1 FROM job WHERE prompt LIKE '%lighthouse%'") == []


async def test_a_take_that_needs_much_longer_follows_in_a_second_message(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await quick_films(harness)
        harness.provider.render_s = lambda task: math.inf if len(harness.provider.tasks) == 2 else 0.0
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE, seconds=5, takes=3)
        status = await harness.wait_for_message("3 takes")
        database = harness.database
        assert database is not None
        ready = "SELECT count(*) FROM job WHERE state = 'delivering' AND lease_until IS NULL"
        await eventually(lambda: database.run(ready), lambda rows: rows[0][0] == 2)
        await database.run("UPDATE job SET finished_at = finished_at - 301, due_at = 0 WHERE state = 'delivering'")
        await harness.bob.slash(harness.channel, "generate", prompt="another one")  # wakes the worker
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        assert len(clip.attachments) == 2
        assert "-# 2 of 3 takes" in clip.content
        slow = next(task for task in harness.provider.tasks.values() if math.isinf(task.render_s))
        await harness.provider.finish(slow.id)
        late = await harness.wait_until(
            lambda: next((each for each in harness.clips_with_prompt(LIGHTHOUSE) if each.id != clip.id), None)
        )
        assert "of 3 · Grok 3" in late.content.splitlines()[1]
        assert len(late.attachments) == 1
        await harness.wait_until(lambda: status.deleted or None)


async def test_a_message_that_is_refused_for_its_size_is_posted_once(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await quick_films(harness)
        harness.discord.wire.fail(
            Fault(route="POST */channels/*/messages", status=413, body={"code": 40005, "message": "too large"})
        )
        clip = await order_takes(harness, 2)
        assert len(clip.attachments) == 2
        assert len(harness.clips_with_prompt(LIGHTHOUSE)) == 1
        assert harness.database is not None
        assert await harness.database.run("SELECT 1 FROM fact WHERE name LIKE 'upload-limit:%'") == []


@pytest.mark.parametrize(
    ("locale", "first", "choice"), [("de", "-# 2 Varianten", "Welche Variante"), ("ja", "-# 2テイク", "どのテイク")]
)
async def test_takes_in_other_languages(tmp_path: Path, locale: str, first: str, choice: str) -> None:
    async with open_harness(tmp_path) as harness:
        harness.alice.user.locale = locale
        clip = await order_takes(harness, 2)
        assert clip.content.splitlines()[1].startswith(first)
        assert choice in await response_text(
            await harness.alice.press(clip, clip.components[1]["components"][2]["label"])
        )
