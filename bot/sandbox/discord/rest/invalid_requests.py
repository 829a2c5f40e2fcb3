"""The limit on invalid requests. An address that exceeds it gets Cloudflare's error pages for a time."""

from collections.abc import Mapping

from aiohttp import web

from bot.sandbox.discord.state.snowflake import Clock

LIMIT, PER_S = 10_000, 600.0  # source: discord.md 5
BAN_S = 3600.0  # Discord publishes no figure
INVALID = (401, 403, 429)
PAGE = """<!DOCTYPE html>
<html lang="en-US"><head><title>Access denied | discord.com used Cloudflare to restrict access</title></head>
<body><h1>Error 1015</h1><h2>You are being rate limited</h2>
<p>The owner of this website (discord.com) has banned you temporarily from accessing this website.</p></body></html>
"""


class InvalidRequests:
    """Counts responses with 401, 403 and 429 in a window. All requests are assumed to come from one address."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.limit = LIMIT
        self.count = 0
        self._window_ends = 0.0
        self._banned_until = 0.0

    def record(self, status: int, headers: Mapping[str, str]) -> None:
        """Count a response if it is invalid. A 429 of a shared resource isn't the caller's fault."""
        if status not in INVALID or headers.get("X-RateLimit-Scope") == "shared":
            return
        now = self._clock.now()
        if now >= self._window_ends:
            self.count, self._window_ends = 0, now + PER_S
        self.count += 1
        if self.count >= self.limit:
            self.ban()

    def ban(self, seconds: float = BAN_S) -> None:
        """Answer every request with a 1015 page for a time."""
        self.count, self._banned_until = 0, self._clock.now() + seconds

    def page(self) -> web.Response | None:
        """Return the page of a banned address, or None if there is no ban. It has no `Via` and isn't JSON."""
        left_s = self._banned_until - self._clock.now()
        if left_s <= 0:
            return None
        headers = {"Server": "cloudflare", "CF-RAY": "0000000000000000-LOC", "Retry-After": str(round(left_s))}
        return web.Response(status=429, text=PAGE, content_type="text/html", headers=headers)
