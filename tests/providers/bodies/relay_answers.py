"""How relays and gateways answer a paid request: ids, errors, firewalls. Sources: as `relays.py`."""

from tests.providers.bodies.meaning import Paid

IDS: list[Paid] = [  # accepted, with the id wherever relays put it
    *(
        Paid(200, {name: "t1", "status": "queued"}, "task t1")
        for name in ("task_id", "id", "generation_id", "video_id", "job_id", "request_id", "taskId", "generationId")
    ),
    *(Paid(200, {name: "t1"}, "task t1") for name in ("task_id", "generation_id", "video_id", "job_id", "taskId")),
    *(
        Paid(200, {place: {name: "t1"}}, "task t1")
        for place in ("data", "output", "result", "response", "task", "job", "video")
        for name in ("task_id", "id", "generation_id", "taskId")
    ),
    Paid(200, {"code": 0, "message": "SUCCEED", "data": {"task_id": "t1", "task_status": "submitted"}}, "task t1"),
    Paid(200, {"code": "success", "data": "task_abcdef"}, "task task_abcdef"),
    Paid(200, {"code": 200, "data": [{"status": "submitted", "task_id": "t1"}]}, "task t1"),
    Paid(200, {"code": 200, "msg": "success", "data": {"taskId": "t1"}}, "task t1"),
    Paid(201, {"id": "t1", "status": "starting", "error": None}, "task t1"),
    Paid(202, {"task_id": "t1"}, "task t1"),
    Paid(200, {"code": 10000, "message": "Success", "data": {"task_id": "t1"}}, "task t1"),
    Paid(200, {"output": {"task_status": "PENDING", "task_id": "t1"}, "request_id": "trace"}, "task t1"),
    Paid(200, {"id": 123456789012, "status": "queued"}, "task 123456789012"),
    Paid(200, {"success": True, "task_id": "t1"}, "task t1"),
    Paid(200, {"data": {"data": {"task_id": "t1"}}}, "task t1"),
    Paid(200, {"tasks": [{"id": "t1"}]}, "task t1"),
    Paid(200, {"code": 1, "message": "submitted", "task_id": "t1"}, "task t1"),
    Paid(200, {"code": "success", "data": {"id": "t1", "object": "video", "status": "queued"}}, "task t1"),
    Paid(200, {"code": "InvalidParameter", "message": "bad size", "request_id": "trace"}, "Refused"),
    Paid(200, {"success": False, "message": "no", "task_id": "t1"}, "Refused"),
    Paid(200, {"error": {"code": "bad", "message": "no"}, "task_id": "t1"}, "Refused"),
    Paid(200, {"status": "queued"}, "UnclearAnswer"),
    Paid(200, {}, "UnclearAnswer"),
]


def _error(code: object, message: str, kind: str = "") -> dict[str, object]:
    return {"error": {"code": code, "message": message, "type": kind}}


CLOUDFLARE = b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1>"
CHALLENGE = b"<!DOCTYPE html><html><title>Just a moment...</title>"
NGINX_403 = b"<html><head><title>403 Forbidden</title></head><body><center>nginx</center></body></html>"
ERRORS: list[Paid] = [
    # 429: a rate limit if it says when to come back, even if it speaks of quota
    Paid(429, _error("insufficient_quota", "You exceeded your current quota"), "NoBalance"),
    Paid(429, _error("insufficient_quota", "You exceeded your current quota"), "RateLimited", "20", 20.0),
    Paid(429, _error("quota_exceeded", "Quota exceeded, retry in 30s"), "RateLimited", wait_s=30.0),
    Paid(429, _error(None, "Quota exceeded for requests per minute per project"), "RateLimited"),
    Paid(429, _error("RESOURCE_EXHAUSTED", "Quota exceeded") | {"retry_after": 12}, "RateLimited", wait_s=12.0),
    Paid(
        429,
        {"error": {"code": 429, "message": "quota", "details": [{"retryDelay": "34s"}]}},
        "RateLimited",
        wait_s=34.0,
    ),
    Paid(
        429, _error("rate_limit_exceeded", "Rate limit reached. Please try again in 6.5s."), "RateLimited", wait_s=6.5
    ),
    Paid(429, _error("rate_limit_exceeded", "Please try again in 250ms"), "RateLimited", wait_s=0.25),
    Paid(429, _error("rate_limit_exceeded", "try again in 2 minutes"), "RateLimited", wait_s=120.0),
    Paid(429, _error("x", "当前分组上游负载已饱和，请稍后再试"), "RateLimited"),
    Paid(429, _error("rate_limit_error", "Your balance of requests per minute is used up"), "RateLimited"),
    Paid(429, _error("x", "insufficient balance"), "NoBalance"),
    Paid(429, _error("x", "用户额度不足"), "NoBalance"),
    Paid(429, b"", "RateLimited"),
    Paid(429, b"<html>Too Many Requests</html>", "RateLimited"),
    # balance
    Paid(402, _error(402, "pay", "payment_required"), "NoBalance"),
    Paid(402, b"", "NoBalance"),
    Paid(403, {"code": "insufficient_user_quota", "message": "余额不足", "data": None}, "NoBalance"),
    Paid(403, {"code": "pre_consume_token_quota_failed", "message": "x", "data": None}, "NoBalance"),
    Paid(403, _error("x", "Your account has insufficient credits"), "NoBalance"),
    Paid(400, _error("x", "Your credit balance is too low to access the API"), "NoBalance"),
    Paid(400, _error("budget_exceeded", "Budget has been exceeded"), "NoBalance"),
    Paid(400, _error("Arrearage", "Access denied, please make sure your account is in good standing"), "NoBalance"),
    Paid(200, {"code": "insufficient_user_quota", "message": ""}, "NoBalance"),
    Paid(200, {"code": 402, "msg": "Insufficient credits"}, "NoBalance"),
    # a topic named by a prompt or a field is no fact
    Paid(400, _error("invalid_request", "unknown field 'white_balance'"), "Refused"),
    Paid(400, _error("invalid_request", "prompt 'the balance of power' is too long"), "Refused"),
    Paid(400, _error("invalid_request", "parameter credits must be a list"), "Refused"),
    Paid(400, _error("invalid_request", "prompt quotes an api key field"), "Refused"),
    Paid(404, _error("not_found", "no such quota project"), "Refused"),
    # key
    Paid(401, _error("invalid_api_key", "Incorrect API key provided"), "KeyRefused"),
    Paid(401, {"error": {"message": "无效的令牌 (request id: 1)", "type": "new_api_error"}}, "KeyRefused"),
    Paid(401, b"", "KeyRefused"),
    Paid(
        400,
        {"code": "Client specified an invalid argument", "error": "Incorrect API key provided: xa***."},
        "KeyRefused",
    ),
    Paid(403, _error("permission_denied", "not for you"), "KeyRefused"),
    Paid(200, {"code": "unauthorized", "message": "who are you"}, "KeyRefused"),
    Paid(200, _error("x", "no", "authentication_error"), "KeyRefused"),
    # a firewall's page is no refused key
    Paid(403, CLOUDFLARE, "FirewallBlocked"),
    Paid(403, CHALLENGE, "FirewallBlocked"),
    Paid(403, NGINX_403, "FirewallBlocked"),
    Paid(403, b"error code: 1020", "FirewallBlocked"),
    Paid(403, b"<html><body>Request blocked. AWS WAF</body></html>", "FirewallBlocked"),
    Paid(403, b"Access Denied", "FirewallBlocked"),
    Paid(401, CHALLENGE, "FirewallBlocked"),
    Paid(429, CLOUDFLARE, "FirewallBlocked"),
    Paid(403, {"title": "Error 1010: Access denied", "cloudflare_error": True, "status": 403}, "FirewallBlocked"),
    Paid(
        403,
        _error("unsupported_country_region_territory", "Country, region, or territory not supported"),
        "AccountTrouble",
    ),
    # policy
    Paid(400, _error("content_policy_violation", "no"), "PolicyRefused"),
    Paid(
        400,
        _error(None, "Your request was rejected as a result of our safety system.", "image_generation_user_error"),
        "PolicyRefused",
    ),
    Paid(400, _error("sensitive_words_detected", "sensitive words"), "PolicyRefused"),
    Paid(400, _error("DataInspectionFailed", "Input text data may contain inappropriate content."), "PolicyRefused"),
    Paid(422, _error(422, "blocked by moderation"), "PolicyRefused"),
    Paid(403, _error("x", "rejected by moderation"), "PolicyRefused"),
    Paid(200, _error("moderation_blocked", "no"), "PolicyRefused"),
    # the request
    Paid(400, _error("invalid_request", "aspect_ratio is wrong"), "Refused"),
    Paid(413, b"<html>Request Entity Too Large</html>", "Refused"),
    Paid(415, _error(415, "type"), "Refused"),
    Paid(404, _error("model_not_found", "The model `x` does not exist"), "Refused"),
    Paid(503, _error("model_not_found", "No available channel for model x under group default"), "Refused"),
    Paid(200, {"success": False, "message": "wrong aspect"}, "Refused"),
    # unknown: never sent again automatically
    Paid(408, b"", "UnclearAnswer"),
    Paid(499, b"", "UnclearAnswer"),
    Paid(500, _error("internal_error", "oh"), "UnclearAnswer"),
    Paid(502, b"<html><h1>502 Bad Gateway</h1></html>", "UnclearAnswer"),
    Paid(503, CHALLENGE, "UnclearAnswer"),
    Paid(504, b"", "UnclearAnswer"),
    Paid(520, b"error code: 520", "UnclearAnswer"),
    Paid(524, CLOUDFLARE, "UnclearAnswer"),
    Paid(200, {"success": False, "message": "upstream timed out"}, "UnclearAnswer"),
    Paid(308, b"", "AccountTrouble"),
]
GONE: list[Paid] = [  # answers to a remix: is it the source that's gone?
    Paid(404, _error("task_not_exist", "task_not_exist"), "SourceGone"),
    Paid(404, _error(404, "Task not found"), "SourceGone"),
    Paid(404, b"", "SourceGone"),
    Paid(410, _error(410, "gone"), "SourceGone"),
    Paid(400, _error("x", "the original video has expired"), "SourceGone"),
    Paid(400, {"code": "task_not_exist", "message": "task_not_exist", "data": None}, "SourceGone"),
    Paid(200, {"code": 404, "message": "video not found"}, "SourceGone"),
    Paid(404, b"404 page not found", "Refused"),
    Paid(404, b"<html><h1>404 Not Found</h1><center>nginx</center></html>", "Refused"),
    Paid(404, {"detail": "Not Found"}, "Refused"),
    Paid(404, _error("", "Invalid URL (POST /v1/videos/t1/remix)", "invalid_request_error"), "Refused"),
    Paid(404, {"message": "no Route matched with those values"}, "Refused"),
    Paid(404, b"Cannot POST /v1/videos/t1/remix", "Refused"),
    Paid(404, _error("model_not_found", "The model `grok-9` does not exist"), "Refused"),
    Paid(400, _error("x", "model grok-1 is no longer available"), "Refused"),
    Paid(400, _error("x", "API key expired"), "KeyRefused"),
    Paid(400, _error("x", "this parameter is no longer supported"), "Refused"),
]
