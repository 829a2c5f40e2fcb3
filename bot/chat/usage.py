"""`/usage`: what a member has used and may use; those who manage the server also see everybody's, as a chart."""

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import discord

from bot.catalogue.offers import Offers
from bot.jobs.books import Books, Spent
from bot.jobs.limits import Caps, Used, caps_for, date_of, day_of, day_resets
from bot.jobs.money import exact_dollars
from bot.jobs.parts import Parts
from bot.media import usage_chart, usage_days

NAMED = 5  # members or models in the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An answer of /usage; picture and table for those who manage the server."""

    text: str
    png: bytes | None = None
    table: bytes | None = None


class Usage:
    """Adds up the ledger."""

    def __init__(self, parts: Parts, books: Books) -> None:
        self._parts = parts
        self._books = books

    async def of(self, member: discord.Member, days: int, *, manages: bool) -> Report:
        """The last so many UTC days, today included."""
        now, guild_id, budgets = self._parts.clock.now(), member.guild.id, self._books.budgets
        first_day = day_of(now) - days + 1
        rules = await self._books.servers.rules(guild_id)
        caps = caps_for(rules, [role.id for role in member.roles], self._parts.host_budget)
        used = await budgets.used(guild_id, member.id, now)
        spent = await budgets.spent(guild_id, first_day * 86_400.0, user_id=None if manages else member.id)
        own = [each for each in spent if each.user_id == member.id]
        text = _own_words(own, used, caps, days, now, self._parts.offers)
        if not manages:
            return Report(text=text)
        names = await self._books.people.names(guild_id)
        text += "\n\n" + _server_words(spent, used, caps, days, self._parts.offers)
        png = await asyncio.to_thread(self._chart, spent, names, date_of(first_day), date_of(day_of(now)), caps)
        return Report(text=text, png=png, table=table(spent, names, self._parts.offers).encode("utf-8-sig"))

    def _chart(self, spent: Sequence[Spent], names: Mapping[int, str], first: date, last: date, caps: Caps) -> bytes:
        panels = usage_days.panels_of(
            [
                usage_days.Used(
                    day=each.day,
                    model=title(self._parts.offers, each),
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
        )
        return usage_chart.draw(panels)


def title(offers: Offers, each: Spent) -> str:
    return offers.model_of(each.account, each.model).title


def name(names: Mapping[int, str], user_id: int) -> str:
    return "deleted" if user_id == 0 else names.get(user_id, str(user_id))


def _own_words(own: Sequence[Spent], used: Used, caps: Caps, days: int, now: float, offers: Offers) -> str:
    today = date_of(day_of(now))
    micros = sum(each.micros for each in own if each.day == today)
    of = f" of {caps.member_videos}" if caps.member_videos is not None else ""
    lines = [
        f"**You** · today {used.member_videos}{of} video{_s(used.member_videos)}, {exact_dollars(micros)}",
        f"The last {days} days: {_total(own)}",
        *_shares((title(offers, each), each) for each in own),
    ]
    if caps.member_videos is not None:
        lines.insert(1, f"-# It starts anew <t:{day_resets(now)}:R>.")
    return "\n".join(lines)


def _server_words(spent: Sequence[Spent], used: Used, caps: Caps, days: int, offers: Offers) -> str:
    def of(micros: int | None) -> str:
        return f" of {exact_dollars(micros)}" if micros is not None else ""

    videos = f" of {caps.server_videos}" if caps.server_videos is not None else ""
    return "\n".join(
        [
            f"**This server** · today {used.server_videos}{videos} video{_s(used.server_videos)}, "
            f"{exact_dollars(used.server_day_micros)}{of(caps.server_day_micros)} · this month "
            f"{exact_dollars(used.server_month_micros)}{of(caps.server_month_micros)}",
            f"The last {days} days: {_total(spent)}",
            *_shares((title(offers, each), each) for each in spent),
            *_shares((f"<@{each.user_id}>" if each.user_id else "deleted", each) for each in spent),
            "-# Reserved, held and spent; what was released is not counted. Every row is in the table.",
        ]
    )


def _total(spent: Sequence[Spent]) -> str:
    videos = sum(each.videos for each in spent)
    return f"{videos} video{_s(videos)}, {exact_dollars(sum(each.micros for each in spent))}"


def _shares(parts: Iterable[tuple[str, Spent]]) -> list[str]:
    """One line with the largest."""
    micros, videos = Counter[str](), Counter[str]()
    for label, each in parts:
        micros[label] += each.micros
        videos[label] += each.videos
    named = [f"{label} {exact_dollars(sum_)} ({videos[label]})" for label, sum_ in micros.most_common(NAMED)]
    more = f" and {len(micros) - NAMED} more" if len(micros) > NAMED else ""
    return ["-# " + " · ".join(named) + more] if named else []


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def table(spent: Sequence[Spent], names: Mapping[int, str], offers: Offers) -> str:
    """CSV for a spreadsheet; what could be read as a formula is quoted."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["day", "member_id", "member", "model", "account", "videos", "usd"])
    for each in spent:
        usd = exact_dollars(each.micros).replace("$", "").replace(",", "")
        cells = (name(names, each.user_id), title(offers, each), each.account)
        writer.writerow([each.day.isoformat(), each.user_id, *map(_plain, cells), each.videos, usd])
    return file.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
