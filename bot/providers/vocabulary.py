"""The words for how a task stands and why one was refused. Source: reference/providers.md 0.1, 0.3."""

import re
from enum import StrEnum


class Status(StrEnum):
    """Where a task stands, whatever its provider calls it. UNKNOWN is not an end."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


STATUS_WORDS: dict[str, Status] = {
    **dict.fromkeys(
        ("queued", "pending", "submitted", "not_start", "created", "waiting", "in_queue", "throttled", ""),
        Status.QUEUED,
    ),
    **dict.fromkeys(("in_progress", "processing", "running", "generating"), Status.RUNNING),
    **dict.fromkeys(("completed", "succeeded", "success", "done"), Status.DONE),
    **dict.fromkeys(
        ("failed", "failure", "error", "cancelled", "canceled", "expired", "timeout"), Status.FAILED
    ),
}  # fmt: skip

_ANYWHERE = "|".join  # words of other scripts, and codes, are found inside longer ones
_NO_BALANCE = re.compile(
    _ANYWHERE(
        (
            r"insufficient_(user_)?quota", "pre_consume_token_quota_failed", "payment_required", "余额不足", "额度不足",
            r"\bquota\b", r"\bbalance\b", r"\bcredits?\b", "budget",
        )
    )
)  # fmt: skip
_POLICY = re.compile(
    _ANYWHERE((r"content[ _-]?policy", "moderation", r"\bsafety\b", "content_filter", "usage guideline", "内容违"))
)
_GONE = re.compile(
    _ANYWHERE((r"not[ _]found", r"not[ _]exist", r"does ?n.t exist", r"\bexpired\b", r"no longer", "不存在", "已过期"))
)
_NO_CHANNEL = re.compile(_ANYWHERE((r"no available channel", "无可用渠道", "model_not_found")))
_BAD_KEY = re.compile(_ANYWHERE((r"\bapi[ _-]?key\b", "invalid[ _]token", "invalid[ _]api", "authentication")))
_SERVER_SIDE = re.compile(_ANYWHERE((r"\btime[d ]?-?out\b", r"\binternal\b", r"\bupstream\b", r"\bserver_error\b")))


def normal(word: str) -> str:
    """A status word as the table has it."""
    return word.strip().lower().replace("-", "_").replace(" ", "_")


def says_no_balance(text: str) -> bool:
    return _NO_BALANCE.search(text.lower()) is not None


def says_policy(text: str) -> bool:
    return _POLICY.search(text.lower()) is not None


def says_gone(text: str) -> bool:
    """The task or the source that was named is not there (any more)."""
    return _GONE.search(text.lower()) is not None


def says_no_channel(text: str) -> bool:
    """new-api: nobody behind the gateway serves this model for this key. Nothing was sent on."""
    return _NO_CHANNEL.search(text.lower()) is not None


def says_bad_key(text: str) -> bool:
    return _BAD_KEY.search(text.lower()) is not None


def says_server_side(text: str) -> bool:
    """An error that may have come after the request had its effect."""
    return _SERVER_SIDE.search(text.lower()) is not None
