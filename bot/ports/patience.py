"""Whether a member waits for what this task does: Discord wants an answer within 3 s, so no read may wait longer."""

from contextvars import ContextVar

_is_answering: ContextVar[bool] = ContextVar("is_answering", default=False)


def mark_answering() -> None:
    """Say that this task answers an interaction."""
    _is_answering.set(True)


def is_answering() -> bool:
    return _is_answering.get()
