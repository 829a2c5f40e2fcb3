"""A thread in which the bot can't post is refused before money is spent."""

from pathlib import Path

import pytest

from tests.harness import open_harness


@pytest.mark.parametrize("bot", [False, True])
async def test_a_private_thread_without_the_bot_costs_nothing(tmp_path: Path, bot: bool) -> None:
    async with open_harness(tmp_path) as harness:
        thread = harness.channel.add_thread("secret", private=True, members=(harness.bob,), bot=bot)
        await harness.bob.slash(thread, "generate", prompt="a heron on a roof", seconds=5)
        if bot:
            await harness.wait_for_clip("a heron on a roof")
        else:
            await harness.wait_for_message("I need to be added to this private thread")
        assert len(harness.provider.charges) == int(bot)


async def test_a_locked_thread_costs_nothing(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        thread = harness.channel.add_thread("quiet", members=(harness.bob,))
        thread.lock()
        await harness.bob.slash(thread, "generate", prompt="a heron on a roof", seconds=5)
        await harness.wait_for_message("I need this thread to be unlocked")
        assert harness.provider.charges == []


@pytest.mark.parametrize("case", ["token", "hint", "hint after a restart"])
async def test_a_thread_that_the_bot_loses_meanwhile_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    if case == "hint":
        monkeypatch.setattr("bot.chat.delivery.lost_places.TOKEN_LIFE_S", 0.0)
    async with open_harness(tmp_path, render_s=60.0) as harness:
        thread = harness.channel.add_thread("secret", private=True, members=(harness.bob,))
        interaction = await harness.bob.slash(thread, "generate", prompt="a heron on a roof", seconds=5)
        await harness.wait_until(lambda: next(iter(harness.provider.tasks), None))
        thread.leave(harness.discord.world.bot_user)
        if case == "hint after a restart":
            await harness.restart()
        await harness.provider.finish(next(iter(harness.provider.tasks)))
        if case != "token":
            hint = await harness.wait_for_message("is ready, but I can't post it in its thread. /jobs says why.")
            assert hint.channel is harness.channel
            assert "heron" not in hint.content
            assert hint.mention_ids == [harness.bob.id]
            await harness.restart()
            assert [m.content for m in harness.discord.all_messages].count(hint.content) == 1
        else:
            line = await harness.wait_until(lambda: interaction.message)
            await harness.wait_until(lambda: "I need to be added to this private thread" in line.content or None)
        assert harness.clips == []
