"""The texts of a job: status, result, amounts."""

from dataclasses import replace

import pytest

from bot.chat.text import job_text
from bot.jobs.job import Kind, State
from bot.jobs.money import dollars
from bot.jobs.status import Cancelled, Downloading, JobStatus, Queued, Rendering, WaitingForSource
from tests.sample_job import JOB


@pytest.mark.parametrize(
    ("notice", "line"),
    [
        (Queued(place=3, length=5), "⏳ Queued, 3rd of 5"),
        (Queued(place=1, length=1), "⏳ Queued"),
        (Rendering(elapsed_s=42, progress=None, usual_s=(62, 118)), "🎬 Rendering · 0:42 · usually 1-2 min here"),
        (Rendering(elapsed_s=42, progress=46.2, usual_s=(62, 118)), "🎬 Rendering · 46 % · 0:42"),
        (
            Rendering(elapsed_s=370, progress=None, usual_s=None, restarted=True),
            "♻️ I was restarted. The provider is still rendering this video · 6:10",
        ),
        (
            Rendering(elapsed_s=1300, progress=None, usual_s=None, slow=True, deadline_h=3),
            "Still not done after 20 min. I'll keep checking for 3 h and post it here.",
        ),
        (Downloading(), "📤 Downloading the clip …"),
        (WaitingForSource(source_code="J2M9"), "⏳ Starts when the original is done (J2M9)"),
    ],
)
def test_the_text_of_a_status(notice: JobStatus, line: str) -> None:
    running = replace(JOB, state=State.POLLING)
    made = "-# K7Q2 · Grok 3 · 10 s · ≈ $0.10 · a lighthouse"
    assert job_text.status_text(running, "Grok 3", notice).splitlines() == [line, made]


def test_the_text_of_a_cancelled_job_names_the_cost_once() -> None:
    cancelled = replace(JOB, state=State.CANCELLED, outcome=None)
    assert job_text.status_text(cancelled, "Grok 3", Cancelled()).splitlines() == [
        "Cancelled. Not charged.",
        "-# K7Q2 · Grok 3 · 10 s · a lighthouse",
    ]


def test_a_status_shows_the_beginning_of_a_long_prompt() -> None:
    line = job_text.status_text(replace(JOB, prompt="a lighthouse " * 100), "Grok 3", Downloading()).splitlines()[-1]
    assert line.startswith("-# K7Q2 · Grok 3 · 10 s · ≈ $0.10 · a lighthouse a lighthouse")
    assert line.endswith("…")
    assert len(line) < 130


def test_an_extension_says_how_much_it_adds() -> None:
    extension = replace(JOB, kind=Kind.EXTEND)
    assert "· 10 s added ·" in job_text.status_text(extension, "Grok 3", Downloading())
    assert "· 10 s added ·" in job_text.result_text(extension, "Grok 3", None)
    posted = replace(extension, seconds=None, clip=replace(extension.clip, clip_seconds=15.04))
    assert "-# Grok 3 · 15 s in total · " in job_text.result_text(posted, "Grok 3", None)


def test_a_result_has_the_prompt_the_facts_and_the_label() -> None:
    assert job_text.result_text(JOB, "Grok 3", None).splitlines() == [
        "<@1> **a lighthouse**",
        "-# Grok 3 · 10 s · 16:9 · made in 1:14 · ≈ $0.10 · AI-generated · K7Q2",
    ]


def test_a_remix_names_and_links_its_parent() -> None:
    parent = replace(JOB, id="b" * 22, code="J2M9", user_id=9, post=replace(JOB.post, result_message_id=77))
    remix = replace(JOB, kind=Kind.REMIX, parent_id=parent.id)
    last = job_text.result_text(remix, "Grok 3", parent).splitlines()[-1]
    assert last == "-# remix of [J2M9](https://discord.com/channels/2/3/77) by <@9> (native)"


@pytest.mark.parametrize(
    "prompt",
    [
        "@everyone look",
        "<@12345678901234567> hi",
        "**bold** `code` [a](https://x.example)",
        "-# small\n# big",
        "x" * 2000,
    ],
)
def test_a_prompt_is_escaped_and_fits(prompt: str) -> None:
    text = job_text.result_text(replace(JOB, prompt=prompt), "Grok 3", None)
    assert len(text) <= job_text.CONTENT_LIMIT
    assert "@everyone" not in text
    assert "<@12345678901234567>" not in text
    assert len(text.splitlines()) == 2


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (100_000, "$0.10"),
        (420_000, "$0.42"),
        (10_000_000, "$10.00"),
        (0, "$0.00"),
        (2_500, "$0.0025"),
        (475_000, "$0.475"),
        (1, "$0.000001"),
        (1_234_567, "$1.23"),
    ],
)
def test_money_is_shown_to_the_cent_or_finer(micros: int, text: str) -> None:
    assert dollars(micros) == text


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")]
)
def test_ordinals(number: int, text: str) -> None:
    assert job_text.ordinal(number) == text
