"""Texts about several takes of one order. Pure."""

from collections.abc import Sequence

from bot.chat.text.cost_text import amount_text, cost_sentence
from bot.chat.text.escape import cut, error_text, escape, shown_prompt
from bot.chat.text.job_text import CONTENT_LIMIT, clock, settings_line, style_words
from bot.i18n import _
from bot.jobs.cost import Charge, Cost, cost_of
from bot.jobs.job import Job, State
from bot.jobs.stored_errors import stored_error


def takes_text(jobs: Sequence[Job], told: Sequence[Job], title: str) -> str:
    """Return the content of a message with the clips of `jobs`; `told` are takes that ended without one."""
    first = jobs[0]
    lines = ["-# " + " · ".join([_how_many(jobs), *_parts(jobs, title)])]
    if len(jobs) > 1:
        lines.append("-# " + " · ".join(f"{job.bundle.bundle_place}: {job.code}" for job in jobs))
    lines += [f"-# {_end(job)}" for job in told]
    lines += [f"-# {note}" for note in dict.fromkeys(_note(job, jobs) for job in jobs) if note]
    head = f"<@{first.user_id}> **"
    room = CONTENT_LIMIT - len(head) - 3 - sum(len(line) + 1 for line in lines)
    return "\n".join([head + (cut(escape(shown_prompt(first)), room) or "…") + "**", *lines])


def _how_many(jobs: Sequence[Job]) -> str:
    size = jobs[0].bundle.bundle_size
    if len(jobs) == 1:
        return _("take {place} of {size}").format(place=jobs[0].bundle.bundle_place, size=size)
    if len(jobs) == size:
        return _("{size} takes").format(size=size)
    return _("{count} of {size} takes").format(count=len(jobs), size=size)


def _parts(jobs: Sequence[Job], title: str) -> list[str]:
    first = jobs[0]
    parts = settings_line(first, title)
    if first.aspect is not None:
        parts.append(escape(first.aspect))
    if first.style is not None:
        parts.append(style_words(first.style))
    made_s = [job.task.finished_at - job.created_at for job in jobs if job.task.finished_at is not None]
    if made_s:
        parts.append(_("made in {time}").format(time=clock(max(made_s))))
    parts += [takes_cost(jobs), _("AI-generated")]
    return [*parts, first.code] if len(jobs) == 1 else parts


def takes_cost(jobs: Sequence[Job]) -> str:
    """Return what takes cost together: `≈ $0.40`."""
    costs = [cost_of(job) for job in jobs]
    micros, reported = sum(cost.counted_micros for cost in costs), all(not cost.estimated for cost in costs)
    return amount_text(Cost(charge=Charge.CHARGED, last_micros=micros, reported=reported))


def _end(job: Job) -> str:
    ended = _("Cancelled.") if job.state is State.CANCELLED else error_text(stored_error(job))
    return _("Take {place}: {ended}").format(place=job.bundle.bundle_place, ended=f"{ended} {cost_sentence(job)}")


def _note(job: Job, jobs: Sequence[Job]) -> str | None:
    """Return the note of a take, with its place unless all takes have the same."""
    if not job.note or all(each.note == job.note for each in jobs):
        return job.note
    return _("Take {place}: {ended}").format(place=job.bundle.bundle_place, ended=job.note)
