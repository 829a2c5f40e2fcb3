"""Draws panels of stacked days as a PNG: a card of its own colour, so that it reads on a dark and a light page."""

import io
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.media.charts.usage_series import Panel, Series, Words, nice_top, say

WIDTH = 1100  # Discord shows a picture in 550 × 350: twice that, with two panels, so that it stays at half
BACKGROUND, EDGE, GRID = "#1e1f24", "#6d6f78", "#3a3c43"
INK, QUIET, ALARM = "#f2f3f5", "#b9bbc1", "#ff8080"
COLOURS = ("#56b4e9", "#e69f00", "#2fc49a", "#f0e442", "#d98cb8", "#9aa0a6")  # told apart by the colour-blind too
_FONTS = Path(__file__).parent / "fonts"
_PLOT_H, _LEGEND_H, _TITLE_H, _AXIS_H, _GAP = 150, 34, 60, 42, 14
_LEFT, _RIGHT, _PAD = 118, 40, 32
_LEGEND_PX, _PATCH = 23, 34
_FAR = 3  # a limit so many times above everything is named, not drawn: the days would be flat

_Font = ImageFont.FreeTypeFont


def draw(panels: Sequence[Panel], words: Words | None = None) -> bytes:
    """A PNG with the panels one below the other."""
    heights = [_height(panel) for panel in panels]
    size = (WIDTH, _PAD + sum(heights) + _GAP * (len(panels) - 1) + _PAD // 2)
    card = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(card)
    pen.rounded_rectangle((1, 1, size[0] - 2, size[1] - 2), 24, fill=BACKGROUND, outline=EDGE, width=2)
    y = _PAD // 2
    for panel, height in zip(panels, heights, strict=True):
        _Painter(pen, panel, y, words or Words()).paint()
        y += height + _GAP
    file = io.BytesIO()
    card.save(file, "PNG", optimize=True)
    return file.getvalue()


def drawable(text: str, otherwise: str) -> str:
    """The text as far as our letters go, accents folded where they must be; `otherwise` if nothing is left."""
    kept = "".join(each if _known(each) else _folded(each) for each in text)
    kept = " ".join(kept.split())
    return kept if any(each.isalnum() for each in kept) else otherwise


def _folded(letter: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", letter) if _known(each))


def _known(letter: str) -> bool:
    return letter == " " or (letter.isprintable() and _looks(letter) != _looks("\U0010fffd"))


@lru_cache(maxsize=4096)
def _looks(letter: str) -> bytes:
    return bytes(_font(26).getmask(letter))


@lru_cache(maxsize=8)
def _font(size: int, *, bold: bool = False) -> _Font:
    file = _FONTS / f"DejaVuSans{'-Bold' if bold else ''}-latin.ttf"
    return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)  # the same on every machine


def _legend_rows(panel: Panel) -> list[list[str]]:
    """What the legend says, row by row, each as full as it gets: `name · total`."""
    rows: list[list[str]] = [[]]
    used, room, font = 0.0, WIDTH - 2 * _PAD, _font(_LEGEND_PX)
    for place, series in enumerate(panel.series):
        text = _entry(series, panel, place)
        width = _entry_width(font.getlength(text))
        if used and used + width > room:
            rows.append([])
            used = 0.0
        rows[-1].append(text)
        used += width
    return rows


def _entry_width(text: float) -> float:
    """With its patch of colour, on a grid, so that entries of two rows stand below each other."""
    return ceil((text + _PATCH + 24) / 86) * 86


def _entry(series: Series, panel: Panel, place: int) -> str:
    """`name · total`, a long name cut."""
    name, total = drawable(series.name, f"#{place + 1}"), say(series.total, panel.unit)
    font, cut = _font(_LEGEND_PX), name
    while cut and font.getlength(f"{cut}… · {total}") > WIDTH / 2 - 60:
        cut = cut[:-1]
    return f"{name if cut == name else f'{cut.rstrip()}…'} · {total}"


def _height(panel: Panel) -> int:
    return _TITLE_H + _PLOT_H + _AXIS_H + _LEGEND_H * len(_legend_rows(panel))


class _Painter:
    """One panel. `y` is where it begins."""

    def __init__(self, pen: ImageDraw.ImageDraw, panel: Panel, y: int, words: Words) -> None:
        self._pen, self._panel, self._y, self._words = pen, panel, y, words
        stacks = [sum(day) for day in zip(*(each.values for each in panel.series), strict=True)] or [0]
        near = [each for each in panel.limits if each.value <= max(stacks) * _FAR or not any(stacks)]
        self._near, self._far = near, [each for each in panel.limits if each not in near]
        self._top, self._step = nice_top(max([*stacks, *(each.value for each in near)]), panel.unit)
        self._base = y + _TITLE_H + _PLOT_H
        self._empty = not any(stacks)

    def paint(self) -> None:
        self._title()
        self._grid()
        self._bars()
        self._limits()
        self._days()
        self._legend()

    def _at(self, value: int) -> int:
        return self._base - round(_PLOT_H * value / self._top)

    def _title(self) -> None:
        total = f"Σ {say(sum(each.total for each in self._panel.series), self._panel.unit)}"
        middle = self._y + _TITLE_H // 2 - 2
        self._pen.text((_PAD, middle), drawable(self._panel.title, "Usage"), INK, _font(28, bold=True), "lm")
        self._pen.text((WIDTH - _RIGHT, middle), total, INK, _font(28, bold=True), "rm")
        self._limit_names(WIDTH - _RIGHT - _font(28, bold=True).getlength(total) - 36, middle)

    def _grid(self) -> None:
        for value in range(0, self._top + 1, self._step):
            y = self._at(value)
            self._pen.line((_LEFT, y, WIDTH - _RIGHT, y), QUIET if value == 0 else GRID, 2)
            text = say(value, self._panel.unit, step=self._step)
            self._pen.text((_LEFT - 14, y), text, QUIET, _font(22), "rm")

    def _slot(self, day: int) -> tuple[float, float]:
        """Where a day begins and how wide it is."""
        width = (WIDTH - _RIGHT - _LEFT) / len(self._panel.days)
        return _LEFT + width * day, width

    def _bars(self) -> None:
        for day in range(len(self._panel.days)):
            x, width = self._slot(day)
            bar = min(width * 0.72, 84.0)
            left, right = round(x + (width - bar) / 2), round(x + (width + bar) / 2) - 1
            below = 0
            for series, colour in zip(self._panel.series, COLOURS, strict=False):
                above = below + series.values[day]
                bottom, top = self._at(below) - 1, self._at(above)
                if above > below:  # two dots of ground between the pieces; even the smallest piece is seen
                    self._pen.rectangle((left, min(top, bottom - 2), right, max(bottom - 2, top)), fill=colour)
                below = above
        if self._empty:
            middle = ((_LEFT + WIDTH - _RIGHT) / 2, self._base - _PLOT_H * 0.3)
            self._pen.text(middle, drawable(self._words.nothing, Words().nothing), QUIET, _font(24), "mm")

    def _limits(self) -> None:
        """Lines over the bars; their names stand beside the title, where no bar is."""
        for limit in self._near:
            y = self._at(limit.value)
            for ink, width in ((BACKGROUND, 7), (ALARM, 3)):
                for x in range(_LEFT, WIDTH - _RIGHT, 22):
                    self._pen.line((x, y, min(x + 13, WIDTH - _RIGHT), y), ink, width)

    def _limit_names(self, right: float, middle: int) -> None:
        for limit in (*self._near, *self._far):
            over = " ↑" if limit in self._far else ""
            text = f"{drawable(limit.name, Words().limit)} {say(limit.value, self._panel.unit)}{over}"
            self._pen.text((right, middle), text, ALARM, _font(23), "rm")
            right -= _font(23).getlength(text) + 14
            for x in (right - 30, right - 13):
                self._pen.line((x, middle, x + 11, middle), ALARM, 3)
            right -= 56

    def _days(self) -> None:
        days = self._panel.days
        every = max(1, -(-len(days) // 10))
        for day in range(len(days) - 1, -1, -every):  # counted from today
            x, width = self._slot(day)
            text = drawable(days[day], "")
            self._pen.text((x + width / 2, self._base + 12), text, QUIET, _font(21), "mt")

    def _legend(self) -> None:
        colours = iter(COLOURS)
        y = self._base + _AXIS_H + _LEGEND_H // 2
        for row in _legend_rows(self._panel):
            x: float = _PAD
            for text, colour in zip(row, colours, strict=False):
                self._pen.rounded_rectangle((x, y - 11, x + 22, y + 11), 5, fill=colour)
                self._pen.text((x + _PATCH, y), text, INK, _font(_LEGEND_PX), "lm")
                x += _entry_width(_font(_LEGEND_PX).getlength(text))
            y += _LEGEND_H
