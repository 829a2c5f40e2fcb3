"""Gateways with /v1/videos: OpenAI's format, LiteLLM, Bifrost, vLLM, new-api. Source: reference/providers.md 3 to 5."""

from tests.providers.bodies.meaning import Paid, Poll

VIDEO = {"id": "t1", "object": "video", "model": "sora-2", "created_at": 1735689600, "seconds": "8", "size": "1280x720"}
CLIP = "https://up.example/clip.mp4"


def _poll(means: str, /, **fields: object) -> Poll:
    return Poll(VIDEO | fields, means)


def _error(status: int, code: object, message: str, kind: str, means: str) -> Paid:
    return Paid(status, {"error": {"message": message, "type": kind, "param": None, "code": code}}, means)


POLLS = [
    _poll("queued", status="queued", progress=0, error=None),
    _poll("running", status="in_progress", progress=33),
    _poll("running", status="processing", progress=33),
    _poll("running", status="in_progress", progress="33%", usage={"duration_seconds": 8}),
    _poll("finished", status="completed", progress=100, completed_at=1735689700, expires_at=1735693300),
    _poll("finished", status="completed", progress=100, usage={"duration_seconds": 8.0}),
    _poll(CLIP, status="completed", metadata={"url": CLIP}),
    _poll(CLIP, status="completed", video_url=CLIP),
    _poll(CLIP, status="completed", output={"url": CLIP}),
    _poll(CLIP, status="completed", videos=[{"type": "url", "url": CLIP, "content_type": "video/mp4"}]),
    _poll("finished", status="succeeded"),
    _poll("finished", status="SUCCESS"),
    _poll(CLIP, status="uploaded_to_bucket", video_url=CLIP),
    _poll("failed", status="failed", error={"code": "video_generation_failed", "message": "broke"}),
    _poll("failed", status="failed", error={"code": "server_error", "message": "oh"}),
    _poll("failed", status="failed", error=None),
    _poll("failed", status="cancelled"),
    _poll("failed", status="expired"),
    _poll("failed", status="incomplete_render", error={"code": "x", "message": "broke"}),
    _poll("policy", status="failed", error={"code": "moderation_blocked", "message": "no"}),
    _poll("policy", status="failed", error={"code": "content_policy_violation", "message": "no"}),
    _poll("policy", status="failed", error={"code": "x", "message": "prompt blocked by our moderation system"}),
    _poll("withheld", status="failed", error={"code": "output_moderation", "message": "no"}),
    _poll("withheld", status="failed", error={"code": "x", "message": "The generated video was blocked by moderation"}),
    _poll("policy", status="failed", content_filter={"filtered_count": 1, "reasons": ["violence"]}),
    _poll("withheld", status="completed", content_filter={"filtered_count": 1, "reasons": ["violence"]}),
    _poll("unknown", status="rendering_pass_two"),
    _poll("running", status="unknown"),
    _poll("queued", status="NOT_START"),
    _poll("running", status="IN_PROGRESS"),
    Poll({"error": {"message": "Video t1 not found", "type": "invalid_request_error", "code": None}}, "missing", 404),
    Poll({"detail": {"error": "Video not found"}}, "missing", 404),
    Poll({"detail": "Not Found"}, "missing", 404),
    Poll({"is_bifrost_error": True, "error": {"message": "video not found"}}, "missing", 400),
    Poll({"error": {"message": "Authentication Error", "type": "auth_error", "code": "401"}}, "KeyRefused", 401),
    Poll({"error": {"message": "no", "type": "rate_limit_error", "code": "429"}}, "RateLimited", 429),
    Poll({"error": {"message": "boom", "type": "internal_server_error", "code": "500"}}, "Unreachable", 500),
    Poll(b"Internal Server Error", "Unreachable", 500),
    Poll(b"<html>403 Forbidden nginx</html>", "Unreachable", 403),
]
PAID = [
    Paid(200, VIDEO | {"status": "queued", "progress": 0}, "task t1"),
    Paid(200, VIDEO | {"status": "queued", "remixed_from_video_id": "t0"}, "task t1"),
    Paid(200, {"id": "video_bGl0ZWxsbTo=", "status": "processing"}, "task video_bGl0ZWxsbTo="),
    Paid(200, {"data": {"id": "t1"}}, "task t1"),
    Paid(200, {"task_id": "t1", "status": "queued"}, "task t1"),
    Paid(200, {"generation_id": "t1"}, "task t1"),
    Paid(200, {"video_id": "t1"}, "task t1"),
    _error(400, "invalid_value", "Invalid size", "invalid_request_error", "Refused"),
    _error(400, "moderation_blocked", "no", "invalid_request_error", "PolicyRefused"),
    _error(400, "content_policy_violation", "no", "invalid_request_error", "PolicyRefused"),
    _error(401, "invalid_api_key", "Incorrect API key provided: sk-x", "invalid_request_error", "KeyRefused"),
    _error(401, "401", "ExceededBudget: over budget", "auth_error", "NoBalance"),
    _error(400, "400", "Budget has been exceeded! Current cost: 1", "budget_exceeded", "NoBalance"),
    _error(403, "403", "team not allowed to access model", "team_model_access_denied", "KeyRefused"),
    _error(404, None, "The model `sora-9` does not exist", "invalid_request_error", "Refused"),
    _error(429, "insufficient_quota", "You exceeded your current quota", "insufficient_quota", "NoBalance"),
    _error(429, "rate_limit_exceeded", "Rate limit reached for requests", "requests", "RateLimited"),
    _error(429, "429", "No deployments available. Try again in 5 seconds.", "x", "RateLimited 5"),
    _error(500, "500", "upstream", "internal_server_error", "UnclearAnswer"),
    _error(502, "502", "bad gateway", "server_error", "UnclearAnswer"),
    _error(503, "model_not_found", "No available channel", "new_api_error", "Refused"),
    Paid(400, {"is_bifrost_error": False, "status_code": 400, "error": {"message": "bad seconds"}}, "Refused"),
    Paid(400, {"detail": {"error": "Invalid value for seconds"}}, "Refused"),
    Paid(422, {"detail": [{"loc": ["body", "prompt"], "msg": "field required"}]}, "Refused"),
    Paid(200, {"error": {"message": "oh", "type": "server_error"}}, "UnclearAnswer"),
]
PAID = [
    Paid(case.status, case.body, "RateLimited", wait_s=5.0) if case.means == "RateLimited 5" else case for case in PAID
]
