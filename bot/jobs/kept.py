"""Why a finished clip couldn't be posted: a code and facts, stored with the job and put into words when shown."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bot.i18n import N_
from bot.jobs.job import Job, State

# Named among missing permissions: what else may keep the bot from posting.
AGE_RESTRICTED = "age_restricted_channel"
THREAD_LOCKED = "unlocked_thread"
NOT_IN_THREAD = "thread_membership"
TIMED_OUT = "timeout_over"
UNNAMED = "unnamed_permission"  # Discord doesn't say which
BlockedBy = Literal["automod", "explicit", "links", ""]
OVER_LIMIT = N_("{size} is over the limit here ({limit})")
_MIB = 1 << 20


class KeptReason(StrEnum):
    """The codes that are stored in `job.why`."""

    CHANNEL_GONE = "channel_gone"
    CONTENT_BLOCKED = "content_blocked"
    MESSAGE_INVALID = "message_invalid"
    MISSING_ACCESS = "missing_access"
    OVER_LIMIT = "over_limit"
    UNCERTAIN = "uncertain"  # Discord doesn't tell whether it was posted
    UNKNOWN = "unknown"  # written by a version that this one doesn't know


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A reason with its facts.

    `missing` are Discord's permission names, or obstacles such as AGE_RESTRICTED. `size_bytes` and `limit_bytes` are
    None if Discord refused every size. `by` is the filter that blocked the content, `code` Discord's for a message
    that it doesn't accept. `text` is what an unknown version wrote.
    """

    reason: KeptReason
    missing: tuple[str, ...] = ()
    size_bytes: int | None = None
    limit_bytes: int | None = None
    by: BlockedBy = ""
    code: int | None = None
    text: str = ""

    def facts(self) -> str:
        """Return the facts as JSON, for the column `facts`."""
        facts = {
            "missing": list(self.missing),
            "size_bytes": self.size_bytes,
            "limit_bytes": self.limit_bytes,
            "by": self.by,
            "code": self.code,
        }
        return json.dumps({name: value for name, value in facts.items() if value})


def kept_from(job: Job) -> Kept:
    """Read the reason of a kept job, including those that version 0.1 stored as English sentences."""
    if job.why not in _CODES:
        return _from_sentence(job.why)
    facts = json.loads(job.facts)
    return Kept(
        reason=KeptReason(job.why),
        missing=tuple(facts.get("missing", ())),
        size_bytes=facts.get("size_bytes"),
        limit_bytes=facts.get("limit_bytes"),
        by=facts.get("by", ""),
        code=facts.get("code"),
    )


def missing_access(job: Job) -> tuple[str, ...]:
    """Return what a finished clip that isn't posted yet waits for, as Discord's permission names or obstacles."""
    return tuple(json.loads(job.facts).get("missing", ())) if job.state is State.DELIVERING else ()


def size_text(size_bytes: int) -> str:
    """Return a file's size in millions of bytes: `38 MB`. Below a million in thousands: `51 KB`."""
    return f"{round(size_bytes / 1e6)} MB" if size_bytes >= 1_000_000 else f"{max(1, round(size_bytes / 1e3))} KB"


def limit_text(limit_bytes: int) -> str:
    """Return an upload limit in Discord's own units, where a MB has 1,048,576 bytes: `10 MB`."""
    return f"{limit_bytes / _MIB:.0f} MB" if limit_bytes >= _MIB else f"{limit_bytes // 1024} KB"


_CODES = frozenset(reason.value for reason in KeptReason)
_SENTENCES = {
    "the channel is gone": KeptReason.CHANNEL_GONE,
    "Discord refuses the content": KeptReason.CONTENT_BLOCKED,
    "over the upload limit": KeptReason.OVER_LIMIT,
    "unsure whether it was posted": KeptReason.UNCERTAIN,
}


def _from_sentence(why: str) -> Kept:
    if (reason := _SENTENCES.get(why)) is not None:
        return Kept(reason=reason)
    if (missing := re.fullmatch(r"may not post: (.+)", why)) is not None:
        names = re.split(r", | and ", missing[1])
        return Kept(reason=KeptReason.MISSING_ACCESS, missing=tuple(map(_permission_name, names)))
    if (over := re.fullmatch(r"(\d+) MB is over the limit here \((\d+) (MB|KB)\)", why)) is not None:
        limit_bytes = int(over[2]) * (_MIB if over[3] == "MB" else 1024)
        return Kept(reason=KeptReason.OVER_LIMIT, size_bytes=int(over[1]) * 1_000_000, limit_bytes=limit_bytes)
    return Kept(reason=KeptReason.UNKNOWN, text=why)


def _permission_name(label: str) -> str:
    return AGE_RESTRICTED if label == "an age-restricted channel" else label.lower().replace(" ", "_")
