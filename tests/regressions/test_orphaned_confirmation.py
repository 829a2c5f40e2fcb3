from pathlib import Path

from bot.jobs.server_settings import ReplyMode
from tests.harness import open_harness
from tests.remix.helpers import create_clip, set_server_settings, wait_for_confirmation
from tests.stores import open_database


async def test_a_confirmation_posted_but_not_stored_is_deleted(tmp_path: Path) -> None:
    """The process ended after Discord accepted the message and before our commit."""
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.SMART)
        await harness.bob.reply(clip, "heavy snow")
        question = await wait_for_confirmation(harness)
        assert harness.database is not None
        await harness.wait_until(lambda: question.components or None)
        await harness.stop()
        database = await open_database(harness.data / "retake.sqlite3")
        await database.run("UPDATE question SET message_id = NULL, expires_at = 1")
        await database.close()
        await harness.start()
        await harness.wait_until(lambda: question.deleted)
