"""The text of `/top`. Pure."""

from collections.abc import Sequence

from bot.chat.text.escape import cut, escape, mention, shown_prompt
from bot.chat.text.job_text import CONTENT_LIMIT, jump
from bot.i18n import _, ngettext
from bot.jobs.job import Job

PROMPT_ROOM = 80  # characters of a prompt, if there is room


def top_text(videos: Sequence[tuple[Job, int]], days: int) -> str:
    """Return the most starred videos, with their stars and links; videos with as many stars share a place."""
    if not videos:
        return ngettext(
            "No video of the last day that you can see has a ⭐ yet.",
            "No video of the last {days} days that you can see has a ⭐ yet.",
            days,
        ).format(days=days)
    head = ngettext("**Most starred videos of the last day**", "**Most starred videos of the last {days} days**", days)
    return starred_list(head.format(days=days), videos)


def starred_list(head: str, videos: Sequence[tuple[Job, int]]) -> str:
    """Return a heading and a line for each of at most ten videos with its stars, within the limit of a message.

    The most starred come first, and equal ones share a place. The prompts have the room that is left.
    """
    counts = [stars for _job, stars in videos]
    lines = [_line(counts.index(stars) + 1, stars, job) for job, stars in videos]
    room = (CONTENT_LIMIT - len(head) - sum(len(line) + 1 for line in lines)) // max(1, len(lines))
    prompts = [cut(_words(job), min(PROMPT_ROOM, room)) for job, _stars in videos]
    return "\n".join([head, *(line + prompt for line, prompt in zip(lines, prompts, strict=True))])


def _words(job: Job) -> str:
    return f"({_('deleted')})" if job.post.deleted_at is not None else escape(shown_prompt(job))


def _line(place: int, stars: int, job: Job) -> str:
    link = jump(job)
    code = f"[{job.code}]({link})" if link else job.code
    return f"{place}\\. ⭐ {stars} · {code} · {mention(job.user_id)} · "
