"""Reads the boxes of an ISO media file with limits, and checks every number against the data.

Source: ISO/IEC 14496-12.
"""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

MAX_BOXES = 20_000
MAX_ENTRIES = 1 << 23  # per table: half a day of samples


class NotAVideo(Exception):
    """The file is not a complete mp4 with a video track."""


@dataclass(frozen=True, slots=True)
class Box:
    """The name of a box and the range of its content: `[start, end)`."""

    name: bytes
    start: int
    end: int


class BoxBudget:
    """Limits how many boxes are read from one file."""

    def __init__(self, max_boxes: int = MAX_BOXES) -> None:
        self._remaining = max_boxes

    def spend(self) -> None:
        """Count one box. Raise NotAVideo if the file has too many."""
        self._remaining -= 1
        if self._remaining < 0:
            raise NotAVideo


def read_header(header: bytes, offset: int, end: int) -> Box:
    """Parse the box at `offset` from its first 16 bytes. Raise NotAVideo if it doesn't end within `end`."""
    if len(header) < 8:
        raise NotAVideo
    size, name = struct.unpack_from(">I4s", header)
    start = offset + 8
    if size == 1:
        if len(header) < 16:
            raise NotAVideo
        (size,) = struct.unpack_from(">Q", header, 8)
        start = offset + 16
    elif size == 0:
        size = end - offset
    if offset + size < start or offset + size > end:
        raise NotAVideo
    return Box(name, start, offset + size)


def boxes_in(data: bytes, start: int, end: int, budget: BoxBudget) -> Iterator[Box]:
    """Yield the boxes in a range of the data. Ignore fewer than eight bytes at its end."""
    offset = start
    while offset + 8 <= end:
        budget.spend()
        box = read_header(data[offset : offset + 16], offset, end)
        yield box
        offset = box.end


def find_box(data: bytes, within: Box, path: bytes, budget: BoxBudget) -> Box | None:
    """Return the first box at a path of names such as `b"mdia/minf/stbl"`, or None."""
    parent: Box | None = within
    for name in path.split(b"/"):
        if parent is None:
            return None
        parent = next((box for box in boxes_in(data, parent.start, parent.end, budget) if box.name == name), None)
    return parent


def read_ints(data: bytes, box: Box, skip: int, count: int, kind: str) -> "array[int]":
    """Read `count` big-endian integers (`I` or `Q`) of a table, after `skip` bytes. Raise NotAVideo if it is short."""
    width = 8 if kind == "Q" else 4
    if count > MAX_ENTRIES or box.start + skip + count * width > box.end:
        raise NotAVideo
    table = array(kind)
    start = box.start + skip
    table.frombytes(data[start : start + count * width])
    if struct.pack("=H", 1) != struct.pack(">H", 1):
        table.byteswap()
    return table


def read_int(data: bytes, box: Box, offset: int, code: str = ">I") -> int:
    """Read one integer of a box, in the struct format `code`. Raise NotAVideo if the box is too short."""
    if box.start + offset + struct.calcsize(code) > box.end:
        raise NotAVideo
    value: int = struct.unpack_from(code, data, box.start + offset)[0]
    return value
