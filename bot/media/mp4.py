"""Reads just enough of an mp4 to know that it is a video: boxes, duration, size. Trusts no number in it."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
_MOST_BOXES = 4096


class NotAVideo(Exception):
    """The file is no mp4 with a picture in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """Seconds and pixels as the file states them."""

    duration_s: float
    width: int
    height: int
    has_audio: bool


def read_facts(path: Path) -> VideoFacts:
    """The facts of an mp4. Raises NotAVideo for anything else, truncated files included."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if size < 16 or file.read(12)[4:8] != b"ftyp":
            raise NotAVideo
        reading = _Reading()
        try:
            reading.boxes(file, 0, size)
        except (struct.error, IndexError, ValueError, OverflowError) as error:
            raise NotAVideo from error
    if not (reading.has_media and reading.timescale and reading.width and reading.height):
        raise NotAVideo
    duration_s = reading.duration / reading.timescale
    if not 0.0 < duration_s < 24 * 3600.0:
        raise NotAVideo
    return VideoFacts(duration_s=duration_s, width=reading.width, height=reading.height, has_audio=reading.has_audio)


class _Reading:
    def __init__(self) -> None:
        self.seen = 0
        self.timescale = self.duration = self.width = self.height = 0
        self.has_media = self.has_audio = False

    def boxes(self, file: BinaryIO, start: int, end: int, depth: int = 0) -> None:
        at = start
        while at + 8 <= end:
            self.seen += 1
            if self.seen > _MOST_BOXES or depth > 8:
                raise NotAVideo
            file.seek(at)
            size, name = struct.unpack(">I4s", file.read(8))
            head = 8
            if size == 1:
                (size,) = struct.unpack(">Q", file.read(8))
                head = 16
            elif size == 0:
                size = end - at
            if size < head or at + size > end:
                raise NotAVideo
            if name in _CONTAINERS:
                self.boxes(file, at + head, at + size, depth + 1)
            else:
                self.leaf(file, name, size - head)
            at += size

    def leaf(self, file: BinaryIO, name: bytes, size: int) -> None:
        if name == b"mdat":
            self.has_media = self.has_media or size > 0
        elif name == b"mvhd":
            body = file.read(min(size, 32))
            wide = body[0] == 1
            self.timescale, self.duration = struct.unpack_from(">IQ" if wide else ">II", body, 20 if wide else 12)
        elif name == b"tkhd":
            body = file.read(min(size, 96))
            width, height = struct.unpack_from(">II", body, 88 if body[0] == 1 else 76)
            self.width, self.height = max(self.width, width >> 16), max(self.height, height >> 16)
        elif name == b"hdlr":
            self.has_audio = self.has_audio or file.read(min(size, 12))[8:12] == b"soun"
