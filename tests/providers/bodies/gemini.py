"""Interactions of the Gemini API and their errors. Source: providers-next.md 5.4, ai.google.dev/gemini-api/docs."""

from collections.abc import Mapping

from tests.providers.bodies.meaning import CDN, Paid, Poll

JOB: dict[str, object] = {"id": "t1", "object": "interaction", "model": "gemini-omni-1.2-flash", "role": "model"}
PROMPT = {"type": "text", "text": "a cat, as in https://cdn.example/other.mp4"}
INPUT_CLIP = {"type": "video", "uri": "https://cdn.example/input.mp4", "mime_type": "video/mp4"}
ASKED = [{"type": "user_input", "content": [INPUT_CLIP, PROMPT]}]
VIDEO = {"type": "video", "uri": CDN, "mime_type": "video/mp4"}
USAGE = {"usage": {"total_tokens": 4000, "total_output_tokens": 3900}}
SAFETY = {"code": "safety", "message": "The video was blocked by our safety filters."}


def said(*content: Mapping[str, object], **fields: object) -> dict[str, object]:
    """Return the fields of an interaction with an output of the model."""
    return {"steps": [*ASKED, {"type": "model_output", "content": list(content)}], **fields}


def failed(**error: object) -> dict[str, object]:
    return {"status": "failed", "steps": ASKED, "errors": [error]}


RUNNING = ("in_progress", "IN_PROGRESS", "running", "processing")
THOUGHT = {"type": "thought", "summary": [{"type": "text", "text": "A cat: https://cdn.example/thought.mp4"}]}
POLLS = [
    *(Poll(JOB | {"status": word, "steps": ASKED}, "queued") for word in ("queued", "pending")),
    *(Poll(JOB | {"status": word, "steps": ASKED}, "running") for word in RUNNING),
    Poll(JOB | {"status": "in_progress"} | said(VIDEO), "running"),
    *(Poll(JOB | {"status": word, "steps": ASKED}, "unknown") for word in ("idle", "requires_continuation", "paused")),
    Poll(JOB | {"status": "completed"} | said(VIDEO), CDN),
    Poll(JOB | {"status": "COMPLETED"} | said(VIDEO) | USAGE, CDN),
    Poll(JOB | {"status": "completed"} | said({"type": "text", "text": "Here it is."}, VIDEO), CDN),
    Poll(JOB | {"status": "completed"} | said(VIDEO, {"type": "text", "text": "Enjoy."}), CDN),
    Poll(JOB | {"status": "completed", "output_video": VIDEO}, CDN),
    Poll(JOB | {"status": "completed", "steps": ASKED, "output_video": VIDEO}, CDN),
    Poll(JOB | {"status": "completed", "previous_interaction_id": "t0"} | said(VIDEO), CDN),
    Poll(JOB | {"status": "completed", "steps": [*ASKED, THOUGHT, {"type": "model_output", "content": [VIDEO]}]}, CDN),
    Poll(JOB | {"status": "completed", "steps": [*ASKED, THOUGHT]}, "finished"),
    Poll(JOB | {"status": "completed", "steps": ASKED}, "finished"),
    Poll(JOB | {"status": "completed", "steps": []}, "finished"),
    Poll(JOB | {"status": "completed", "input": [PROMPT, INPUT_CLIP]}, "finished"),
    Poll(JOB | {"status": "completed"} | said({"type": "image", "uri": "https://cdn.example/a.png"}), "finished"),
    Poll(JOB | {"status": "completed"} | said({"type": "text", "text": "I can't make this video."}), "policy"),
    Poll(JOB | {"status": "completed", "steps": ASKED, "input": "x"} | said({"type": "text", "text": "No."}), "policy"),
    Poll(JOB | failed(**SAFETY), "policy"),
    Poll(JOB | failed(code="prohibited_content", message="No."), "policy"),
    Poll(JOB | failed(code="https://example.com/errors/safety", message="No."), "policy"),
    Poll(JOB | failed(code="internal", message="Something broke."), "failed"),
    Poll(JOB | failed(code=13, message="Internal error encountered."), "failed"),
    Poll(JOB | failed(message="The model is overloaded."), "failed"),
    Poll(JOB | {"status": "failed", "steps": ASKED, "error": SAFETY}, "policy"),
    Poll(JOB | {"status": "failed", "steps": ASKED, "error": {"code": "internal", "message": "oh"}}, "failed"),
    Poll(JOB | {"status": "failed", "steps": ASKED}, "failed"),
    Poll(JOB | {"status": "failed"} | {"steps": [*ASKED, {"type": "model_output", "error": SAFETY}]}, "policy"),
    *(
        Poll(JOB | {"status": word, "steps": ASKED}, "failed")
        for word in ("cancelled", "incomplete", "budget_exceeded", "requires_action", "BUDGET_EXCEEDED")
    ),
    Poll({"error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}}, "missing", 404),
    Poll({"error": {"code": "not_found", "message": "Invalid interaction name"}}, "missing", 400),
    Poll([{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}], "KeyRefused", 400),
    Poll({"error": {"code": 403, "message": "denied", "status": "PERMISSION_DENIED"}}, "KeyRefused", 403),
    Poll({"error": {"code": 429, "message": "Too many", "status": "RESOURCE_EXHAUSTED"}}, "RateLimited", 429),
    Poll({"error": {"code": 500, "message": "oh", "status": "INTERNAL"}}, "Unreachable", 500),
    Poll({"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}, "Unreachable", 503),
    Poll(b"<html>502</html>", "Unreachable", 502),
    Poll(b"", "Unreachable", 504),
]
PAID = [
    *(Paid(200, JOB | {"status": word}, "task t1") for word in ("queued", "in_progress", "completed")),
    Paid(200, JOB | {"status": "failed", "errors": [SAFETY]}, "task t1"),
    Paid(200, {"status": "in_progress"}, "UnclearAnswer"),
    Paid(200, {}, "UnclearAnswer"),
    Paid(200, b"", "UnclearAnswer"),
    Paid(400, {"error": {"code": 400, "message": "Unknown field.", "status": "INVALID_ARGUMENT"}}, "Refused"),
    Paid(400, {"error": {"code": "invalid_request", "message": "duration must end in s"}}, "Refused"),
    Paid(400, {"error": {"code": 400, "message": "Not available in your region.", "status": "X"}}, "Refused"),
    Paid(400, [{"error": {"code": 400, "message": "API key not valid. Pass a valid API key."}}], "KeyRefused"),
    Paid(400, {"error": {"code": "safety", "message": "The prompt was blocked."}}, "PolicyRefused"),
    Paid(401, {"error": {"code": 401, "message": "no", "status": "UNAUTHENTICATED"}}, "KeyRefused"),
    Paid(403, {"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}}, "KeyRefused"),
    Paid(404, {"error": {"code": 404, "message": "models/x is not found", "status": "NOT_FOUND"}}, "Refused"),
    Paid(413, b"", "Refused"),
    Paid(429, {"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}}, "RateLimited"),
    Paid(429, {"error": {"code": 429, "message": "slow down", "status": "X"}}, "RateLimited", "20", 20.0),
    Paid(500, {"error": {"code": 500, "message": "oh", "status": "INTERNAL"}}, "UnclearAnswer"),
    Paid(503, {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}, "UnclearAnswer"),
    Paid(502, b"<html>502</html>", "UnclearAnswer"),
    Paid(504, {"error": {"code": 504, "message": "late", "status": "DEADLINE_EXCEEDED"}}, "UnclearAnswer"),
]
