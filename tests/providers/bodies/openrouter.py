"""OpenRouter. Source: reference/providers-next.md 5.1; the type VideoGenerationResponse and the errors of its SDK."""

from tests.providers.bodies.meaning import Paid, Poll

CLIP = "https://storage.openrouter.example/v/abc?signature=xyz"
CONTENT = "https://openrouter.ai/api/v1/videos/t1/content?index=0"
JOB = {"id": "t1", "polling_url": "https://openrouter.ai/api/v1/videos/t1"}
USAGE = {"cost": 0.5, "is_byok": False}
COMPLETED = JOB | {"status": "completed", "generation_id": "gen-1", "usage": USAGE}


def error(code: int, message: str, metadata: object = None) -> dict[str, object]:
    return {"error": {"code": code, "message": message, "metadata": metadata}, "user_id": "user_1"}


POLLS = [
    Poll(JOB | {"status": "pending"}, "queued"),
    Poll(JOB | {"status": "in_progress"}, "running"),
    Poll(JOB | {"status": "in_progress", "generation_id": "gen-1"}, "running"),
    Poll(JOB | {"status": "pending", "error": ""}, "queued"),
    Poll(JOB | {"status": "IN_PROGRESS"}, "running"),
    Poll(JOB | {"status": "dreamt"}, "unknown"),
    Poll(COMPLETED | {"urls": [CLIP], "unsigned_urls": [CONTENT], "expires_at": 1_800_000_000}, CLIP),
    Poll(COMPLETED | {"unsigned_urls": [CONTENT], "urls": [CLIP]}, CLIP),
    Poll(COMPLETED | {"urls": [CLIP]}, CLIP),
    Poll(COMPLETED | {"urls": [CLIP, "https://storage.openrouter.example/v/second"]}, CLIP),
    Poll(COMPLETED | {"unsigned_urls": [CONTENT]}, CONTENT),
    Poll(COMPLETED | {"urls": [], "unsigned_urls": [CONTENT]}, CONTENT),
    Poll(COMPLETED | {"urls": None, "unsigned_urls": None}, "finished"),
    Poll(COMPLETED, "finished"),
    Poll(COMPLETED | {"urls": [CLIP], "error": None}, CLIP),
    Poll(COMPLETED | {"urls": [CLIP], "usage": {"cost": None}}, CLIP),
    Poll(JOB | {"status": "failed", "error": "The provider failed to generate the video"}, "failed"),
    Poll(JOB | {"status": "failed"}, "failed"),
    Poll(JOB | {"status": "failed", "error": "Provider returned error", "usage": USAGE}, "failed"),
    Poll(JOB | {"status": "failed", "error": "Provider returned error", "usage": {"cost": 0}}, "free"),
    Poll(JOB | {"status": "failed", "error": "broke", "usage": {"cost": 0, "is_byok": True}}, "failed"),
    Poll(JOB | {"status": "failed", "error": "broke", "usage": {"cost": None}}, "failed"),
    Poll(JOB | {"status": "failed", "error": "broke", "usage": None}, "failed"),
    Poll(JOB | {"status": "failed", "error": "The input was blocked by content moderation"}, "policy"),
    Poll(JOB | {"status": "failed", "error": "The generated video was blocked by content moderation"}, "withheld"),
    Poll(JOB | {"status": "failed", "error": "The request violates the content policy"}, "policy"),
    Poll(JOB | {"status": "cancelled"}, "failed"),
    Poll(JOB | {"status": "expired", "error": "The job expired"}, "failed"),
    Poll(error(401, "User not found."), "KeyRefused", 401),
    Poll(error(401, "No auth credentials found"), "KeyRefused", 401),
    Poll(error(403, "Only management keys can perform this operation"), "KeyRefused", 403),
    Poll(error(404, "Job not found"), "missing", 404),
    Poll(error(404, "Video generation job t1 not found"), "missing", 404),
    Poll(error(429, "Rate limit exceeded"), "RateLimited", 429),
    Poll(error(500, "Internal Server Error"), "Unreachable", 500),
    Poll(error(503, "Service temporarily unavailable"), "Unreachable", 503),
    Poll(b"<html>Bad gateway</html>", "Unreachable", 502),
    Poll(b"", "Unreachable", 504),
]
PAID = [
    Paid(202, JOB | {"status": "pending"}, "task t1"),
    Paid(202, {"id": "gen-vid-1785000000-abcdefghij0123456789", "polling_url": "x", "status": "pending"},
         "task gen-vid-1785000000-abcdefghij0123456789"),
    Paid(202, JOB | {"status": "in_progress"}, "task t1"),
    Paid(200, JOB | {"status": "pending", "error": ""}, "task t1"),
    Paid(202, JOB | {"status": "failed", "error": "Provider returned error"}, "Refused"),
    Paid(202, {"status": "pending"}, "UnclearAnswer"),
    Paid(202, b"", "UnclearAnswer"),
    Paid(400, error(400, "Duration 99s is not supported for this model. Supported durations: 4, 6, 8"), "Refused"),
    Paid(400, error(400, "Resolution 4K is not supported for this model"), "Refused"),
    Paid(400, error(400, "x/y is not a valid model ID"), "Refused"),
    Paid(400, error(400, "This model does not support previous_job_id"), "Refused"),
    Paid(400, error(400, "prompt: Required"), "Refused"),
    Paid(400, error(400, "The prompt violates our content policy"), "PolicyRefused"),
    Paid(401, error(401, "User not found."), "KeyRefused"),
    Paid(401, error(401, "No auth credentials found"), "KeyRefused"),
    Paid(402, error(402, "Insufficient credits. Add more using https://openrouter.ai/settings/credits"), "NoBalance"),
    Paid(402, error(402, "This request requires more credits, or fewer seconds"), "NoBalance"),
    Paid(403, error(403, "The chosen model requires moderation and your input was flagged",
                    {"reasons": ["violence"], "flagged_input": "…"}), "PolicyRefused"),
    Paid(403, error(403, "Key limit exceeded (total limit)"), "KeyRefused"),
    Paid(404, error(404, "No endpoints found for x/y."), "Refused"),
    Paid(413, error(413, "Request entity too large"), "Refused"),
    Paid(429, error(429, "Rate limit exceeded: limit_rpm"), "RateLimited"),
    Paid(429, error(429, "Rate limit exceeded"), "RateLimited", "9", 9.0),
    Paid(429, error(429, "Provider returned error", {"raw": "temporarily rate-limited upstream"}), "RateLimited"),
    Paid(499, error(499, "Client closed request"), "UnclearAnswer"),
    Paid(408, error(408, "Request timeout"), "UnclearAnswer"),
    Paid(500, error(500, "Internal Server Error"), "UnclearAnswer"),
    Paid(502, error(502, "Provider returned error"), "UnclearAnswer"),
    Paid(503, error(503, "The model is over capacity"), "UnclearAnswer"),
    Paid(524, error(524, "Request timed out at the edge network"), "UnclearAnswer"),
    Paid(529, error(529, "Provider overloaded"), "UnclearAnswer"),
    Paid(502, b"<html>Bad gateway</html>", "UnclearAnswer"),
]  # fmt: skip
