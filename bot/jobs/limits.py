"""Limits of members, servers and the host: videos per day, money per day and month. Pure; the store adds up the usage.

Days and months are in UTC. A video counts toward the day of its request unless its money is released. Reserved, held
and spent money count alike, so that no budget can be overdrawn.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.jobs.errors import BadWish
from bot.jobs.money import dollars
from bot.jobs.rejections import (
    BudgetSpent,
    BudgetTooLow,
    HostBudgetSpent,
    HostBudgetTooLow,
    HostMonthSpent,
    HostMonthTooLow,
    LimitLowered,
    LimitReached,
    MonthSpent,
    MonthTooLow,
    NoServerVideos,
    NoVideosAllowed,
    PriceOverBudget,
    PriceOverMonth,
    ServerLimitLowered,
    ServerLimitReached,
)
from bot.jobs.server_settings import ServerSettings

DAY_S = 86_400
WARN_SHARE = (4, 5)  # 80 %
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostBudget:
    """Budgets of the whole bot in millionths of a US dollar. None means no limit."""

    day_micros: int | None = None
    month_micros: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The limits that apply to a member's next request. None means no limit."""

    member_videos: int | None = None
    server_videos: int | None = None
    server_day_micros: int | None = None
    server_month_micros: int | None = None
    host: HostBudget = HostBudget()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageTotals:
    """What counts toward the limits at one moment."""

    member_videos: int = 0
    server_videos: int = 0
    server_day_micros: int = 0
    server_month_micros: int = 0
    host_day_micros: int = 0
    host_month_micros: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetWarning:
    """A budget of which 80 % is used. `key` identifies the budget and its day or month. `resets`: UTC seconds."""

    key: str
    host: bool
    month: bool
    used_micros: int
    budget_micros: int
    resets: int


def day_of(at: float) -> int:
    """Return the number of a UTC day since 1970."""
    return int(at // DAY_S)


def date_of(day: int) -> date:
    return _EPOCH + timedelta(days=day)


def month_days(at: float) -> tuple[int, int]:
    """Return the first day of the UTC month and the first day of the next one, as day numbers."""
    today = datetime.fromtimestamp(at, tz=UTC).date()
    first = today.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return (first - _EPOCH).days, (following - _EPOCH).days


def day_resets(at: float) -> int:
    """Return when the next UTC day begins, in UTC seconds."""
    return (day_of(at) + 1) * DAY_S


def month_resets(at: float) -> int:
    return month_days(at)[1] * DAY_S


def caps_for(rules: ServerSettings, role_ids: Collection[int], host: HostBudget) -> Caps:
    """Return the limits of a member with these roles. A role's number replaces the general one; the highest applies."""
    own = [videos for role_id, videos in rules.videos_per_role if role_id in role_ids]
    return Caps(
        member_videos=max(own) if own else rules.videos_per_member,
        server_videos=rules.videos_per_server,
        server_day_micros=rules.budget_day_micros,
        server_month_micros=rules.budget_month_micros,
        host=host,
    )


def rejection_for(caps: Caps, used: UsageTotals, price_micros: int, at: float) -> BadWish | None:
    """Return why one more video at this price isn't allowed, or None if it is. Daily limits come first."""
    today, month = day_resets(at), month_resets(at)
    if (reached := _limit_reached(caps, used, today)) is not None:
        return reached
    host = caps.host
    for budget, spent, resets, kinds in (
        (caps.server_day_micros, used.server_day_micros, today, (BudgetSpent, BudgetTooLow, PriceOverBudget)),
        (caps.server_month_micros, used.server_month_micros, month, (MonthSpent, MonthTooLow, PriceOverMonth)),
        (host.day_micros, used.host_day_micros, today, (HostBudgetSpent, HostBudgetTooLow, HostBudgetTooLow)),
        (host.month_micros, used.host_month_micros, month, (HostMonthSpent, HostMonthTooLow, HostMonthTooLow)),
    ):
        if budget is not None and spent + price_micros > budget:
            full, low, never = kinds
            left = max(0, budget - spent)
            kind = never if price_micros > budget else low if left > 0 else full
            return kind(budget=dollars(budget), left=dollars(left), price=dollars(price_micros), resets=resets)
    return None


def _limit_reached(caps: Caps, used: UsageTotals, resets: int) -> LimitReached | None:
    """Return which limit of videos a day is reached. It is exceeded if it was lowered, or another role had a higher."""
    if caps.member_videos is not None and used.member_videos >= caps.member_videos:
        over = used.member_videos > caps.member_videos
        of_member = NoVideosAllowed if not caps.member_videos else LimitLowered if over else LimitReached
        return of_member(used=used.member_videos, limit=caps.member_videos, resets=resets)
    if caps.server_videos is not None and used.server_videos >= caps.server_videos:
        over = used.server_videos > caps.server_videos
        of_server = NoServerVideos if not caps.server_videos else ServerLimitLowered if over else ServerLimitReached
        return of_server(used=used.server_videos, limit=caps.server_videos, resets=resets)
    return None


def budget_warnings(caps: Caps, used: UsageTotals, guild_id: int, at: float) -> list[BudgetWarning]:
    """Return the budgets of which 80 % or more is used."""
    today, month = day_of(at), month_days(at)[0]
    ends = (day_resets(at), month_resets(at))
    host = caps.host
    budgets = (
        (f"day:{guild_id}:{today}", False, False, used.server_day_micros, caps.server_day_micros),
        (f"month:{guild_id}:{month}", False, True, used.server_month_micros, caps.server_month_micros),
        (f"day:host:{today}", True, False, used.host_day_micros, host.day_micros),
        (f"month:host:{month}", True, True, used.host_month_micros, host.month_micros),
    )
    over, under = WARN_SHARE
    return [
        BudgetWarning(
            key=f"warned:{key}",
            host=of_host,
            month=monthly,
            used_micros=spent,
            budget_micros=budget,
            resets=ends[monthly],
        )
        for key, of_host, monthly, spent, budget in budgets
        if budget is not None and budget > 0 and spent * under >= budget * over
    ]
