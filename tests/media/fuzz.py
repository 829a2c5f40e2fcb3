"""Fuzzes the mp4 reader: `python -m tests.media.fuzz [count]`. It must not crash, hang or raise other exceptions."""

import io
import random
import sys
import time
from collections import Counter

from bot.media.mp4.reader import NotAVideo, read_video
from tests.media.sample_videos import box, sample_video, with_credentials

COUNT = 1_000_000
MAX_READ_S = 0.5
_NAMES = (b"ftyp", b"moov", b"trak", b"mdia", b"mdhd", b"hdlr", b"minf", b"stbl", b"stsd", b"stsz", b"stco", b"co64",
          b"avc1", b"avcC", b"mdat", b"moof", b"traf", b"tfhd", b"trun", b"mvex", b"trex", b"uuid",
          b"free")  # fmt: skip
_NUMBERS = (0, 1, 2, 7, 8, 15, 16, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF8)


def seed_videos() -> list[bytes]:
    """Return valid videos of every kind that the reader distinguishes."""
    videos = [sample_video(kind) for kind in ("plain", "index at the end", "fragmented", "silent", "quicktime", "hevc")]
    return [
        *videos,
        with_credentials(sample_video("plain")),
        box(b"ftyp", b"isom") + box(b"moov", b"") + box(b"mdat", b"1"),
    ]


def mutate(rng: random.Random, data: bytes) -> bytes:
    """Return the data with one to eight mutations."""
    body = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        if not body:
            break
        at = rng.randrange(len(body))
        match rng.randrange(9):
            case 0:
                body[at] ^= 1 << rng.randrange(8)
            case 1:
                body[at] = rng.randrange(256)
            case 2:
                body[at : at + 4] = rng.choice(_NUMBERS).to_bytes(4, "big")
            case 3:
                body[at : at + 8] = rng.getrandbits(64).to_bytes(8, "big")
            case 4:
                del body[at:]
            case 5:
                del body[at : at + rng.randrange(1, 64)]
            case 6:
                body[at:at] = body[rng.randrange(len(body)) :][: rng.randrange(1, 256)]
            case 7:
                name_at = body.find(rng.choice(_NAMES))
                if name_at >= 4:  # the size of an existing box
                    body[name_at - 4 : name_at] = rng.choice((*_NUMBERS, len(body), at)).to_bytes(4, "big")
            case _:
                body[at : at + 4] = rng.choice(_NAMES)
    return bytes(body)


def run_fuzz(count: int, seed: int) -> tuple[Counter[str], float]:
    """Return the counts of results and the slowest read in seconds. Catch only NotAVideo."""
    rng, results, slowest = random.Random(seed), Counter[str](), 0.0  # noqa: S311 - to be repeated exactly
    videos = seed_videos()
    for _ in range(count):
        data = mutate(rng, rng.choice(videos))
        started = time.thread_time()  # CPU time, because the machine is shared
        try:
            facts = read_video(io.BytesIO(data), len(data))
        except NotAVideo:
            results["no video"] += 1
        else:
            results["video"] += 1
            assert 0 < facts.duration_s < 86_400
            assert 0 < facts.width < 65_536
            assert 0 < facts.height < 65_536
        slowest = max(slowest, time.thread_time() - started)
    return results, slowest


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    started = time.perf_counter()
    results, slowest = run_fuzz(count, seed=1)
    took = time.perf_counter() - started
    print(f"{count} videos in {took:.0f} s: {dict(results)}, slowest {slowest * 1000:.1f} ms, no crash, no hang")  # noqa: T201
    return 0 if slowest < MAX_READ_S else 1


if __name__ == "__main__":
    sys.exit(main())
