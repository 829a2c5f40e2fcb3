"""Family trees of any shape, and frames of the largest clips, cost a bounded amount of memory."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from bot.media.ffmpeg import find_ffmpeg
from bot.media.frames import last_frame, thumbnail
from tests.memory.process_tree import MIB, peak_memory

TREE_LIMIT_BYTES, FRAME_LIMIT_BYTES = 96 * MIB, 512 * MIB
SHAPES = {
    "chain": "i - 1",
    "comb": "i - 1 if i % 2 else max(0, i - 2)",
    "random": "random.Random(i).randrange(i)",
    "halves": "(i - 1) // 2",
}
DRAW = """
import random, resource
from bot.media.charts.family_tree import Card, draw_family_tree
draw_family_tree([Card(parent=None, status="video")])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
cards = [Card(parent=PARENT if i else None, status="video", title="K7Q2", text="a boat " * 20) for i in range(400)]
draw_family_tree(cards)
print(1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_family_tree_costs_at_most_96_mib(shape: str) -> None:
    drawing = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DRAW.replace("PARENT", SHAPES[shape]), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await drawing.communicate()
    assert int(output) <= TREE_LIMIT_BYTES


async def test_a_frame_of_an_8k_clip_costs_at_most_512_mib(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    film = ("-f", "lavfi", "-i", "testsrc2=s=7680x4320:d=0.5:r=4", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    making = await asyncio.create_subprocess_exec(find_ffmpeg(), "-v", "error", *film, str(clip))
    assert await making.wait() == 0
    async with peak_memory(os.getpid()) as peak:
        await thumbnail(clip, tmp_path / "small.jpg", 320)
        await last_frame(clip, tmp_path / "whole.jpg")
    assert peak.above_idle_bytes <= FRAME_LIMIT_BYTES
