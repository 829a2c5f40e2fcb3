"""ToAPIs: its documentation, its quickstart and integrators. Source: reference/providers.md 1."""

from tests.providers.bodies.meaning import Paid, Poll

TASK = {"id": "t1", "object": "generation.task", "model": "grok-video-3", "created_at": 1768380222, "metadata": {}}
FILE = "https://files.toapis.com/x.mp4"


def _poll(means: str, /, **fields: object) -> Poll:
    return Poll(TASK | fields, means)


def _error(status: int, message: str, kind: str, means: str, code: object = None) -> Paid:
    body = {"error": {"code": status if code is None else code, "message": message, "type": kind}}
    return Paid(status, body, means)


DONE = {"status": "completed", "progress": 100, "completed_at": 1768380514, "expires_at": 1768466914}
POLLS = [
    _poll("queued", status="queued", progress=0),
    _poll("queued", status="submitted", progress=0),
    _poll("queued", status="pending"),
    _poll("queued", status=""),
    _poll("running", status="in_progress", progress=40),
    _poll("running", status="in_progress", progress="40"),
    _poll("running", status="in_progress", progress=100),
    _poll("running", status="processing", progress="40%"),
    _poll(FILE, **DONE, result={"type": "video", "data": [{"url": FILE, "format": "mp4"}]}),
    _poll(FILE, **DONE, result={"type": "video", "data": {"url": FILE}}),
    _poll(FILE, **DONE, result={"url": FILE}),
    _poll(FILE, **DONE, result={"video": {"url": FILE}}),
    _poll(FILE, **DONE, result={"video_url": FILE}),
    _poll(FILE, **DONE, result={"outputs": [{"url": FILE}]}),
    _poll(FILE, **DONE, video_url=FILE),
    _poll(FILE, **DONE, url=FILE),
    _poll(FILE, **DONE, output={"url": FILE}),
    _poll(FILE, **DONE, result=f'{{"data": [{{"url": "{FILE}"}}]}}'),
    _poll(FILE, **DONE, result=f'{{"video_url": "{FILE}"}}'),
    _poll("finished", **DONE, result={"type": "video", "data": []}),
    _poll("finished", **DONE, result=None),
    _poll("finished", **DONE, result={"data": {"characters": [{"id": "c1"}]}}),
    _poll("https://upload.toapis.com/a.mp4", **DONE, result={"data": [{"url": "https://upload.toapis.com/a.mp4"}]}),
    _poll("https://files.dashlyai.cc/a", **DONE, result={"data": [{"url": "https://files.dashlyai.cc/a"}]}),
    _poll("failed", status="failed", progress=0, error={"code": "generation_failed", "message": "Generation failed"}),
    _poll("failed", status="failed", error={"code": "generation_failed", "message": "生成失败"}),
    _poll("failed", status="failed", fail_reason="upstream error"),
    _poll("failed", status="failed", error=None),
    _poll("policy", status="failed", error={"code": "generation_failed", "message": "violates the content policy"}),
    _poll("policy", status="failed", error={"code": "content_policy_violation", "message": "no"}),
    _poll("policy", status="failed", error={"code": "generation_failed", "message": "提示词内容违规"}),
    _poll("withheld", status="failed", error={"code": "generation_failed", "message": "result blocked by moderation"}),
    _poll("failed", status="cancelled"),
    _poll("failed", status="expired"),
    _poll("unknown", status="reviewing_by_hand"),
    _poll("failed", status="reviewed", error={"code": "generation_failed", "message": "broke"}),
    _poll(FILE, status="archived", result={"data": [{"url": FILE}]}),
    Poll({"code": "success", "data": {"task_id": "t1", "status": "SUCCESS", "fail_reason": FILE}}, FILE),
    Poll({"code": "success", "data": {"task_id": "t1", "status": "IN_PROGRESS", "progress": "50%"}}, "running"),
    Poll({"code": "success", "data": {"task_id": "t1", "status": "NOT_START"}}, "queued"),
    Poll({"code": 200, "data": [{"status": "submitted", "task_id": "t1"}]}, "queued"),
    Poll({"error": {"code": 404, "message": "Task not found", "type": "not_found_error"}}, "missing", 404),
    Poll({"error": {"code": "task_not_found", "message": "Task not found"}}, "missing", 400),
    Poll({"code": "task_not_exist", "message": "task_not_exist", "data": None}, "missing", 400),
    Poll({"error": {"code": 401, "message": "Invalid API key", "type": "authentication_error"}}, "KeyRefused", 401),
    Poll({"error": {"code": 402, "message": "Insufficient balance", "type": "payment_required"}}, "NoBalance", 402),
    Poll({"error": {"code": 429, "message": "slow", "type": "rate_limit_error"}}, "RateLimited", 429),
    Poll({"error": {"code": 500, "message": "internal", "type": "internal_error"}}, "Unreachable", 500),
    Poll(b"<html>Attention Required! | Cloudflare</html>", "Unreachable", 403),
    Poll(b"<html>502 Bad Gateway</html>", "Unreachable", 502),
    Poll(b"", "Unreachable", 200),
]
PAID = [
    Paid(200, TASK | {"status": "queued", "progress": 0}, "task t1"),
    Paid(200, TASK | {"status": "", "task_id": "t2"}, "task t2"),
    Paid(
        200, TASK | {"object": "video", "id": "video_1", "task_id": "tsk_vid_1", "status": "pending"}, "task tsk_vid_1"
    ),
    Paid(200, TASK | {"object": "video", "remixed_from_video_id": "t0", "seconds": "8", "size": "1280x720"}, "task t1"),
    Paid(200, {"code": 200, "data": [{"status": "submitted", "task_id": "task_x1"}]}, "task task_x1"),
    Paid(200, {"data": {"task_id": "task_x1"}}, "task task_x1"),
    Paid(200, {"data": {"id": "task_x1"}}, "task task_x1"),
    Paid(200, {"task_id": "task_x1"}, "task task_x1"),
    Paid(200, {"generation_id": "gen_1", "status": "queued"}, "task gen_1"),
    _error(400, "bad field", "invalid_request_error", "Refused"),
    _error(400, "prompt is required", "invalid_request_error", "Refused", "invalid_request"),
    _error(401, "Invalid API key", "authentication_error", "KeyRefused"),
    _error(402, "Insufficient balance", "payment_required", "NoBalance"),
    _error(402, "x", "payment_required", "NoBalance", "insufficient_quota"),
    _error(404, "model not found", "not_found_error", "Refused"),
    _error(422, "content rejected", "x", "PolicyRefused", "content_policy_violation"),
    Paid(422, b"", "PolicyRefused"),
    _error(429, "Too many requests", "rate_limit_error", "RateLimited"),
    _error(429, "slow down", "x", "RateLimited", "rate_limit_exceeded"),
    _error(500, "internal", "x", "UnclearAnswer", "internal_error"),
    _error(503, "No available channel for model grok-video-3", "new_api_error", "Refused"),
    _error(403, "token quota is insufficient", "new_api_error", "NoBalance", "insufficient_user_quota"),
    Paid(200, {"success": False, "message": "bad aspect"}, "Refused"),
    Paid(200, {"error": {"code": 402, "message": "pay"}}, "NoBalance"),
    Paid(403, b"<html><title>Just a moment...</title></html>", "FirewallBlocked"),
    Paid(502, b"<html>Bad gateway</html>", "UnclearAnswer"),
    Paid(200, b"<html></html>", "UnclearAnswer"),
]
