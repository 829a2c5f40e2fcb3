"""Tests of the JSON readers: status words, progress, times, ids, links. Source: reference/providers.md 0.1, 0.2."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.providers.clip_links import find_url, has_base64, without_query
from bot.providers.json_fields import parse_json, read_progress, read_status, read_task_id, read_time
from bot.providers.vocabulary import Status

LINK = "https://files.example/clip.mp4?sig=1"

STATUS_WORDS = [
    (Status.QUEUED, ["queued", "pending", "submitted", "not_start", "created", "waiting", "in_queue", "throttled"]),
    (Status.RUNNING, ["in_progress", "processing", "running", "generating"]),
    (Status.DONE, ["completed", "succeeded", "success", "done"]),
    (Status.FAILED, ["failed", "failure", "error", "cancelled", "canceled", "expired", "timeout"]),
    (Status.UNKNOWN, ["unknown", "paused", "whatever"]),
]


@pytest.mark.parametrize(("status", "word"), [(status, word) for status, words in STATUS_WORDS for word in words])
def test_a_status_word_is_read_in_any_spelling(status: Status, word: str) -> None:
    spellings = {word, word.upper(), f"  {word.title()} ", word.replace("_", "-"), word.replace("_", " ")}
    assert {read_status(spelling) for spelling in spellings} == {status}


@pytest.mark.parametrize(
    ("raw", "http_status", "status"),
    [
        ("", 200, Status.QUEUED),
        (None, 200, Status.UNKNOWN),
        (None, 202, Status.RUNNING),
        ("pending", 202, Status.RUNNING),
        ("done", 202, Status.DONE),
        (7, 200, Status.UNKNOWN),
        ({"status": "done"}, 200, Status.UNKNOWN),
    ],
)
def test_a_status_that_is_not_a_known_word(raw: object, http_status: int, status: Status) -> None:
    assert read_status(raw, http_status) is status


@pytest.mark.parametrize(
    ("raw", "progress"),
    [
        (0, 0.0), (50, 50.0), (99.5, 99.5), ("0", 0.0), ("42", 42.0), ("50%", 50.0), (" 7 % ", 7.0),
        (-3, 0.0), (250, 100.0), (float("inf"), 100.0), (10**400, None), (float("nan"), None),
        (None, None), ("half", None), (True, None), ([50], None), ("", None),
    ],
)  # fmt: skip
def test_progress_is_read(raw: object, progress: float | None) -> None:
    assert read_progress(raw) == progress


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        (1768380224, 1768380224.0),
        (1762010621323, 1762010621.323),
        ("1768380224", 1768380224.0),
        ("2025-11-08T23:07:57.500000000+08:00", 1762614477.5),
        ("2025-11-08T23:07:57.5+08:00", 1762614477.5),
        ("2025-11-08T15:07:57Z", 1762614477.0),
        (0, None), ("0", None), (None, None), (-5, None), ("soon", None), (True, None), ({}, None), (10**40, None),
        ("2025-99-99T00:00:00Z", None), (float("nan"), None),
    ],
)  # fmt: skip
def test_times_are_read_from_numbers_and_texts(raw: object, seconds: float | None) -> None:
    assert read_time(raw) == seconds


@pytest.mark.parametrize(
    ("body", "task_id"),
    [
        ({"id": "video_1"}, "video_1"),
        ({"id": "video_1", "task_id": "tsk_vid_2"}, "tsk_vid_2"),
        ({"code": 200, "data": [{"status": "submitted", "task_id": "task_3"}]}, "task_3"),
        ({"data": {"task_id": "task_4", "id": "x"}}, "task_4"),
        ({"data": {"id": "task_5"}}, "task_5"),
        ({"id": 12345}, "12345"),
        ({"id": " padded "}, "padded"),
        ({"id": "x" * 512}, "x" * 512),
        ({"id": "x" * 513}, None),
        ({"id": "a\nb"}, None),
        ({"id": "\ud800"}, None),
        ({"id": ""}, None), ({"id": None}, None), ({"id": True}, None), ({"id": {}}, None), ([], None), (None, None),
    ],
)  # fmt: skip
def test_task_ids_are_read(body: object, task_id: str | None) -> None:
    assert read_task_id(body) == task_id


def test_task_id_paths_differ_between_providers() -> None:
    assert read_task_id({"request_id": "r"}, ("request_id", "id")) == "r"
    assert read_task_id({"id": "grok:1", "task_id": "other"}, ("id", "task_id")) == "grok:1"


LINK_BODIES: list[tuple[str, object]] = [
    ("result.data[0].url", {"result": {"type": "video", "data": [{"url": LINK}]}}),
    ("result.data.url", {"result": {"data": {"url": LINK}}}),
    ("result.url", {"result": {"url": LINK}}),
    ("result.video_url", {"result": {"video_url": LINK}}),
    ("result.video.url", {"result": {"video": {"url": LINK}}}),
    ("result.outputs[0].url", {"result": {"outputs": [{"url": LINK}]}}),
    ("result as a JSON text", {"result": json.dumps({"data": [{"url": LINK}]})}),
    ("video.url", {"video": {"url": LINK}}),
    ("video_url", {"video_url": LINK}),
    ("url", {"url": LINK}),
    ("url as a list", {"url": [LINK]}),
    ("output.url", {"output": {"url": LINK}}),
    ("output[0]", {"output": [LINK]}),
    ("output[0].url", {"output": [{"url": LINK}]}),
    ("metadata.url", {"metadata": {"url": LINK}}),
    ("videos[].url", {"videos": [{"type": "base64", "base64": "AA=="}, {"type": "url", "url": LINK}]}),
    ("data.url", {"data": {"url": LINK}}),
    ("data.result_url", {"data": {"result_url": LINK}}),
    ("data.data.content.video_url", {"data": {"url": "", "data": {"content": {"video_url": LINK}}}}),
    ("detail.video_url", {"detail": {"video_url": LINK}}),
    ("detail.url", {"detail": {"url": LINK}}),
    ("result_url", {"result_url": LINK}),
    ("download_url", {"download_url": LINK}),
    ("file_url", {"file_url": LINK}),
    ("content_url", {"content_url": LINK}),
]


@pytest.mark.parametrize("body", [pytest.param(body, id=place) for place, body in LINK_BODIES])
def test_the_link_is_found_at_every_documented_path(body: object) -> None:
    assert find_url(body) == LINK
    assert find_url(body, {without_query(LINK)}) is None


def test_the_first_path_of_the_table_wins() -> None:
    assert find_url({"url": "https://b.example/2", "result": {"url": LINK}}) == LINK


@pytest.mark.parametrize(
    "value", ["", None, "ftp://x/y", "clip.mp4", "javascript:alert(1)", 5, "https://", "http://[", "https://a b/c", {}]
)
def test_an_invalid_link_is_ignored(value: object) -> None:
    assert find_url({"video_url": value, "url": LINK}) == LINK
    assert find_url({"video_url": value}) is None


def test_the_link_of_the_source_is_excluded_with_any_signature() -> None:
    source = without_query("https://cdn.example/a.mp4?sig=old")
    body = {"video_url": "https://cdn.example/a.mp4?sig=new", "url": "https://cdn.example/b.mp4"}
    assert find_url(body, {source}) == "https://cdn.example/b.mp4"


def test_a_clip_inside_the_body_is_detected() -> None:
    assert has_base64({"videos": [{"type": "base64", "base64": "AAAA"}]})
    assert not has_base64({"videos": [{"type": "base64", "base64": ""}]})
    assert not has_base64({"videos": "AAAA"})


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe\x00", b"[" * 200_000, b'{"a":', b"1" * 5000])
def test_invalid_json_is_none(body: bytes) -> None:
    assert parse_json(body) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_the_readers_accept_any_value(value: object) -> None:
    read_status(value)
    read_progress(value)
    read_time(value)
    read_task_id(value)
    find_url(value)
    has_base64(value)
