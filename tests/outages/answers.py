"""Answers of Discord, or of what stands before it, that a local Discord is told to give."""

from bot.sandbox.fault_injection import Fault

ME, COMMANDS, GATEWAY = "GET */users/@me", "PUT */applications/*/commands", "GET */gateway/bot"
BAN_PAGE = "<!doctype html><title>Access denied | discord.com used Cloudflare</title>Error 1015: You are rate limited"
JSON_BY_DISCORD = {"Via": "1.1 google"}


def ban_page(route: str) -> Fault:
    """Return Cloudflare's page for a banned address: 429 with HTML, without `Via`."""
    return Fault(route=route, status=429, body=BAN_PAGE, times=None)


def daily_limit(retry_after_s: float = 40_000.0, times: int | None = None) -> Fault:
    """Return the refusal of a command sync after the daily limit. Source: Discord's JSON error code 30034."""
    body = {
        "message": "Max number of daily application command creates has been reached (200)",
        "code": 30034,
        "retry_after": retry_after_s,
    }
    return Fault(route=COMMANDS, status=429, body=body, headers=JSON_BY_DISCORD, times=times)


def broken(route: str, status: int = 503) -> Fault:
    return Fault(route=route, status=status, body="upstream connect error", times=None)
