from pathlib import Path

from bot.store.database import Database
from tests.harness import open_harness
from tests.remix.helpers import create_clip, wait_for_confirmation


async def test_a_confirmation_posted_but_not_stored_is_deleted(tmp_path: Path) -> None:
    """The process ended after Discord accepted the message and before our commit."""
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.bob.reply(clip, "heavy snow")
        question = await wait_for_confirmation(harness)
        assert harness.database is not None
        await harness.wait_until(lambda: question.components or None)
        await harness.stop()
        database = await Database.open(harness.data / "retake.sqlite3")
        await database.run("UPDATE question SET message_id = NULL, expires_at = 1")
        await database.close()
        await harness.start()
        await harness.wait_until(lambda: question.deleted)
