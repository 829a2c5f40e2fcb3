"""Draws the family of a video: cards joined by lines, as a PNG. Knows no job; blocks, so not for a loop."""

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from bot.media.charts.tree_layout import Box, Sizes, layout

Look = Literal["video", "running", "deleted", "hidden"]

_GROUND, _CARD, _STUB, _LINE = (30, 31, 34), (49, 51, 56), (43, 45, 49), (88, 101, 242)
_TEXT, _FAINT, _CHOSEN = (242, 243, 245), (148, 155, 164), (250, 168, 26)
_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf")
_MARGIN = 24
_MOST_PIXELS = 60_000_000

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One member of a family. `parent` is its index in the same list; a parent comes before its children."""

    parent: int | None
    look: Look
    title: str = ""  # "K7Q2 · alice"
    text: str = ""
    picture: Path | None = None
    chosen: bool = False  # the video that was asked about


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands where a card has no picture."""

    deleted: str = "deleted"
    hidden: str = "not visible to you"
    running: str = "rendering …"
    no_picture: str = "no thumbnail"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    sizes: Sizes
    picture_height: int
    font_px: int
    lines: int


def _style_for(count: int) -> _Style:
    """The more there are, the smaller they get."""
    width, font_px, lines = (224, 15, 3) if count <= 40 else (176, 13, 2) if count <= 100 else (128, 11, 2)
    picture = width * 9 // 16
    height = picture + 10 + (lines + 1) * (font_px + 4)
    return _Style(
        sizes=Sizes(width=width, height=height, gap_x=width // 10, gap_y=font_px * 2),
        picture_height=picture,
        font_px=font_px,
        lines=lines,
    )


def draw_family(cards: Sequence[Card], words: Words | None = None) -> bytes:
    """The PNG of a family."""
    style = _style_for(len(cards))
    plan = layout([card.parent for card in cards], style.sizes)
    size = (int(plan.width) + 2 * _MARGIN, int(plan.height) + 2 * _MARGIN)
    image = Image.new("RGB", size, _GROUND)
    pen = ImageDraw.Draw(image)
    for line in plan.lines:
        pen.line([(x + _MARGIN, y + _MARGIN) for x, y in line], fill=_LINE, width=2, joint="curve")
    font = _font(style.font_px)
    for card, box in zip(cards, plan.boxes, strict=True):
        _draw_card(image, pen, card, box, style, font, words or Words())
    if size[0] * size[1] > _MOST_PIXELS:
        image.thumbnail((8192, 8192))
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=3)
    return file.getvalue()


def _font(size_px: int) -> Font:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size_px)
        except OSError:
            continue
    return ImageFont.load_default(size_px)


def _draw_card(
    image: Image.Image, pen: ImageDraw.ImageDraw, card: Card, box: Box, style: _Style, font: Font, words: Words
) -> None:
    x, y = int(box.x) + _MARGIN, int(box.y) + _MARGIN
    width, height = int(style.sizes.width), int(style.sizes.height)
    stub = card.look in ("deleted", "hidden")
    edge = _CHOSEN if card.chosen else None
    pen.rounded_rectangle((x, y, x + width, y + height), 6, fill=_STUB if stub else _CARD, outline=edge, width=2)
    if stub:
        stands = words.deleted if card.look == "deleted" else words.hidden
        pen.text((x + width / 2, y + height / 2), stands, font=font, fill=_FAINT, anchor="mm")
        return
    if card.picture is None or not _paste(image, card.picture, (x, y), (width, style.picture_height)):
        stands = words.running if card.look == "running" else words.no_picture
        pen.text((x + width / 2, y + style.picture_height / 2), stands, font=font, fill=_FAINT, anchor="mm")
    step, at = style.font_px + 4, y + style.picture_height + 5
    pen.text((x + 6, at), _clipped(card.title, font, width - 12), font=font, fill=_TEXT)
    for line in _wrapped(card.text, font, width - 12, style.lines):
        at += step
        pen.text((x + 6, at), line, font=font, fill=_FAINT)


def _paste(image: Image.Image, picture: Path, at: tuple[int, int], size: tuple[int, int]) -> bool:
    """The picture as large as it fits, in the middle; False where the file is no picture (any more)."""
    try:
        with Image.open(picture, formats=("JPEG",)) as opened:
            opened.draft("RGB", size)
            frame = opened.convert("RGB")
    except (OSError, ValueError, SyntaxError):
        return False
    frame.thumbnail((size[0] - 8, size[1] - 4))
    image.paste(frame, (at[0] + (size[0] - frame.width) // 2, at[1] + (size[1] - frame.height) // 2 + 2))
    return True


def _wrapped(text: str, font: Font, room: int, lines: int) -> list[str]:
    """The text in so many lines; the last one ends in … where something is missing."""
    average = max(1.0, font.getlength("abcdefghij klmno") / 16)
    found = textwrap.wrap(text[:400], max(4, int(room / average)))
    if len(found) > lines:
        found = [*found[: lines - 1], " ".join(found[lines - 1 :])]
    return [_clipped(line, font, room) for line in found]


def _clipped(text: str, font: Font, room: int) -> str:
    if font.getlength(text) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle] + "…") <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"
