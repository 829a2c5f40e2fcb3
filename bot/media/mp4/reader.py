"""Reads what an mp4 is: whole or cut off, its picture, its sound, how it plays. Trusts no number in it."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.media.mp4.boxes import Box, Budget, NotAVideo, boxes_in, find, number, read_head
from bot.media.mp4.tracks import Track, fragment_samples, read_defaults, read_track

__all__ = ["NotAVideo", "VideoFacts", "read_facts", "read_film"]

_MOST_MOOV_BYTES = 64 << 20
_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")  # the uuid box of content credentials. Source: C2PA 2.1, A.5
_LONGEST_S = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """Seconds and pixels as the file states them. `codec` is the sample entry's name: `avc1`, `hvc1`, `av01`."""

    duration_s: float
    width: int
    height: int
    has_audio: bool
    codec: str = ""
    audio_codec: str = ""
    fps: float = 0.0
    plain_picture: bool = True  # 8 bits and 4:2:0, as far as the codec's header says
    faststart: bool = True
    fragmented: bool = False
    brand: str = "isom"
    provenance: bool = False  # C2PA content credentials

    @property
    def plays_inline(self) -> bool:
        """Whether every Discord client plays it in the message, apart from where its index lies."""
        return (
            self.codec in ("avc1", "avc3")
            and self.plain_picture
            and self.audio_codec in ("", "mp4a")
            and not self.fragmented
            and self.brand != "qt  "
        )


def read_facts(path: Path) -> VideoFacts:
    """The facts of an mp4. Raises NotAVideo for anything else, truncated files included."""
    with path.open("rb") as file:
        return read_film(file, path.stat().st_size)


def read_film(file: BinaryIO, size: int) -> VideoFacts:
    """The facts of an mp4 of `size` bytes. Raises NotAVideo and nothing else but what reading the file raises."""
    top = _Top()
    top.walk(file, size)
    if top.moov is None or not top.media:
        raise NotAVideo
    moov = Box(b"moov", 0, len(top.moov))
    tracks = [
        read_track(top.moov, box, top.budget) for box in boxes_in(top.moov, 0, moov.end, top.budget) if _trak(box)
    ]
    video = next((t for t in tracks if t.handler == b"vide" and t.width and t.height), None)
    if video is None:
        raise NotAVideo
    audio = next((t for t in tracks if t.handler == b"soun"), None)
    fragmented = find(top.moov, moov, b"mvex", top.budget) is not None
    if fragmented and not top.ragged:
        read_defaults(top.moov, tracks, top.budget)
        for fragment in top.fragments:
            fragment_samples(fragment, tracks, top.budget)
    elif fragmented or not _complete(tracks, top.media, size):
        raise NotAVideo
    duration_s = _duration_s(top.moov, moov, video, top.budget)
    if not video.samples or not 0.0 < duration_s < _LONGEST_S:
        raise NotAVideo
    return VideoFacts(
        duration_s=duration_s,
        width=video.width,
        height=video.height,
        has_audio=audio is not None and audio.samples > 0,
        codec=video.codec,
        audio_codec=audio.codec if audio is not None else "",
        fps=video.samples / duration_s,
        plain_picture=video.plain_picture,
        faststart=top.moov_at < top.media[0].start,
        fragmented=fragmented,
        brand=top.brand,
        provenance=top.provenance,
    )


def _trak(box: Box) -> bool:
    return box.name == b"trak"


class _Top:
    """The outermost boxes. Only the index is read into memory; the media stays where it is."""

    def __init__(self) -> None:
        self.budget = Budget()
        self.brand = ""
        self.moov: bytes | None = None
        self.moov_at = 0
        self.media: list[Box] = []
        self.fragments: list[bytes] = []
        self.provenance = False
        self.ragged = False  # what comes last is no whole box; the film before it may be complete all the same
        self._read = 0

    def walk(self, file: BinaryIO, size: int) -> None:
        """Raises NotAVideo where it does not begin as an mp4, or breaks off before its index and media were seen."""
        at = 0
        while at < size:
            self.budget.spend()
            file.seek(at)
            try:
                box = read_head(file.read(16), at, size)
            except NotAVideo:
                self.ragged = self.moov is not None and bool(self.media)
                if not self.ragged:
                    raise
                return
            if at == 0 and box.name != b"ftyp":
                raise NotAVideo
            self._look(file, box, at)
            at = box.end

    def _look(self, file: BinaryIO, box: Box, at: int) -> None:
        match box.name:
            case b"ftyp":
                self.brand = self._content(file, box)[:4].decode("latin-1")
            case b"moov" if self.moov is None:
                self.moov, self.moov_at = self._content(file, box), at
            case b"moof":
                self.fragments.append(self._content(file, box))
            case b"mdat" if box.end > box.start:
                self.media.append(box)
            case b"uuid":
                file.seek(box.start)
                self.provenance = self.provenance or file.read(16) == _C2PA
            case b"jumb":
                self.provenance = True

    def _content(self, file: BinaryIO, box: Box) -> bytes:
        self._read += box.end - box.start
        if self._read > _MOST_MOOV_BYTES:
            raise NotAVideo
        file.seek(box.start)
        content = file.read(box.end - box.start)
        if len(content) < box.end - box.start:
            raise NotAVideo
        return content


def _complete(tracks: list[Track], media: list[Box], size: int) -> bool:
    """Whether every sample that the index names can be there."""
    there = sum(box.end - box.start for box in media)
    if sum(track.media_bytes for track in tracks) > there:
        return False
    first, last = media[0].start, max(box.end for box in media)
    return all(not t.samples or (first <= t.first_chunk and t.last_chunk < min(last, size)) for t in tracks)


def _duration_s(moov: bytes, box: Box, video: Track, budget: Budget) -> float:
    """The picture's length; the film's own where the track says none."""
    if video.timescale and (length := video.duration or video.fragment_duration):
        return length / video.timescale
    if (mvhd := find(moov, box, b"mvhd", budget)) is None:
        return 0.0
    wide = number(moov, mvhd, 0, ">B") == 1
    scale = number(moov, mvhd, 20 if wide else 12)
    length = number(moov, mvhd, 24 if wide else 16, ">Q" if wide else ">I")
    return length / scale if scale else 0.0


def read_bytes(film: bytes) -> VideoFacts:
    """As `read_film`, of a film in memory."""
    return read_film(io.BytesIO(film), len(film))
