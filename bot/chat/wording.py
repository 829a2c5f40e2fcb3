"""Every line that a person reads about a job. Knows jobs and notices; sends nothing."""

import re
from typing import assert_never

import discord
from discord.utils import escape_markdown, escape_mentions

from bot.jobs.ladder import RUNG_WORDS
from bot.jobs.model import Job, Kind
from bot.jobs.notices import (
    AskPerson,
    Cancelled,
    CannotPost,
    Ended,
    Fetching,
    Fitting,
    Notice,
    Parked,
    Queued,
    Rendering,
    Unsure,
    WaitingForSource,
)
from bot.jobs.parts import dollars

CONTENT_LIMIT = 2000  # characters. Source: reference/discord.md 3
ALT_TEXT_LIMIT = 1024
_MARKED_LINK = re.compile(r"https?://[^\s<]*[*\[\]`|~\\]")  # such a link would end our bold and begin its own markdown
_NUMBERS = {1: "One", 2: "Two", 3: "Three", 4: "Four", 5: "Five"}
PERMISSION_WORDS = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}


def clock(seconds: float) -> str:
    """`0:42`, `6:10`, `1:02:03`."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def usual_words(usual_s: tuple[float, float]) -> str:
    """The middle half in the words of a person: `20-40 s`, `1-2 min`."""
    low, high = usual_s
    if high < 90:
        return f"{round(low)}-{max(round(high), round(low) + 1)} s"
    first, last = max(1, int(low // 60)), max(1, round(high / 60))
    return f"{first}-{last} min" if last > first else f"about {last} min"


def settings_line(job: Job, title: str) -> list[str]:
    """The parts of a job's settings, as they stand between dots."""
    parts = [title]
    if job.seconds is not None:
        parts.append(f"{job.seconds} s")
    return parts


def status_text(job: Job, title: str, notice: Notice) -> str:
    """One line for the status message."""
    price = f"≈ {dollars(job.price_micros)}"
    match notice:
        case Queued(place=place, length=length):
            where = f"Queued, {ordinal(place)} of {length}" if length > 1 else "Queued"
            if busy := _busy(notice):
                where = f"{busy}\n-# {ordinal(place)} of {length}"
            return "⏳ " + " · ".join([where, *settings_line(job, title), price])
        case WaitingForSource(source_code=code):
            return f"⏳ Starts when the original is done ({code}) · {title} · {price}"
        case Rendering():
            return _rendering(notice)
        case Fetching():
            return "📤 Fetching the clip …"
        case Fitting(size_bytes=size, limit_bytes=limit):
            return f"🗜 {round(size / 1e6)} MB, fitting it under {limit // 1_048_576} MB …"
        case Unsure():
            return "🔎 Checking with the provider …"
        case Ended(trouble=trouble) | AskPerson(trouble=trouble):
            return trouble.sentence()
        case Cancelled(may_be_charged=may_be_charged):
            return "Cancelled. The provider had it already and may still charge." if may_be_charged else (
                "Cancelled. Not charged."
            )  # fmt: skip
        case Parked(missing=missing):
            return f"The video is ready. I need {missing} here, and post it as soon as I may."
        case CannotPost(missing=missing, kept_days=days):
            return f"The video is ready, but I could not post it here ({missing}). It is kept {days} days in /jobs."
        case _:
            assert_never(notice)


def _busy(notice: Queued) -> str:
    """`Two of yours are running. I queued this one`; empty where there only is no room."""
    if notice.own_running:
        count = _NUMBERS.get(notice.own_running, str(notice.own_running))
        return f"{count} of yours {'is' if notice.own_running == 1 else 'are'} running. I queued this one."
    if notice.here_running:
        count = _NUMBERS.get(notice.here_running, str(notice.here_running))
        return f"{count} of this server's {'is' if notice.here_running == 1 else 'are'} running. I queued this one."
    return ""


def _rendering(notice: Rendering) -> str:
    if notice.slow:
        return "Not done after 20 min. I keep looking for 24 h and will post it here."
    if notice.restarted:
        return f"♻️ I was restarted; the job is still running at the provider · {clock(notice.elapsed_s)}"
    parts = ["🎬 Rendering"]
    if notice.progress is not None:
        parts.append(f"{round(notice.progress)} %")
    parts.append(clock(notice.elapsed_s))
    if notice.progress is None and notice.usual_s is not None:
        parts.append(f"usually {usual_words(notice.usual_s)} here")
    return " · ".join(parts)


def plain(text: str) -> str:
    """A person's text as text: one line, no markdown, no mention that could ping."""
    line = " ".join(text.split())
    return escape_mentions(escape_markdown(line, ignore_links=_MARKED_LINK.search(line) is None))


def result_text(job: Job, title: str, parent: Job | None) -> str:
    """The content of the finished video's message."""
    parts = settings_line(job, title)
    if job.aspect is not None:
        parts.append(job.aspect)
    if job.finished_at is not None:
        parts.append(f"{round(job.finished_at - job.created_at)} s")
    parts += [f"≈ {dollars(job.price_micros)}", "AI-generated", job.code]
    lines = ["-# " + " · ".join(parts)]
    if parent is not None and job.kind is not Kind.GENERATE:
        lines.append(f"-# {lineage(job, parent)}")
    if job.note:
        lines.append(f"-# {job.note}")
    head = f"<@{job.user_id}> **"
    room = CONTENT_LIMIT - len(head) - 3 - sum(len(line) + 1 for line in lines)
    return "\n".join([head + cut(plain(job.prompt), room) + "**", *lines])


def jump(job: Job) -> str | None:
    """The link to a posted video that was not deleted."""
    if job.result_message_id is None or job.deleted_at is not None:
        return None
    channel_id = job.result_channel_id or job.channel_id
    return f"https://discord.com/channels/{job.guild_id}/{channel_id}/{job.result_message_id}"


def lineage(job: Job, parent: Job) -> str:
    """`remix of J2M9 by @author (native)`, the code a link where there is something to jump to."""
    word = "remix of" if job.kind is Kind.REMIX else "continues"
    link = jump(parent)
    code = f"[{parent.code}]({link})" if link is not None else parent.code
    rung = RUNG_WORDS.get(job.rung or "native", "native")
    how = "from a picture" if job.rung == "image" and job.image_file is not None else rung
    return f"{word} {code} by <@{parent.user_id}> ({how})"


def cut(text: str, length: int) -> str:
    """At most `length` characters, never ending inside an escape."""
    if len(text) <= length:
        return text
    kept = text[: length - 1]
    half = (len(kept) - len(kept.rstrip("\\"))) % 2  # a backslash that has lost what it escapes
    return kept[: len(kept) - half] + "…"


def alt_text(job: Job) -> str:
    """What a screen reader says for the clip: the prompt."""
    return job.prompt[:ALT_TEXT_LIMIT]


def permission_words(names: list[str]) -> str:
    """`View Channel, Attach Files and Read Message History`."""
    words = [PERMISSION_WORDS.get(name, name.replace("_", " ").title()) for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def requester_only(job: Job) -> discord.AllowedMentions:
    """The result pings whoever asked for it, and nobody else."""
    return discord.AllowedMentions(
        everyone=False, roles=False, replied_user=False, users=[discord.Object(id=job.user_id)]
    )
