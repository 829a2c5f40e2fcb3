"""Write docs/transcript.md."""

import asyncio
import sys

from tests.remix.transcript.conversation import OUTPUT, write

if __name__ == "__main__":
    lines = asyncio.run(write(OUTPUT))
    sys.stdout.write(f"docs/transcript.md: {lines} lines\n")
