"""Groups usage into days and series for a chart. Stateless."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

MAX_SERIES = 6
Unit = Literal["usd", "count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageEntry:
    """Usage of one day. Names are display names; money is in millionths of a US dollar."""

    day: date
    model: str
    member: str
    micros: int
    videos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One colour of a panel, with one value per day."""

    name: str
    values: Sequence[int]

    @property
    def total(self) -> int:
        return sum(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A line across a panel. `value` is in the panel's unit: millionths of a dollar, or videos."""

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
class ChartLabels:
    """The texts of the image in the reader's language. A text that the font can't draw stays English."""

    spend_by_model: str = "Spend per day, by model"
    spend_by_member: str = "Spend per day, by member"
    videos_by_model: str = "Videos per day, by model"
    videos_by_member: str = "Videos per day, by member"
    others: str = "others"
    limit: str = "limit"
    nothing: str = "no videos in this period"


def short_day(day: date) -> str:
    """Return `11-21`, which is the same in every language."""
    return f"{day:%m-%d}"


def build_panels(
    usage: Iterable[UsageEntry],
    *,
    first: date,
    last: date,
    spend_limit: int | None = None,
    videos_limit: int | None = None,
    spend_by: Literal["model", "member"] = "model",
    videos_by: Literal["model", "member"] = "member",
    labels: ChartLabels | None = None,
    format_day: Callable[[date], str] = short_day,
) -> tuple[Panel, Panel]:
    """Return the panels for spend and for videos of every day from `first` to `last`. Ignore usage outside."""
    labels = labels or ChartLabels()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    entries = [entry for entry in usage if first <= entry.day <= last]
    day_labels = [format_day(day) for day in days]
    spend_by_name = _by_day((entry.day, getattr(entry, spend_by), entry.micros) for entry in entries)
    videos_by_name = _by_day((entry.day, getattr(entry, videos_by), entry.videos) for entry in entries)
    ranks = {name: rank for rank, name in enumerate(_ranked(spend_by_name))} if spend_by == videos_by else {}
    titles = {
        "model": (labels.spend_by_model, labels.videos_by_model),
        "member": (labels.spend_by_member, labels.videos_by_member),
    }
    spend = Panel(
        title=titles[spend_by][0],
        unit="usd",
        days=day_labels,
        series=_series(spend_by_name, days, labels.others, {}),
        limits=() if spend_limit is None else (Limit(name=labels.limit, value=spend_limit),),
    )
    videos = Panel(
        title=titles[videos_by][1],
        unit="count",
        days=day_labels,
        series=_series(videos_by_name, days, labels.others, ranks),
        limits=() if videos_limit is None else (Limit(name=labels.limit, value=videos_limit),),
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
    """Return one series per name, the largest first or ordered by `ranks`, so that a name keeps its colour.

    Names beyond the number of colours are merged into `others`.
    """
    names = [name for name in _ranked(by_name) if by_name[name].total() > 0]
    names.sort(key=lambda name: ranks.get(name, len(ranks)))
    other_values: Counter[date] = Counter()
    if len(names) > MAX_SERIES:
        for name in names[MAX_SERIES - 1 :]:
            other_values += by_name[name]
        names = names[: MAX_SERIES - 1]
    series = [Series(name=name, values=[by_name[name][day] for day in days]) for name in names]
    if other_values:
        series.append(Series(name=others, values=[other_values[day] for day in days]))
    return series


def axis_scale(max_value: int, unit: Unit) -> tuple[int, int]:
    """Return (top, step) of an axis for values up to `max_value`: one to four steps of round numbers."""
    min_step = 1 if unit == "count" else 10_000  # one video, one cent
    step = min_step
    while max_value > step * 4:
        step = _next_step(step, min_step)
    return step * max(1, -(-max_value // step)), step


def _next_step(step: int, min_step: int) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50 … times the smallest step."""
    power = min_step
    while power * 10 <= step:
        power *= 10
    return {1: 2, 2: 5, 5: 10}[step // power] * power


def format_value(value: int, unit: Unit, *, step: int | None = None) -> str:
    """Return `$1.20` or `12`, or `$2` on an axis of whole dollars."""
    if unit == "count":
        return str(value)
    if step is not None and step % 1_000_000 == 0:
        return f"${value // 1_000_000:,}"
    return f"${value / 1_000_000:,.2f}"
