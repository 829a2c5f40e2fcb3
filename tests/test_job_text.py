"""The texts of a job: status, result, amounts."""

from dataclasses import replace

import pytest

from bot.chat.text import job_text
from bot.jobs.job import Kind
from bot.jobs.money import dollars
from bot.jobs.status import Cancelled, Downloading, JobStatus, Queued, Rendering, WaitingForSource
from tests.sample_job import JOB


@pytest.mark.parametrize(
    ("notice", "line"),
    [
        (Queued(place=3, length=5), "⏳ Queued, 3rd of 5 · Grok 3 · 10 s · ≈ $0.10"),
        (Queued(place=1, length=1), "⏳ Queued · Grok 3 · 10 s · ≈ $0.10"),
        (Rendering(elapsed_s=42, progress=None, usual_s=(62, 118)), "🎬 Rendering · 0:42 · usually 1-2 min here"),
        (Rendering(elapsed_s=42, progress=46.2, usual_s=(62, 118)), "🎬 Rendering · 46 % · 0:42"),
        (
            Rendering(elapsed_s=370, progress=None, usual_s=None, restarted=True),
            "♻️ I was restarted. The provider is still rendering this video · 6:10",
        ),
        (
            Rendering(elapsed_s=1300, progress=None, usual_s=None, slow=True),
            "Still not done after 20 min. I'll keep checking for 24 h and post it here.",
        ),
        (Downloading(), "📤 Downloading the clip …"),
        (WaitingForSource(source_code="J2M9"), "⏳ Starts when the original is done (J2M9) · Grok 3 · ≈ $0.10"),
        (Cancelled(may_be_charged=False), "Cancelled. Not charged."),
    ],
)
def test_the_text_of_a_status(notice: JobStatus, line: str) -> None:
    assert job_text.status_text(JOB, "Grok 3", notice) == line


def test_a_result_has_the_prompt_the_facts_and_the_label() -> None:
    assert job_text.result_text(JOB, "Grok 3", None).splitlines() == [
        "<@1> **a lighthouse**",
        "-# Grok 3 · 10 s · 16:9 · 74 s · ≈ $0.10 · AI-generated · K7Q2",
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
