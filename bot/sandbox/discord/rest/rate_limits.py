"""Rate limits: a window per route and channel, and one for the whole bot."""

import hashlib
from dataclasses import dataclass, replace

from bot.sandbox.discord.state.snowflake import Clock


@dataclass(frozen=True, slots=True)
class Rule:
    """So many requests in so many seconds."""

    limit: int
    per_s: float


# Discord doesn't publish the numbers; these were observed. Source: discord.md 4.
RULES: dict[str, Rule] = {
    "message_create": Rule(5, 5.0),
    "message_edit": Rule(5, 5.0),
    "message_delete": Rule(5, 1.0),
    "message_read": Rule(10, 5.0),
    "reaction": Rule(1, 0.25),
    "typing": Rule(5, 5.0),
    "channel": Rule(10, 5.0),
    "thread": Rule(10, 10.0),
    "webhook": Rule(5, 5.0),
    "dm": Rule(10, 10.0),
    "commands": Rule(10, 10.0),
}
WHOLE_BOT = Rule(50, 1.0)
OLD_EDITS = Rule(3, 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimitDecision:
    """The decision about a request. `retry_after_s` is None if it may pass."""

    rule: Rule
    bucket: str
    remaining: int
    reset_at: float
    reset_after_s: float
    retry_after_s: float | None
    scope: str = "user"

    def headers(self) -> dict[str, str]:
        base = {
            "X-RateLimit-Limit": str(self.rule.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{self.reset_at:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_after_s:.3f}",
            "X-RateLimit-Bucket": self.bucket,
        }
        if self.retry_after_s is None:
            return base
        hard = {"Retry-After": f"{self.retry_after_s:.3f}", "Via": "1.1 google", "X-RateLimit-Scope": self.scope}
        return base | hard | ({"X-RateLimit-Global": "true"} if self.scope == "global" else {})


@dataclass(slots=True)
class _Window:
    ends: float
    used: int


class RateLimits:
    """Counts requests. `rules` may be changed at any time; `on=False` leaves only the limit on the whole bot."""

    def __init__(self, clock: Clock, *, on: bool) -> None:
        self._clock = clock
        self.on = on
        self.rules = dict(RULES)
        self.whole_bot: Rule | None = WHOLE_BOT
        self.old_edits: Rule | None = OLD_EDITS
        self.hits = 0
        self.whole_bot_hits = 0  # of `hits`
        self._windows: dict[tuple[str, str], _Window] = {}

    def take(self, name: str, major: str) -> RateLimitDecision | None:
        """Count a request on a route of a channel, guild or token. Return None if it isn't limited."""
        rule = self.rules.get(name)
        return None if not self.on or rule is None else self._take(name, major, rule)

    def take_whole(self) -> RateLimitDecision | None:
        """Count a request against the whole bot; return a decision only if it is over the limit."""
        if self.whole_bot is None:
            return None
        decision = self._take("global", "", self.whole_bot)
        if decision.retry_after_s is None:
            return None
        self.whole_bot_hits += 1
        return replace(decision, scope="global")

    def take_old_edit(self, channel_id: int) -> RateLimitDecision | None:
        """Count an edit of a message older than an hour; return a decision only if it is over the limit."""
        if not self.on or self.old_edits is None:
            return None
        decision = self._take("old_edit", str(channel_id), self.old_edits)
        return decision if decision.retry_after_s is not None else None

    def _take(self, name: str, major: str, rule: Rule) -> RateLimitDecision:
        now = self._clock.now()
        window = self._windows.get((name, major))
        if window is None or window.ends <= now:
            window = self._windows[name, major] = _Window(now + rule.per_s, 0)
        over = window.used >= rule.limit
        if over:
            self.hits += 1
        else:
            window.used += 1
        return RateLimitDecision(
            rule=rule,
            bucket=hashlib.blake2b(name.encode(), digest_size=8).hexdigest(),
            remaining=rule.limit - window.used,
            reset_at=window.ends,
            reset_after_s=window.ends - now,
            retry_after_s=max(window.ends - now, 0.001) if over else None,
        )
