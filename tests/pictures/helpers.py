"""Helpers for tests of requests with pictures."""

import io

from PIL import Image

from bot.sandbox.discord import Upload
from tests.harness import BotHarness
from tests.limits.helpers import database_of

CAPTURED = "SELECT micros FROM ledger WHERE kind = 'capture' ORDER BY rowid"


def png(colour: str, width: int = 128, height: int = 72) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()


def upload(colour: str, width: int = 128, height: int = 72) -> Upload:
    return Upload(f"{colour}.png", png(colour, width, height), "image/png")


def files_in(harness: BotHarness) -> list[str]:
    """Return the names of the pictures on the bot's disk."""
    return sorted(path.name for path in (harness.data / "pictures").iterdir())


async def captured(harness: BotHarness) -> list[int]:
    return [row[0] for row in await database_of(harness).run(CAPTURED)]


async def stored_pictures(harness: BotHarness) -> list[tuple[str, int, int, int]]:
    """Return the role, position and size of every stored picture, job by job."""
    sql = "SELECT role, position, width, height FROM picture WHERE digest IS NOT NULL ORDER BY job_id, role, position"
    return [tuple(row) for row in await database_of(harness).run(sql)]
