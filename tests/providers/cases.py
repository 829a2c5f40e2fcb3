"""The cases of the provider contract: responses, and the errors or states that they must be mapped to."""

from dataclasses import dataclass, replace

from bot.jobs.provider_errors import (
    AccountTrouble,
    KeyRefused,
    NoBalance,
    OutcomeUnknown,
    PolicyRefused,
    ProviderError,
    RateLimited,
    Refused,
    SourceGone,
    UnclearAnswer,
    Unreachable,
)
from bot.ports.provider import Failed, Missing, Pending
from bot.sandbox.fault_injection import Fault

JSON_50_MB = b'{"padding": "' + b"x" * (50 << 20) + b'"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidCase:
    """A response to a paid request and its expected error. `follow_up_error` is the error of a remix if different."""

    fault: Fault
    error: type[ProviderError]
    follow_up_error: type[ProviderError] | None = None
    retry_after_s: float | None = None


def fault_response(status: int, body: object = None, **headers: str) -> Fault:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(route="", status=status, body=body, headers=names, times=None)  # type: ignore[arg-type]


def error_body(code: object, message: str, kind: str = "x") -> dict[str, object]:
    return {"error": {"code": code, "message": message, "type": kind}}


HTML = "<html><h1>Bad gateway</h1></html>"
PAID_CASES: dict[str, PaidCase] = {
    "400": PaidCase(fault=fault_response(400, error_body(400, "bad field")), error=Refused),
    "400 flat": PaidCase(
        fault=fault_response(400, {"code": "invalid_request", "message": "bad", "data": None}), error=Refused
    ),
    "400 policy": PaidCase(
        fault=fault_response(400, error_body("content_policy_violation", "no")), error=PolicyRefused
    ),
    "401": PaidCase(fault=fault_response(401, error_body(401, "who?", "authentication_error")), error=KeyRefused),
    "402": PaidCase(fault=fault_response(402, error_body(402, "pay", "payment_required")), error=NoBalance),
    "403": PaidCase(fault=fault_response(403, error_body(403, "not for you")), error=KeyRefused),
    "403 balance": PaidCase(
        fault=fault_response(403, {"code": "insufficient_user_quota", "message": "余额不足"}), error=NoBalance
    ),
    "404": PaidCase(fault=fault_response(404, error_body(404, "not there")), error=Refused, follow_up_error=SourceGone),
    "409": PaidCase(fault=fault_response(409, error_body(409, "conflict")), error=Refused),
    "413": PaidCase(fault=fault_response(413, "<html>too large</html>"), error=Refused),
    "415": PaidCase(fault=fault_response(415, error_body(415, "type")), error=Refused),
    "422": PaidCase(fault=fault_response(422, error_body(422, "field missing")), error=Refused),
    "422 policy": PaidCase(fault=fault_response(422, error_body(422, "blocked by moderation")), error=PolicyRefused),
    "429": PaidCase(fault=fault_response(429, error_body(429, "slow down")), error=RateLimited),
    "429 Retry-After": PaidCase(
        fault=fault_response(429, error_body(429, "slow"), Retry_After="7"), error=RateLimited, retry_after_s=7
    ),
    "429 balance": PaidCase(fault=fault_response(429, error_body("insufficient_quota", "quota")), error=NoBalance),
    "500": PaidCase(fault=fault_response(500, error_body("internal_error", "oh")), error=UnclearAnswer),
    "502 HTML": PaidCase(fault=fault_response(502, HTML), error=UnclearAnswer),
    "503 JSON": PaidCase(fault=fault_response(503, error_body(503, "busy")), error=UnclearAnswer),
    "503 no channel": PaidCase(
        fault=fault_response(503, error_body("model_not_found", "No available channel")), error=Refused
    ),
    "504 HTML": PaidCase(fault=fault_response(504, HTML), error=UnclearAnswer),
    "302": PaidCase(fault=fault_response(302, HTML, Location="/elsewhere"), error=UnclearAnswer),
    "308": PaidCase(fault=fault_response(308, HTML, Location="https://elsewhere.example/"), error=AccountTrouble),
    "200 empty": PaidCase(fault=fault_response(200, b""), error=UnclearAnswer),
    "200 garbage": PaidCase(fault=fault_response(200, b"\x00\xff\xfe garbage"), error=UnclearAnswer),
    "200 HTML": PaidCase(fault=fault_response(200, HTML), error=UnclearAnswer),
    "200 no id": PaidCase(fault=fault_response(200, {"status": "queued"}), error=UnclearAnswer),
    "200 list": PaidCase(fault=fault_response(200, b"[1, 2]"), error=UnclearAnswer),
    "200 deep": PaidCase(fault=fault_response(200, b"[" * 100_000), error=UnclearAnswer),
    "200 error": PaidCase(fault=fault_response(200, {"success": False, "message": "bad aspect"}), error=Refused),
    "200 error 401": PaidCase(fault=fault_response(200, error_body(401, "who?")), error=KeyRefused),
    "200 error balance": PaidCase(
        fault=fault_response(200, {"code": "insufficient_user_quota", "message": ""}), error=NoBalance
    ),
    "200 error 502": PaidCase(fault=fault_response(200, error_body(502, "bad gateway")), error=UnclearAnswer),
    "200 bad gzip": PaidCase(fault=fault_response(200, b"not gzip", Content_Encoding="gzip"), error=OutcomeUnknown),
    "50 MB JSON": PaidCase(fault=fault_response(200, JSON_50_MB), error=UnclearAnswer),
    "read timeout": PaidCase(fault=Fault(route="", delay_s=3.0), error=OutcomeUnknown),
    "answer lost": PaidCase(fault=Fault(route="", when="after", delay_s=3.0), error=OutcomeUnknown),
    "reset before": PaidCase(fault=Fault(route="", drop=True, times=None), error=OutcomeUnknown),
    "reset after send": PaidCase(fault=Fault(route="", when="after", drop=True, times=None), error=OutcomeUnknown),
    "500 after effect": PaidCase(fault=replace(fault_response(500, HTML), when="after"), error=UnclearAnswer),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCase:
    """A response to a poll of a finished task, and the type and attributes of the expected state or error."""

    fault: Fault
    expected: type[object]
    attrs: tuple[tuple[str, object], ...] = ()


STATUS_CASES: dict[str, StatusCase] = {
    "401": StatusCase(fault=fault_response(401, error_body(401, "who?")), expected=KeyRefused),
    "402": StatusCase(fault=fault_response(402, error_body(402, "pay")), expected=NoBalance),
    "403": StatusCase(fault=fault_response(403, error_body(403, "no")), expected=KeyRefused),
    "404": StatusCase(fault=fault_response(404, error_body(404, "no such task")), expected=Missing),
    "404 HTML": StatusCase(fault=fault_response(404, "<html></html>"), expected=Unreachable),
    "410": StatusCase(fault=fault_response(410, error_body(410, "gone")), expected=Missing),
    "400 not found": StatusCase(
        fault=fault_response(400, {"code": "task_not_exist", "message": "task_not_exist"}), expected=Missing
    ),
    "200 not found": StatusCase(fault=fault_response(200, error_body(404, "task not found")), expected=Missing),
    "429": StatusCase(fault=fault_response(429, error_body(429, "slow")), expected=RateLimited),
    "429 Retry-After": StatusCase(
        fault=fault_response(429, error_body(429, "slow"), Retry_After="9"),
        expected=RateLimited,
        attrs=(("retry_after_s", 9.0),),
    ),
    "500": StatusCase(fault=fault_response(500, error_body("internal_error", "oh")), expected=Unreachable),
    "502 HTML": StatusCase(fault=fault_response(502, HTML), expected=Unreachable),
    "503 JSON": StatusCase(
        fault=fault_response(503, error_body(503, "busy"), Retry_After="4"),
        expected=Unreachable,
        attrs=(("retry_after_s", 4.0),),
    ),
    "302": StatusCase(fault=fault_response(302, HTML, Location="/elsewhere"), expected=Unreachable),
    "200 empty": StatusCase(fault=fault_response(200, b""), expected=Unreachable),
    "200 garbage": StatusCase(fault=fault_response(200, b"\x00\xff\xfe"), expected=Unreachable),
    "200 HTML": StatusCase(fault=fault_response(200, HTML), expected=Unreachable),
    "200 list": StatusCase(fault=fault_response(200, b"[]"), expected=Unreachable),
    "200 error": StatusCase(
        fault=fault_response(200, {"success": False, "message": "try later"}), expected=Unreachable
    ),
    "50 MB JSON": StatusCase(fault=fault_response(200, JSON_50_MB), expected=Unreachable),
    "read timeout": StatusCase(fault=Fault(route="", delay_s=1.5, times=None), expected=Unreachable),
    "reset": StatusCase(fault=Fault(route="", drop=True, times=None), expected=Unreachable),
    "unknown status": StatusCase(
        fault=fault_response(200, {"id": "x", "status": "pondering"}),
        expected=Pending,
        attrs=(("raw_status", "pondering"),),
    ),
    "no status": StatusCase(fault=fault_response(200, {"id": "x"}), expected=Pending, attrs=(("raw_status", ""),)),
    "submitted": StatusCase(
        fault=fault_response(200, {"id": "x", "status": "submitted"}), expected=Pending, attrs=(("queued", True),)
    ),
    "progress text": StatusCase(
        fault=fault_response(200, {"id": "x", "status": "processing", "progress": "50%"}),
        expected=Pending,
        attrs=(("progress", 50.0), ("queued", False)),
    ),
    "healthy error": StatusCase(
        fault=fault_response(200, {"id": "x", "status": "processing", "error": {"message": "", "code": ""}}),
        expected=Pending,
    ),
    "202 empty": StatusCase(fault=fault_response(202, b""), expected=Pending, attrs=(("queued", False),)),
    "failed": StatusCase(
        fault=fault_response(
            200, {"id": "x", "status": "failed", "error": {"code": "generation_failed", "message": "broke"}}
        ),
        expected=Failed,
        attrs=(("reason", "broke"), ("policy", False), ("withheld", False)),
    ),
    "failed policy": StatusCase(
        fault=fault_response(200, {"id": "x", "status": "failed", "error": {"code": "y", "message": "content policy"}}),
        expected=Failed,
        attrs=(("policy", True),),
    ),
    "cancelled": StatusCase(
        fault=fault_response(200, {"id": "x", "status": "cancelled"}), expected=Failed, attrs=(("reason", "cancelled"),)
    ),
    "expired": StatusCase(
        fault=fault_response(200, {"id": "x", "status": "EXPIRED"}), expected=Failed, attrs=(("reason", "EXPIRED"),)
    ),
    "withheld": StatusCase(
        fault=fault_response(200, {"id": "x", "status": "done", "video": {"url": "", "respect_moderation": False}}),
        expected=Failed,
        attrs=(("withheld", True),),
    ),
}
