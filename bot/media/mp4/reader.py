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
    """What the file states about itself, as a player shows it: cut by the edit list, and turned upright.

    `duration_s` is that of the picture, `total_s` of picture and sound with any delay before them. `codec` is the name
    of the sample entry: `avc1`, `hvc1`, `av01`.
    """

    duration_s: float
    width: int
    height: int
    has_audio: bool
    codec: str = ""
    audio_codec: str = ""
    fps: float = 0.0
    total_s: float = 0.0
    picture_end_s: float = 0.0  # when the picture ends; it may begin late
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
    movie = _read_movie(top.moov, moov, top.budget)
    media_s, duration_s = _media_s(video, movie), _shown_s(video, movie)
    if not video.samples or not 0.0 < duration_s < _MAX_DURATION_S or media_s <= 0.0:
        raise NotAVideo
    picture_end_s = duration_s + _delay_s(video, movie)
    has_audio = audio is not None and audio.samples > 0
    sound_end_s = _shown_s(audio, movie) + _delay_s(audio, movie) if audio is not None and has_audio else 0.0
    return VideoFacts(
        duration_s=duration_s,
        width=video.width,
        height=video.height,
        has_audio=has_audio,
        codec=video.codec,
        audio_codec=audio.codec if audio is not None else "",
        fps=video.samples / media_s,
        total_s=max(picture_end_s, sound_end_s),
        picture_end_s=picture_end_s,
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


@dataclass(frozen=True, slots=True)
class _Movie:
    """The movie's own length, in units of its timescale."""

    duration: int
    timescale: int

    def seconds(self, length: int) -> float:
        return length / self.timescale if self.timescale else 0.0


def _read_movie(moov: bytes, box: Box, budget: BoxBudget) -> _Movie:
    if (mvhd := find_box(moov, box, b"mvhd", budget)) is None:
        return _Movie(0, 0)
    is_64_bit = read_int(moov, mvhd, 0, ">B") == 1
    scale = read_int(moov, mvhd, 20 if is_64_bit else 12)
    return _Movie(read_int(moov, mvhd, 24 if is_64_bit else 16, ">Q" if is_64_bit else ">I"), scale)


def _media_s(track: Track, movie: _Movie) -> float:
    """Return the duration of a track's media, or of the movie if the track has none."""
    if track.timescale and (length := track.duration or track.fragment_duration):
        return length / track.timescale
    return movie.seconds(movie.duration)


def _shown_s(track: Track, movie: _Movie) -> float:
    """Return how long a track is shown or heard: what its edit list leaves of its media."""
    if track.open_edit and track.timescale:
        return max(0.0, _media_s(track, movie) - track.skip / track.timescale)
    shown_s = movie.seconds(track.edits - track.delay)
    return shown_s or _media_s(track, movie)


def _delay_s(track: Track, movie: _Movie) -> float:
    """Return how long nothing is shown or heard of a track at first."""
    return movie.seconds(track.delay)


def read_bytes(film: bytes) -> VideoFacts:
    """Return the facts of an mp4 in memory. Raise NotAVideo."""
    return read_video(io.BytesIO(film), len(film))
