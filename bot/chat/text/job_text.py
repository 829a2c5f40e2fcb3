"""Texts about jobs: status messages, results and their parts. Pure."""

from collections.abc import Sequence
from typing import assert_never

import discord

from bot.chat.text.escape import cut, error_text, escape
from bot.i18n import N_, _, ngettext
from bot.jobs.clean_text import clean
from bot.jobs.job import Job, Kind
from bot.jobs.kept import AGE_RESTRICTED, OVER_LIMIT, Kept, KeptReason, limit_text, size_text
from bot.jobs.money import dollars
from bot.jobs.status import (
    Cancelled,
    CannotPost,
    DecisionNeeded,
    Downloading,
    Ended,
    JobStatus,
    Parked,
    Queued,
    Reconciling,
    Rendering,
    Transcoding,
    WaitingForSource,
)
from bot.ordering.remix_methods import RUNG_WORDS

CONTENT_LIMIT = 2000  # characters. Source: reference/discord.md 3
ALT_TEXT_LIMIT = 1024
_NUMBERS = {1: N_("One"), 2: N_("Two"), 3: N_("Three"), 4: N_("Four"), 5: N_("Five")}
_ORDINALS = {1: N_("{number}st"), 2: N_("{number}nd"), 3: N_("{number}rd")}
PERMISSION_WORDS = {
    "view_channel": N_("View Channel"),
    "send_messages": N_("Send Messages"),
    "send_messages_in_threads": N_("Send Messages in Threads"),
    "attach_files": N_("Attach Files"),
    "read_message_history": N_("Read Message History"),
    "manage_threads": N_("Manage Threads"),
    AGE_RESTRICTED: N_("an age-restricted channel"),
}


def clock(seconds: float) -> str:
    """Return a duration as `0:42`, `6:10` or `1:02:03`."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def ordinal(number: int) -> str:
    """Return `1st`, `2nd`, `3rd`, `11th`."""
    usual = N_("{number}th")
    form = usual if number % 100 in (11, 12, 13) else _ORDINALS.get(number % 10, usual)
    return _(form).format(number=number)


def usual_words(usual_s: tuple[float, float]) -> str:
    """Return the usual render time as `20-40 s` or `1-2 min`."""
    low, high = usual_s
    if high < 90:
        return _("{seconds} s").format(seconds=f"{round(low)}-{max(round(high), round(low) + 1)}")
    first, last = max(1, int(low // 60)), max(1, round(high / 60))
    if last > first:
        return _("{minutes} min").format(minutes=f"{first}-{last}")
    return _("about {minutes} min").format(minutes=last)


def settings_line(job: Job, title: str) -> list[str]:
    """Return a job's options as text parts."""
    parts = [title]
    if job.seconds is not None:
        parts.append(_("{seconds} s").format(seconds=job.seconds))
    return parts


def status_text(job: Job, title: str, notice: JobStatus) -> str:
    """Return the text of a status message."""
    price = f"≈ {dollars(job.money.price_micros)}"
    match notice:
        case Queued():
            return "⏳ " + " · ".join([_queued(notice), *settings_line(job, title), price])
        case WaitingForSource(source_code=code):
            starts = _("Starts when the original is done ({code})").format(code=code)
            return f"⏳ {starts} · {title} · {price}"
        case Rendering():
            return _rendering(notice)
        case Downloading():
            return _("📤 Downloading the clip …")
        case Transcoding(size_bytes=size, limit_bytes=limit):
            fitting = _("🗜 {size} MB, reducing it to less than {limit} MB …")
            return fitting.format(size=round(size / 1e6), limit=limit // 1_048_576)
        case Reconciling():
            return _("🔎 Checking with the provider …")
        case Ended(error=trouble) | DecisionNeeded(error=trouble):
            return f"{error_text(trouble)} {_counted_before(job)}".rstrip()
        case Cancelled(may_be_charged=may_be_charged):
            charged = _("Cancelled. The provider already had this request and may still charge for it.")
            return charged if may_be_charged else _("Cancelled. Not charged.")
        case Parked(missing=missing):
            parked = _("The video is ready. I need {missing} here, and I'll post it as soon as I have access.")
            return parked.format(missing=permission_words(missing))
        case CannotPost(kept=why, kept_days=days):
            kept = _(
                "The video is ready, but I couldn't post it here ({missing}). You can get it from /jobs for {days} "
                "days."
            )
            return kept.format(missing=kept_text(why), days=days)
        case _:
            assert_never(notice)


def _queued(notice: Queued) -> str:
    where = {"place": ordinal(notice.place), "length": notice.length}
    if busy := _busy(notice):
        return f"{busy}\n-# " + _("{place} of {length}").format(**where)
    return _("Queued, {place} of {length}").format(**where) if notice.length > 1 else _("Queued")


def _counted_before(job: Job) -> str:
    """Return the note about an earlier request of a resent job, or an empty string."""
    if not job.money.resent:
        return ""
    return _("The earlier request may have been charged; I counted {cost} for it.").format(
        cost=dollars(job.money.price_micros * job.money.resent)
    )


def _busy(notice: Queued) -> str:
    """Return why a job waits, such as `Two of yours are running`, or an empty string if the account is busy."""
    if running := notice.own_running:
        said = ngettext(
            "{count} of yours is running. I queued this one.",
            "{count} of yours are running. I queued this one.",
            running,
        )
    elif running := notice.here_running:
        said = ngettext(
            "{count} of this server's is running. I queued this one.",
            "{count} of this server's are running. I queued this one.",
            running,
        )
    else:
        return ""
    return said.format(count=_(_NUMBERS.get(running, str(running))))


def _rendering(notice: Rendering) -> str:
    if notice.slow:
        return _("Still not done after 20 min. I'll keep checking for 24 h and post it here.")
    if notice.restarted:
        restarted = _("♻️ I was restarted. The provider is still rendering this video")
        return f"{restarted} · {clock(notice.elapsed_s)}"
    parts = [_("🎬 Rendering")]
    if notice.progress is not None:
        parts.append(f"{round(notice.progress)} %")
    parts.append(clock(notice.elapsed_s))
    if notice.progress is None and notice.usual_s is not None:
        parts.append(_("usually {time} here").format(time=usual_words(notice.usual_s)))
    return " · ".join(parts)


def result_text(job: Job, title: str, parent: Job | None) -> str:
    """Return the content of a result message."""
    parts = settings_line(job, title)
    if job.aspect is not None:
        parts.append(escape(job.aspect))
    if job.task.finished_at is not None:
        parts.append(_("{seconds} s").format(seconds=round(job.task.finished_at - job.created_at)))
    parts += [f"≈ {dollars(job.money.price_micros)}", _("AI-generated"), job.code]
    lines = ["-# " + " · ".join(parts)]
    if parent is not None and job.kind is not Kind.GENERATE:
        lines.append(f"-# {lineage(job, parent)}")
    if job.note:
        lines.append(f"-# {job.note}")
    head = f"<@{job.user_id}> **"
    room = CONTENT_LIMIT - len(head) - 3 - sum(len(line) + 1 for line in lines)
    return "\n".join([head + (cut(escape(job.prompt), room) or "…") + "**", *lines])


def jump(job: Job) -> str | None:
    """Return the link to a posted video, or None if it was deleted or not posted."""
    if job.post.result_message_id is None or job.post.deleted_at is not None:
        return None
    channel_id = job.post.result_channel_id or job.channel_id
    return f"https://discord.com/channels/{job.guild_id}/{channel_id}/{job.post.result_message_id}"


def lineage(job: Job, parent: Job) -> str:
    """Return `remix of J2M9 by @author (native)`, with a link if the source is posted."""
    remix, extension = N_("remix of {code} by {author} ({how})"), N_("continues {code} by {author} ({how})")
    link = jump(parent)
    code = f"[{parent.code}]({link})" if link is not None else parent.code
    rung = RUNG_WORDS.get(job.rung or "native", "native")
    how = N_("from a picture") if job.rung == "image" and job.image_file is not None else rung
    line = _(remix if job.kind is Kind.REMIX else extension)
    return line.format(code=code, author=f"<@{parent.user_id}>", how=_(how))


def alt_text(job: Job) -> str:
    """Return the alt text of a clip: its prompt."""
    return cut(clean(job.prompt), ALT_TEXT_LIMIT)


def permission_words(names: Sequence[str]) -> str:
    """Return permission names as `View Channel, Attach Files and Read Message History`."""
    return listed([_(PERMISSION_WORDS.get(name, name.replace("_", " ").title())) for name in names])


def listed(words: Sequence[str]) -> str:
    """Join words as `one, two and three`."""
    if len(words) == 1:
        return words[0]
    return _("{others} and {last}").format(others=", ".join(words[:-1]), last=words[-1])


def kept_text(kept: Kept) -> str:
    """Return why a clip was kept, in the reader's language."""
    match kept.reason:
        case KeptReason.CHANNEL_GONE:
            return _("the channel was deleted")
        case KeptReason.CONTENT_BLOCKED:
            return _("Discord rejected the content")
        case KeptReason.MISSING_ACCESS:
            return _("missing access: {missing}").format(missing=permission_words(kept.missing))
        case KeptReason.OVER_LIMIT if kept.size_bytes is not None and kept.limit_bytes is not None:
            return _(OVER_LIMIT).format(size=size_text(kept.size_bytes), limit=limit_text(kept.limit_bytes))
        case KeptReason.OVER_LIMIT:
            return _("over the upload limit")
        case KeptReason.UNCERTAIN:
            return _("I couldn't tell whether it was posted")
        case KeptReason.UNKNOWN:
            return escape(kept.text)
        case _:
            assert_never(kept.reason)


def requester_only(job: Job) -> discord.AllowedMentions:
    """Return mentions that ping only the requester."""
    return discord.AllowedMentions(
        everyone=False, roles=False, replied_user=False, users=[discord.Object(id=job.user_id)]
    )
