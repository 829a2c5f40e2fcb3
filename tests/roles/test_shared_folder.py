"""What a gateway and a worker share in the data folder, and what each of them shows."""

import os
from pathlib import Path

from bot.metrics import Metrics
from bot.store.location import StoreLocation
from bot.worker.clip_files import ClipFiles

HOUR_S = 3600.0


def test_the_start_of_one_leaves_what_the_other_is_writing(tmp_path: Path) -> None:
    files = ClipFiles(tmp_path)
    files.prepare()
    fresh, old = files.clips / "fresh.1.part", files.clips / "old.1.part"
    for part in (fresh, old):
        part.write_bytes(b"x")
    at = fresh.stat().st_mtime - 2 * HOUR_S
    os.utime(old, (at, at))
    files.prepare(min_age_s=HOUR_S)
    assert (fresh.exists(), old.exists()) == (True, False)
    files.prepare()
    assert not fresh.exists()


async def test_a_worker_exports_nothing_about_the_gateway(tmp_path: Path) -> None:
    page = (await Metrics(StoreLocation(tmp_path), lambda: None, ["toapis"]).text()).decode()
    assert "retake_gateway" not in page
    assert "retake_disk_free_bytes" in page
