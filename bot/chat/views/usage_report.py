"""`/usage`: a member's usage and limits; for server managers also the server's, with a chart and CSV."""

import asyncio
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import discord

from bot.catalogue.offers import Offers
from bot.i18n import _, ngettext
from bot.jobs.clean_text import clean
from bot.jobs.limits import Caps, HostBudget, UsageTotals, caps_for, date_of, day_of, day_resets
from bot.jobs.money import exact_dollars
from bot.media.charts import usage, usage_series
from bot.ports.clock import Clock
from bot.ports.repositories import HIDDEN_MODEL, Repositories, UsageRow

NAMED = 5  # members or models named in the text
# A semicolon may separate cells, so one of ours may become two. Quotes and spaces don't stop a formula.
_FORMULA = re.compile(r"(^|[;\t\r\n])([\"\s]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n])")
_BEYOND_LATIN = "\u2100"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """An answer of /usage. `png` and `table` are for server managers."""

    text: str
    png: bytes | None = None
    table: bytes | None = None


class UsageReports:
    """Builds usage reports from the ledger."""

    def __init__(self, *, clock: Clock, offers: Offers, host_budget: HostBudget, repositories: Repositories) -> None:
        self._clock = clock
        self._offers = offers
        self._host_budget = host_budget
        self._repositories = repositories

    async def build(self, member: discord.Member, days: int, *, manages: bool) -> UsageReport:
        """Report the last `days` UTC days, including today."""
        now, guild_id, budgets = self._clock.now(), member.guild.id, self._repositories.usage
        first_day = day_of(now) - days + 1
        rules = await self._repositories.servers.settings(guild_id)
        caps = caps_for(rules, [role.id for role in member.roles], self._host_budget)
        used = await budgets.totals(guild_id, member.id, now)
        spent = await budgets.by_day(guild_id, first_day * 86_400.0, user_id=None if manages else member.id)
        own = [each for each in spent if each.user_id == member.id]
        text = _own_words(own, used, caps, days, now, self._offers)
        if not manages:
            return UsageReport(text=text)
        names = await self._repositories.members.names(guild_id, {each.user_id for each in spent})

        def of_server() -> UsageReport:
            return UsageReport(
                text=text + "\n\n" + _server_words(spent, used, caps, days, self._offers),
                png=self._chart(spent, names, date_of(first_day), date_of(day_of(now)), caps),
                table=table(spent, names, self._offers).encode("utf-8-sig"),
            )

        return await asyncio.to_thread(of_server)  # ten thousand sums take too long for the event loop

    def _chart(self, spent: Sequence[UsageRow], names: Mapping[int, str], first: date, last: date, caps: Caps) -> bytes:
        words = _chart_words()
        panels = usage_series.build_panels(
            [
                usage_series.UsageEntry(
                    day=each.day,
                    model=title(self._offers, each),
                    member=name(names, each.user_id),
                    micros=each.micros,
                    videos=each.videos,
                )
                for each in spent
            ],
            first=first,
            last=last,
            spend_limit=caps.server_day_micros,
            videos_limit=caps.server_videos,
            labels=words,
        )
        return usage.draw_usage(panels, words)


def title(offers: Offers, each: UsageRow) -> str:
    return _("hidden model") if each.model == HIDDEN_MODEL else offers.model_for(each.account, each.model).title


def name(names: Mapping[int, str], user_id: int) -> str:
    return _("deleted") if user_id == 0 else clean(names.get(user_id, "")) or str(user_id)


def _chart_words() -> usage_series.ChartLabels:
    """Return the chart's labels, in English if the font lacks the reader's letters."""
    said = usage_series.ChartLabels(
        spend_by_model=_("Spend per day, by model"),
        spend_by_member=_("Spend per day, by member"),
        videos_by_model=_("Videos per day, by model"),
        videos_by_member=_("Videos per day, by member"),
        others=_("others"),
        limit=_("limit"),
        nothing=_("no videos in this period"),
    )
    return said if all(each < _BEYOND_LATIN for each in said.others + said.nothing) else usage_series.ChartLabels()


def _own_words(own: Sequence[UsageRow], used: UsageTotals, caps: Caps, days: int, now: float, offers: Offers) -> str:
    today = date_of(day_of(now))
    money = exact_dollars(sum(each.micros for each in own if each.day == today))
    videos = _videos(used.member_videos, caps.member_videos)
    lines = [
        _("**You** · today {videos}, {money}").format(videos=videos, money=money),
        _last_days(own, days),
        *_shares((title(offers, each), each) for each in own),
    ]
    if caps.member_videos is not None:
        lines.insert(1, "-# " + _("Resets <t:{resets}:R>.").format(resets=day_resets(now)))
    if own:
        lines.append(f"-# {_certainty(own)}")
    return "\n".join(lines)


def _server_words(spent: Sequence[UsageRow], used: UsageTotals, caps: Caps, days: int, offers: Offers) -> str:
    head = _("**This server** · today {videos}, {day} · this month {month}").format(
        videos=_videos(used.server_videos, caps.server_videos),
        day=_money(used.server_day_micros, caps.server_day_micros),
        month=_money(used.server_month_micros, caps.server_month_micros),
    )
    return "\n".join(
        [
            head,
            _last_days(spent, days),
            *_shares((title(offers, each), each) for each in spent),
            *_shares((f"<@{each.user_id}>" if each.user_id else _("deleted"), each) for each in spent),
            *([f"-# {_certainty(spent)}"] if spent else []),
            "-# " + _("Includes videos in progress. Full data in usage.csv."),
        ]
    )


def _videos(count: int, limit: int | None) -> str:
    """Return `2 of 5 videos`, `2 videos` without a limit, or `17 videos (limit 7)` if the limit was lowered."""
    if limit is None:
        return ngettext("{count} video", "{count} videos", count).format(count=count)
    if count > limit:
        over = ngettext("{count} video (limit {limit})", "{count} videos (limit {limit})", count)
        return over.format(count=count, limit=limit)
    return ngettext("{count} of {limit} video", "{count} of {limit} videos", limit).format(count=count, limit=limit)


def _money(micros: int, limit: int | None) -> str:
    if limit is None:
        return exact_dollars(micros)
    if micros > limit:
        return _("{money} (budget {limit})").format(money=exact_dollars(micros), limit=exact_dollars(limit))
    return _("{money} of {limit}").format(money=exact_dollars(micros), limit=exact_dollars(limit))


def _last_days(spent: Sequence[UsageRow], days: int) -> str:
    videos = _videos(sum(each.videos for each in spent), None)
    total = exact_dollars(sum(each.micros for each in spent))
    said = ngettext("The last {days} days: {videos}, {money}", "The last {days} days: {videos}, {money}", days)
    return said.format(days=days, videos=videos, money=total)


def _certainty(spent: Sequence[UsageRow]) -> str:
    """Return which part of the amounts is real and which is estimated."""
    real = sum(each.real_micros for each in spent)
    estimated = sum(each.micros for each in spent) - real
    if not real:
        return _("Amounts are estimates. What may have been charged is included.")
    if not estimated:
        return _("Amounts are what the providers charged.")
    said = _("The providers charged {real}; {estimated} is estimated. What may have been charged is included.")
    return said.format(real=exact_dollars(real), estimated=exact_dollars(estimated))


def _shares(context: Iterable[tuple[str, UsageRow]]) -> list[str]:
    """Return one line with the largest shares."""
    micros, videos = Counter[str](), Counter[str]()
    for label, each in context:
        micros[label] += each.micros
        videos[label] += each.videos
    named = [f"{label} {exact_dollars(sum_)} ({videos[label]})" for label, sum_ in micros.most_common(NAMED)]
    shown, left = " · ".join(named), len(micros) - NAMED
    if left > 0:
        shown = ngettext("{shown} and {count} more", "{shown} and {count} more", left).format(shown=shown, count=left)
    return [f"-# {shown}"] if named else []


def table(spent: Sequence[UsageRow], names: Mapping[int, str], offers: Offers) -> str:
    """Return the usage as CSV. An apostrophe precedes what a spreadsheet would run as a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["day", "member_id", "member", "model", "account", "videos", "usd", "usd_real", "usd_estimated"])
    for each in spent:
        cells = (name(names, each.user_id), title(offers, each), each.account)
        amounts = (each.micros, each.real_micros, each.micros - each.real_micros)
        writer.writerow(
            [each.day.isoformat(), each.user_id, *map(_no_formula, cells), each.videos, *map(_plain, amounts)]
        )
    return file.getvalue()


def _plain(micros: int) -> str:
    return exact_dollars(micros).replace("$", "").replace(",", "")


def _no_formula(cell: str) -> str:
    return _FORMULA.sub(r"\1'\2", cell)
