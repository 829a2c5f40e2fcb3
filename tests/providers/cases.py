"""The rows of the contract: what a provider may answer, and what that must become."""

from dataclasses import dataclass, replace

from bot.jobs.errors import (
    AccountTrouble,
    KeyRefused,
    NoBalance,
    OutcomeUnknown,
    PolicyRefused,
    ProviderError,
    RateLimited,
    Refused,
    SourceGone,
    Unreachable,
)
from bot.ports.provider import Failed, Missing, Pending
from bot.sandbox.fault_injection import Fault

MB50 = b'{"padding": "' + b"x" * (50 << 20) + b'"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """An answer to a paid request, and the error that it must become; `follow` where a remix differs."""

    fault: Fault
    error: type[ProviderError]
    follow: type[ProviderError] | None = None
    retry_after_s: float | None = None


def answer(status: int, body: object = None, **headers: str) -> Fault:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(route="", status=status, body=body, headers=told, times=None)  # type: ignore[arg-type]


def error(code: object, message: str, kind: str = "x") -> dict[str, object]:
    return {"error": {"code": code, "message": message, "type": kind}}


HTML = "<html><h1>Bad gateway</h1></html>"
PAID: dict[str, Paid] = {
    "400": Paid(fault=answer(400, error(400, "bad field")), error=Refused),
    "400 flat": Paid(fault=answer(400, {"code": "invalid_request", "message": "bad", "data": None}), error=Refused),
    "400 policy": Paid(fault=answer(400, error("content_policy_violation", "no")), error=PolicyRefused),
    "401": Paid(fault=answer(401, error(401, "who?", "authentication_error")), error=KeyRefused),
    "402": Paid(fault=answer(402, error(402, "pay", "payment_required")), error=NoBalance),
    "403": Paid(fault=answer(403, error(403, "not for you")), error=KeyRefused),
    "403 balance": Paid(fault=answer(403, {"code": "insufficient_user_quota", "message": "余额不足"}), error=NoBalance),
    "404": Paid(fault=answer(404, error(404, "not there")), error=Refused, follow=SourceGone),
    "409": Paid(fault=answer(409, error(409, "conflict")), error=Refused),
    "413": Paid(fault=answer(413, "<html>too large</html>"), error=Refused),
    "415": Paid(fault=answer(415, error(415, "type")), error=Refused),
    "422": Paid(fault=answer(422, error(422, "field missing")), error=Refused),
    "422 policy": Paid(fault=answer(422, error(422, "blocked by moderation")), error=PolicyRefused),
    "429": Paid(fault=answer(429, error(429, "slow down")), error=RateLimited),
    "429 Retry-After": Paid(fault=answer(429, error(429, "slow"), Retry_After="7"), error=RateLimited, retry_after_s=7),
    "429 balance": Paid(fault=answer(429, error("insufficient_quota", "quota")), error=NoBalance),
    "500": Paid(fault=answer(500, error("internal_error", "oh")), error=OutcomeUnknown),
    "502 HTML": Paid(fault=answer(502, HTML), error=OutcomeUnknown),
    "503 JSON": Paid(fault=answer(503, error(503, "busy")), error=OutcomeUnknown),
    "503 no channel": Paid(fault=answer(503, error("model_not_found", "No available channel")), error=Refused),
    "504 HTML": Paid(fault=answer(504, HTML), error=OutcomeUnknown),
    "302": Paid(fault=answer(302, HTML, Location="/elsewhere"), error=OutcomeUnknown),
    "308": Paid(fault=answer(308, HTML, Location="https://elsewhere.example/"), error=AccountTrouble),
    "200 empty": Paid(fault=answer(200, b""), error=OutcomeUnknown),
    "200 garbage": Paid(fault=answer(200, b"\x00\xff\xfe garbage"), error=OutcomeUnknown),
    "200 HTML": Paid(fault=answer(200, HTML), error=OutcomeUnknown),
    "200 no id": Paid(fault=answer(200, {"status": "queued"}), error=OutcomeUnknown),
    "200 list": Paid(fault=answer(200, b"[1, 2]"), error=OutcomeUnknown),
    "200 deep": Paid(fault=answer(200, b"[" * 100_000), error=OutcomeUnknown),
    "200 error": Paid(fault=answer(200, {"success": False, "message": "bad aspect"}), error=Refused),
    "200 error 401": Paid(fault=answer(200, error(401, "who?")), error=KeyRefused),
    "200 error balance": Paid(fault=answer(200, {"code": "insufficient_user_quota", "message": ""}), error=NoBalance),
    "200 error 502": Paid(fault=answer(200, error(502, "bad gateway")), error=OutcomeUnknown),
    "200 bad gzip": Paid(fault=answer(200, b"not gzip", Content_Encoding="gzip"), error=OutcomeUnknown),
    "50 MB JSON": Paid(fault=answer(200, MB50), error=OutcomeUnknown),
    "read timeout": Paid(fault=Fault(route="", delay_s=3.0), error=OutcomeUnknown),
    "answer lost": Paid(fault=Fault(route="", when="after", delay_s=3.0), error=OutcomeUnknown),
    "reset before": Paid(fault=Fault(route="", drop=True, times=None), error=OutcomeUnknown),
    "reset after send": Paid(fault=Fault(route="", when="after", drop=True, times=None), error=OutcomeUnknown),
    "500 after effect": Paid(fault=replace(answer(500, HTML), when="after"), error=OutcomeUnknown),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An answer to a question about a finished task, and the state or error that it must become."""

    fault: Fault
    becomes: type[object]
    holds: tuple[tuple[str, object], ...] = ()


ASKED: dict[str, Asked] = {
    "401": Asked(fault=answer(401, error(401, "who?")), becomes=KeyRefused),
    "402": Asked(fault=answer(402, error(402, "pay")), becomes=NoBalance),
    "403": Asked(fault=answer(403, error(403, "no")), becomes=KeyRefused),
    "404": Asked(fault=answer(404, error(404, "no such task")), becomes=Missing),
    "404 HTML": Asked(fault=answer(404, "<html></html>"), becomes=Missing),
    "410": Asked(fault=answer(410, error(410, "gone")), becomes=Missing),
    "400 not found": Asked(fault=answer(400, {"code": "task_not_exist", "message": "task_not_exist"}), becomes=Missing),
    "200 not found": Asked(fault=answer(200, error(404, "task not found")), becomes=Missing),
    "429": Asked(fault=answer(429, error(429, "slow")), becomes=RateLimited),
    "429 Retry-After": Asked(
        fault=answer(429, error(429, "slow"), Retry_After="9"), becomes=RateLimited, holds=(("retry_after_s", 9.0),)
    ),
    "500": Asked(fault=answer(500, error("internal_error", "oh")), becomes=Unreachable),
    "502 HTML": Asked(fault=answer(502, HTML), becomes=Unreachable),
    "503 JSON": Asked(
        fault=answer(503, error(503, "busy"), Retry_After="4"), becomes=Unreachable, holds=(("retry_after_s", 4.0),)
    ),
    "302": Asked(fault=answer(302, HTML, Location="/elsewhere"), becomes=Unreachable),
    "200 empty": Asked(fault=answer(200, b""), becomes=Unreachable),
    "200 garbage": Asked(fault=answer(200, b"\x00\xff\xfe"), becomes=Unreachable),
    "200 HTML": Asked(fault=answer(200, HTML), becomes=Unreachable),
    "200 list": Asked(fault=answer(200, b"[]"), becomes=Unreachable),
    "200 error": Asked(fault=answer(200, {"success": False, "message": "try later"}), becomes=Unreachable),
    "50 MB JSON": Asked(fault=answer(200, MB50), becomes=Unreachable),
    "read timeout": Asked(fault=Fault(route="", delay_s=1.5, times=None), becomes=Unreachable),
    "reset": Asked(fault=Fault(route="", drop=True, times=None), becomes=Unreachable),
    "unknown status": Asked(
        fault=answer(200, {"id": "x", "status": "pondering"}), becomes=Pending, holds=(("raw_status", "pondering"),)
    ),
    "no status": Asked(fault=answer(200, {"id": "x"}), becomes=Pending, holds=(("raw_status", ""),)),
    "submitted": Asked(
        fault=answer(200, {"id": "x", "status": "submitted"}), becomes=Pending, holds=(("queued", True),)
    ),
    "progress text": Asked(
        fault=answer(200, {"id": "x", "status": "processing", "progress": "50%"}),
        becomes=Pending,
        holds=(("progress", 50.0), ("queued", False)),
    ),
    "healthy error": Asked(
        fault=answer(200, {"id": "x", "status": "processing", "error": {"message": "", "code": ""}}), becomes=Pending
    ),
    "202 empty": Asked(fault=answer(202, b""), becomes=Pending, holds=(("queued", False),)),
    "failed": Asked(
        fault=answer(200, {"id": "x", "status": "failed", "error": {"code": "generation_failed", "message": "broke"}}),
        becomes=Failed,
        holds=(("reason", "broke"), ("policy", False), ("withheld", False)),
    ),
    "failed policy": Asked(
        fault=answer(200, {"id": "x", "status": "failed", "error": {"code": "y", "message": "content policy"}}),
        becomes=Failed,
        holds=(("policy", True),),
    ),
    "cancelled": Asked(
        fault=answer(200, {"id": "x", "status": "cancelled"}), becomes=Failed, holds=(("reason", "cancelled"),)
    ),
    "expired": Asked(
        fault=answer(200, {"id": "x", "status": "EXPIRED"}), becomes=Failed, holds=(("reason", "EXPIRED"),)
    ),
    "withheld": Asked(
        fault=answer(200, {"id": "x", "status": "done", "video": {"url": "", "respect_moderation": False}}),
        becomes=Failed,
        holds=(("withheld", True),),
    ),
}  # fmt: skip
