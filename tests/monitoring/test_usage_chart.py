"""The chart of `/usage`: correct numbers, readable on Discord's dark and light themes, with any name."""

import io
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor

from bot.media.charts.usage import ALARM, BACKGROUND, COLOURS, INK, QUIET, WIDTH, draw, drawable
from bot.media.charts.usage_series import MOST_SERIES, Used, nice_top, panels_of, say

TODAY = date(2026, 11, 21)
WEEK = TODAY - timedelta(days=6)


def used(days_ago: int, model: str, member: str, cents: int, videos: int = 1) -> Used:
    return Used(day=TODAY - timedelta(days=days_ago), model=model, member=member, micros=cents * 10_000, videos=videos)


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA")


def brightness(colour: str) -> float:
    """Return the relative luminance of a colour. Source: WCAG 2.1."""
    parts = [part / 255 for part in ImageColor.getrgb(colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((brightness(one), brightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_days_are_summed_by_model_and_by_member() -> None:
    rows = [
        used(0, "Grok", "alice", 10),
        used(0, "Grok", "bob", 30),
        used(1, "Veo", "alice", 25),
        used(9, "Veo", "x", 9),
    ]
    spend, videos = panels_of(rows, first=WEEK, last=TODAY)
    assert [(series.name, series.total) for series in spend.series] == [("Grok", 400_000), ("Veo", 250_000)]
    assert [(series.name, list(series.values)) for series in videos.series] == [
        ("alice", [0, 0, 0, 0, 0, 1, 1]),
        ("bob", [0, 0, 0, 0, 0, 0, 1]),
    ]
    assert spend.days == ["11-15", "11-16", "11-17", "11-18", "11-19", "11-20", "11-21"]


def test_series_beyond_the_palette_are_merged_without_loss() -> None:
    rows = [used(0, f"model {n}", "alice", n + 1) for n in range(20)]
    spend, _ = panels_of(rows, first=WEEK, last=TODAY)
    assert len(spend.series) == MOST_SERIES <= len(COLOURS)
    assert spend.series[-1].name == "others"
    assert sum(item.total for item in spend.series) == sum(item.micros for item in rows)


def test_a_model_has_the_same_colour_in_both_panels() -> None:
    rows = [used(0, "dear", "alice", 500, videos=1), used(0, "cheap", "alice", 10, videos=9)]
    spend, videos = panels_of(rows, first=WEEK, last=TODAY, videos_by="model")
    assert [series.name for series in spend.series] == [series.name for series in videos.series] == ["dear", "cheap"]


@pytest.mark.parametrize(
    ("most", "unit", "top", "step"),
    [
        (0, "count", 1, 1),
        (3, "count", 3, 1),
        (7, "count", 8, 2),
        (19, "count", 20, 5),
        (400_000, "usd", 400_000, 100_000),
        (8_100_000, "usd", 10_000_000, 5_000_000),
    ],
)
def test_axes_end_at_round_numbers(most: int, unit: str, top: int, step: int) -> None:
    assert nice_top(most, unit) == (top, step)  # type: ignore[arg-type]


@given(st.integers(0, 10**12), st.sampled_from(["usd", "count"]))
def test_an_axis_covers_every_value(most: int, unit: str) -> None:
    top, step = nice_top(most, unit)  # type: ignore[arg-type]
    assert top >= most
    assert 1 <= top // step <= 4
    assert top % step == 0


def test_axis_labels_of_money_and_videos() -> None:
    assert [say(1_200_000, "usd"), say(12_345_000_000, "usd"), say(7, "count")] == ["$1.20", "$12,345.00", "7"]
    assert say(2_000_000, "usd", step=1_000_000) == "$2"


@pytest.mark.parametrize("ink", [INK, QUIET, ALARM])
def test_all_text_has_enough_contrast(ink: str) -> None:
    assert contrast(ink, BACKGROUND) >= 4.5


@pytest.mark.parametrize("colour", COLOURS)
def test_every_bar_has_enough_contrast(colour: str) -> None:
    assert contrast(colour, BACKGROUND) >= 3.0


def test_the_card_has_its_own_background_on_dark_and_light_themes() -> None:
    card = picture(draw(panels_of([used(0, "Grok", "alice", 10)], first=WEEK, last=TODAY)))
    assert card.width == WIDTH
    assert card.getpixel((0, 0)) == (0, 0, 0, 0)  # outside the rounded corner the theme shows through
    inside = card.crop((24, 24, card.width - 24, card.height - 24)).getchannel("A")
    assert inside.getextrema() == (255, 255)


def test_bars_and_the_limit_are_drawn() -> None:
    rows = [used(day, "Grok", "alice", 100) for day in range(7)]
    panels = panels_of(rows, first=WEEK, last=TODAY, spend_limit=2_000_000, videos_limit=50)
    colours = {colour for _, colour in picture(draw(panels)).getcolors(1 << 20) or []}
    assert (*ImageColor.getrgb(COLOURS[0]), 255) in colours
    assert (*ImageColor.getrgb(ALARM), 255) in colours
    assert (*ImageColor.getrgb(COLOURS[1]), 255) not in colours


def test_a_limit_far_above_all_values_does_not_flatten_the_bars() -> None:
    rows = [used(0, "Grok", "alice", 100)]
    near, far = (
        picture(draw(panels_of(rows, first=WEEK, last=TODAY, spend_limit=limit)[:1])) for limit in (2_000_000, 10**9)
    )
    blue = (*ImageColor.getrgb(COLOURS[0]), 255)

    def height(card: Image.Image) -> int:
        column = [y for y in range(card.height // 2 + 60) if card.getpixel((card.width - 100, y)) == blue]
        return max(column) - min(column)

    assert height(far) > height(near) * 1.5


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Björn", "Björn"),
        ("Жанна", "Жанна"),
        ("日本太郎", "#3"),
        ("alice 🎬", "alice"),
        ("Ṽera", "Vera"),
        ("   ", "#3"),
    ],
)
def test_names_are_drawn_with_the_available_glyphs(name: str, shown: str) -> None:
    assert drawable(name, "#3") == shown


def test_a_chart_of_a_year_fits_the_size_limit() -> None:
    rows = [used(n % 365, f"m{n % 4}", f"p{n % 9}", n % 90, n % 3) for n in range(2_000)]
    png = draw(panels_of(rows, first=TODAY - timedelta(days=364), last=TODAY, videos_limit=3))
    assert len(png) < 300_000


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=80), st.integers(1, 60), st.integers(0, 10**9))
def test_no_user_name_breaks_the_chart(name: str, days: int, micros: int) -> None:
    rows = [Used(day=TODAY, model=name, member=name, micros=micros, videos=3)]
    first = TODAY - timedelta(days=days - 1)
    assert picture(draw(panels_of(rows, first=first, last=TODAY, spend_limit=micros))).width == WIDTH
