from pathlib import Path

from tests.harness import open_harness


async def test_a_clip_is_posted_when_the_missing_permission_returns(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=1.0) as harness:
        interaction = await harness.bob.slash(harness.channel, "generate", prompt="a fox of paper", seconds=5)
        line = await harness.status_of(interaction)
        await harness.wait_until(lambda: harness.provider.tasks or None)
        harness.channel.forbid(harness.discord.bot_user, "attach_files")
        await harness.wait_until(lambda: "Attach Files" in line.content, 10)
        harness.channel.clear(harness.discord.bot_user)
        await harness.wait_for_clip("a fox of paper")
