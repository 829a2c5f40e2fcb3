"""Runway's tasks and its errors. Source: reference/providers-next.md 5.2, the SDK's types (runwayml 5.24.0)."""

from tests.providers.bodies.meaning import CDN, Paid, Poll

TASK: dict[str, object] = {"id": "t1", "createdAt": "2026-11-20T10:00:00.000Z"}
DONE = TASK | {"status": "SUCCEEDED"}
SIGNED = f"{CDN}?_jwt=abc"
NOTHING_SPENT, SPENT = {"cost": {"credits": 0}}, {"cost": {"credits": 60}}
FAILURES = {  # the failure's code and what it means
    "SAFETY.INPUT.TEXT": "policy", "SAFETY.INPUT.IMAGE": "policy", "SAFETY.INPUT.VIDEO": "policy",
    "SAFETY.INPUT.AUDIO": "policy", "SAFETY.OUTPUT.VIDEO": "withheld", "SAFETY.OUTPUT.TEXT": "withheld",
    "INTERNAL.BAD_OUTPUT.CODE01": "failed", "INTERNAL": "failed", "ASSET.INVALID": "failed",
    "INPUT_PREPROCESSING.INTERNAL": "failed", "THIRD_PARTY.UNAVAILABLE": "failed", "": "failed",
}  # fmt: skip
POLLS = [
    *(Poll(TASK | {"status": word}, "queued") for word in ("PENDING", "THROTTLED", "pending")),
    Poll(TASK | {"status": "RUNNING", "progress": 0.42}, "running"),
    Poll(TASK | {"status": "RUNNING", "progress": 1}, "running"),
    Poll(TASK | {"status": "RUNNING", "progress": None}, "running"),
    Poll(DONE | {"output": [CDN]}, CDN),
    Poll(DONE | {"output": [SIGNED]}, SIGNED),
    Poll(DONE | {"output": [CDN, "https://cdn.example/second.mp4"]} | SPENT, CDN),
    Poll(DONE | {"output": []}, "finished"),
    Poll(DONE, "finished"),
    Poll(TASK | {"status": "CANCELLED"}, "failed"),
    Poll(TASK | {"status": "CANCELLED"} | NOTHING_SPENT, "free"),
    *(
        Poll(TASK | {"status": "FAILED", "failure": "It failed.", "failureCode": code}, means)
        for code, means in FAILURES.items()
    ),
    *(
        Poll(TASK | {"status": "FAILED", "failure": "It failed.", "failureCode": code} | SPENT, means)
        for code, means in FAILURES.items()
    ),
    *(
        Poll(TASK | {"status": "FAILED", "failure": "It failed.", "failureCode": code} | NOTHING_SPENT, "free")
        for code, means in FAILURES.items()
        if means == "failed"
    ),
    Poll(TASK | {"status": "PAUSED"}, "unknown"),
    Poll({"error": "An uploaded task was not found"}, "missing", 404),
    Poll({"error": "Unauthorized"}, "KeyRefused", 401),
    Poll({"error": "Rate limit"}, "RateLimited", 429),
    Poll({"error": "oh"}, "Unreachable", 500),
    Poll(b"", "Unreachable", 503),
    Poll(b"<html>502</html>", "Unreachable", 502),
]
PAID = [
    Paid(200, {"id": "t1"}, "task t1"),
    Paid(200, {"id": "t1", "estimatedCost": {"credits": 60}}, "task t1"),
    Paid(201, {"id": "t1"}, "task t1"),
    Paid(200, {}, "UnclearAnswer"),
    Paid(400, {"error": "Validation of body failed", "issues": [{"path": ["ratio"], "message": "no"}]}, "Refused"),
    Paid(400, {"error": "Your account does not have enough credits to run this task."}, "NoBalance"),
    Paid(400, {"error": "Model is not available for your tier"}, "Refused"),
    Paid(401, {"error": "The API key is invalid."}, "KeyRefused"),
    Paid(403, {"error": "forbidden"}, "KeyRefused"),
    Paid(404, {"error": "Not found"}, "Refused"),
    Paid(405, {"error": "Method not allowed"}, "Refused"),
    Paid(413, b"", "Refused"),
    Paid(422, {"error": "unprocessable"}, "Refused"),
    Paid(429, {"error": "You have exceeded the daily task limit of your tier."}, "RateLimited"),
    Paid(429, {"error": "Too many requests"}, "RateLimited", "20", 20.0),
    Paid(500, {"error": "oh"}, "UnclearAnswer"),
    Paid(502, b"<html>502</html>", "UnclearAnswer"),
    Paid(503, {"error": "overloaded"}, "UnclearAnswer"),
    Paid(504, b"", "UnclearAnswer"),
]
