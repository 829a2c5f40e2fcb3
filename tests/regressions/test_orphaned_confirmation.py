from pathlib import Path

from bot.store.database import Database
from tests.harness import open_studio
from tests.remix.helpers import a_clip, the_question


async def test_a_question_that_was_posted_and_not_written_down_is_taken_away(tmp_path: Path) -> None:
    """The process ended between Discord's accept and our commit."""
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        await studio.bob.reply(clip, "heavy snow")
        question = await the_question(studio)
        assert studio._database is not None
        await studio.until(lambda: question.components or None)
        await studio.stop()
        database = await Database.open(studio.data / "retake.sqlite3")
        await database.run("UPDATE question SET message_id = NULL, expires_at = 1")
        await database.close()
        await studio.start()
        await studio.until(lambda: question.deleted)
