"""fal's queue and its results. Source: reference/providers-next.md 5.3, fal's pages on the queue and on errors."""

from tests.providers.bodies.meaning import CDN, Paid, Poll

FILE = {"url": CDN, "content_type": "video/mp4", "file_name": "clip.mp4", "file_size": 3_000_000}
COMPLETED = {"status": "COMPLETED", "request_id": "t1", "logs": None, "metrics": {"inference_time": 30.5}}
RESULTS: list[tuple[int, object, str]] = [  # the result of a completed request and what it means
    (200, {"video": FILE}, CDN),
    (200, {"video": FILE, "seed": 4}, CDN),
    (200, {"video": {"url": CDN}, "timings": {"inference": 3.5}}, CDN),
    (200, {"videos": [FILE]}, CDN),
    (200, {"video": FILE, "prompt": "a dog", "has_nsfw_concepts": [False]}, CDN),
    (422, {"detail": [{"loc": ["body", "prompt"], "msg": "no", "type": "content_policy_violation"}]}, "policy"),
    (
        422,
        {"detail": [{"loc": ["body"], "msg": "The video could not be made", "type": "no_media_generated"}]},
        "failed",
    ),
    (422, {"detail": [{"loc": ["body", "image_url"], "msg": "bad file", "type": "file_download_error"}]}, "failed"),
    (422, {"detail": [{"loc": ["body", "image_url"], "msg": "small", "type": "image_too_small"}]}, "failed"),
    (422, {"detail": [{"loc": ["body"], "msg": "slow", "type": "generation_timeout"}]}, "failed"),
    (400, {"detail": "broke", "error_type": "bad_request"}, "failed"),
    (504, {"detail": "slow", "error_type": "request_timeout"}, "Unreachable"),
    (404, {"detail": "Request not found"}, "missing"),
    (401, {"detail": "Cannot access application"}, "KeyRefused"),
    (429, {"detail": "Too many requests"}, "RateLimited"),
    (503, b"", "Unreachable"),
]
FREE_TYPES = [  # "Server errors (HTTP 500+) are never charged."
    "request_timeout", "startup_timeout", "runner_scheduling_failure", "runner_connection_timeout",
    "runner_disconnected", "runner_connection_refused", "runner_connection_error", "runner_incomplete_response",
    "runner_server_error", "internal_error",
]  # fmt: skip
PAID_TYPES = ["client_disconnected", "client_cancelled", "bad_request", "internal_model_error", "unknown_type"]
POLLS = [
    Poll({"status": "IN_QUEUE", "request_id": "t1", "queue_position": 3}, "queued", 202),
    Poll({"status": "IN_QUEUE", "queue_position": 0}, "queued", 200),
    Poll({"status": "IN_PROGRESS", "request_id": "t1", "logs": None}, "running", 202),
    Poll({"status": "IN_PROGRESS", "logs": [{"message": "an error", "level": "ERROR"}]}, "running", 202),
    Poll({"status": "in_progress"}, "running", 202),
    Poll({"status": "WAITING_FOR_GODOT"}, "unknown", 202),
    *(Poll(COMPLETED, means, result=(status, body)) for status, body, means in RESULTS),
    *(
        Poll(COMPLETED | {"error": "It broke", "error_type": kind}, "free", result=(500, {"detail": "It broke"}))
        for kind in FREE_TYPES
    ),
    *(
        Poll(COMPLETED | {"error": "It broke", "error_type": kind}, "failed", result=(500, {"detail": "It broke"}))
        for kind in PAID_TYPES
    ),
    Poll(COMPLETED | {"error": "no", "error_type": "content_policy_violation"}, "policy", result=(500, b"")),
    Poll({"detail": "Request not found"}, "missing", 404),
    Poll({"detail": "Authentication is required"}, "KeyRefused", 401),
    Poll({"detail": "Too many requests"}, "RateLimited", 429),
    Poll({"detail": "oh"}, "Unreachable", 500),
    Poll(b"<html>502</html>", "Unreachable", 502),
]
LINKS = {name: f"https://queue.fal.run/x/requests/t1/{name}" for name in ("status", "response", "cancel")}
PAID = [
    Paid(200, {"request_id": "t1", "status": "IN_QUEUE", "queue_position": 0}, "task t1"),
    Paid(200, {"request_id": "t1"} | {f"{name}_url": link for name, link in LINKS.items()}, "task t1"),
    Paid(202, {"request_id": "t1"}, "task t1"),
    Paid(200, {"gateway_request_id": "g"}, "UnclearAnswer"),
    Paid(200, {}, "UnclearAnswer"),
    Paid(401, {"detail": "No user found for Key ID and Secret"}, "KeyRefused"),
    Paid(403, {"detail": "User is locked. Reason: Exhausted balance. Top up your balance."}, "NoBalance"),
    Paid(404, {"detail": "Application 'x' not found"}, "Refused"),
    Paid(422, {"detail": [{"loc": ["body", "prompt"], "msg": "field required", "type": "missing"}]}, "Refused"),
    Paid(422, {"detail": [{"loc": ["body"], "msg": "no", "type": "content_policy_violation"}]}, "PolicyRefused"),
    Paid(413, b"", "Refused"),
    Paid(429, {"detail": "Too many requests"}, "RateLimited", "20", 20.0),
    Paid(429, {"detail": "Concurrency limit reached"}, "RateLimited"),
    Paid(500, {"detail": "oh"}, "UnclearAnswer"),
    Paid(502, b"<html>502</html>", "UnclearAnswer"),
    Paid(503, b"", "UnclearAnswer"),
    Paid(504, {"detail": "slow", "error_type": "startup_timeout"}, "UnclearAnswer"),
]
