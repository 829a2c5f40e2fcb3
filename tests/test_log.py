"""Secrets, signed links and prompts stay out of the log, tracebacks included."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest

from bot import log as logs

TOKEN = "MTIz.abc.very-secret-token"
KEY = "sk-canary-0123456789"


@pytest.fixture
def log_output(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    out = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    monkeypatch.setattr("sys.stderr", out)
    logs.set_up("json", "DEBUG", [TOKEN, KEY])
    yield out
    root.handlers, root.level = before, level
    root.setLevel(level)


def test_a_line_has_the_code_of_the_job(log_output: io.StringIO) -> None:
    logging.getLogger("retake.jobs").info("delivered", extra={"job": "K7Q2"})
    line = json.loads(log_output.getvalue())
    assert (line["event"], line["job"], line["level"]) == ("delivered", "K7Q2", "info")


def test_secrets_are_redacted_by_value_everywhere(log_output: io.StringIO) -> None:
    log = logging.getLogger("retake.test")
    log.info("the key is %s", KEY)
    log.info("x", extra={"why": f"Bearer {TOKEN}"})
    try:
        raise ValueError(f"cannot use {KEY}")
    except ValueError:
        log.exception("failed")
    assert "canary" not in log_output.getvalue()
    assert "very-secret" not in log_output.getvalue()
    assert "ValueError" in log_output.getvalue()


def test_signed_links_and_webhook_tokens_are_redacted(log_output: io.StringIO) -> None:
    logging.getLogger("retake.test").info(
        "GET https://cdn.example/a.mp4?ex=1a2b3c&hm=feed /webhooks/123/aW50ZXJhY3Rpb246dG9rZW4tdG9rZW4/messages"
    )
    text = log_output.getvalue()
    assert "1a2b3c" not in text
    assert "feed" not in text
    assert "aW50ZXJhY3" not in text


def test_verbose_libraries_do_not_log_links(log_output: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://cdn.example/secret-path")
    assert log_output.getvalue() == ""


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_text_breaks_a_line_or_colours_a_terminal(
    monkeypatch: pytest.MonkeyPatch, log_output: io.StringIO, form: Literal["console", "json"]
) -> None:
    monkeypatch.setattr("sys.stderr", log_output)
    logs.set_up(form, "DEBUG", [])
    hostile = "a\n2026-01-01T00:00:00Z [info     ] paid\r\x1b[31m\u202e\u2028\x85b"
    log = logging.getLogger("retake.test")
    log.warning("got %s", hostile)
    log.warning("x", extra={"why": hostile})
    try:
        raise ValueError(hostile)
    except ValueError:
        log.exception("failed")
    lines = log_output.getvalue().split("\n")
    assert not any(line.startswith("2026-01-01") for line in lines)
    assert not any(each in log_output.getvalue() for each in "\r\x1b\u202e\u2028\x85")
    assert len(lines[:2]) == 2
    assert all("paid" in line for line in lines[:2])
    assert "ValueError" in log_output.getvalue()
