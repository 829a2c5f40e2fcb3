"""Reads the facts of an untrusted mp4: completeness, tracks, codecs, and whether it plays inline."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.media.mp4.boxes import Box, BoxBudget, NotAVideo, boxes_in, find_box, read_header, read_int
from bot.media.mp4.tracks import Track, read_defaults, read_fragment, read_track

__all__ = ["NotAVideo", "VideoFacts", "read_facts", "read_video"]

_MAX_INDEX_BYTES = 16 << 20
_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")  # the uuid box of content credentials. Source: C2PA 2.1, A.5
_MAX_DURATION_S = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """What the file states about itself. `codec` is the name of the sample entry: `avc1`, `hvc1`, `av01`."""

    duration_s: float
    width: int
    height: int
    has_audio: bool
    codec: str = ""
    audio_codec: str = ""
    fps: float = 0.0
    plain_pixels: bool = True  # 8 bits and 4:2:0, according to the codec's header
    faststart: bool = True
    fragmented: bool = False
    brand: str = "isom"
    has_credentials: bool = False  # C2PA content credentials

    @property
    def plays_inline(self) -> bool:
        """Return whether every Discord client plays it in the message, regardless of the position of its index."""
        return (
            self.codec in ("avc1", "avc3")
            and self.plain_pixels
            and self.audio_codec in ("", "mp4a")
            and not self.fragmented
            and self.brand != "qt  "
        )


def read_facts(path: Path) -> VideoFacts:
    """Return the facts of an mp4. Raise NotAVideo for any other file and for truncated ones."""
    with path.open("rb") as file:
        return read_video(file, path.stat().st_size)


def read_video(file: BinaryIO, size: int) -> VideoFacts:
    """Return the facts of an mp4 of `size` bytes. Raise NotAVideo, or OSError from reading the file."""
    top = _TopLevel()
    top.read(file, size)
    if top.moov is None or not top.media:
        raise NotAVideo
    moov = Box(b"moov", 0, len(top.moov))
    tracks = [
        read_track(top.moov, box, top.budget) for box in boxes_in(top.moov, 0, moov.end, top.budget) if _is_track(box)
    ]
    video = next((track for track in tracks if track.handler == b"vide" and track.width and track.height), None)
    if video is None:
        raise NotAVideo
    audio = next((track for track in tracks if track.handler == b"soun"), None)
    fragmented = find_box(top.moov, moov, b"mvex", top.budget) is not None
    if fragmented and not top.truncated:
        read_defaults(top.moov, tracks, top.budget)
        for fragment in top.fragments:
            read_fragment(fragment, tracks, top.budget)
    elif fragmented or not _has_all_samples(tracks, top.media, size):
        raise NotAVideo
    duration_s = _read_duration_s(top.moov, moov, video, top.budget)
    if not video.samples or not 0.0 < duration_s < _MAX_DURATION_S:
        raise NotAVideo
    return VideoFacts(
        duration_s=duration_s,
        width=video.width,
        height=video.height,
        has_audio=audio is not None and audio.samples > 0,
        codec=video.codec,
        audio_codec=audio.codec if audio is not None else "",
        fps=video.samples / duration_s,
        plain_pixels=video.plain_pixels,
        faststart=top.moov_at < top.media[0].start,
        fragmented=fragmented,
        brand=top.brand,
        has_credentials=top.has_credentials,
    )


def _is_track(box: Box) -> bool:
    return box.name == b"trak"


class _TopLevel:
    """The top-level boxes. Only the index is read into memory, not the media."""

    def __init__(self) -> None:
        self.budget = BoxBudget()
        self.brand = ""
        self.moov: bytes | None = None
        self.moov_at = 0
        self.media: list[Box] = []
        self.fragments: list[bytes] = []
        self.has_credentials = False
        self.truncated = False  # the last box is incomplete; the video before it may still be complete
        self._read_bytes = 0

    def read(self, file: BinaryIO, size: int) -> None:
        """Read all boxes. Raise NotAVideo if it isn't an mp4, or ends before its index and media."""
        offset = 0
        while offset < size:
            self.budget.spend()
            file.seek(offset)
            try:
                box = read_header(file.read(16), offset, size)
            except NotAVideo:
                self.truncated = self.moov is not None and bool(self.media)
                if not self.truncated:
                    raise
                return
            if offset == 0 and box.name != b"ftyp":
                raise NotAVideo
            self._read_box(file, box, offset)
            offset = box.end

    def _read_box(self, file: BinaryIO, box: Box, offset: int) -> None:
        match box.name:
            case b"ftyp":
                self.brand = self._read_content(file, box)[:4].decode("latin-1")
            case b"moov" if self.moov is None:
                self.moov, self.moov_at = self._read_content(file, box), offset
            case b"moof":
                self.fragments.append(self._read_content(file, box))
            case b"mdat" if box.end > box.start:
                self.media.append(box)
            case b"uuid":
                file.seek(box.start)
                self.has_credentials = self.has_credentials or file.read(16) == _C2PA
            case b"jumb":
                self.has_credentials = True

    def _read_content(self, file: BinaryIO, box: Box) -> bytes:
        self._read_bytes += box.end - box.start
        if self._read_bytes > _MAX_INDEX_BYTES:
            raise NotAVideo
        file.seek(box.start)
        content = file.read(box.end - box.start)
        if len(content) < box.end - box.start:
            raise NotAVideo
        return content


def _has_all_samples(tracks: list[Track], media: list[Box], size: int) -> bool:
    """Return whether the media can contain every sample of the index."""
    media_bytes = sum(box.end - box.start for box in media)
    if sum(track.media_bytes for track in tracks) > media_bytes:
        return False
    start, end = media[0].start, min(max(box.end for box in media), size)
    return all(not track.samples or (start <= track.first_chunk and track.last_chunk < end) for track in tracks)


def _read_duration_s(moov: bytes, box: Box, video: Track, budget: BoxBudget) -> float:
    """Return the duration of the video track, or of the movie if the track has none."""
    if video.timescale and (length := video.duration or video.fragment_duration):
        return length / video.timescale
    if (mvhd := find_box(moov, box, b"mvhd", budget)) is None:
        return 0.0
    is_64_bit = read_int(moov, mvhd, 0, ">B") == 1
    scale = read_int(moov, mvhd, 20 if is_64_bit else 12)
    length = read_int(moov, mvhd, 24 if is_64_bit else 16, ">Q" if is_64_bit else ">I")
    return length / scale if scale else 0.0


def read_bytes(film: bytes) -> VideoFacts:
    """Return the facts of an mp4 in memory. Raise NotAVideo."""
    return read_video(io.BytesIO(film), len(film))
