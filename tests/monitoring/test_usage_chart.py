"""The chart of `/usage`: correct numbers, readable on both of Discord's themes with any names."""

import io
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor

from bot.media.charts.usage import ALARM, BACKGROUND, COLOURS, INK, QUIET, WIDTH, draw_usage, drawable_text
from bot.media.charts.usage_series import MAX_SERIES, UsageEntry, axis_scale, build_panels, format_value

TODAY = date(2026, 11, 21)
WEEK = TODAY - timedelta(days=6)


def used(days_ago: int, model: str, member: str, cents: int, videos: int = 1) -> UsageEntry:
    return UsageEntry(
        day=TODAY - timedelta(days=days_ago), model=model, member=member, micros=cents * 10_000, videos=videos
    )


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA")


def brightness(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.1."""
    parts = [part / 255 for part in ImageColor.getrgb(colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((brightness(one), brightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_days_are_added_up_by_model_and_by_member() -> None:
    rows = [
        used(0, "Grok", "alice", 10),
        used(0, "Grok", "bob", 30),
        used(1, "Veo", "alice", 25),
        used(9, "Veo", "x", 9),
    ]
    spend, videos = build_panels(rows, first=WEEK, last=TODAY)
    assert [(each.name, each.total) for each in spend.series] == [("Grok", 400_000), ("Veo", 250_000)]
    assert [(each.name, list(each.values)) for each in videos.series] == [
        ("alice", [0, 0, 0, 0, 0, 1, 1]),
        ("bob", [0, 0, 0, 0, 0, 0, 1]),
    ]
    assert spend.days == ["11-15", "11-16", "11-17", "11-18", "11-19", "11-20", "11-21"]


def test_past_the_colours_the_rest_is_one_and_nothing_is_lost() -> None:
    rows = [used(0, f"model {n}", "alice", n + 1) for n in range(20)]
    spend, _ = build_panels(rows, first=WEEK, last=TODAY)
    assert len(spend.series) == MAX_SERIES <= len(COLOURS)
    assert spend.series[-1].name == "others"
    assert sum(each.total for each in spend.series) == sum(each.micros for each in rows)


def test_a_model_has_one_colour_in_both_panels() -> None:
    rows = [used(0, "dear", "alice", 500, videos=1), used(0, "cheap", "alice", 10, videos=9)]
    spend, videos = build_panels(rows, first=WEEK, last=TODAY, videos_by="model")
    assert [each.name for each in spend.series] == [each.name for each in videos.series] == ["dear", "cheap"]


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
    assert axis_scale(most, unit) == (top, step)  # type: ignore[arg-type]


@given(st.integers(0, 10**12), st.sampled_from(["usd", "count"]))
def test_an_axis_always_holds_what_is_on_it(most: int, unit: str) -> None:
    top, step = axis_scale(most, unit)  # type: ignore[arg-type]
    assert top >= most
    assert 1 <= top // step <= 4
    assert top % step == 0


def test_money_and_videos_are_said_as_people_read_them() -> None:
    assert [format_value(1_200_000, "usd"), format_value(12_345_000_000, "usd"), format_value(7, "count")] == [
        "$1.20",
        "$12,345.00",
        "7",
    ]
    assert format_value(2_000_000, "usd", step=1_000_000) == "$2"


@pytest.mark.parametrize("ink", [INK, QUIET, ALARM])
def test_every_word_stands_out_from_the_card(ink: str) -> None:
    assert contrast(ink, BACKGROUND) >= 4.5


@pytest.mark.parametrize("colour", COLOURS)
def test_every_bar_stands_out_from_the_card(colour: str) -> None:
    assert contrast(colour, BACKGROUND) >= 3.0


def test_the_card_brings_its_own_ground_to_a_dark_and_a_light_page() -> None:
    card = picture(draw_usage(build_panels([used(0, "Grok", "alice", 10)], first=WEEK, last=TODAY)))
    assert card.width == WIDTH
    assert card.getpixel((0, 0)) == (0, 0, 0, 0)  # outside of the rounded corner the page shows
    inside = card.crop((24, 24, card.width - 24, card.height - 24)).getchannel("A")
    assert inside.getextrema() == (255, 255)


def test_bars_and_the_limit_are_there() -> None:
    rows = [used(day, "Grok", "alice", 100) for day in range(7)]
    panels = build_panels(rows, first=WEEK, last=TODAY, spend_limit=2_000_000, videos_limit=50)
    colours = {colour for _, colour in picture(draw_usage(panels)).getcolors(1 << 20) or []}
    assert (*ImageColor.getrgb(COLOURS[0]), 255) in colours
    assert (*ImageColor.getrgb(ALARM), 255) in colours
    assert (*ImageColor.getrgb(COLOURS[1]), 255) not in colours


def test_a_limit_far_above_everything_does_not_flatten_the_days() -> None:
    rows = [used(0, "Grok", "alice", 100)]
    near, far = (
        picture(draw_usage(build_panels(rows, first=WEEK, last=TODAY, spend_limit=limit)[:1]))
        for limit in (2_000_000, 10**9)
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
def test_a_name_is_drawn_as_far_as_our_letters_go(name: str, shown: str) -> None:
    assert drawable_text(name, "#3") == shown


def test_a_year_fits_and_is_small_enough_to_send() -> None:
    rows = [used(n % 365, f"m{n % 4}", f"p{n % 9}", n % 90, n % 3) for n in range(2_000)]
    png = draw_usage(build_panels(rows, first=TODAY - timedelta(days=364), last=TODAY, videos_limit=3))
    assert len(png) < 300_000


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=80), st.integers(1, 60), st.integers(0, 10**9))
def test_nothing_that_people_call_themselves_breaks_the_picture(name: str, days: int, micros: int) -> None:
    rows = [UsageEntry(day=TODAY, model=name, member=name, micros=micros, videos=3)]
    first = TODAY - timedelta(days=days - 1)
    assert picture(draw_usage(build_panels(rows, first=first, last=TODAY, spend_limit=micros))).width == WIDTH
