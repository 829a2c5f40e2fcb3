"""Hostile prompts, replies, reports, names, rules and options through the running bot, at every place that shows them.

Each message must render exactly what the same message renders with a harmless text.
"""

import logging
import unicodedata
from pathlib import Path

import pytest

from bot.jobs.clean_text import clean
from bot.jobs.server_settings import ReplyMode
from bot.sandbox.discord import Interaction, LocalMessage
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import (
    add_manager,
    database_of,
    open_page,
    panel_text,
    response_message,
    response_text,
    set_server_settings,
    submit_form,
)
from tests.remix.helpers import create_clip
from tests.text.hostile import HOSTILE
from tests.text.markdown_reader import read, rendered, visible

TYPED = [text for text in HOSTILE if "\ud800" not in text]  # JSON from Discord has no half characters
NAME = "=1;@x [n](https://evil.example) \u202e**a**"
RESULT = ["mention", "bold", "subtext"]
LINEAGE = ["subtext", "link", "mention"]
HISTORY_LINE, JOB_LINE, TREE_LINE = ["link", "mention", "time"], ["link", "time", "subtext"], ["link", "mention"]


def shows(message: str, typed: str, length: int = 2000) -> bool:
    """Return whether people read in a message what was typed, up to a length."""
    return clean(typed)[:length].rstrip() in visible(read(message))


def is_plain(text: str | None) -> bool:
    return text is not None and text == clean(text)


async def posted(harness: BotHarness, known: set[int]) -> LocalMessage:
    """Return the next result message that isn't known, once its status message is deleted: the job has ended then."""
    clip = await harness.wait_until(lambda: next((m for m in harness.clips if m.id not in known), None))
    for status in (m for m in harness.channel.messages if m.is_bot and not m.attachments and not m.ephemeral_to):
        assert rendered(status.content.removesuffix(f" · {harness.alice.mention}")) == ["subtext"], status.content
    await harness.wait_until(
        lambda: all(
            m.deleted or m.attachments or m.ephemeral_to for m in harness.channel.messages if m.is_bot
        ) or None
    )  # fmt: skip
    return clip


def clip_ids(harness: BotHarness) -> set[int]:
    return {clip.id for clip in harness.clips}


async def make_all(harness: BotHarness) -> list[tuple[str, LocalMessage]]:
    await create_clip(harness, "a harmless boat")
    made = []
    for typed in TYPED:
        known = clip_ids(harness)
        await harness.alice.slash(harness.channel, "generate", prompt=typed, seconds=5)
        made.append((typed, await posted(harness, known)))
    return made


async def test_no_place_renders_what_members_type(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "retake")
    async with open_harness(tmp_path) as harness:
        await set_server_settings(
            harness, reply_mode=ReplyMode.INSTANT, jobs_per_member=None, videos_per_member=None, budget_day_micros=None
        )
        harness.alice.nick = NAME
        made = await make_all(harness)
        for typed, clip in made:
            assert rendered(clip.content) == RESULT, clip.content
            assert shows(clip.content, typed)
            assert clip.mention_ids in ([], [harness.alice.id])
            assert is_plain(clip.attachments[0].description)
            assert clip.attachments[0].filename.startswith("SPOILER_") == (typed.count("||") >= 2)
            details = await response_text(await harness.bob.press(clip, "Details"))
            assert rendered(details) == ["bold", "link", "mention", "time", "time", "quote"], details
            assert shows(details, typed)
        await check_lists(harness)
        await check_choices(harness, made)
        await check_remixes_and_trees(harness, made[::4])
        await check_reports(harness, made[::8])
        assert "evil.example" not in caplog.text
        assert "boat" not in caplog.text


async def check_lists(harness: BotHarness) -> None:
    count = -(-(len(TYPED) + 1) // 10)
    for page in range(1, count + 1):
        text = await response_text(await harness.bob.slash(harness.channel, "history", page=page))
        lines = len(text.splitlines()) - 1
        assert rendered(text) == ["bold", *HISTORY_LINE * lines], text
    jobs = await response_message(await harness.alice.slash(harness.channel, "jobs"))
    assert rendered(jobs.content) == ["bold", *JOB_LINE * ((len(jobs.content.splitlines()) - 1) // 2)]
    for _ in range(4):
        await harness.alice.press(jobs, "Older ▶")
        before = jobs.content
        await harness.wait_until(lambda before=before: jobs.content != before or None)  # type: ignore[misc]
        assert rendered(jobs.content) == ["bold", *JOB_LINE * ((len(jobs.content.splitlines()) - 1) // 2)]


async def check_choices(harness: BotHarness, made: list[tuple[str, LocalMessage]]) -> None:
    for typed, _ in made:
        choices = await harness.bob.autocomplete(harness.channel, "remix", "video", clean(typed)[:20])
        assert all(is_plain(choice.name) and len(choice.name) <= 100 for choice in choices)
        every = await harness.bob.autocomplete(harness.channel, "remix", "video", "")
        assert all(is_plain(choice.name) for choice in every)


async def check_remixes_and_trees(harness: BotHarness, made: list[tuple[str, LocalMessage]]) -> None:
    for typed, clip in made:
        prompt = f"now make it {typed}"
        known = clip_ids(harness)
        await harness.bob.reply(clip, prompt)
        remix = await posted(harness, known)
        assert rendered(remix.content) == [*RESULT, *LINEAGE], remix.content
        assert shows(remix.content, prompt)
        assert is_plain(remix.attachments[0].description)
        tree = await response_message(await harness.bob.slash(harness.channel, "tree", video=clip.link))
        assert rendered(tree.content) == ["bold", *TREE_LINE * 2], tree.content
        for line in (tree.attachments[0].description or "").splitlines():
            assert all(unicodedata.category(each) not in ("Cc", "Zl", "Zp") for each in line)
        assert not {"\u202e", "\u200b", "\u2066"} & set(tree.attachments[0].description or "")


async def check_reports(harness: BotHarness, made: list[tuple[str, LocalMessage]]) -> None:
    log = harness.guild.add_channel("log")
    await set_server_settings(harness, log_channel_id=log.id, reply_mode=ReplyMode.INSTANT)
    for number, (typed, clip) in enumerate(made, 1):
        details = await response_message(await harness.bob.press(clip, "Details"))
        opened = await harness.bob.press(details, "Report")
        await opened.answer()
        assert opened.modal is not None
        await response_text(await harness.bob.submit(opened.modal, why=typed))
        report = log.messages[number - 1]
        assert rendered(report.content) == ["mention", "link", "mention", "channel", "quote"], report.content
        assert shows(report.content, typed, 500)
        assert report.mention_ids == []


async def test_no_sentence_renders_what_members_ask_for(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        for typed in TYPED:
            model = await response_text(
                await harness.alice.slash(harness.channel, "generate", prompt="a boat", model=typed)
            )
            assert rendered(model) == [], model
            assert shows(model, typed, 200)
            lookup = await response_text(
                await harness.alice.slash(harness.channel, "remix", prompt="a boat", video=typed)
            )
            assert rendered(lookup) == [], lookup
        assert harness.provider.tasks == {}


async def test_no_page_of_the_settings_renders_names_and_word_rules(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        harness.bob.nick = NAME
        await create_clip(harness, "a harmless boat", by=harness.bob)
        maud = add_manager(harness)
        panel = await response_message(await maud.slash(harness.channel, "settings panel"))
        panel = await open_page(harness, maud, panel, "people")
        opened = await maud.select(panel, "v1s:people:block", [str(harness.bob.id)])
        await opened.answer()
        assert opened.modal is not None
        assert is_plain(opened.modal.title)
        panel = await response_message(await maud.submit(opened.modal, days="7"))
        assert [kind for kind in rendered(panel_text(panel)) if kind not in ("heading", "mention", "time")] == []
        assert "\u202e" not in str(panel.components)
        panel = await open_page(harness, maud, panel, "words")
        harmless = rendered(panel_text(panel))
        for start in range(0, len(TYPED), 4):
            rules = "\n".join(TYPED[start : start + 4])
            panel = await submit_form(harness, maud, await maud.press(panel, "Change"), words=rules, outside=rules)
            assert rendered(panel_text(panel)) == harmless, panel_text(panel)
        audit: Interaction = await maud.slash(harness.channel, "settings audit")
        text = await response_text(audit)
        kinds = set(rendered(text))
        assert kinds <= {"bold", "time", "mention"}, text


async def test_a_prompt_without_a_visible_letter_is_refused_before_anything_is_spent(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        sentence = "That prompt has no visible letters. Not charged. Describe what the video should show."
        for prompt in ("\u200b\u200b\u200b\u200b", "\u202e\u2066\u2069 \u3164", "... !", "\u2800\u2800\u2800\u2800"):
            answer = await response_text(await harness.alice.slash(harness.channel, "generate", prompt=prompt))
            assert answer == sentence
        assert harness.provider.tasks == {}
        assert harness.clips == []
        assert await database_of(harness).run("SELECT 1 FROM job") == []
