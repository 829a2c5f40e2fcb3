"""Eight clips of 100 MB at once, from the link to the channel: memory, pace, and how late the event loop is."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bot.sandbox.test_clips import FilmSpec, padded, render
from tests.bench.measurement import Measure

CLIPS = 8
CLIP_MB = 100
MOST_GROWTH_MIB = 24.0
_ROUNDS = 3
WAYS = ("ours", "naive", "download", "bare")


def _side(way: str, port: str, folder: Path, clips: int = CLIPS) -> dict[str, float]:
    """One run in a fresh process."""
    run = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "tests.bench.media_client", way, port, str(clips), str(folder)],
        check=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def measures() -> list[Measure]:
    """Everything about clips."""
    film = asyncio.run(render(FilmSpec(prompt="a clip for the scales", seconds=3.0)))
    with tempfile.TemporaryDirectory(prefix="retake-bench-") as name:
        clip = Path(name, "clip.mp4")
        clip.write_bytes(padded(film.read_bytes(), CLIP_MB * 1_000_000))
        with subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tests.bench.media_server", str(clip)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as world:  # fmt: skip
            assert world.stdout is not None
            port = world.stdout.readline().strip()
            try:
                return _measured(port, Path(name, "data"))
            finally:
                world.kill()


def _measured(port: str, folder: Path) -> list[Measure]:
    # In turns, so that all ways meet the same machine.
    turns = [{way: _side(way, port, folder) for way in WAYS} for _ in range(_ROUNDS)]

    def middle(way: str, what: str) -> float:
        return statistics.median(turn[way][what] for turn in turns)

    timing, bare_pace = (CLIPS * CLIP_MB / middle(way, "took_s") for way in ("download", "bare"))
    whole_pace = CLIPS * CLIP_MB / middle("ours", "took_s")
    growth_mib = max(turn["ours"]["rss_growth_mib"] for turn in turns)
    naive_mib = middle("naive", "rss_growth_mib")
    lag_ms, naive_ms = middle("ours", "loop_lag_p99_ms"), middle("naive", "loop_lag_p99_ms")
    return [
        Measure(name="media.rss_growth_8x100mb_mib", value=growth_mib, unit="MiB",
                against=f"{MOST_GROWTH_MIB:.0f} MiB", ratio=growth_mib / MOST_GROWTH_MIB),
        Measure(name="media.naive_rss_growth_mib", value=naive_mib, unit="MiB",
                against="ours", ratio=naive_mib / max(growth_mib, 0.1)),
        Measure(name="media.throughput_vs_bare_httpx", value=timing, unit="MB/s",
                against=f"bare httpx stream to a file, {bare_pace:.0f} MB/s", ratio=timing / bare_pace),
        Measure(name="media.link_to_channel_mb_s", value=whole_pace, unit="MB/s",
                against="read into memory", ratio=middle("naive", "took_s") / middle("ours", "took_s")),
        Measure(name="media.loop_lag_p99_ms", value=lag_ms, unit="ms",
                against=f"read into memory, {naive_ms:.0f} ms", ratio=lag_ms / naive_ms),
    ]  # fmt: skip


if __name__ == "__main__":
    for each in measures():
        print(f"{each.name:34} {each.value:8.1f} {each.unit:5} {each.ratio or 0:7.2f} x {each.against}")  # noqa: T201
