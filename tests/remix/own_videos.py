"""Members' own videos in the local Discord: post one, remix it by the menu, look at what was stored."""

import subprocess
import tempfile
from pathlib import Path

from bot.jobs.job import Job
from bot.jobs.server_settings import ServerSettings
from bot.sandbox.discord import Channel, LocalMessage, Member, Upload
from bot.sandbox.discord.state.interactions import Interaction
from bot.sandbox.ffmpeg import ffmpeg
from bot.store.jobs import SqlJobStore
from bot.store.server_settings import SqlServerRepository
from tests.harness import BotHarness, plain
from tests.media.sample_videos import sample_video

SNOW = "make it snow softly"


CAT = Upload("cat.mp4", sample_video("plain"))


def of_seconds(seconds: int) -> bytes:
    """Return a small video of this length."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "video.mp4")
        source = ["-f", "lavfi", "-i", "testsrc2=s=64x36:r=4", "-t", str(seconds)]
        coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        subprocess.run([ffmpeg(), "-loglevel", "error", *source, *coded, str(path)], check=True)  # noqa: S603
        return path.read_bytes()


def post_video(harness: BotHarness, by: Member, upload: Upload = CAT, channel: Channel | None = None) -> LocalMessage:
    return by.client.say(by, channel or harness.channel, "look at my cat", [upload])


async def remix_by_menu(by: Member, message: LocalMessage, prompt: str = SNOW, **options: object) -> Interaction:
    """Use *Remix video* and submit its form. Return the interaction that was answered last."""
    opened = await by.menu(message, "Remix video")
    await opened.answer()
    return await by.submit(opened.modal, prompt=prompt, **options) if opened.modal is not None else opened


async def answer_text(interaction: Interaction) -> str:
    answer = await interaction.answer(20)
    assert isinstance(answer, LocalMessage)
    return plain(answer.content)


async def imports(harness: BotHarness) -> list[Job]:
    assert harness.database is not None
    rows = await harness.database.run("SELECT id FROM job WHERE state = 'imported' ORDER BY created_at")
    found = [await SqlJobStore(harness.database).job(row[0]) for row in rows]
    return [job for job in found if job is not None]


async def allow_any_video(harness: BotHarness, allowed: bool) -> None:
    assert harness.database is not None
    await SqlServerRepository(harness.database).save_settings(harness.guild.id, ServerSettings(any_video=allowed))
