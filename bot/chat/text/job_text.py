"""Texts about jobs: status messages, results and their parts. Pure."""

import math
from typing import assert_never

import discord

from bot.chat.text.cost_text import cost_sentence, cost_words, order_cost
from bot.chat.text.escape import cut, error_text, escape, mention, shown_prompt
from bot.chat.text.kept_text import kept_text, permission_words
from bot.i18n import N_, _, ngettext
from bot.jobs.clean_text import clean
from bot.jobs.job import Job, Kind
from bot.jobs.kept import (
    limit_text,
    size_text,
)
from bot.jobs.status import (
    Cancelled,
    Cancelling,
    CannotPost,
    DecisionNeeded,
    DiscordTrouble,
    Downloading,
    Ended,
    JobStatus,
    Joining,
    JoiningFilm,
    Parked,
    Queued,
    Reconciling,
    Rendering,
    TakesReady,
    Transcoding,
    Undoable,
    WaitingForSource,
)
from bot.ordering.remix_methods import RUNG_WORDS

CONTENT_LIMIT = 2000  # characters. Source: reference/discord.md 3
ALT_TEXT_LIMIT = 1024
PROMPT_SHOWN = 80  # characters of a prompt in a status message
_NUMBERS = {1: N_("One"), 2: N_("Two"), 3: N_("Three"), 4: N_("Four"), 5: N_("Five")}
_ORDINALS = {1: N_("{number}st"), 2: N_("{number}nd"), 3: N_("{number}rd")}


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
    """Return a job's options as text parts. The clip of an extension includes its source."""
    parts = [title]
    if job.seconds is not None:
        length = N_("{seconds} s added") if job.kind is Kind.EXTEND else N_("{seconds} s")
        parts.append(_(length).format(seconds=job.seconds))
    if job.kind is Kind.FILM and job.clip.clip_seconds is not None:
        parts.append(_("{seconds} s").format(seconds=round(job.clip.clip_seconds)))
    if job.kind is Kind.EXTEND and job.clip.clip_seconds is not None:
        parts.append(_("{seconds} s in total").format(seconds=round(job.clip.clip_seconds)))
    return parts


def status_text(job: Job, title: str, notice: JobStatus, *, with_prompt: bool = True) -> str:
    """Return the text of a status message: what happens, then what is being made."""
    parts, size = settings_line(job, title), job.bundle.bundle_size
    if isinstance(notice, Ended | DecisionNeeded | Cancelled):  # they say themselves what it cost
        parts.insert(0, job.code)
    elif size > 1 and not isinstance(notice, CannotPost):  # about the whole order
        parts += [_("{size} takes").format(size=size), *([] if job.bundle.compared else [order_cost(job)])]
    else:
        parts = [job.code, *parts, cost_words(job)]
    if with_prompt:
        parts.append(cut(escape(shown_prompt(job)), PROMPT_SHOWN))
    if job.interaction_id is not None:  # a reply's status is an answer to it, which shows whose it is
        parts.append(f"<@{job.user_id}>")
    return f"{_happening(job, notice)}\n-# " + " · ".join(parts)


def _happening(job: Job, notice: JobStatus) -> str:
    match notice:
        case Queued():
            return f"⏳ {_queued(notice)}"
        case Undoable(until=until):
            return "⏳ " + _("Sending this <t:{at}:R>").format(at=math.ceil(until))
        case WaitingForSource(source_code=code):
            return "⏳ " + _("Starts when the original is done ({code})").format(code=code)
        case Rendering():
            return _rendering(notice)
        case Downloading():
            return _("📤 Downloading the clip …")
        case Joining(source_code=code):
            return "🎞 " + _("Joining it to {code} …").format(code=code)
        case JoiningFilm(count=count):
            return "🎞 " + ngettext("Joining {count} video …", "Joining {count} videos …", count).format(count=count)
        case TakesReady(ready=ready, size=count):
            return _("🎬 {ready} of {size} takes are ready").format(ready=ready, size=count)
        case Transcoding(size_bytes=size, limit_bytes=limit):
            fitting = _("🗜 {size}, reducing it to less than {limit} …")
            return fitting.format(size=size_text(size), limit=limit_text(limit))
        case Reconciling():
            return _("🔎 Checking with the provider …")
        case Ended(error=trouble, host_told=told, takes=takes):
            ended = f"{error_text(trouble)} {cost_sentence(job)} {_host_sentence(told)}".rstrip()
            return ended if takes == 1 else _("All {size} takes: {ended}").format(size=takes, ended=ended)
        case DecisionNeeded(error=trouble):
            return f"{error_text(trouble)} {cost_sentence(job)}"
        case Cancelling():
            return _("🛑 Cancelling. I'm waiting for the provider to confirm …")
        case Cancelled():
            return f"{_cancelled(notice)} {cost_sentence(job)}"
        case DiscordTrouble():
            return _("📤 The video is ready, but Discord is having trouble. I'll keep trying to post it.")
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


def _host_sentence(told: bool | None) -> str:
    if told is None:
        return ""
    return _("The host has been told.") if told else _("Ask this bot's host.")


def _queued(notice: Queued) -> str:
    where = {"place": ordinal(notice.place), "length": notice.length}
    if busy := _busy(notice):
        return f"{busy}\n-# " + _("{place} of {length}").format(**where)
    return _("Queued, {place} of {length}").format(**where) if notice.length > 1 else _("Queued")


def _cancelled(notice: Cancelled) -> str:
    if notice.given_up:
        return _("Given up.")
    if notice.stopped:
        return _("Cancelled. The provider has stopped this video.")
    if notice.rendered:
        return _("Cancelled, but the provider had already made this video. I won't post it.")
    return _("Cancelled. The provider had already accepted this request.") if notice.accepted else _("Cancelled.")


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
        slow = _("Still not done after 20 min. I'll keep checking for {hours} h and post it here.")
        return slow.format(hours=notice.deadline_h)
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
    if job.style is not None:
        parts.append(style_words(job.style))
    if job.task.finished_at is not None:
        parts.append(_("made in {time}").format(time=clock(job.task.finished_at - job.created_at)))
    parts += [cost_words(job), _("AI-generated"), job.code]
    lines = ["-# " + " · ".join(parts)]
    if parent is not None and job.kind is not Kind.GENERATE:
        lines.append(f"-# {lineage(job, parent)}")
    if job.note:
        lines.append(f"-# {job.note}")
    head = f"<@{job.user_id}> **"
    room = CONTENT_LIMIT - len(head) - 3 - sum(len(line) + 1 for line in lines)
    return "\n".join([head + (cut(escape(shown_prompt(job)), room) or "…") + "**", *lines])


def style_words(name: str) -> str:
    """Return `style: noir`."""
    return _("style: {name}").format(name=escape(name))


def jump(job: Job) -> str | None:
    """Return the link to a posted video, or None if it was deleted or not posted."""
    if job.post.message_id is None or job.post.deleted_at is not None:
        return None
    channel_id = job.post.result_channel_id or job.channel_id
    return f"https://discord.com/channels/{job.guild_id}/{channel_id}/{job.post.message_id}"


def lineage(job: Job, parent: Job) -> str:
    """Return `remix of J2M9 by @author (native)`, with a link if the source is posted."""
    remix, extension = N_("remix of {code} by {author} ({how})"), N_("continues {code} by {author} ({how})")
    link = jump(parent)
    code = f"[{parent.code}]({link})" if link is not None else parent.code
    rung = RUNG_WORDS.get(job.rung or "native", "native")
    author = mention(parent.user_id)
    if job.kind is Kind.FILM:
        return _("begins with {code} by {author}").format(code=code, author=author)
    if job.joins_source:
        return _("{code} by {author}, continued from its last frame").format(code=code, author=author)
    if job.kind is Kind.EXTEND and rung == RUNG_WORDS["native"]:
        return _("{code} by {author}, continued natively").format(code=code, author=author)
    how = N_("from a picture") if job.rung == "image" and job.image_file is not None else rung
    line = _(remix if job.kind is Kind.REMIX else extension)
    return line.format(code=code, author=author, how=_(how))


def alt_text(job: Job) -> str:
    """Return the alt text of a clip: its prompt."""
    return cut(clean(shown_prompt(job)), ALT_TEXT_LIMIT)


def requester_only(job: Job) -> discord.AllowedMentions:
    """Return mentions that ping only the requester."""
    return discord.AllowedMentions(
        everyone=False, roles=False, replied_user=False, users=[discord.Object(id=job.user_id)]
    )
