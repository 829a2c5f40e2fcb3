"""Run the unmodified bot with one more task that records event loop lag. Started as a separate process."""

import asyncio
import sys
import time
from pathlib import Path

from bot.cli import run
from bot.settings import load

TICK_S = 0.005


async def record_loop_lag(into: Path) -> None:
    """Append the wall time and the lag in milliseconds of every tick to a file."""
    lines: list[str] = []
    while True:
        started = time.perf_counter()
        await asyncio.sleep(TICK_S)
        lines.append(f"{time.time():.3f} {(time.perf_counter() - started - TICK_S) * 1000:.3f}\n")
        if len(lines) >= 200:
            with into.open("a") as file:
                file.writelines(lines)
            lines.clear()


async def main(into: Path) -> int:
    settings = load()
    watching = asyncio.create_task(record_loop_lag(into))
    try:
        return await run.run(settings)
    finally:
        watching.cancel()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
