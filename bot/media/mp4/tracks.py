"""One track of an mp4: what it holds, how long, and where its samples are said to lie. Trusts no number in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.media.mp4.boxes import Box, Budget, NotAVideo, boxes_in, find, number, numbers

# H.264 profiles with more than 8 bits or other colours than 4:2:0: browsers show black or nothing.
_RICH_AVC = frozenset({110, 122, 244, 44})


@dataclass(slots=True, kw_only=True)
class Track:
    """Sizes in bytes, times in units of `timescale`."""

    track_id: int = 0
    handler: bytes = b""
    width: int = 0
    height: int = 0
    timescale: int = 0
    duration: int = 0
    codec: str = ""
    plain_picture: bool = True
    samples: int = 0
    media_bytes: int = 0
    first_chunk: int = 0
    last_chunk: int = 0
    fragment_duration: int = 0
    default_duration: int = 0


def read_track(moov: bytes, trak: Box, budget: Budget) -> Track:
    """A track of the index. Raises NotAVideo where the index itself is broken."""
    track = Track()
    if (tkhd := find(moov, trak, b"tkhd", budget)) is not None:
        wide = number(moov, tkhd, 0, ">B") == 1
        track.track_id = number(moov, tkhd, 20 if wide else 12)
        track.width = number(moov, tkhd, 88 if wide else 76) >> 16
        track.height = number(moov, tkhd, 92 if wide else 80) >> 16
    if (mdhd := find(moov, trak, b"mdia/mdhd", budget)) is not None:
        wide = number(moov, mdhd, 0, ">B") == 1
        track.timescale = number(moov, mdhd, 20 if wide else 12)
        length = number(moov, mdhd, 24 if wide else 16, ">Q" if wide else ">I")
        track.duration = 0 if length in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF) else length  # all ones: not known
    if (hdlr := find(moov, trak, b"mdia/hdlr", budget)) is not None:
        number(moov, hdlr, 8)
        track.handler = moov[hdlr.start + 8 : hdlr.start + 12]
    if (stbl := find(moov, trak, b"mdia/minf/stbl", budget)) is not None:
        for box in boxes_in(moov, stbl.start, stbl.end, budget):
            _read_table(moov, box, track, budget)
    return track


def _read_table(moov: bytes, box: Box, track: Track, budget: Budget) -> None:
    match box.name:
        case b"stsd":
            _read_codec(moov, box, track, budget)
        case b"stsz":
            each, track.samples = number(moov, box, 4), number(moov, box, 8)
            # Sizes that are all the same are not listed, and the count is then held against the media's bytes.
            track.media_bytes = each * track.samples if each else sum(numbers(moov, box, 12, track.samples, "I"))
        case b"stz2":
            track.samples = number(moov, box, 8)
            if track.samples * (number(moov, box, 4) & 0xFF) > 8 * (box.end - box.start):
                raise NotAVideo
        case b"stco" | b"co64":
            chunks = numbers(moov, box, 8, number(moov, box, 4), "I" if box.name == b"stco" else "Q")
            if chunks:
                track.first_chunk, track.last_chunk = min(chunks), max(chunks)


def _read_codec(moov: bytes, stsd: Box, track: Track, budget: Budget) -> None:
    """The first sample entry; of H.264 also whether it is plain."""
    entry = next(boxes_in(moov, stsd.start + 8, stsd.end, budget), None)
    if entry is None:
        return
    track.codec = entry.name.decode("latin-1")
    if entry.name in (b"avc1", b"avc3"):
        avcc = find(moov, Box(entry.name, entry.start + 78, entry.end), b"avcC", budget)
        if avcc is not None:
            track.plain_picture = number(moov, avcc, 1, ">B") not in _RICH_AVC


def read_defaults(moov: bytes, tracks: Sequence[Track], budget: Budget) -> None:
    """What the fragments of a track leave unsaid."""
    mvex = find(moov, Box(b"moov", 0, len(moov)), b"mvex", budget)
    for trex in boxes_in(moov, mvex.start, mvex.end, budget) if mvex is not None else ():
        for track in tracks:
            if trex.name == b"trex" and track.track_id == number(moov, trex, 4):
                track.default_duration = number(moov, trex, 12)


def fragment_samples(moof: bytes, tracks: Sequence[Track], budget: Budget) -> None:
    """Add one fragment's samples to their tracks."""
    for traf in boxes_in(moof, 0, len(moof), budget):
        if traf.name != b"traf" or (tfhd := find(moof, traf, b"tfhd", budget)) is None:
            continue
        track = next((t for t in tracks if t.track_id == number(moof, tfhd, 4)), None)
        if track is None:
            continue
        flags = number(moof, tfhd, 0) & 0xFFFFFF
        default = track.default_duration
        if flags & 0x8:
            default = number(moof, tfhd, 8 + 8 * bool(flags & 0x1) + 4 * bool(flags & 0x2))
        for run in boxes_in(moof, traf.start, traf.end, budget):
            if run.name == b"trun":
                _add_run(moof, run, track, default)


def _add_run(moof: bytes, run: Box, track: Track, default: int) -> None:
    flags, count = number(moof, run, 0) & 0xFFFFFF, number(moof, run, 4)
    skip = 8 + 4 * bool(flags & 0x1) + 4 * bool(flags & 0x4)
    fields = [flag for flag in (0x100, 0x200, 0x400, 0x800) if flags & flag]
    track.samples += count
    if flags & 0x100:
        table = numbers(moof, run, skip, count * len(fields), "I")
        track.fragment_duration += sum(table[:: len(fields)])
    else:
        track.fragment_duration += default * count
