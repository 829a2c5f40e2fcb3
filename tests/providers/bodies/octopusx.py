"""OctopusX: its three protocols, and new-api, whose deployment it is. Source: reference/providers.md 2."""

from tests.providers.bodies.meaning import Paid, Poll

CLIP = "https://assets.example/grok/out.mp4"
UNIFIED = {"id": "t1", "status_update_time": 1762780400}
VIDEO = {
    "id": "t1", "task_id": "t1", "object": "video", "model": "grok-video-3", "created_at": 1735689600,
    "completed_at": 0, "expires_at": 1735776000, "seconds": "6", "size": "720P", "remixed_from_video_id": "",
    "error": {"message": "", "code": ""}, "video_url": "",
}  # fmt: skip


def _unified(means: str, /, **fields: object) -> Poll:
    return Poll(UNIFIED | fields, means)


def _video(means: str, /, **fields: object) -> Poll:
    return Poll(VIDEO | fields, means)


def _task(means: str, /, **fields: object) -> Poll:
    """new-api's own envelope."""
    return Poll({"code": "success", "message": "", "data": {"task_id": "t1", **fields}}, means)


POLLS = [
    _unified("running", status="processing", video_url=None, progress=50),
    _unified("queued", status="pending", progress="0", status_update_time=1762010621323),
    _unified("running", status="processing", detail={"progress": 3}, trace_id="t"),
    _unified(CLIP, status="completed", video_url=CLIP, progress=100),
    _unified(CLIP, status="completed", video_url=CLIP, thumbnail_url="https://assets.example/a.jpg"),
    _unified(CLIP, status="completed", video_url="", detail={"video_url": CLIP}),
    _unified(CLIP, status="completed", video_url=None, detail={"url": CLIP}),
    _unified(CLIP, status="completed", detail={"video": {"url": CLIP}}),
    _unified("finished", status="completed", video_url=""),
    _unified("failed", status="failed", video_url=None),
    _unified("failed", status="failed", error="upstream"),
    _unified("policy", status="failed", error={"message": "content moderated", "code": "x"}),
    _unified("withheld", status="failed", error={"message": "generated video blocked by moderation", "code": "x"}),
    _unified("running", status="unknown"),
    _unified(CLIP, status="unknown", video_url=CLIP),
    _unified("failed", status="unknown", error={"message": "render node crashed", "code": "x"}),
    _unified("failed", status="cancelled"),
    _unified("unknown", status="polishing"),
    _video("running", status="processing", progress=42),
    _video("queued", status="queued", progress=0),
    _video("running", status="in_progress", progress=42),
    _video(CLIP, status="completed", video_url=CLIP, completed_at=1735689700),
    _video(CLIP, status="completed", output={"url": CLIP}),
    _video(CLIP, status="completed", metadata={"url": CLIP}),
    _video("failed", status="failed", error={"message": "broke", "code": "generation_failed"}),
    _video("failed", status="cancelled"),
    _video("policy", status="failed", error={"message": "violates our content policy", "code": "x"}),
    _video("failed", status="reworked", error={"message": "broke", "code": "x"}),
    _video("unknown", status="reworked"),
    _task("queued", status="queued", url="", format="mp4", metadata=None, error=None),
    _task("running", status="processing"),
    _task(CLIP, status="succeeded", url=CLIP, format="mp4"),
    _task("failed", status="failed", error={"message": "broke", "code": "x"}),
    _task("queued", status="SUBMITTED", progress="0%"),
    _task("queued", status="NOT_START"),
    _task("queued", status="QUEUED"),
    _task("running", status="IN_PROGRESS", progress="50%"),
    _task(CLIP, status="SUCCESS", progress="100%", fail_reason="", result_url=CLIP),
    _task(CLIP, status="SUCCESS", progress="100%", fail_reason=CLIP),
    _task(CLIP, status="SUCCESS", data={"status": "succeeded", "content": {"video_url": CLIP}}),
    _task("failed", status="FAILURE", progress="100%", fail_reason="任务超时"),
    _task("policy", status="FAILURE", fail_reason="审核不通过"),
    _task("free", status="FAILURE", fail_reason="任务失败，额度已退还"),
    _task("running", status="UNKNOWN"),
    Poll({"code": "task_not_exist", "message": "task_not_exist", "data": None}, "missing", 400),
    Poll({"error": {"message": "Task not found", "type": "invalid_request_error"}}, "missing", 404),
    Poll({"code": "fail_to_fetch_task", "message": "upstream", "data": None}, "Unreachable", 500),
    Poll({"error": {"message": "无效的令牌", "type": "new_api_error"}}, "KeyRefused", 401),
    Poll({"code": "x", "message": "当前分组上游负载已饱和，请稍后再试"}, "RateLimited", 429),
    Poll(b"<html>403 Forbidden</html>", "Unreachable", 403),
]
PAID = [
    Paid(200, {"id": "grok:1", "status": "processing", "task_id": "other", "status_update_time": 1}, "task grok:1"),
    Paid(200, {"id": "grok:1", "status": "processing"}, "task grok:1"),
    Paid(200, {"id": "sora-2:task_1", "status": "pending", "progress": "0"}, "task sora-2:task_1"),
    Paid(200, VIDEO | {"status": "queued"}, "task t1"),
    Paid(200, {"task_id": "task_1"}, "task task_1"),
    Paid(200, {"task_id": "task_1", "status": "submitted"}, "task task_1"),
    Paid(200, {"code": "success", "data": {"task_id": "task_1"}}, "task task_1"),
    Paid(200, {"code": "success", "data": "task_12345"}, "task task_12345"),
    Paid(200, {"generation_id": "gen_1"}, "task gen_1"),
    Paid(400, {"code": "invalid_request", "message": "size is required", "data": None}, "Refused"),
    Paid(401, {"error": {"message": "无效的令牌 (request id: 1)", "type": "new_api_error", "code": ""}}, "KeyRefused"),
    Paid(403, {"code": "insufficient_user_quota", "message": "x", "data": None}, "NoBalance"),
    Paid(403, {"error": {"code": "pre_consume_token_quota_failed", "message": "x"}}, "NoBalance"),
    Paid(403, {"code": "quota_not_enough", "message": "用户额度不足", "data": None}, "NoBalance"),
    Paid(429, {"code": "x", "message": "当前分组上游负载已饱和，请稍后再试", "data": None}, "RateLimited"),
    Paid(429, {"code": "x", "message": "quota exceeded", "data": None}, "RateLimited", "5", 5.0),
    Paid(503, {"error": {"message": "无可用渠道", "type": "new_api_error", "code": "model_not_found"}}, "Refused"),
    Paid(500, {"code": "do_request_failed", "message": "x", "data": None}, "UnclearAnswer"),
    Paid(502, {"error": {"message": "x", "type": "server_error"}}, "UnclearAnswer"),
    Paid(400, {"code": "sensitive_words_detected", "message": "x", "data": None}, "PolicyRefused"),
    Paid(200, {"code": "insufficient_user_quota", "message": "x", "data": None}, "NoBalance"),
]
