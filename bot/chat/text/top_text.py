"""The text of `/top`. Pure."""

from collections.abc import Sequence

from bot.chat.text.escape import cut, escape
from bot.chat.text.job_text import jump
from bot.i18n import ngettext
from bot.jobs.job import Job

PROMPT_ROOM = 80  # characters of each of ten prompts


def top_text(videos: Sequence[tuple[Job, int]], days: int) -> str:
    """Return the most starred videos, with their stars and links; videos with as many stars share a place."""
    if not videos:
        return ngettext(
            "No video of the last day that you can see has a ⭐ yet.",
            "No video of the last {days} days that you can see has a ⭐ yet.",
            days,
        ).format(days=days)
    head = ngettext("**Most starred videos of the last day**", "**Most starred videos of the last {days} days**", days)
    return "\n".join([head.format(days=days), *starred_lines(videos)])


def starred_lines(videos: Sequence[tuple[Job, int]]) -> list[str]:
    """Return a line for each video with its stars; the most starred come first, and equal ones share a place."""
    counts = [stars for _, stars in videos]
    return [_line(counts.index(stars) + 1, stars, job) for job, stars in videos]


def _line(place: int, stars: int, job: Job) -> str:
    link = jump(job)
    code = f"[{job.code}]({link})" if link else job.code
    return f"{place}\\. ⭐ {stars} · {code} · <@{job.user_id}> · {cut(escape(job.prompt), PROMPT_ROOM)}"
