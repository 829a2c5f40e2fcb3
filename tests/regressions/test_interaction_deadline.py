import asyncio
from pathlib import Path

from bot.sandbox.fault_injection import Fault
from tests.harness import open_studio
from tests.remix.helpers import a_clip


async def test_the_newest_is_found_in_time_although_many_were_deleted(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clips = [await a_clip(studio, f"film number {n} of paper") for n in range(8)]
        moderator = studio.guild.add_member("mod", permissions=("manage_messages",))
        await studio.stop()
        for clip in clips[1:]:
            await moderator.delete(clip)
        await studio.start()
        studio.discord.wire.fail(Fault(route="GET */channels/*/messages/*", delay_s=0.6, times=None))
        asked = await studio.bob.slash(studio.channel, "remix", prompt="make it snow softly")
        await asyncio.sleep(5)
        assert not asked.missed


async def test_history_answers_in_time_with_24_private_threads(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await a_clip(studio)
        threads = [studio.channel.add_thread(f"t{n}", private=True) for n in range(24)]
        for thread in threads:
            for who in (studio.alice, studio.bob, studio.discord.bot_user):
                thread.join(who)
        await asyncio.sleep(0.5)
        for number, thread in enumerate(threads):
            await studio.alice.slash(thread, "generate", prompt=f"secret film {number} here", seconds=5)
        await studio.until(lambda: len(studio.clips) == 25, 60)
        studio.discord.wire.fail(Fault(route="GET */thread-members/*", delay_s=1.1, times=None))
        asked = await studio.bob.slash(studio.channel, "history")
        await asyncio.sleep(5)
        assert not asked.missed
