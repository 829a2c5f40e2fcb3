"""Tests of the mapping of error responses. Source: reference/providers.md 0.3, reference/reliability.md 2.3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.provider_errors import (
    AccountTrouble,
    KeyRefused,
    NoBalance,
    PolicyRefused,
    ProviderError,
    RateLimited,
    Refused,
    SourceGone,
    UnclearAnswer,
    Unreachable,
)
from bot.providers.error_body import is_error, parse_error, unwrap_error
from bot.providers.error_mapping import map_paid_error, map_read_error
from tests.providers.test_json_fields import json_values

ERROR_BODIES: list[tuple[object, str, str]] = [
    ({"error": {"message": "m", "code": 400, "type": "invalid_request_error"}}, "400", "m"),
    ({"error": "m", "code": "c"}, "c", "m"),
    ({"code": "c", "message": "m", "data": None}, "c", "m"),
    ({"success": False, "message": "m"}, "", "m"),
    ({"is_bifrost_error": False, "status_code": 400, "error": {"message": "m", "code": "c"}}, "c", "m"),
    ({"detail": {"error": "m"}}, "", "m"),
    ({"detail": "m"}, "", "m"),
    ({"detail": [{"msg": "m", "loc": ["body"]}]}, "", "m"),
    ({"detail": [{"msg": "m", "loc": ["body", "prompt"]}, {"msg": "n", "loc": 7}, "x"]}, "", "prompt: m; n"),
    ({"detail": [{"type": "x"}, 5]}, "", ""),
    ({"error": {"message": "", "code": ""}, "status": "processing"}, "", ""),
    (None, "", ""),
    ("text", "", ""),
]


@pytest.mark.parametrize(("body", "code", "message"), ERROR_BODIES)
def test_every_error_format_is_parsed(body: object, code: str, message: str) -> None:
    error = parse_error(body)
    assert (error.code, error.message) == (code, message)


@pytest.mark.parametrize("body", [None, "text", [], [1, 2], [{"error": {}}, {}], [{"id": "x"}], {"error": "m"}])
def test_only_a_list_of_one_error_is_unwrapped(body: object) -> None:
    """Google's front end sends errors in a list."""
    assert unwrap_error(body) is body
    assert unwrap_error([{"error": {"message": "m"}}]) == {"error": {"message": "m"}}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"success": False, "message": "no"}, True),
        ({"error": {"message": "no"}}, True),
        ({"error": "no"}, True),
        ({"code": "fail_to_fetch_task"}, True),
        ({"code": 400}, True),
        ({"error": {"message": "", "code": ""}, "id": "x"}, False),
        ({"error": None, "id": "x"}, False),
        ({"code": "success", "data": {}}, False),
        ({"code": 200, "data": []}, False),
        ({"code": 0}, False),
        ({"success": True}, False),
        ([], False),
    ],
)
def test_an_error_sent_as_200_is_detected(body: object, error: bool) -> None:
    assert is_error(body) is error


def flat(code: str | int, message: str = "") -> dict[str, object]:
    return {"code": code, "message": message, "data": None}


PAID_RESPONSES: list[tuple[int, object, type[ProviderError]]] = [
    (400, flat("invalid_request", "aspect_ratio is wrong"), Refused),
    (400, flat("x", "content_policy_violation"), PolicyRefused),
    (400, flat("x", "Incorrect API key provided"), KeyRefused),
    (400, flat("x", "insufficient_quota"), NoBalance),
    (400, flat("budget_exceeded", "Budget has been exceeded"), NoBalance),
    (401, None, KeyRefused),
    (401, flat("x", "ExceededBudget: over budget"), NoBalance),
    (402, None, NoBalance),
    (403, None, KeyRefused),
    (403, flat("insufficient_user_quota"), NoBalance),
    (403, flat("pre_consume_token_quota_failed"), NoBalance),
    (403, flat("x", "用户余额不足"), NoBalance),
    (403, flat("x", "token 额度不足"), NoBalance),
    (403, flat("x", "rejected by moderation"), PolicyRefused),
    (404, None, Refused),
    (408, None, UnclearAnswer),
    (409, None, Refused),
    (413, None, Refused),
    (415, None, Refused),
    (422, None, Refused),
    (422, flat("x", "内容违规"), PolicyRefused),
    (429, None, RateLimited),
    (429, flat("x", "当前分组上游负载已饱和"), RateLimited),
    (429, {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}, NoBalance),
    (499, None, UnclearAnswer),
    (500, None, UnclearAnswer),
    (500, flat("internal_error"), UnclearAnswer),
    (500, flat("content_policy_violation"), UnclearAnswer),
    (502, None, UnclearAnswer),
    (503, flat("x", "try again"), UnclearAnswer),
    (503, {"error": {"message": "No available channel for model sora-2 under group default"}}, Refused),
    (503, {"error": {"code": "model_not_found", "message": "…"}}, Refused),
    (504, None, UnclearAnswer),
    (301, None, AccountTrouble),
    (302, None, UnclearAnswer),
    (303, None, UnclearAnswer),
    (307, None, AccountTrouble),
    (200, None, UnclearAnswer),
    (200, {}, UnclearAnswer),
    (200, flat(402, "pay"), NoBalance),
    (200, flat(404, "gone"), Refused),
    (200, flat(502, "bad gateway"), UnclearAnswer),
    (200, {"success": False, "message": "wrong aspect"}, Refused),
    (200, {"success": False, "message": "upstream timed out"}, UnclearAnswer),
    (200, {"error": {"code": "rate_limit_exceeded", "message": "slow down"}}, RateLimited),
    (200, flat("unauthorized", "who are you"), KeyRefused),
    (200, {"error": {"message": "no", "type": "authentication_error"}}, KeyRefused),
]


@pytest.mark.parametrize(("status", "body", "kind"), PAID_RESPONSES)
def test_an_error_response_to_a_paid_request_is_mapped(status: int, body: object, kind: type[ProviderError]) -> None:
    error = map_paid_error(status, body, "ToAPIs")
    assert type(error) is kind
    assert error.facts["provider"] == "ToAPIs"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, None, SourceGone),
        (410, None, SourceGone),
        (400, flat("task_not_exist"), SourceGone),
        (400, flat("x", "the original video has expired"), SourceGone),
        (400, flat("x", "aspect_ratio is wrong"), Refused),
        (200, flat(404, "no"), SourceGone),
    ],
)
def test_not_found_refers_to_the_source_of_a_remix(status: int, body: object, kind: type[ProviderError]) -> None:
    assert type(map_paid_error(status, body, "x", references_task=True)) is kind


def test_a_dialect_may_define_the_meaning_of_422_and_500() -> None:
    assert type(map_paid_error(422, None, "x", policy_422=True)) is PolicyRefused
    body = {"error": {"message": "NotImplementedError: remix is not supported"}}
    assert type(map_paid_error(500, body, "x")) is UnclearAnswer
    assert type(map_paid_error(500, body, "x", not_executed=lambda text: "NotImplemented" in text)) is Refused


def test_the_retry_delay_of_a_response_is_kept() -> None:
    error = map_paid_error(429, None, "x", retry_after_s=7.0)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 7.0


FREE_RESPONSES: list[tuple[int, object, type[ProviderError] | None]] = [
    (400, flat("x", "bad id"), Unreachable),
    (400, flat("task_not_exist"), None),
    (400, flat("x", "Incorrect API key provided"), KeyRefused),
    (401, flat("x", "API key expired"), KeyRefused),
    (402, None, NoBalance),
    (403, None, KeyRefused),
    (404, None, None),
    (410, None, None),
    (429, None, RateLimited),
    (500, None, Unreachable),
    (502, None, Unreachable),
    (503, flat("x", "not found"), Unreachable),
    (302, None, Unreachable),
    (200, None, Unreachable),
    (200, flat(404, "no"), None),
    (200, flat("fail", "try later"), Unreachable),
]


@pytest.mark.parametrize(("status", "body", "kind"), FREE_RESPONSES)
def test_an_error_response_to_a_free_request_is_mapped(
    status: int, body: object, kind: type[ProviderError] | None
) -> None:
    error = map_read_error(status, body, "x")
    assert (type(error) if error else None) is kind


UPSTREAM = '{"error": {"message": "This is not taken here", "type": "x", "param": null, "code": "%s"}}'
LITELLM_END = "\n\nLiteLLM: model group 'sora-2' failed with the error above. No fallback was attempted."


@pytest.mark.parametrize("names", ["BadRequestError: ", "NotFoundError: NotFoundError: "])
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "moderation_blocked", PolicyRefused),
        (400, "invalid_value", Refused),
        (429, "insufficient_quota", NoBalance),
        (401, "invalid_api_key", KeyRefused),
        (500, "server_error", UnclearAnswer),
    ],
)
def test_the_upstreams_error_is_read_from_litellms(
    names: str, status: int, code: str, kind: type[ProviderError]
) -> None:
    message = f"litellm.{names}OpenAIException - {UPSTREAM % code}{LITELLM_END}"
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": str(status)}}
    error = map_paid_error(status, body, "x")
    assert type(error) is kind
    assert error.facts["reason"] == "This is not taken here"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (f"litellm.InternalServerError: InternalServerError: OpenAIException - Server disconnected{LITELLM_END}",
         "Server disconnected"),
        ("litellm.BadRequestError: LLM Provider NOT provided.", "LLM Provider NOT provided."),
        ("litellm.X: OpenAIException - {not json}", "{not json}"),
        ("about litellm.X: OpenAIException - {}", "about litellm.X: OpenAIException - {}"),
    ],
)  # fmt: skip
def test_litellms_own_words_are_left_out_of_the_reason(message: str, reason: str) -> None:
    assert parse_error({"error": {"message": message, "code": "500"}}).reason == reason


def test_an_unknown_key_at_litellm_is_about_the_key() -> None:
    body = {"error": {"message": "No connected db.", "type": "no_db_connection", "param": None, "code": "400"}}
    assert type(map_paid_error(400, body, "x")) is KeyRefused
    assert type(map_read_error(400, body, "x")) is KeyRefused


def test_the_reason_contains_no_key_and_no_signature() -> None:
    message = "Bearer sk-abc123456 and sk-proj-XYZ_98765 and xai-qwertyuiop at https://a.example/x.mp4?sig=SECRET end"
    reason = parse_error({"error": message}).reason
    for secret in ("abc123456", "XYZ_98765", "qwertyuiop", "SECRET"):
        assert secret not in reason
    assert reason.endswith("end")
    assert len(parse_error({"error": "x" * 9000}).reason) == 300


@given(st.integers(100, 599), json_values, st.booleans())
def test_every_response_is_mapped_to_a_known_error(status: int, body: object, follows: bool) -> None:
    map_paid_error(status, body, "x", references_task=follows).sentence()
    error = map_read_error(status, body, "x")
    assert error is None or isinstance(error, Unreachable | RateLimited | AccountTrouble)


@given(st.integers(500, 599), json_values)
def test_a_5xx_body_never_makes_an_error_retryable(status: int, body: object) -> None:
    assert type(map_paid_error(status, body, "x")) in (UnclearAnswer, Refused)
