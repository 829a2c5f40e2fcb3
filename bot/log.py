"""Set up structured logging. Secrets are redacted by name and by value."""

import errno
import logging
import math
import re
import time
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, Literal

import structlog

from bot.jobs.clean_text import reveal

TOO_MANY_FILES_EVERY_S = 60.0
_SECRET_NAMES = re.compile(r"token|key|secret|authorization|password|prompt", re.IGNORECASE)
_SIGNED = re.compile(r"([?&](?:ex|is|hm|sig|signature|token|X-Amz-[A-Za-z-]+)=)[^&\s\"']+", re.IGNORECASE)
_HOOK = re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s\"']{20,}")
_OUR_FIELDS = frozenset(
    {
        "job",
        "scope",
        "stopped",
        "fail",
        "state",
        "tries",
        "why",
        "account",
        "trouble",
        "kind",
        "model",
        "code",
        "guild",
        "shard",
        "event_id",
        "task",
        "for_s",
        "count",
    }
)


class Redact:
    """Redacts secrets in every line, including tracebacks."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted((secret for secret in secrets if len(secret) >= 6), key=len, reverse=True)

    def clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return _HOOK.sub(r"\1[secret]", _SIGNED.sub(r"\1[secret]", text))

    def __call__(self, _logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for name, value in line.items():
            if name not in _OUR_FIELDS and _SECRET_NAMES.search(name):
                line[name] = "[secret]"
            elif isinstance(value, str):
                line[name] = self.clean(value)
        return line


class LimitTooManyFiles(logging.Filter):
    """Shortens errors about too many open files to one line, and passes one a minute.

    asyncio logs one with a traceback for each connection that it can't accept, thousands a second.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._next_at = -math.inf

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, OSError) or error.errno not in (errno.EMFILE, errno.ENFILE):
            return True
        if self._now() < self._next_at:
            return False
        self._next_at = self._now() + TOO_MANY_FILES_EVERY_S
        record.msg, record.args = "too many open files: raise the limit of this process (ulimit -n)", ()
        record.exc_info = record.exc_text = None
        return True


def one_line(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write control and invisible characters as escapes, so that no text starts a line of its own.

    A traceback keeps its lines; they're indented.
    """
    for name, value in line.items():
        if isinstance(value, str):
            line[name] = (
                reveal(value) if name != "exception" else "\n".join(f"  {reveal(each)}" for each in value.split("\n"))
            )
    return line


def set_up(form: Literal["console", "json"], level: str, secrets: Iterable[str]) -> None:
    """Send all log records through one formatter to standard error."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=_OUR_FIELDS),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        Redact(secrets),
        one_line,
    ]
    last: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=28)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    handler.addFilter(LimitTooManyFiles())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "discord", "aiosqlite", "asyncio", "PIL"):  # httpx logs full URLs at INFO
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
