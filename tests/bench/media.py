"""Eight concurrent clips of 100 MB, from the link to the channel: memory, throughput and event loop lag."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bot.sandbox.test_clips import ClipSpec, padded, render
from tests.bench.measurement import Measurement

CLIPS = 8
CLIP_MB = 100
MAX_GROWTH_MIB = 12.0
_ROUNDS = 3
METHODS = ("ours", "naive", "download", "bare")


def _run_client(method: str, port: str, folder: Path, clips: int = CLIPS) -> dict[str, float]:
    """Run one method in a new process."""
    run = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "tests.bench.media_client", method, port, str(clips), str(folder)],
        check=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def measure() -> list[Measurement]:
    """Measure the download and delivery of clips."""
    film = asyncio.run(render(ClipSpec(prompt="a benchmark clip", seconds=3.0)))
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
                return _measure_methods(port, Path(name, "data"))
            finally:
                world.kill()


def _measure_methods(port: str, folder: Path) -> list[Measurement]:
    # Interleaved, so that all methods run under the same conditions.
    rounds = [{method: _run_client(method, port, folder) for method in METHODS} for _ in range(_ROUNDS)]

    def median(method: str, name: str) -> float:
        return statistics.median(run[method][name] for run in rounds)

    download_rate, bare_rate = (CLIPS * CLIP_MB / median(method, "took_s") for method in ("download", "bare"))
    delivery_rate = CLIPS * CLIP_MB / median("ours", "took_s")
    growth_mib = max(run["ours"]["rss_growth_mib"] for run in rounds)
    naive_mib = median("naive", "rss_growth_mib")
    lag_ms, naive_ms = median("ours", "loop_lag_p99_ms"), median("naive", "loop_lag_p99_ms")
    return [
        Measurement(name="media.rss_growth_8x100mb_mib", value=growth_mib, unit="MiB",
                against=f"{MAX_GROWTH_MIB:.0f} MiB", ratio=growth_mib / MAX_GROWTH_MIB),
        Measurement(name="media.naive_rss_growth_mib", value=naive_mib, unit="MiB",
                against="Retake", ratio=naive_mib / max(growth_mib, 0.1)),
        Measurement(name="media.throughput_vs_bare_httpx", value=download_rate, unit="MB/s",
                against=f"bare httpx stream to a file, {bare_rate:.0f} MB/s", ratio=download_rate / bare_rate),
        Measurement(name="media.link_to_channel_mb_s", value=delivery_rate, unit="MB/s",
                against="read into memory", ratio=median("naive", "took_s") / median("ours", "took_s")),
        Measurement(name="media.loop_lag_p99_ms", value=lag_ms, unit="ms",
                against=f"read into memory, {naive_ms:.0f} ms", ratio=lag_ms / naive_ms),
    ]  # fmt: skip


if __name__ == "__main__":
    for found in measure():
        sys.stdout.write(
            f"{found.name:34} {found.value:8.1f} {found.unit:5} {found.ratio or 0:7.2f} x {found.against}\n"
        )
