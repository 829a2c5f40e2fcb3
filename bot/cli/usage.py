"""`python -m bot usage`: what every server has used, straight from the ledger, while the bot runs or not."""

import time
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Annotated

import typer

from bot.cli.database import data_location
from bot.cli.exits import exit_on_error
from bot.jobs.limits import date_of, day_of, month_days
from bot.jobs.money import exact_dollars
from bot.ports.repositories import UsageRow
from bot.store.host_reads import usage_by_server
from bot.store.location import StoreLocation

cli = typer.Typer()


@cli.command()
def usage(
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many UTC days to look back, today included.")] = 31,
) -> None:
    """Videos and money by server, model and day: reserved, held and spent, not what was released.

    Real is what the providers report as charged; the rest is estimated by the catalogue's prices.
    """
    with exit_on_error():
        text = usage_lines(data_location(), time.time(), days)
    for line in text:
        typer.echo(line)


def usage_lines(location: StoreLocation, now: float, days: int) -> list[str]:
    """Return the lines of the report."""
    today = day_of(now)
    used = usage_by_server(location, (today - days + 1) * 86_400.0)
    if not used:
        return [f"Nothing was used in the last {days} days."]
    month = date_of(month_days(now)[0])
    text = [f"The last {days} days, {date_of(today - days + 1)} to {date_of(today)} (UTC)"]
    text += _table("server", used, lambda guild_id, _: guild_id)
    text += _table("model", used, lambda _, row: f"{row.model} at {row.account}")
    text += _table("day", used, lambda _, row: row.day.isoformat())
    total, real = sum(row.micros for _, row in used), sum(row.real_micros for _, row in used)
    text += [f"real {exact_dollars(real)}", f"estimated {exact_dollars(total - real)}"]
    this_month = sum(row.micros for _, row in used if row.day >= month)
    text.append(f"today {exact_dollars(sum(row.micros for _, row in used if row.day == date_of(today)))}")
    if date_of(today - days + 1) <= month:
        text.append(f"this month {exact_dollars(this_month)}")
    text.append(f"total {exact_dollars(total)}")
    return text


def _table(name: str, used: Sequence[tuple[int, UsageRow]], key: Callable[[int, UsageRow], Hashable]) -> list[str]:
    """Return one line per value, the most expensive first; days in order. What is real of it stands in brackets."""
    micros, real, videos = Counter[Hashable](), Counter[Hashable](), Counter[Hashable]()
    for guild_id, row in used:
        micros[key(guild_id, row)] += row.micros
        real[key(guild_id, row)] += row.real_micros
        videos[key(guild_id, row)] += row.videos
    rows = sorted(micros.items(), key=lambda row: str(row[0])) if name == "day" else micros.most_common()
    width = max(len(str(value)) for value, _ in rows)
    return [
        f"{name} {value!s:<{width}}  {videos[value]:>6} videos  {exact_dollars(sum_)}{_real(real[value])}"
        for value, sum_ in rows
    ]


def _real(micros: int) -> str:
    return f" (real {exact_dollars(micros)})" if micros else ""
