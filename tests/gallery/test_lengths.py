"""Lists of starred videos fit in a message of Discord, with the ids and the prompts of a real server."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.chat.text.contest_text import entries_text, named_winners, result_text
from bot.chat.text.job_text import CONTENT_LIMIT
from bot.chat.text.top_text import top_text
from bot.i18n import languages, use_locale
from bot.jobs.job import Job, JobPost
from bot.ports.contests import Contest
from tests.sample_job import JOB

ID = 1_420_000_000_000_000_000  # 19 digits, as all ids since 2022
CONTEST = Contest(id=ID, guild_id=ID, channel_id=ID, theme="*" * 100, started_at=0.0, ends_at=1.0)


def entries(count: int) -> Sequence[tuple[Job, int]]:
    """Return videos with as many stars each and prompts that are longer than a line."""
    post = JobPost(result_message_id=ID, delivered_at=1.0)
    jobs = [
        replace(JOB, user_id=ID + at, guild_id=ID, channel_id=ID, prompt="*" * 2000, post=post) for at in range(count)
    ]
    return [(job, 1_000_000) for job in jobs]


@pytest.mark.parametrize("locale", languages())
def test_the_list_of_top_and_a_contest_s_fit_in_a_message(locale: str) -> None:
    with use_locale(locale):
        result = result_text(CONTEST.theme, entries(10), winners=10)
        for text in (top_text(entries(10), 365), entries_text(CONTEST, entries(10)), result):
            assert len(text) <= CONTENT_LIMIT
            assert text.count("⭐ 1000000 · [K7Q2](") == 10


@pytest.mark.parametrize("locale", languages())
def test_a_tie_of_a_whole_server_fits_in_a_message(locale: str) -> None:
    with use_locale(locale):
        text = result_text(CONTEST.theme, entries(300), winners=300)
        assert len(text) <= CONTENT_LIMIT
        assert text.count("⭐ 1000000 · [K7Q2](") == 10
    named = named_winners(entries(300))
    assert all(f"<@{job.user_id}>" in text for job in named)
    assert str(300 - len(named)) in text
