"""Texts of lists: details, history, jobs, models and suggestions. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from bot.catalogue.offers import Offer, describe_offer
from bot.catalogue.options import SHOWN_ASPECTS
from bot.chat.text.cost_text import cost_words
from bot.chat.text.escape import cut, escape, inside_code, mention, shown_prompt
from bot.chat.text.job_text import (
    CONTENT_LIMIT,
    clock,
    jump,
    lineage,
    settings_line,
    style_words,
    usual_words,
)
from bot.chat.text.kept_text import kept_text, permission_words
from bot.i18n import N_, _, ngettext
from bot.jobs.clean_text import clean
from bot.jobs.job import Job, Kind, Outcome, State
from bot.jobs.kept import kept_from, missing_access
from bot.jobs.stored_errors import DECIDABLE
from bot.ports.comparisons import Wins

CHOICE_LIMIT = 100  # characters of a suggestion. Source: reference/discord.md 1
_STATES = {
    State.RECEIVED: N_("requested"),
    State.ACCEPTED: N_("queued"),
    State.SUBMITTING: N_("sending"),
    State.SUBMIT_UNKNOWN: N_("checking"),
    State.POLLING: N_("rendering"),
    State.DOWNLOADING: N_("downloading"),
    State.DELIVERING: N_("posting"),
    State.DELIVERED: N_("done"),
    State.KEPT: N_("kept, not posted"),
    State.REJECTED: N_("rejected"),
    State.FAILED: N_("failed"),
    State.NEEDS_PERSON: N_("waiting for a decision"),
    State.ABANDONED: N_("given up"),
    State.CANCELLED: N_("cancelled"),
    State.IMPORTED: N_("uploaded"),
}
_KINDS = {Kind.GENERATE: N_("new video"), Kind.REMIX: N_("remix"), Kind.EXTEND: N_("extension"), Kind.FILM: N_("film")}


def age(seconds: float) -> str:
    """Return `just now`, `5 min ago`, `3 h ago` or `12 days ago`, for places where Discord shows no timestamps."""
    if seconds < 60:
        return _("just now")
    if seconds < 3600:
        return _("{minutes} min ago").format(minutes=int(seconds // 60))
    if seconds < 48 * 3600:
        return _("{hours} h ago").format(hours=int(seconds // 3600))
    return _("{days} days ago").format(days=int(seconds // 86400))


def suggestion(job: Job, name: str | None, now: float) -> str:
    """Return `K7Q2 · a lighthouse in a storm · alice · 5 min ago`: plain text of at most 100 characters."""
    name = clean(name or "")
    tail = " · ".join([*([cut(name, 20)] if name else []), age(now - (job.post.delivered_at or job.created_at))])
    room = CHOICE_LIMIT - len(job.code) - len(tail) - 6
    return f"{job.code} · {cut(clean(shown_prompt(job)), room)} · {tail}"


def details(job: Job, title: str, parent: Job | None, *, remixes: int = 0, for_host: bool = False) -> str:
    """Return the details of a video. Pass `parent` only if the reader may see it; ids are for the host."""
    lines = _facts(job, title)
    if parent is not None:
        lines.append(lineage(job, parent))
    elif job.parent_id is not None:
        lines.append(_("made from a video that you can't see"))
    lines += [style_words(job.style)] if job.style else []
    lines += [escape(job.note)] if job.note and not job.bundle.hidden else []
    remixed = ngettext("remixed once; /tree shows the family", "remixed {count} times; /tree shows the family", remixes)
    lines += [remixed.format(count=remixes)] if remixes else []
    lines += [_("not for remixing")] if job.no_remix else []
    if for_host and job.task.task_id is not None and not job.bundle.hidden:
        lines.append(_("provider task: `{task}`").format(task=inside_code(job.task.task_id)))
    room = CONTENT_LIMIT - sum(len(line) + 1 for line in lines) - 2
    return "\n".join([*lines, "> " + cut(escape(shown_prompt(job)), room)])


def _facts(job: Job, title: str) -> list[str]:
    """Return the job's state in words."""
    if job.imported:
        return _import_facts(job)
    link, at = jump(job), int(job.created_at)
    account = _("at {account}").format(account=job.account) if job.account and not job.bundle.hidden else ""
    resolution = job.resolution if not job.bundle.hidden else None  # not every model has one
    first = f"**{job.code}** · {_(_KINDS[job.kind])} · {_state(job)}"
    asked = _("requested by {member} <t:{at}:f> (<t:{at}:R>)").format(member=mention(job.user_id), at=at)
    price = cost_words(job)
    return [
        f"{first} · [{_('jump')}]({link})" if link else first,
        asked,
        " · ".join(filter(None, [*settings_line(job, title), job.aspect, resolution, account])),
        f"{price} · {_took(job)}" if _took(job) else price,
    ]


def _import_facts(job: Job) -> list[str]:
    """Return whose own video it is, and its length if it was copied."""
    link, length_s = jump(job), job.clip.clip_seconds
    first = f"**{job.code}** · {_('not made by me')} · {_state(job)}"
    parts = [_("by {member}").format(member=mention(job.user_id))]
    parts += [_("{seconds} s").format(seconds=round(length_s))] if length_s is not None else []
    return [f"{first} · [{_('jump')}]({link})" if link else first, " · ".join(parts)]


def _state(job: Job) -> str:
    if job.post.deleted_at is not None:
        return _("deleted")
    if job.state is State.NEEDS_PERSON and job.trouble not in DECIDABLE:
        return _("ended; the host can look it up")
    if job.state is State.POLLING and job.cancel_requested_at is not None:
        return _("being cancelled")
    if job.state is State.CANCELLED and job.outcome is Outcome.UNKNOWN:
        return _("given up")
    if job.state is State.KEPT:
        return f"{_(_STATES[job.state])} ({kept_text(kept_from(job))})"
    if missing := missing_access(job):
        return _("ready; I need {missing} to post it").format(missing=permission_words(missing))
    return _(_STATES[job.state])


def _took(job: Job) -> str:
    if job.task.finished_at is None:
        return ""
    return _("made in {time}").format(time=clock(job.task.finished_at - job.created_at))


def history(jobs: Sequence[Job], total: int, page: int, pages: int, member_id: int | None) -> str:
    """Return a page of finished videos, newest first, with jump links."""
    whose = f"<@{member_id}>"
    if not jobs and member_id is None:
        return _("There are no videos here that you can see.")
    if not jobs:
        return _("There are no videos by {member} here that you can see.").format(member=whose)
    count = ngettext("{count} video", "{count} videos", total).format(count=total)
    of = " " + _("by {member}").format(member=whose) if member_id is not None else ""
    head = f"**{count}**{of}{_page(page, pages)}"
    return _fitted(head, (_history_line(job) for job in jobs))


def _history_line(job: Job) -> str:
    link = jump(job)
    code = f"[{job.code}]({link})" if link else job.code
    at = int(job.post.delivered_at or job.created_at)
    return f"{code} · {mention(job.user_id)} · <t:{at}:R> · {cut(escape(shown_prompt(job)), 90)}"


def own_jobs(jobs: Sequence[Job], titles: Sequence[str], page: int, pages: int) -> str:
    """Return a page of a member's jobs: running ones first."""
    if not jobs:
        return _("You haven't made any videos here yet. Use /generate to make your first one.")
    head = _("**Your videos**") + (_page(page, pages) if pages > 1 else "")
    return _fitted(head, (_job_line(job, title) for job, title in zip(jobs, titles, strict=True)))


def _job_line(job: Job, title: str) -> str:
    link = jump(job)
    mark = "•" if job.ended else "⏳"
    code = f"[{job.code}]({link})" if link else job.code
    parts = [code, _state(job), *settings_line(job, title), cost_words(job), f"<t:{int(job.created_at)}:R>"]
    return f"{mark} {' · '.join(parts)}\n-# {cut(escape(shown_prompt(job)), 120)}"


def models(
    offers: Sequence[tuple[Offer, tuple[float, float] | None]], page: int, pages: int, wins: Mapping[str, Wins]
) -> str:
    """Return a page of enabled models: options, prices, render times and what they have won here."""
    if not offers:
        return _("No models are enabled here. The host needs to set up a provider account.")
    head = _("**Models**") + (_page(page, pages) if pages > 1 else "")
    return _fitted(head, (_model_lines(offer, usual, wins.get(offer.model.key)) for offer, usual in offers))


def _model_lines(offer: Offer, usual: tuple[float, float] | None, wins: Wins | None) -> str:
    model = offer.model
    can = [_("remixes")] if model.remix is not None else []
    can += [_("extends")] if model.extend is not None else []
    can += [_("needs a picture")] if model.image.required else [_("takes a picture")] if model.image.max_images else []
    can += [_("takes a last frame")] if model.image.last else []
    can += (
        [_("takes up to {count} references").format(count=model.image.max_references)]
        if model.image.max_references
        else []
    )
    can += [", ".join(model.aspects)] if len(model.aspects) > SHOWN_ASPECTS else []
    can += [", ".join(model.resolutions)] if model.resolutions else []
    can.append(_("usually {time} here").format(time=usual_words(usual)) if usual else _("no render times yet"))
    if wins is not None:
        won = _("won {won} of {compared} comparisons here")
        can.append(won.format(won=wins.won, compared=wins.compared))
    return f"{describe_offer(offer)}\n-# {' · '.join(can)}"


def _page(page: int, pages: int) -> str:
    return " · " + _("page {page} of {pages}").format(page=page + 1, pages=pages)


def _fitted(head: str, lines: Iterable[str]) -> str:
    """Return the heading and as many lines as fit in a message."""
    text = head
    for line in lines:
        if len(text) + len(line) + 1 > CONTENT_LIMIT:
            break
        text += "\n" + line
    return text


def reply_help() -> str:
    """Return what a reply can say."""
    return _(
        "Reply with what should change, and I'll make a remix. `again` makes the video again, `extend: …` continues "
        "it, `info` shows its details, `cancel` cancels it, and `delete` deletes it. More in `/help`."
    )
