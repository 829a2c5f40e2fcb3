"""Limits of several takes that are ordered together. Pure; the store adds up the usage."""

from collections.abc import Sequence
from dataclasses import replace

from bot.i18n import fact
from bot.jobs.bundle_errors import (
    TakesOverBudget,
    TakesOverHostBudget,
    TakesOverMonth,
    TooManyTakes,
)
from bot.jobs.errors import BadWish
from bot.jobs.limits import Caps, UsageTotals, rejection_for
from bot.jobs.money import dollars
from bot.jobs.rejections import HostBudgetSpent, HostMonthSpent, LimitReached, MonthSpent, MonthTooLow

NUMBERS = ("", fact("One"), fact("Two"), fact("Three"), fact("Four"))


def rejection_for_takes(caps: Caps, used: UsageTotals, prices: Sequence[int], at: float) -> BadWish | None:
    """Return why takes at these prices aren't allowed together, or None if they are.

    If fewer of them would be allowed, the error says how many. Otherwise it is that of a single video.
    """
    for fits, price_micros in enumerate(prices):
        sooner = sum(prices[:fits])
        error = rejection_for(caps, _with(used, fits, sooner), price_micros, at)
        if error is not None:
            return _offering(caps, used, prices, fits, error) if fits else error
    return None


def rejection_for_pair(caps: Caps, used: UsageTotals, prices: Sequence[int], at: float) -> BadWish | None:
    """Return why the videos of a comparison aren't allowed together, or None if they are."""
    return rejection_for(caps, _with(used, len(prices) - 1, 0), sum(prices), at)


def _with(used: UsageTotals, videos: int, micros: int) -> UsageTotals:
    """Return the usage after so many more videos at this price."""
    return replace(
        used,
        member_videos=used.member_videos + videos,
        server_videos=used.server_videos + videos,
        server_day_micros=used.server_day_micros + micros,
        server_month_micros=used.server_month_micros + micros,
        host_day_micros=used.host_day_micros + micros,
        host_month_micros=used.host_month_micros + micros,
    )


def _offering(caps: Caps, used: UsageTotals, prices: Sequence[int], fits: int, error: BadWish) -> TooManyTakes:
    """Return the error that offers as many takes as there is room for."""
    asked, fewer, price = NUMBERS[len(prices)], NUMBERS[fits], dollars(sum(prices))
    if isinstance(error, LimitReached):
        return TooManyTakes(asked=asked, left=fits, fewer=fewer, fits=fits)
    if isinstance(error, HostBudgetSpent | HostMonthSpent):  # members don't see the host's sums
        return TakesOverHostBudget(asked=asked, price=price, fewer=fewer, fits=fits)
    if isinstance(error, MonthSpent | MonthTooLow):
        left = (caps.server_month_micros or 0) - used.server_month_micros
        return TakesOverMonth(asked=asked, price=price, left=dollars(left), fewer=fewer, fits=fits)
    left = (caps.server_day_micros or 0) - used.server_day_micros
    return TakesOverBudget(asked=asked, price=price, left=dollars(left), fewer=fewer, fits=fits)
