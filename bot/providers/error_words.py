"""What the codes and messages of providers' errors mean. Source: reference/providers.md 0.3.

Codes are compared as a whole. Messages may quote a prompt, so a phrase must state the fact, not merely name the topic:
"insufficient balance" counts, "white balance" doesn't.
"""

import re
from collections.abc import Iterable


def _codes(words: str) -> frozenset[str]:
    return frozenset(words.split())


BALANCE_CODES = _codes(
    """insufficient_quota insufficient_user_quota pre_consume_token_quota_failed insufficient_balance
    insufficient_credits insufficient_credit insufficient_funds insufficient_account_balance payment_required
    billing_hard_limit_reached billing_not_active budget_exceeded quota_exhausted arrearage account_overdue
    account_arrears no_credits not_enough_credits credits_exhausted credit_exhausted out_of_credits balance_not_enough
    low_balance exceededbudget exceeded_budget quota_not_enough user_quota_not_enough token_quota_exhausted
    insufficient_token_quota accountoverdueerror account_overdue_error balance_insufficient"""
)
RATE_CODES = _codes(
    """rate_limit rate_limits rate_limited rate_limit_error rate_limit_exceeded ratelimitexceeded too_many_requests
    throttled throttling throttled_error throttling_rate_quota requests_limit_exceeded concurrency_limit_exceeded
    concurrent_limit_exceeded request_limit_exceeded rpm_limit_exceeded tpm_limit_exceeded slow_down
    engine_overloaded server_busy"""
)
POLICY_CODES = _codes(
    """content_policy content_policy_violation policy_violation moderation_blocked moderation_failed content_filter
    content_filtered content_moderated content_moderation request_moderated moderated safety safety_violation
    sensitive_content sensitive_content_detected sensitive_words_detected input_moderation output_moderation
    data_inspection_failed prohibited_content responsible_ai_policy_violation image_safety invalid_provider_content
    input_text_sensitive_content_detected output_video_sensitive_content_detected nsfw nsfw_content
    usage_guidelines_violation risk_control nsfw_content_detected unsafe_content_detected prompt_blocked image_blocked
    provider_content_policy_violation"""
)
KEY_CODES = _codes(
    """invalid_api_key incorrect_api_key missing_api_key api_key_expired api_key_invalid authentication_error
    authentication_failed invalid_authentication unauthorized unauthenticated invalid_token token_invalid token_expired
    token_disabled key_disabled invalid_key user_disabled account_deactivated account_disabled access_token_invalid
    auth_error key_not_found no_db_connection"""
)
NOT_FOUND_CODES = _codes(
    """task_not_exist task_not_exists task_not_found video_not_found not_found not_found_error resource_not_found
    record_not_found generation_not_found job_not_found prediction_not_found source_not_found task_expired
    video_expired"""
)
NO_CHANNEL_CODES = _codes("model_not_found no_available_channel get_channel_failed model_price_error")

_MAX_TEXT = 2000  # characters of a message that are read


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases))


_BALANCE = "(?:balance|credits?|quota|funds|points|额度|余额|积分)"
_BALANCE_PHRASES = _any(
    rf"\b(?:insufficient|not (?:have )?enough|no remaining|no more|(?:run )?out of|lack of)\b[\w ]{{0,24}}\b{_BALANCE}",
    r"exceeded your current quota",
    rf"{_BALANCE}(?: \w+){{0,4}} (?:insufficient|exhausted|not enough|too low|used up|depleted|exceeded|empty)",
    rf"\b(?:exhausted|depleted) {_BALANCE}",
    rf"{_BALANCE}(?:不足|耗尽|用完)|欠费",
    r"payment required|over budget|exceeded ?budget|budget has been exceeded",
    r"insufficient_(?:user_)?quota|pre_consume_token_quota_failed",
    r"(?:please|need to) (?:recharge|top up)",
)
_RATE_PHRASES = _any(
    r"rate.?limit|too many requests|per (?:minute|second|hour|day)\b|\b(?:rpm|tpm|qps|rps)\b|slow down",
    r"try again (?:in|later)|retry (?:in|after|later)|concurren|at capacity|overloaded",
    "饱和|请求过于频繁|限流|稍后",
)
_POLICY_PHRASES = _any(
    r"content[ _-]?polic|moderat|\bsafety\b|content_filter|usage (?:guideline|polic)|prohibited (?:content|use)",
    r"sensitive (?:content|word|information)|inappropriate content|\bnsfw\b|third.party content|risk control",
    r"violat\w+ (?:\w+ ){0,4}(?:polic|guideline|rule|terms|standard)|(?:polic\w+|guidelines?) violation",
    r"against (?:our|the) (?:\w+ ){0,2}(?:polic|guideline|rule)",
    "内容违|违规|敏感|审核不通过|不合规",
)
_KEY = "(?:api[ _-]?key|token|credentials?)"
_KEY_PHRASES = _any(
    rf"\b(?:incorrect|invalid|wrong|missing|expired|revoked|disabled|malformed|no)\W+(?:\w+\W+){{0,2}}?{_KEY}\b",
    rf"{_KEY}\W+(?:\w+\W+){{0,4}}?(?:invalid|incorrect|expired|revoked|disabled|missing|not found|not valid|malformed)",
    r"authentication[ _](?:error|failed|required)",
    "无效的令牌|令牌(?:无效|已过期)|未提供令牌",
)
_THING = "(?:task|video|generation|original|source|job|record|prediction|clip|asset|post|任务|视频|记录)"
_GONE = r"(?:not[ _]?found|not[ _]exists?|does(?: not|n.t) exist|expired|no longer (?:exists?|available)|deleted)"
_NOT_FOUND_PHRASES = _any(
    rf"{_THING}[^.;,]{{0,60}}(?:{_GONE}|不存在|已过期)",
    rf"(?:not[ _]found|no such|unknown|cannot find|can.t find|找不到)[^.;,]{{0,30}}{_THING}",
    r"task_not_exist|^\s*not[ _]found\W*$|invalid interaction name",  # the latter at Google, as HTTP 400
)
_NO_ROUTE = _any(
    r"invalid url|no route|route (?:not found|does not)|page not found|cannot (?:get|post|put|delete) /",
    r"no such (?:route|endpoint)|endpoint (?:not found|does not exist)|unknown (?:path|endpoint|route)",
    r"^\s*not found\s*$",
)
_NO_MODEL = _any(
    r"\bmodels?\b(?:[^.;]|\.(?=\w)){0,80}?"  # its name may have a version such as 1.2
    r"(?:not found|does(?: not|n.t) exist|not available|unsupported|not supported|no longer)",
    r"(?:no such|unknown|unsupported|invalid) model|模型不存在",
)
_NO_CHANNEL = _any("no available channel", "无可用渠道", "model_not_found", r"no (?:healthy )?upstream for model")
_SERVER_ERROR = _any(r"\btime[d ]?-?out\b|\binternal\b|\bupstream\b|\bserver_error\b|bad gateway|unavailable", "超时")
_RENDERED = _any(
    r"\b(?:output|result|rendered|final video|completed video)\b|generated (?:video|content|clip|result)",
    "输出|生成的视频|生成结果",
)
_NO_REFUND = _any(r"(?:not|n.t|never|cannot) (?:be )?refund|no refund|non-refundable|不退款|不予退")
_FREE = _any(
    r"\b(?:not|n.t) (?:be |been )?(?:charged|billed)\b|free of charge|\brefunded\b",
    r"\bno (?:charge|credits?|cost|fees?) (?:was|were|will be|has been|have been|is|are) "
    r"(?:made|deducted|charged|consumed|billed|used|incurred)",
    "未扣费|不扣费|不收费|已退款|已退还|已返还",
)
_FIREWALL = _any(
    r"cloudflare|attention required|just a moment|access denied|\bwaf\b|captcha|firewall|ddos|error code: ?1\d{3}",
    r"request blocked|incapsula|akamai|perimeterx|security (?:check|service|policy)",
)
_REGION = _any(r"unsupported_country|country[\w, ]{0,40}not supported|not available in your (?:country|region)")


def _found(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(text[:_MAX_TEXT].lower()) is not None


def _has(codes: frozenset[str], names: Iterable[str]) -> bool:
    return any(name in codes for name in names)


def names_of(code: str, kind: str) -> tuple[str, ...]:
    """Return an error's code and type in the spelling of the tables."""
    spaced = (re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", each) for each in (code, kind))
    return tuple(re.sub(r"[\W_]+", "_", each).strip("_").lower() for each in spaced if each)


def is_balance(names: Iterable[str], message: str) -> bool:
    return _has(BALANCE_CODES, names) or _found(_BALANCE_PHRASES, message)


def is_rate_limit(names: Iterable[str], message: str) -> bool:
    return _has(RATE_CODES, names) or _found(_RATE_PHRASES, message)


def is_policy(names: Iterable[str], message: str) -> bool:
    return _has(POLICY_CODES, names) or _found(_POLICY_PHRASES, message)


def is_key(names: Iterable[str], message: str) -> bool:
    return _has(KEY_CODES, names) or _found(_KEY_PHRASES, message)


def is_not_found(names: Iterable[str], message: str) -> bool:
    """Return whether a task or source doesn't exist, or no longer exists."""
    if is_no_model(message):
        return False
    return _has(NOT_FOUND_CODES, names) or _found(_NOT_FOUND_PHRASES, message)


def is_no_route(message: str) -> bool:
    """Return whether a server has no such path: this says nothing about a task."""
    return _found(_NO_ROUTE, message)


def is_no_model(message: str) -> bool:
    return _found(_NO_MODEL, message)


def is_no_channel(names: Iterable[str], message: str) -> bool:
    """Return whether new-api has no upstream for this model and key. It forwarded nothing."""
    return _has(NO_CHANNEL_CODES, names) or _found(_NO_CHANNEL, message)


def is_server_error(text: str) -> bool:
    """Return whether the error may have occurred after the request took effect."""
    return _found(_SERVER_ERROR, text)


def is_about_result(text: str) -> bool:
    """Return whether an error is about the rendered video, not about the request."""
    return _found(_RENDERED, text)


def says_free(text: str) -> bool:
    """Return whether the provider says that it doesn't charge for a failed task."""
    return _found(_FREE, text) and not _found(_NO_REFUND, text)


def is_firewall(text: str) -> bool:
    """Return whether a text is the page of a firewall in front of the API."""
    return _found(_FIREWALL, text)


def is_region(text: str) -> bool:
    return _found(_REGION, text)
