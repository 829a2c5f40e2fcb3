"""Status words and error phrases of the providers. Source: reference/providers.md 0.1, 0.3."""

import re
from enum import StrEnum


class Status(StrEnum):
    """The normalized status of a task. UNKNOWN doesn't mean that the task has ended."""

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

_any_of = "|".join  # without word boundaries: codes and words of other scripts occur inside longer ones
_NO_BALANCE = re.compile(
    _any_of(
        (
            r"insufficient_(user_)?quota", "pre_consume_token_quota_failed", "payment_required", "余额不足", "额度不足",
            r"\bquota\b", r"\bbalance\b", r"\bcredits?\b", "budget",
        )
    )
)  # fmt: skip
_POLICY = re.compile(
    _any_of((r"content[ _-]?policy", "moderation", r"\bsafety\b", "content_filter", "usage guideline", "内容违"))
)
_NOT_FOUND = re.compile(
    _any_of((r"not[ _]found", r"not[ _]exist", r"does ?n.t exist", r"\bexpired\b", r"no longer", "不存在", "已过期"))
)
_NO_CHANNEL = re.compile(_any_of((r"no available channel", "无可用渠道", "model_not_found")))
_BAD_KEY = re.compile(_any_of((r"\bapi[ _-]?key\b", "invalid[ _]token", "invalid[ _]api", "authentication")))
_SERVER_ERROR = re.compile(_any_of((r"\btime[d ]?-?out\b", r"\binternal\b", r"\bupstream\b", r"\bserver_error\b")))


def normalize_status(word: str) -> str:
    """Return a status word in the spelling of the table."""
    return word.strip().lower().replace("-", "_").replace(" ", "_")


def is_balance_error(text: str) -> bool:
    return _NO_BALANCE.search(text.lower()) is not None


def is_policy_error(text: str) -> bool:
    return _POLICY.search(text.lower()) is not None


def is_not_found_error(text: str) -> bool:
    """Return whether the task or source doesn't exist, or no longer exists."""
    return _NOT_FOUND.search(text.lower()) is not None


def is_no_channel_error(text: str) -> bool:
    """Return whether new-api has no upstream for this model and key. It forwarded nothing."""
    return _NO_CHANNEL.search(text.lower()) is not None


def is_key_error(text: str) -> bool:
    return _BAD_KEY.search(text.lower()) is not None


def is_server_error(text: str) -> bool:
    """Return whether the error may have occurred after the request took effect."""
    return _SERVER_ERROR.search(text.lower()) is not None
