"""Draws the usage chart as a PNG with its own background, so that it is readable in dark and light themes."""

import io
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.media.charts.usage_series import ChartLabels, Panel, Series, axis_scale, format_value

WIDTH = 1100  # twice the 550 px in which Discord shows an image
BACKGROUND, EDGE, GRID = "#1e1f24", "#6d6f78", "#3a3c43"
INK, QUIET, ALARM = "#f2f3f5", "#b9bbc1", "#ff8080"
COLOURS = ("#56b4e9", "#e69f00", "#2fc49a", "#f0e442", "#d98cb8", "#9aa0a6")  # distinguishable with colour blindness
_FONTS = Path(__file__).parent / "fonts"
_PLOT_H, _LEGEND_H, _TITLE_H, _AXIS_H, _GAP = 150, 34, 60, 42, 14
_LEFT, _RIGHT, _PAD = 118, 40, 32
_LEGEND_PX, _SWATCH = 23, 34
_MAX_LIMIT_RATIO = 3  # a limit further above all values is named but not drawn, because it would flatten the bars

_Font = ImageFont.FreeTypeFont


def draw_usage(panels: Sequence[Panel], labels: ChartLabels | None = None) -> bytes:
    """Return a PNG with the panels below each other."""
    heights = [_height(panel) for panel in panels]
    size = (WIDTH, _PAD + sum(heights) + _GAP * (len(panels) - 1) + _PAD // 2)
    card = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(card)
    pen.rounded_rectangle((1, 1, size[0] - 2, size[1] - 2), 24, fill=BACKGROUND, outline=EDGE, width=2)
    y = _PAD // 2
    for panel, height in zip(panels, heights, strict=True):
        _PanelPainter(pen, panel, y, labels or ChartLabels()).paint()
        y += height + _GAP
    file = io.BytesIO()
    card.save(file, "PNG", optimize=True)
    return file.getvalue()


def drawable_text(text: str, fallback: str) -> str:
    """Fold accents that the font lacks and remove other unknown letters. Return `fallback` if no letter remains."""
    drawable = "".join(letter if _has_glyph(letter) else _fold_accents(letter) for letter in text)
    drawable = " ".join(drawable.split())
    return drawable if any(letter.isalnum() for letter in drawable) else fallback


def _fold_accents(letter: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if _has_glyph(part))


def _has_glyph(letter: str) -> bool:
    return letter == " " or (letter.isprintable() and _glyph_mask(letter) != _glyph_mask("\U0010fffd"))


@lru_cache(maxsize=4096)
def _glyph_mask(letter: str) -> bytes:
    return bytes(_font(26).getmask(letter))


@lru_cache(maxsize=8)
def _font(size: int, *, bold: bool = False) -> _Font:
    file = _FONTS / f"DejaVuSans{'-Bold' if bold else ''}-latin.ttf"
    return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)  # the same on every machine


def _legend_rows(panel: Panel) -> list[list[str]]:
    """Return the legend's entries, with as many per row as fit."""
    rows: list[list[str]] = [[]]
    row_width, max_width, font = 0.0, WIDTH - 2 * _PAD, _font(_LEGEND_PX)
    for index, series in enumerate(panel.series):
        text = _legend_entry(series, panel, index)
        width = _entry_width(font.getlength(text))
        if row_width and row_width + width > max_width:
            rows.append([])
            row_width = 0.0
        rows[-1].append(text)
        row_width += width
    return rows


def _entry_width(text_width: float) -> float:
    """Return the width with the colour swatch, rounded up to a grid that aligns the entries of all rows."""
    return ceil((text_width + _SWATCH + 24) / 86) * 86


def _legend_entry(series: Series, panel: Panel, index: int) -> str:
    """Return `name · total`, with a long name truncated."""
    name, total = drawable_text(series.name, f"#{index + 1}"), format_value(series.total, panel.unit)
    font, truncated = _font(_LEGEND_PX), name
    while truncated and font.getlength(f"{truncated}… · {total}") > WIDTH / 2 - 60:
        truncated = truncated[:-1]
    return f"{name if truncated == name else f'{truncated.rstrip()}…'} · {total}"


def _height(panel: Panel) -> int:
    return _TITLE_H + _PLOT_H + _AXIS_H + _LEGEND_H * len(_legend_rows(panel))


class _PanelPainter:
    """Draws one panel, whose top edge is at `y`."""

    def __init__(self, pen: ImageDraw.ImageDraw, panel: Panel, y: int, labels: ChartLabels) -> None:
        self._pen, self._panel, self._y, self._labels = pen, panel, y, labels
        totals = [sum(day) for day in zip(*(series.values for series in panel.series), strict=True)] or [0]
        self._empty = not any(totals)
        max_limit = max(totals) * _MAX_LIMIT_RATIO
        self._drawn_limits = [limit for limit in panel.limits if limit.value <= max_limit or self._empty]
        self._distant_limits = [limit for limit in panel.limits if limit not in self._drawn_limits]
        max_value = max([*totals, *(limit.value for limit in self._drawn_limits)])
        self._top, self._step = axis_scale(max_value, panel.unit)
        self._base = y + _TITLE_H + _PLOT_H

    def paint(self) -> None:
        self._title()
        self._grid()
        self._bars()
        self._limits()
        self._days()
        self._legend()

    def _value_y(self, value: int) -> int:
        return self._base - round(_PLOT_H * value / self._top)

    def _title(self) -> None:
        total = f"Σ {format_value(sum(series.total for series in self._panel.series), self._panel.unit)}"
        middle = self._y + _TITLE_H // 2 - 2
        self._pen.text((_PAD, middle), drawable_text(self._panel.title, "Usage"), INK, _font(28, bold=True), "lm")
        self._pen.text((WIDTH - _RIGHT, middle), total, INK, _font(28, bold=True), "rm")
        self._limit_names(WIDTH - _RIGHT - _font(28, bold=True).getlength(total) - 36, middle)

    def _grid(self) -> None:
        for value in range(0, self._top + 1, self._step):
            y = self._value_y(value)
            self._pen.line((_LEFT, y, WIDTH - _RIGHT, y), QUIET if value == 0 else GRID, 2)
            text = format_value(value, self._panel.unit, step=self._step)
            self._pen.text((_LEFT - 14, y), text, QUIET, _font(22), "rm")

    def _day_span(self, day: int) -> tuple[float, float]:
        """Return the left edge and the width of a day."""
        width = (WIDTH - _RIGHT - _LEFT) / len(self._panel.days)
        return _LEFT + width * day, width

    def _bars(self) -> None:
        for day in range(len(self._panel.days)):
            x, width = self._day_span(day)
            bar_width = min(width * 0.72, 84.0)
            left, right = round(x + (width - bar_width) / 2), round(x + (width + bar_width) / 2) - 1
            start = 0
            for series, colour in zip(self._panel.series, COLOURS, strict=False):
                end = start + series.values[day]
                bottom, top = self._value_y(start) - 1, self._value_y(end)
                if end > start:  # 2 px of background between the parts; even the smallest part is visible
                    self._pen.rectangle((left, min(top, bottom - 2), right, max(bottom - 2, top)), fill=colour)
                start = end
        if self._empty:
            middle = ((_LEFT + WIDTH - _RIGHT) / 2, self._base - _PLOT_H * 0.3)
            text = drawable_text(self._labels.nothing, ChartLabels().nothing)
            self._pen.text(middle, text, QUIET, _font(24), "mm")

    def _limits(self) -> None:
        """Draw the lines over the bars. Their names are beside the title, clear of the bars."""
        for limit in self._drawn_limits:
            y = self._value_y(limit.value)
            for ink, width in ((BACKGROUND, 7), (ALARM, 3)):
                for x in range(_LEFT, WIDTH - _RIGHT, 22):
                    self._pen.line((x, y, min(x + 13, WIDTH - _RIGHT), y), ink, width)

    def _limit_names(self, right: float, middle: int) -> None:
        for limit in (*self._drawn_limits, *self._distant_limits):
            arrow = " ↑" if limit in self._distant_limits else ""
            name, value = drawable_text(limit.name, ChartLabels().limit), format_value(limit.value, self._panel.unit)
            text = f"{name} {value}{arrow}"
            self._pen.text((right, middle), text, ALARM, _font(23), "rm")
            right -= _font(23).getlength(text) + 14
            for x in (right - 30, right - 13):
                self._pen.line((x, middle, x + 11, middle), ALARM, 3)
            right -= 56

    def _days(self) -> None:
        days = self._panel.days
        interval = max(1, -(-len(days) // 10))
        for day in range(len(days) - 1, -1, -interval):  # backwards from today
            x, width = self._day_span(day)
            text = drawable_text(days[day], "")
            self._pen.text((x + width / 2, self._base + 12), text, QUIET, _font(21), "mt")

    def _legend(self) -> None:
        colours = iter(COLOURS)
        y = self._base + _AXIS_H + _LEGEND_H // 2
        for row in _legend_rows(self._panel):
            x: float = _PAD
            for text, colour in zip(row, colours, strict=False):
                self._pen.rounded_rectangle((x, y - 11, x + 22, y + 11), 5, fill=colour)
                self._pen.text((x + _SWATCH, y), text, INK, _font(_LEGEND_PX), "lm")
                x += _entry_width(_font(_LEGEND_PX).getlength(text))
            y += _LEGEND_H
