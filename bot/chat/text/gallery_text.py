"""Texts of the gallery. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.text.escape import cut, escape, shown_prompt
from bot.chat.text.job_text import CONTENT_LIMIT, jump, settings_line
from bot.i18n import _, ngettext
from bot.jobs.job import Job

LINE_ROOM = 1200  # characters for the line of remixers
PROMPT_ROOM = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """A video that another was remixed from. `named`: everyone here may see it, and its author may be named."""

    job: Job
    named: bool


def gallery_text(job: Job, title: str, line: Sequence[Ancestor]) -> str:
    """Return the text of a gallery post: the video, its author, and everyone in the line that it was remixed from.

    `line` begins with the nearest ancestor.
    """
    parts = [*settings_line(job, title), _("AI-generated"), job.code]
    link = jump(job)
    parts += [f"[{_('jump')}]({link})"] if link is not None else []
    lines = ["-# " + " · ".join(parts)]
    if line:
        lines.append("-# " + _("remixed from {line}").format(line=_line(line)))
    head = f"⭐ <@{job.user_id}> **"
    room = min(PROMPT_ROOM, CONTENT_LIMIT - len(head) - 3 - sum(len(each) + 1 for each in lines))
    return "\n".join([head + (cut(escape(shown_prompt(job)), room) or "…") + "**", *lines])


def _line(line: Sequence[Ancestor]) -> str:
    """Return `J2M9 by @bob ← H1A2 by @carol`: with links if there's room, and without the farthest if there's none."""
    for links in (True, False):
        steps = [_step(each, links=links) for each in line]
        if len(text := " ← ".join(steps)) <= LINE_ROOM:
            return text
    shown: list[str] = []
    for step in steps:
        if sum(len(each) + 3 for each in shown) + len(step) > LINE_ROOM:
            break
        shown.append(step)
    left = len(steps) - len(shown)
    more = ngettext("{shown} and {count} more", "{shown} and {count} more", left)
    return more.format(shown=" ← ".join(shown), count=left)


def _step(ancestor: Ancestor, *, links: bool) -> str:
    job = ancestor.job
    if not ancestor.named:
        return _("(not visible here)")
    link = jump(job) if links else None
    code = f"[{job.code}]({link})" if link is not None else job.code
    return f"{code} {_('by {member}').format(member=f'<@{job.user_id}>')}"
