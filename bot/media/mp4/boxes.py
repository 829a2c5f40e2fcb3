"""The boxes of an ISO media file: walked with limits, every number checked against what is there. Knows no codec.

Source: ISO/IEC 14496-12.
"""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BOXES = 20_000
DEEPEST = 8
MOST_ENTRIES = 1 << 23  # of one table: half a day of samples


class NotAVideo(Exception):
    """The file is no mp4 with a picture in it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A name and where its content lies: `[start, end)`."""

    name: bytes
    start: int
    end: int


class Budget:
    """How many boxes may still be looked at, whatever the file says."""

    def __init__(self, most: int = MOST_BOXES) -> None:
        self._left = most

    def spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise NotAVideo


def read_head(head: bytes, at: int, end: int) -> Box:
    """The box that begins at `at`, from its first 16 bytes. Raises NotAVideo where it does not end before `end`."""
    if len(head) < 8:
        raise NotAVideo
    size, name = struct.unpack_from(">I4s", head)
    start = at + 8
    if size == 1:
        if len(head) < 16:
            raise NotAVideo
        (size,) = struct.unpack_from(">Q", head, 8)
        start = at + 16
    elif size == 0:
        size = end - at
    if at + size < start or at + size > end:
        raise NotAVideo
    return Box(name, start, at + size)


def boxes_in(data: bytes, start: int, end: int, budget: Budget) -> Iterator[Box]:
    """The boxes of a stretch of memory; a few bytes left over at its end are passed over."""
    at = start
    while at + 8 <= end:
        budget.spend()
        box = read_head(data[at : at + 16], at, end)
        yield box
        at = box.end


def find(data: bytes, within: Box, path: bytes, budget: Budget) -> Box | None:
    """The first box under a path of four-letter names, as `b"mdia/minf/stbl"`."""
    found: Box | None = within
    for name in path.split(b"/"):
        if found is None:
            return None
        found = next((box for box in boxes_in(data, found.start, found.end, budget) if box.name == name), None)
    return found


def numbers(data: bytes, box: Box, skip: int, count: int, kind: str) -> "array[int]":
    """`count` big-endian numbers (`I` or `Q`) of a table, after `skip` bytes. Raises NotAVideo where it is short."""
    width = 8 if kind == "Q" else 4
    if count > MOST_ENTRIES or box.start + skip + count * width > box.end:
        raise NotAVideo
    table = array(kind)
    at = box.start + skip
    table.frombytes(data[at : at + count * width])
    if struct.pack("=H", 1) != struct.pack(">H", 1):
        table.byteswap()
    return table


def number(data: bytes, box: Box, at: int, code: str = ">I") -> int:
    """One number of a box. Raises NotAVideo where it is short."""
    if box.start + at + struct.calcsize(code) > box.end:
        raise NotAVideo
    value: int = struct.unpack_from(code, data, box.start + at)[0]
    return value
