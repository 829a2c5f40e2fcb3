from pathlib import Path

from tests.harness import open_studio


async def test_a_clip_that_may_not_be_posted_says_why_and_comes_as_soon_as_it_may(tmp_path: Path) -> None:
    async with open_studio(tmp_path, render_s=1.0) as studio:
        asked = await studio.bob.slash(studio.channel, "generate", prompt="a fox of paper", seconds=5)
        line = await studio.until(lambda: asked.message)
        await studio.until(lambda: studio.provider.tasks or None)
        studio.channel.forbid(studio.discord.bot_user, "attach_files")
        await studio.until(lambda: "Attach Files" in line.content, 10)
        studio.channel.clear(studio.discord.bot_user)
        await studio.clip_of("a fox of paper")
