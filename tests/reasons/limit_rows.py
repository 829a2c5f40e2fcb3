"""Rows of limits, budgets and server rules."""

from collections.abc import Sequence
from typing import Literal

from bot.chat.permissions.request_policy import check_member, check_place, check_words
from bot.chat.settings_panel.forms import NotANumber, NotMoney, number
from bot.chat.settings_panel.forms import money as money_of
from bot.jobs.limits import Caps, HostBudget, UsageTotals, rejection_for
from bot.jobs.rejections import (
    AgainstRules,
    Blocked,
    BlockedForGood,
    BudgetSpent,
    BudgetTooLow,
    Flagged,
    HostBudgetSpent,
    HostBudgetTooLow,
    HostMonthSpent,
    HostMonthTooLow,
    LimitLowered,
    LimitReached,
    MonthSpent,
    MonthTooLow,
    NoServerVideos,
    NotForYou,
    NotInChannel,
    NoVideosAllowed,
    Paused,
    PriceOverBudget,
    PriceOverMonth,
    ServerLimitLowered,
    ServerLimitReached,
    Unchecked,
)
from bot.jobs.server_settings import ServerSettings
from bot.net.moderation import ModerationClient
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.repositories import Block
from tests.providers.recording_server import RecordingServer
from tests.reasons.row import Row, row

PRICE = 100_000
FOREVER = Block(user_id=1, until=None)
FOR_A_WEEK = Block(user_id=1, until=900.0)
RULES = ServerSettings(paused=True, roles=(7,), channels=(8,), words=("clown",))
OPEN = ServerSettings()


def limited(caps: Caps, used: UsageTotals | None = None) -> object:
    return rejection_for(caps, used or UsageTotals(), PRICE, 1_800_000_000.0)


def videos(whose: Literal["member", "server"], limit: int, used: int) -> object:
    return limited(Caps(**{f"{whose}_videos": limit}), UsageTotals(**{f"{whose}_videos": used}))  # type: ignore[arg-type]


def money(whose: Literal["server", "host"], span: Literal["day", "month"], budget: int, spent: int) -> object:
    used = UsageTotals(**{f"{whose}_{span}_micros": spent})
    if whose == "host":
        return limited(Caps(host=HostBudget(**{f"{span}_micros": budget})), used)
    return limited(Caps(**{f"server_{span}_micros": budget}), used)  # type: ignore[arg-type]


async def moderated(*responses: tuple[int, object], fail: Literal["closed", "open"] = "closed") -> None:
    async with RecordingServer(responses) as server:
        guard = SsrfGuard([f"127.0.0.1:{server.port}"])
        client = ModerationClient(f"{server.base_url}/moderate", "key", guard, fail=fail)
        try:
            await client.check("a clown")
        finally:
            await client.close()


YES, NO = ({"results": [{"flagged": flagged}]} for flagged in (True, False))


def budget_rows(whose: Literal["server", "host"], span: Literal["day", "month"], kinds: Sequence[type]) -> list[Row]:
    """Return the rows of one budget: spent, too little left, and less than one video costs."""
    spent, low, never = kinds
    more = [
        row(never, lambda _: money(whose, span, 90_000, 0), lambda _: money(whose, span, PRICE, 50_000)),
        row(never, lambda _: money(whose, span, 0, 0), lambda _: money(whose, span, PRICE, PRICE)),
    ]
    return [
        row(spent, lambda _: money(whose, span, PRICE, PRICE), lambda _: money(whose, span, PRICE, 1)),
        row(low, lambda _: money(whose, span, PRICE, 1), lambda _: money(whose, span, PRICE, PRICE)),
        *(more if never is not low else []),
    ]


ROWS = [
    row(LimitReached, lambda _: videos("member", 5, 5), lambda _: videos("member", 5, 4)),
    row(LimitLowered, lambda _: videos("member", 5, 6), lambda _: videos("member", 5, 5)),
    row(NoVideosAllowed, lambda _: videos("member", 0, 0), lambda _: videos("member", 1, 1)),
    row(ServerLimitReached, lambda _: videos("server", 5, 5), lambda _: videos("member", 5, 5)),
    row(ServerLimitLowered, lambda _: videos("server", 5, 6), lambda _: videos("server", 5, 5)),
    row(NoServerVideos, lambda _: videos("server", 0, 0), lambda _: videos("member", 0, 0)),
    *budget_rows("server", "day", (BudgetSpent, BudgetTooLow, PriceOverBudget)),
    *budget_rows("server", "month", (MonthSpent, MonthTooLow, PriceOverMonth)),
    *budget_rows("host", "day", (HostBudgetSpent, HostBudgetTooLow, HostBudgetTooLow)),
    *budget_rows("host", "month", (HostMonthSpent, HostMonthTooLow, HostMonthTooLow)),
    row(Paused, lambda _: check_member(RULES, None, {7}), lambda _: check_member(OPEN, None, {7})),
    row(
        NotForYou,
        lambda _: check_member(ServerSettings(roles=(7,)), None, {6}),
        lambda _: check_member(ServerSettings(roles=(7,)), None, {6, 7}),
    ),
    row(Blocked, lambda _: check_member(OPEN, FOR_A_WEEK, set()), lambda _: check_member(OPEN, FOREVER, set())),
    row(BlockedForGood, lambda _: check_member(OPEN, FOREVER, set()), lambda _: check_member(OPEN, FOR_A_WEEK, set())),
    row(NotInChannel, lambda _: check_place(RULES, [9]), lambda _: check_place(RULES, [9, 8])),
    row(
        AgainstRules,
        lambda _: check_words(RULES, "a clown", restricted=False),
        lambda _: check_words(RULES, "a crown", restricted=False),
    ),
    row(
        AgainstRules,
        lambda _: check_words(ServerSettings(words_outside=("clown",)), "a clown", restricted=False),
        lambda _: check_words(ServerSettings(words_outside=("clown",)), "a clown", restricted=True),
    ),
    row(NotANumber, lambda _: number("Videos", "many"), lambda _: number("Videos", " 5 ")),
    row(NotANumber, lambda _: number("Days", "0", least=1), lambda _: number("Days", "0")),
    row(NotMoney, lambda _: money_of("US dollars", "much"), lambda _: money_of("US dollars", "2.50")),
    row(Flagged, lambda _: moderated((200, YES)), lambda _: moderated((500, YES))),
    row(Unchecked, lambda _: moderated((500, YES)), lambda _: moderated((500, YES), fail="open")),
    row(Unchecked, lambda _: moderated((200, {})), lambda _: moderated((200, NO))),
]
