"""A minimal MP4 file that passes as a video."""

import struct


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


def _index(media_at: int) -> bytes:
    mvhd = _box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, 1000) + bytes(80))
    tkhd = _box(b"tkhd", struct.pack(">IIII", 7, 0, 0, 1) + bytes(60) + struct.pack(">II", 64 << 16, 36 << 16))
    stsd = _box(b"stsd", struct.pack(">II", 0, 1) + _box(b"avc1", bytes(78)))
    stsz = _box(b"stsz", struct.pack(">IIII", 0, 0, 1, 64))
    stco = _box(b"stco", struct.pack(">III", 0, 1, media_at))
    hdlr = _box(b"hdlr", bytes(8) + b"vide" + bytes(13))
    mdhd = _box(b"mdhd", struct.pack(">IIIII", 0, 0, 0, 1000, 1000) + bytes(4))
    mdia = _box(b"mdia", mdhd + hdlr + _box(b"minf", _box(b"stbl", stsd + stsz + stco)))
    return _box(b"moov", mvhd + _box(b"trak", tkhd + mdia))


def tiny_clip() -> bytes:
    """Return the smallest file that passes as a video: one second of H.264, 64 by 36 pixels."""
    head = _box(b"ftyp", b"isom\0\0\2\0isom")
    return head + _index(len(head) + len(_index(0)) + 8) + _box(b"mdat", bytes(64))


CLIP = tiny_clip()
