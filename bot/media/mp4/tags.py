"""Erases the tags of an mp4 in place, such as the workflow that ComfyUI writes into each file."""

from pathlib import Path
from typing import BinaryIO

from bot.media.mp4.boxes import Box, BoxBudget, NotAVideo, boxes_in, read_header

_TAGS = (b"udta", b"meta")  # tags, and handlers of other metadata
_PARENTS = (b"moov", b"trak")
_MAX_INDEX_BYTES = 16 << 20


def erase_tags(path: Path) -> None:
    """Replace the tags of the file and of its tracks by zeros, as free space of the same size.

    Content credentials are in another box and stay. Raise NotAVideo if the file can't be read.
    """
    with path.open("r+b") as file:
        erase_tags_of(file, path.stat().st_size)


def erase_tags_of(file: BinaryIO, size: int) -> None:
    """Erase the tags of an open file. Raises as `erase_tags`."""
    budget, offset = BoxBudget(), 0
    while offset < size:
        budget.spend()
        file.seek(offset)
        try:
            box = read_header(file.read(16), offset, size)
        except NotAVideo:
            return  # an incomplete box at the end, behind a complete video
        if box.name in _TAGS:
            _erase(file, box, offset)
        elif box.name in _PARENTS:
            _erase_within(file, box, budget)
        offset = box.end


def _erase_within(file: BinaryIO, parent: Box, budget: BoxBudget) -> None:
    if parent.end - parent.start > _MAX_INDEX_BYTES:
        raise NotAVideo
    file.seek(parent.start)
    content = file.read(parent.end - parent.start)
    offset = 0
    for box in boxes_in(content, 0, len(content), budget):
        moved = Box(box.name, parent.start + box.start, parent.start + box.end)
        if box.name in _TAGS:
            _erase(file, moved, parent.start + offset)
        elif box.name in _PARENTS:
            _erase_within(file, moved, budget)
        offset = box.end


def _erase(file: BinaryIO, box: Box, offset: int) -> None:
    file.seek(offset + 4)
    file.write(b"free")
    file.seek(box.start)
    file.write(bytes(box.end - box.start))
