"""Texts about comparisons of two models. Pure."""

from collections.abc import Callable, Mapping, Sequence

from bot.chat.text.cost_text import cost_words
from bot.chat.text.escape import cut, escape, shown_prompt
from bot.chat.text.job_text import CONTENT_LIMIT, settings_line
from bot.chat.text.takes_text import takes_cost
from bot.i18n import _, ngettext
from bot.jobs.bundle import COMPARED_FOR_S
from bot.jobs.job import Job


def comparison_text(jobs: Sequence[Job], votes: Mapping[str, int], title_of: Callable[[Job], str]) -> str:
    """Return the content of a comparison's message, with the models only if they are revealed."""
    first = jobs[0]
    if first.bundle.hidden:
        until = int(first.created_at + COMPARED_FOR_S)
        hidden = _("Two models, hidden until {member} reveals them, or <t:{until}:R>. Which is better?")
        lines = [hidden.format(member=f"<@{first.user_id}>", until=until)]
        lines.append(_both(jobs))
    else:
        lines = [_outcome(jobs, votes, title_of), *(_revealed(job, votes, title_of(job)) for job in jobs)]
    lines = [f"-# {line}" for line in lines]
    head = f"<@{first.user_id}> **"
    room = CONTENT_LIMIT - len(head) - 3 - sum(len(line) + 1 for line in lines)
    return "\n".join([head + (cut(escape(shown_prompt(first)), room) or "…") + "**", *lines])


def _both(jobs: Sequence[Job]) -> str:
    codes = [f"{job.bundle.bundle_place}: {job.code}" for job in jobs]
    return " · ".join([*codes, takes_cost(jobs), _("AI-generated")])


def _outcome(jobs: Sequence[Job], votes: Mapping[str, int], title_of: Callable[[Job], str]) -> str:
    best = max(votes.get(job.id, 0) for job in jobs)
    winners = [job for job in jobs if votes.get(job.id, 0) == best]
    if len(winners) > 1:
        return _("Neither model has more votes.")
    return _("{model} has more votes.").format(model=title_of(winners[0]))


def _revealed(job: Job, votes: Mapping[str, int], title: str) -> str:
    count = votes.get(job.id, 0)
    counted = ngettext("{count} vote", "{count} votes", count).format(count=count)
    parts = [f"{job.bundle.bundle_place}: {title}", counted, *settings_line(job, title)[1:]]
    return " · ".join([*parts, cost_words(job), _("AI-generated"), job.code])
