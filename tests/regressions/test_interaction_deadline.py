import asyncio
from pathlib import Path

from bot.jobs.server_settings import NO_SERVER_LIMITS
from bot.sandbox.fault_injection import Fault
from bot.store.server_settings import SqlServerRepository
from tests.harness import open_harness
from tests.remix.helpers import create_clip


async def test_the_newest_video_is_found_in_time_among_deleted_ones(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clips = [await create_clip(harness, f"film number {n} of paper") for n in range(8)]
        moderator = harness.guild.add_member("mod", permissions=("manage_messages",))
        await harness.stop()
        for clip in clips[1:]:
            await moderator.delete(clip)
        await harness.start()
        harness.discord.wire.fail(Fault(route="GET */channels/*/messages/*", delay_s=0.6, times=None))
        interaction = await harness.bob.slash(harness.channel, "remix", prompt="make it snow softly")
        await asyncio.sleep(5)
        assert not interaction.missed


async def test_history_responds_in_time_with_24_private_threads(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        assert harness.database is not None
        await SqlServerRepository(harness.database).save_settings(harness.guild.id, NO_SERVER_LIMITS)
        await create_clip(harness)
        threads = [harness.channel.add_thread(f"t{n}", private=True) for n in range(24)]
        for thread in threads:
            for member in (harness.alice, harness.bob, harness.discord.bot_user):
                thread.join(member)
        await asyncio.sleep(0.5)
        for number, thread in enumerate(threads):
            await harness.alice.slash(thread, "generate", prompt=f"secret film {number} here", seconds=5)
        await harness.wait_until(lambda: len(harness.clips) == 25, 60)
        harness.discord.wire.fail(Fault(route="GET */thread-members/*", delay_s=1.1, times=None))
        interaction = await harness.bob.slash(harness.channel, "history")
        await asyncio.sleep(5)
        assert not interaction.missed
