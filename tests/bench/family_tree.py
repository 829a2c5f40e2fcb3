"""Time to draw a family tree of 200 videos, and how long the event loop is blocked meanwhile."""

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from bot.media.charts.family_tree import Card, draw_family_tree

MEMBERS = 200


def make_cards(shape: str, folder: Path, count: int = MEMBERS) -> list[Card]:
    """Build cards with images. `bushy`: random parents; `star`: one parent; `chain`: each follows the last."""
    chance = random.Random(7)  # noqa: S311
    cards = []
    for i in range(count):
        picture = folder / f"{i}.jpg"
        if not picture.exists():
            noise = Image.effect_noise((320, 180), 60).convert("RGB")
            noise.save(picture, "JPEG", quality=80)
        parents = {"star": 0, "chain": i - 1, "bushy": chance.randrange(max(1, i // 2), i) if i > 1 else 0}
        cards.append(
            Card(
                parent=parents[shape] if i else None,
                status="deleted" if i % 37 == 36 else "video",
                title=f"K{i:03d} · member {i % 17} · Grok 3",
                text="a lighthouse in a storm, waves made of paper, and the moon above it " * 2,
                picture=picture,
            )
        )
    return cards


async def measure_drawing(cards: list[Card]) -> tuple[float, float, int]:
    """Return the drawing time in seconds, the longest event loop lag in seconds and the size of the PNG in bytes."""
    longest, last, running = 0.0, time.perf_counter(), True

    async def tick() -> None:
        nonlocal longest, last
        while running:
            await asyncio.sleep(0.005)
            now = time.perf_counter()
            longest, last = max(longest, now - last - 0.005), now

    ticking = asyncio.create_task(tick())
    started = time.perf_counter()
    png = await asyncio.to_thread(draw_family_tree, cards)
    took = time.perf_counter() - started
    running = False
    await ticking
    return took, longest, len(png)


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        for shape in ("bushy", "star", "chain"):
            took, pause, size = await measure_drawing(make_cards(shape, Path(name)))
            line = f"{MEMBERS} members, {shape:5}: {took:.2f} s, event loop lag {pause * 1000:.0f} ms"
            sys.stdout.write(f"{line}, {size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    asyncio.run(main())
