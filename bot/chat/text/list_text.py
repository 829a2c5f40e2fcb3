"""Texts of lists: details, history, jobs, models and suggestions. Pure."""

from collections.abc import Iterable, Sequence

from bot.catalogue.offers import Offer
from bot.catalogue.options import describe_model
from bot.chat.text.escape import cut, escape, inside_code
from bot.chat.text.job_text import CONTENT_LIMIT, jump, lineage, settings_line, usual_words
from bot.i18n import N_, _, ngettext
from bot.jobs.clean_text import clean
from bot.jobs.job import Job, Kind, State
from bot.jobs.money import dollars

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
    State.REJECTED: N_("rejected, not charged"),
    State.FAILED: N_("failed"),
    State.NEEDS_PERSON: N_("waiting for a decision"),
    State.ABANDONED: N_("given up"),
    State.CANCELLED: N_("cancelled"),
}
_KINDS = {Kind.GENERATE: N_("new video"), Kind.REMIX: N_("remix"), Kind.EXTEND: N_("extension")}


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
    return f"{job.code} · {cut(clean(job.prompt), room)} · {tail}"


def details(job: Job, title: str, parent: Job | None, *, remixes: int = 0, for_host: bool = False) -> str:
    """Return the details of a video. Pass `parent` only if the reader may see it; ids are for the host."""
    lines = _facts(job, title)
    if parent is not None:
        lines.append(lineage(job, parent))
    elif job.parent_id is not None:
        lines.append(_("made from a video that you can't see"))
    lines += [escape(job.note)] if job.note else []
    remixed = ngettext("remixed once; /tree shows the family", "remixed {count} times; /tree shows the family", remixes)
    lines += [remixed.format(count=remixes)] if remixes else []
    lines += [_("not for remixing")] if job.no_remix else []
    if for_host and job.task.task_id is not None:
        lines.append(_("provider task: `{task}`").format(task=inside_code(job.task.task_id)))
    room = CONTENT_LIMIT - sum(len(line) + 1 for line in lines) - 2
    return "\n".join([*lines, "> " + cut(escape(job.prompt), room)])


def _facts(job: Job, title: str) -> list[str]:
    """Return the job's state in words."""
    link, at, account = jump(job), int(job.created_at), _("at {account}").format(account=job.account)
    first = f"**{job.code}** · {_(_KINDS[job.kind])} · {_state(job)}"
    asked = _("requested by {member} <t:{at}:f> (<t:{at}:R>)").format(member=f"<@{job.user_id}>", at=at)
    price = f"≈ {dollars(job.money.price_micros)}"
    return [
        f"{first} · [{_('jump')}]({link})" if link else first,
        asked,
        " · ".join(filter(None, [*settings_line(job, title), job.aspect, job.resolution, account])),
        f"{price} · {_took(job)}" if _took(job) else price,
    ]


def _state(job: Job) -> str:
    if job.post.deleted_at is not None:
        return _("deleted")
    if job.money.resent and job.state is State.REJECTED:  # the earlier request may have been charged
        return _("rejected")
    return _(_STATES[job.state])


def _took(job: Job) -> str:
    if job.task.finished_at is None:
        return ""
    return _("{seconds} s").format(seconds=round(job.task.finished_at - job.created_at))


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
    return f"{code} · <@{job.user_id}> · <t:{at}:R> · {cut(escape(job.prompt), 90)}"


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
    parts = [code, _state(job), title, f"≈ {dollars(job.money.price_micros)}", f"<t:{int(job.created_at)}:R>"]
    return f"{mark} {' · '.join(parts)}\n-# {cut(escape(job.prompt), 120)}"


def models(offers: Sequence[tuple[Offer, tuple[float, float] | None]], page: int, pages: int) -> str:
    """Return a page of enabled models: options, prices and render times."""
    if not offers:
        return _("No models are enabled here. The host needs to set up a provider account.")
    head = _("**Models**") + (_page(page, pages) if pages > 1 else "")
    return _fitted(head, (_model_lines(offer, usual) for offer, usual in offers))


def _model_lines(offer: Offer, usual: tuple[float, float] | None) -> str:
    model = offer.model
    can = [_("remixes")] if model.remix is not None else []
    can += [_("extends")] if model.extend is not None else []
    can += [_("needs a picture")] if model.image.required else [_("takes a picture")] if model.image.max_images else []
    can += [", ".join(model.resolutions)] if model.resolutions else []
    can.append(_("usually {time} here").format(time=usual_words(usual)) if usual else _("no render times yet"))
    return f"`{offer.key}` · {describe_model(model)}\n-# {' · '.join(can)}"


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


HELP = N_("""**Three ways to remix a video**
1. **Reply** to it with the @ ping on, and describe what should change. A picture in your reply becomes the first frame.
2. Press **[Remix]** below it, or use Apps ▸ Remix video in its menu.
3. Use `/remix` with a code such as K7Q2 or a message link, from any channel that can see both.

**In a reply**, `again` makes the same video again, `cancel` cancels a job, `info` shows the details, `delete` deletes \
your video, and `extend: …` continues it. Editing your reply later has no effect. Deleting it cancels the video if it \
hasn't been sent to the provider yet.
**🔔 below your reply** means I couldn't read it. Turn on the @ ping, or wait until the video is posted.

`/generate` makes a video · `/extend` continues one · `/jobs` lists yours, to cancel or get · `/history` lists \
this server's videos · `/tree` shows remixes · `/models` shows models, prices and times · `/usage` shows limits and \
spending · `/settings` is for server managers
All clips are AI-generated. Each video counts toward the limits of the person who requested it. With [Details] you \
can mark your videos as not for remixing.""")
