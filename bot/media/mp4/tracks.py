"""Reads the tracks of an untrusted mp4: codec, size, duration, and the positions of their samples."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.media.mp4.boxes import Box, BoxBudget, NotAVideo, boxes_in, find_box, read_int, read_ints

MAX_EDITS = 1000
# H.264 profiles with more than 8 bits or without 4:2:0 chroma: browsers show black or nothing.
_HIGH_BIT_DEPTH_PROFILES = frozenset({110, 122, 244, 44})


@dataclass(slots=True, kw_only=True)
class Track:
    """Sizes in bytes, times in units of `timescale`. The edit list cuts the media: `edits` is its end, in units of the
    movie's timescale, of which nothing is shown for the first `delay`. An `open_edit` shows the media from `skip` on.
    """

    track_id: int = 0
    handler: bytes = b""
    width: int = 0
    height: int = 0
    timescale: int = 0
    duration: int = 0
    edits: int = 0
    delay: int = 0
    skip: int = 0
    open_edit: bool = False
    codec: str = ""
    plain_pixels: bool = True
    samples: int = 0
    media_bytes: int = 0
    first_chunk: int = 0
    last_chunk: int = 0
    fragment_duration: int = 0
    default_duration: int = 0


def read_track(moov: bytes, trak: Box, budget: BoxBudget) -> Track:
    """Read a track of the index. Raise NotAVideo if the index is broken."""
    track = Track()
    if (tkhd := find_box(moov, trak, b"tkhd", budget)) is not None:
        is_64_bit = read_int(moov, tkhd, 0, ">B") == 1
        track.track_id = read_int(moov, tkhd, 20 if is_64_bit else 12)
        track.width = read_int(moov, tkhd, 88 if is_64_bit else 76) >> 16
        track.height = read_int(moov, tkhd, 92 if is_64_bit else 80) >> 16
        matrix = 52 if is_64_bit else 40
        if read_int(moov, tkhd, matrix) == 0 and read_int(moov, tkhd, matrix + 4) != 0:  # it turns it by a quarter
            track.width, track.height = track.height, track.width
    if (mdhd := find_box(moov, trak, b"mdia/mdhd", budget)) is not None:
        is_64_bit = read_int(moov, mdhd, 0, ">B") == 1
        track.timescale = read_int(moov, mdhd, 20 if is_64_bit else 12)
        length = read_int(moov, mdhd, 24 if is_64_bit else 16, ">Q" if is_64_bit else ">I")
        track.duration = 0 if length in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF) else length  # all ones: unknown
    _read_edits(moov, trak, track, budget)
    if (hdlr := find_box(moov, trak, b"mdia/hdlr", budget)) is not None:
        read_int(moov, hdlr, 8)
        track.handler = moov[hdlr.start + 8 : hdlr.start + 12]
    if (stbl := find_box(moov, trak, b"mdia/minf/stbl", budget)) is not None:
        for box in boxes_in(moov, stbl.start, stbl.end, budget):
            _read_table(moov, box, track, budget)
    return track


def _read_edits(moov: bytes, trak: Box, track: Track, budget: BoxBudget) -> None:
    """Read the edit list. Source: ISO/IEC 14496-12, 8.6.6."""
    if (elst := find_box(moov, trak, b"edts/elst", budget)) is None:
        return
    wide = read_int(moov, elst, 0, ">B") == 1
    entry_bytes = 20 if wide else 12
    for number in range(min(read_int(moov, elst, 4), MAX_EDITS)):
        at = 8 + number * entry_bytes
        length = read_int(moov, elst, at, ">Q" if wide else ">I")
        start = read_int(moov, elst, at + (8 if wide else 4), ">q" if wide else ">i")
        track.edits += length
        if start < 0:
            track.delay += length
        elif length == 0:  # of a fragmented file: everything that follows
            track.open_edit, track.skip = True, start


def _read_table(moov: bytes, box: Box, track: Track, budget: BoxBudget) -> None:
    match box.name:
        case b"stsd":
            _read_codec(moov, box, track, budget)
        case b"stsz":
            sample_bytes, track.samples = read_int(moov, box, 4), read_int(moov, box, 8)
            # If all samples have the same size, the sizes aren't listed.
            if sample_bytes:
                track.media_bytes = sample_bytes * track.samples
            else:
                track.media_bytes = sum(read_ints(moov, box, 12, track.samples, "I"))
        case b"stz2":
            track.samples = read_int(moov, box, 8)
            if track.samples * (read_int(moov, box, 4) & 0xFF) > 8 * (box.end - box.start):
                raise NotAVideo
        case b"stco" | b"co64":
            chunks = read_ints(moov, box, 8, read_int(moov, box, 4), "I" if box.name == b"stco" else "Q")
            if chunks:
                track.first_chunk, track.last_chunk = min(chunks), max(chunks)


def _read_codec(moov: bytes, stsd: Box, track: Track, budget: BoxBudget) -> None:
    """Read the codec from the first sample entry, and for H.264 whether its pixels are 8 bits and 4:2:0."""
    entry = next(boxes_in(moov, stsd.start + 8, stsd.end, budget), None)
    if entry is None:
        return
    track.codec = entry.name.decode("latin-1")
    if entry.name in (b"avc1", b"avc3"):
        avcc = find_box(moov, Box(entry.name, entry.start + 78, entry.end), b"avcC", budget)
        if avcc is not None:
            track.plain_pixels = read_int(moov, avcc, 1, ">B") not in _HIGH_BIT_DEPTH_PROFILES


def read_defaults(moov: bytes, tracks: Sequence[Track], budget: BoxBudget) -> None:
    """Read the default sample durations of fragments."""
    mvex = find_box(moov, Box(b"moov", 0, len(moov)), b"mvex", budget)
    for trex in boxes_in(moov, mvex.start, mvex.end, budget) if mvex is not None else ():
        for track in tracks:
            if trex.name == b"trex" and track.track_id == read_int(moov, trex, 4):
                track.default_duration = read_int(moov, trex, 12)


def read_fragment(moof: bytes, tracks: Sequence[Track], budget: BoxBudget) -> None:
    """Add the samples of one fragment to their tracks."""
    for traf in boxes_in(moof, 0, len(moof), budget):
        if traf.name != b"traf" or (tfhd := find_box(moof, traf, b"tfhd", budget)) is None:
            continue
        track_id = read_int(moof, tfhd, 4)
        track = next((track for track in tracks if track.track_id == track_id), None)
        if track is None:
            continue
        flags = read_int(moof, tfhd, 0) & 0xFFFFFF
        default = track.default_duration
        if flags & 0x8:
            default = read_int(moof, tfhd, 8 + 8 * bool(flags & 0x1) + 4 * bool(flags & 0x2))
        for run in boxes_in(moof, traf.start, traf.end, budget):
            if run.name == b"trun":
                _add_run(moof, run, track, default)


def _add_run(moof: bytes, run: Box, track: Track, default: int) -> None:
    flags, count = read_int(moof, run, 0) & 0xFFFFFF, read_int(moof, run, 4)
    skip = 8 + 4 * bool(flags & 0x1) + 4 * bool(flags & 0x4)
    fields = [flag for flag in (0x100, 0x200, 0x400, 0x800) if flags & flag]
    track.samples += count
    if flags & 0x100:
        table = read_ints(moof, run, skip, count * len(fields), "I")
        track.fragment_duration += sum(table[:: len(fields)])
    else:
        track.fragment_duration += default * count
