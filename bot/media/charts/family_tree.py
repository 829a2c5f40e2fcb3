"""Draws a video with its sources and remixes as a PNG: cards joined by lines. Blocking: run it in a thread."""

import io
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from bot.media.charts.tree_layout import CardSize, TreeLayout, compute_layout

CardStatus = Literal["video", "running", "deleted", "hidden"]

_BACKGROUND, _CARD, _PLACEHOLDER, _LINE = (30, 31, 34), (49, 51, 56), (43, 45, 49), (88, 101, 242)
_TEXT, _MUTED, _SELECTED = (242, 243, 245), (148, 155, 164), (250, 168, 26)
_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf")
_MARGIN = 24
_MAX_PIXELS = 16_000_000  # 4 bytes each
_BAND_PIXELS = 2_000_000
_THUMBNAIL_PX = 1024  # ours have at most 320

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One video of a tree. `parent` is the index of its source in the same list, before the card itself."""

    parent: int | None
    status: CardStatus
    title: str = ""  # "K7Q2 · alice"
    text: str = ""
    picture: Path | None = None
    selected: bool = False  # the video that the tree was requested for


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeLabels:
    """Texts for cards without a picture."""

    deleted: str = "deleted"
    hidden: str = "not visible to you"
    running: str = "rendering …"
    no_picture: str = "no thumbnail"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    card: CardSize
    picture_height: int
    font_px: int
    lines: int


def _style_for(count: int) -> _Style:
    """Return smaller cards for larger trees."""
    width, font_px, lines = (224, 15, 3) if count <= 40 else (176, 13, 2) if count <= 100 else (128, 11, 2)
    picture_height = width * 9 // 16
    height = picture_height + 10 + (lines + 1) * (font_px + 4)
    return _Style(
        card=CardSize(width=width, height=height, gap_x=width // 10, gap_y=font_px * 2),
        picture_height=picture_height,
        font_px=font_px,
        lines=lines,
    )


def draw_family_tree(cards: Sequence[Card], labels: TreeLabels | None = None) -> bytes:
    """Return the tree as a PNG. Draw it in bands, so that a large one, which is reduced, is never whole in memory."""
    style = _style_for(len(cards))
    tree = compute_layout([card.parent for card in cards], style.card)
    width, height = int(tree.width) + 2 * _MARGIN, int(tree.height) + 2 * _MARGIN
    shrink = math.ceil(max(1.0, math.sqrt(width * height / _MAX_PIXELS)))
    image = Image.new("RGB", (math.ceil(width / shrink), math.ceil(height / shrink)), _BACKGROUND)
    rows = max(1, _BAND_PIXELS // width // shrink) * shrink
    font = _font(style.font_px)
    for top in range(0, height, rows):
        band = Image.new("RGB", (width, min(rows, height - top)), _BACKGROUND)
        _draw_band(band, top, cards, tree, style, font, labels or TreeLabels())
        image.paste(band.reduce(shrink) if shrink > 1 else band, (0, top // shrink))
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=3)
    return file.getvalue()


def _draw_band(
    band: Image.Image,
    top: int,
    cards: Sequence[Card],
    tree: TreeLayout,
    style: _Style,
    font: Font,
    labels: TreeLabels,
) -> None:
    """Draw the part of the tree that begins `top` pixels below its edge."""
    pen = ImageDraw.Draw(band)
    for line in tree.lines:
        pen.line([(x + _MARGIN, y + _MARGIN - top) for x, y in line], fill=_LINE, width=2, joint="curve")
    for card, box in zip(cards, tree.boxes, strict=True):
        y = int(box.y) + _MARGIN - top
        if -style.card.height - _MARGIN < y < band.height + _MARGIN:
            _draw_card(band, pen, card, (int(box.x) + _MARGIN, y), style, font, labels)


def _font(size_px: int) -> Font:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size_px)
        except OSError:
            continue
    return ImageFont.load_default(size_px)


def _draw_card(
    image: Image.Image,
    pen: ImageDraw.ImageDraw,
    card: Card,
    at: tuple[int, int],
    style: _Style,
    font: Font,
    labels: TreeLabels,
) -> None:
    x, y = at
    width, height = int(style.card.width), int(style.card.height)
    placeholder = card.status in ("deleted", "hidden")
    fill = _PLACEHOLDER if placeholder else _CARD
    outline = _SELECTED if card.selected else None
    pen.rounded_rectangle((x, y, x + width, y + height), 6, fill=fill, outline=outline, width=2)
    if placeholder:
        label = labels.deleted if card.status == "deleted" else labels.hidden
        pen.text((x + width / 2, y + height / 2), label, font=font, fill=_MUTED, anchor="mm")
        return
    if card.picture is None or not _paste(image, card.picture, (x, y), (width, style.picture_height)):
        label = labels.running if card.status == "running" else labels.no_picture
        pen.text((x + width / 2, y + style.picture_height / 2), label, font=font, fill=_MUTED, anchor="mm")
    line_height, line_y = style.font_px + 4, y + style.picture_height + 5
    pen.text((x + 6, line_y), _truncate(card.title, font, width - 12), font=font, fill=_TEXT)
    for line in _wrap(card.text, font, width - 12, style.lines):
        line_y += line_height
        pen.text((x + 6, line_y), line, font=font, fill=_MUTED)


def _paste(image: Image.Image, picture: Path, position: tuple[int, int], size: tuple[int, int]) -> bool:
    """Paste the picture centred and scaled to fit. Return False if the file is missing or not a picture."""
    try:
        with Image.open(picture, formats=("JPEG",)) as opened:
            if max(opened.size) > _THUMBNAIL_PX:
                return False
            opened.draft("RGB", size)
            frame = opened.convert("RGB")
    except (OSError, ValueError, SyntaxError):
        return False
    frame.thumbnail((size[0] - 8, size[1] - 4))
    left = position[0] + (size[0] - frame.width) // 2
    top = position[1] + (size[1] - frame.height) // 2 + 2
    image.paste(frame, (left, top))
    return True


def _wrap(text: str, font: Font, width: int, max_lines: int) -> list[str]:
    """Wrap the text to the width. The last line ends in … if text is missing."""
    letter_width = max(1.0, font.getlength("abcdefghij klmno") / 16)
    lines = textwrap.wrap(text[:400], max(4, int(width / letter_width)))
    if len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], " ".join(lines[max_lines - 1 :])]
    return [_truncate(line, font, width) for line in lines]


def _truncate(text: str, font: Font, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle] + "…") <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"
