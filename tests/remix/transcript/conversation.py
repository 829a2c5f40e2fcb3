"""The whole conversation, in the order in which docs/transcript.md shows it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.sandbox.providers import LocalXAI
from tests.harness import BotHarness
from tests.remix.transcript import deletions, films, forwards, remixes, stars, takes, words
from tests.remix.transcript.recorder import Recorder
from tests.writer.world import open_writer_harness

OUTPUT = Path(__file__).parents[3] / "docs" / "transcript.md"


@asynccontextmanager
async def open_recorded_harness(data: Path) -> AsyncIterator[tuple[BotHarness, Recorder]]:
    """Open a bot with two providers and a writer, and record what is said."""
    async with open_writer_harness(data, other_providers=(LocalXAI(render_s=0.1),)) as (harness, _):
        script = Recorder(harness)
        try:
            yield harness, script
        finally:
            script.close()


async def play_conversation(harness: BotHarness, script: Recorder) -> None:
    """Play all parts of the conversation."""
    talk = harness.guild.add_channel("talk")
    first = await remixes.remix_by_reply(harness, script)
    await remixes.remix_by_command(harness, script, talk, first)
    await remixes.remix_by_menu_and_button(harness, script, first)
    await remixes.animate_pictures(harness, script, first)
    await remixes.show_lists(harness, script, talk, first)
    await films.join_videos(harness, script, first)
    await films.make_film(harness, script)
    await films.extend_from_last_frame(harness, script)
    kite = await takes.choose_one_of_four(harness, script)
    await takes.compare_blindly(harness, script)
    await words.use_a_style(harness, script)
    await words.improve_a_prompt(harness, script)
    await forwards.remix_a_forward(harness, script, talk, kite)
    await forwards.make_a_gif(harness, script, kite)
    gallery = await stars.show_in_the_gallery(harness, script, kite)
    await stars.hold_a_contest(harness, script, gallery)
    await deletions.delete_video(harness, script, first)
    await deletions.reply_to_status(harness, script)
    await deletions.delete_data(harness, script)


async def write(path: Path) -> int:
    """Play the conversation, write the page and return its number of lines."""
    with tempfile.TemporaryDirectory(prefix="retake-") as name:
        async with open_recorded_harness(Path(name)) as (harness, script):
            await play_conversation(harness, script)
            text = script.rendered()
    await asyncio.to_thread(path.write_text, text)
    return text.count("\n")
