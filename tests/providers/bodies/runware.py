"""Runware's tasks and its errors. Source: runware.ai/docs/models-api (task-polling, task-details, errors)."""

from tests.providers.bodies.meaning import CDN, Body, Paid, Poll

KEY = "retake-j-1"  # our name for the paid request
OWN_ID = "bcc4e3e8-5684-46ae-9e80-cf1ecb430651"  # the id that follows from it
OTHER_ID = "22222222-2222-4222-8222-222222222222"
NOTHING: dict[str, object] = {"data": []}


def result(**fields: object) -> dict[str, object]:
    return {"data": [{"taskType": "videoInference", "taskUUID": "t1", **fields}]}


def error(code: str, message: str = "It said no.", **fields: object) -> dict[str, object]:
    own = {"code": code, "message": message, "parameter": "", "taskUUID": "t1", "taskType": "videoInference"}
    return {"data": [], "errors": [own | fields]}


def details(response: object) -> dict[str, object]:
    asked = [{"taskUUID": "t1", "positivePrompt": "x", "inputs": {"video": "https://cdn.example/input.mp4"}}]
    return {"data": [{"taskType": "getTaskDetails", "taskUUID": "t1", "request": asked, "response": response}]}


DONE = result(status="success", videoURL=CDN)
OTHER = {
    "taskType": "videoInference",
    "taskUUID": OTHER_ID,
    "status": "success",
    "videoURL": "https://cdn.example/b.mp4",
}
POLICY = (
    "contentPolicyViolation", "providerContentPolicyViolation", "invalidProviderContent", "nsfwContentDetected",
    "promptBlocked", "imageBlocked", "unsafeContentDetected",
)  # fmt: skip
FAILURES = ("providerError", "timeoutProvider", "serverError", "newCode", "invalidFrameImage", "modelNotAvailable")
# What an answer without the task means is told by the answer to getTaskDetails.
UNFOUND: list[tuple[Body, int]] = [
    (NOTHING, 200),
    (error("taskNotFound"), 400),
    (error("taskNotFound", taskType="getResponse"), 404),
    ({"data": [OTHER]}, 200),
]
DETAILS: list[tuple[int, Body, str]] = [
    (200, details(DONE), CDN),
    (200, details(DONE["data"]), CDN),
    (200, details({}), "running"),
    (200, details({"data": [OTHER]}), "running"),
    (200, NOTHING, "running"),
    (401, error("invalidApiKey"), "KeyRefused"),
    (429, error("rateLimitExceeded"), "RateLimited"),
    (500, b"", "Unreachable"),
]
POLLS = [
    Poll(result(status="processing"), "running"),
    Poll(result(status="processing", progress=40), "running"),
    Poll(result(status="processing", progress=None), "running"),
    Poll(result(status="queued"), "queued"),
    Poll(result(status="hibernating"), "unknown"),
    Poll(DONE, CDN),
    Poll(result(videoURL=CDN), CDN),
    Poll(result(status="success", mediaURL=CDN), CDN),
    Poll(result(status="success", videoURL=CDN, videoUUID=OTHER_ID, cost=0.35, seed=4), CDN),
    Poll({"data": [OTHER, *result(status="success", videoURL=CDN)["data"]]}, CDN),  # type: ignore[misc]
    Poll({**DONE, "errors": []}, CDN),
    Poll(result(status="success"), "finished"),
    Poll(result(status="error"), "failed"),
    Poll(result(status="error", cost=0), "free"),
    Poll(result(status="error", cost=0.3), "failed"),
    *(Poll(error(code), "policy", status) for code in POLICY for status in (200, 400)),
    *(Poll(error(code), "failed", status) for code in FAILURES for status in (200, 400)),
    *(Poll(body, means, status, (code, told)) for body, status in UNFOUND for code, told, means in DETAILS),
    *(
        Poll(error("taskNotFound"), "missing", status, (400, error("taskNotFound", taskType="getTaskDetails")))
        for status in (400, 404)
    ),
    Poll(error("invalidApiKey", taskType="authentication"), "KeyRefused", 401),
    Poll(error("rateLimitExceeded"), "RateLimited", 429),
    Poll({"errors": [{"code": "serverError", "message": "oh"}]}, "Unreachable", 500),
    Poll(b"<html>502</html>", "Unreachable", 502),
    Poll(b"", "Unreachable", 503),
]
ACCEPTED = {"taskType": "videoInference", "taskUUID": OWN_ID}
PAID = [
    Paid(200, {"data": [ACCEPTED]}, f"task {OWN_ID}"),
    Paid(200, {"data": [ACCEPTED], "errors": []}, f"task {OWN_ID}"),
    Paid(200, {"data": [ACCEPTED | {"status": "processing"}]}, f"task {OWN_ID}"),
    Paid(200, {"data": [ACCEPTED | {"taskUUID": OTHER_ID}]}, "UnclearAnswer"),
    Paid(200, NOTHING, "UnclearAnswer"),
    Paid(200, {}, "UnclearAnswer"),
    Paid(200, b"", "UnclearAnswer"),
    *(
        Paid(status, error(code), "UnclearAnswer")
        for code in ("conflictTaskUUID", "providerError", "timeoutProvider", "newCode")
        for status in (200, 400, 402, 429)
    ),
    *(
        Paid(400, error(code), "Refused")
        for code in (
            "invalidPositivePrompt",
            "missingModel",
            "unsupportedDimensions",
            "unknownParameter",
            "modelNotFound",
        )
    ),
    *(Paid(400, error(code), "PolicyRefused") for code in ("contentPolicyViolation", "promptBlocked")),
    Paid(400, error("insufficientCredits"), "NoBalance"),
    Paid(402, error("insufficientCredits"), "NoBalance"),
    Paid(400, error("invalidApiKey"), "KeyRefused"),
    Paid(401, error("invalidApiKey"), "KeyRefused"),
    Paid(403, error("forbidden"), "KeyRefused"),
    Paid(404, b"", "Refused"),
    Paid(413, b"", "Refused"),
    Paid(429, error("rateLimitExceeded"), "RateLimited"),
    Paid(429, error("rateLimitExceeded"), "RateLimited", "20", 20.0),
    *(Paid(status, error("serverError"), "UnclearAnswer") for status in (500, 502, 503)),
    Paid(504, b"<html>504</html>", "UnclearAnswer"),
]
