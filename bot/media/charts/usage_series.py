"""Puts what was spent and made into days and series for a chart. Knows no store and no drawing."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

MOST_SERIES = 6
Unit = Literal["usd", "count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Some use on one day. Names are the ones that people read; money is millionths of a US dollar."""

    day: date
    model: str
    member: str
    micros: int
    videos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One colour of a panel: a value a day."""

    name: str
    values: Sequence[int]

    @property
    def total(self) -> int:
        return sum(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A line across a panel. `value` counts as the panel does: millionths of a dollar, or videos."""

    name: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One chart of stacked days, the first series at the bottom. `days` are labels."""

    title: str
    unit: Unit
    days: Sequence[str]
    series: Sequence[Series]
    limits: Sequence[Limit] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the picture says, in the reader's language; a word that its letters cannot be drawn for stays English."""

    spend_by_model: str = "Spend per day, by model"
    spend_by_member: str = "Spend per day, by member"
    videos_by_model: str = "Videos per day, by model"
    videos_by_member: str = "Videos per day, by member"
    others: str = "others"
    limit: str = "limit"
    nothing: str = "no videos in this period"


def short_day(day: date) -> str:
    """`11-21`: the same in every language."""
    return f"{day:%m-%d}"


def panels_of(
    used: Iterable[Used],
    *,
    first: date,
    last: date,
    spend_limit: int | None = None,
    videos_limit: int | None = None,
    spend_by: Literal["model", "member"] = "model",
    videos_by: Literal["model", "member"] = "member",
    words: Words | None = None,
    label: Callable[[date], str] = short_day,
) -> tuple[Panel, Panel]:
    """Spend and videos of every day from `first` to `last`; what lies outside is left out."""
    says = words or Words()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    inside = [each for each in used if first <= each.day <= last]
    labels = [label(day) for day in days]
    spends = _by_day((each.day, getattr(each, spend_by), each.micros) for each in inside)
    made = _by_day((each.day, getattr(each, videos_by), each.videos) for each in inside)
    ranks = {name: rank for rank, name in enumerate(_ranked(spends))} if spend_by == videos_by else {}
    titles = {"model": (says.spend_by_model, says.videos_by_model)}
    titles["member"] = (says.spend_by_member, says.videos_by_member)
    spend = Panel(
        title=titles[spend_by][0],
        unit="usd",
        days=labels,
        series=_series(spends, days, says.others, {}),
        limits=() if spend_limit is None else (Limit(name=says.limit, value=spend_limit),),
    )
    videos = Panel(
        title=titles[videos_by][1],
        unit="count",
        days=labels,
        series=_series(made, days, says.others, ranks),
        limits=() if videos_limit is None else (Limit(name=says.limit, value=videos_limit),),
    )
    return spend, videos


def _by_day(values: Iterable[tuple[date, str, int]]) -> dict[str, Counter[date]]:
    by_name: dict[str, Counter[date]] = {}
    for day, name, value in values:
        by_name.setdefault(name, Counter())[day] += value
    return by_name


def _ranked(by_name: Mapping[str, Counter[date]]) -> list[str]:
    return sorted(by_name, key=lambda name: (-by_name[name].total(), name))


def _series(
    by_name: Mapping[str, Counter[date]], days: Sequence[date], others: str, ranks: Mapping[str, int]
) -> list[Series]:
    """The largest first, or as `ranks` says: one colour a name. Past the sixth they are one, so that colours differ."""
    kept = [name for name in _ranked(by_name) if by_name[name].total() > 0]
    kept.sort(key=lambda name: ranks.get(name, len(ranks)))
    rest: Counter[date] = Counter()
    if len(kept) > MOST_SERIES:
        for name in kept[MOST_SERIES - 1 :]:
            rest += by_name[name]
        kept = kept[: MOST_SERIES - 1]
    shown = [Series(name=name, values=[by_name[name][day] for day in days]) for name in kept]
    return [*shown, Series(name=others, values=[rest[day] for day in days])] if rest else shown


def nice_top(most: int, unit: Unit) -> tuple[int, int]:
    """(top, step) of an axis that holds `most`: round numbers, one to four steps, whole videos."""
    least = 1 if unit == "count" else 10_000  # a cent
    step = least
    while most > step * 4:
        step = _next_nice(step, least)
    return step * max(1, -(-most // step)), step


def _next_nice(step: int, least: int) -> int:
    """1, 2, 5, 10, 20, 50 …"""
    power = least
    while power * 10 <= step:
        power *= 10
    return {1: 2, 2: 5, 5: 10}[step // power] * power


def say(value: int, unit: Unit, *, step: int | None = None) -> str:
    """`$1.20`, or `12`; on an axis of whole dollars `$2`."""
    if unit == "count":
        return str(value)
    if step is not None and step % 1_000_000 == 0:
        return f"${value // 1_000_000:,}"
    return f"${value / 1_000_000:,.2f}"
