"""Concurrency: many presses of buttons from an earlier process, and many replies to one clip."""

import asyncio
import sys
from pathlib import Path

from bot.sandbox.discord import Interaction, LocalMessage
from tests.harness import open_harness
from tests.remix.helpers import create_clip

PRESSES = 100
MEMBERS = 50


async def test_a_hundred_buttons_work_after_a_restart(tmp_path: Path) -> None:
    """All of them are answered within three seconds, though an earlier process created them."""
    async with open_harness(tmp_path) as harness:
        clips = [await create_clip(harness, f"film number {i} of many") for i in range(10)]
        await harness.restart()
        members = [harness.guild.add_member(f"person {i}") for i in range(PRESSES // len(clips))]
        labels = ("Remix", "Again", "Details", "Details", "Remix")
        pressed: list[Interaction] = [
            await member.press(clip, labels[(i + j) % len(labels)])
            for i, member in enumerate(members)
            for j, clip in enumerate(clips)
        ]
        await asyncio.gather(*(interaction.answer(10) for interaction in pressed))
        assert len(pressed) == PRESSES
        assert [interaction.error for interaction in pressed if interaction.error is not None] == []
        assert max(interaction.answered_after_s or 99 for interaction in pressed) < 3.0
        again = sum(1 for i in range(len(members)) for j in range(len(clips)) if labels[(i + j) % 5] == "Again")
        await harness.wait_until(lambda: len(harness.clips) == len(clips) + again, 40)
        assert len(harness.provider.charges) == len(clips) + again


async def test_fifty_people_reply_to_one_clip_within_a_second(tmp_path: Path) -> None:
    """Fifty jobs, none duplicated or lost, and every reply is answered within three seconds."""
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        members = [harness.guild.add_member(f"person {i}") for i in range(MEMBERS)]
        replies = [await member.reply(clip, f"the same scene for person {i}") for i, member in enumerate(members)]
        ids = {order.id: order for order in replies}

        def answered() -> dict[int, LocalMessage]:
            found: dict[int, LocalMessage] = {}
            for message in harness.discord.all_messages:
                if message.is_bot and message.reference_id in ids:
                    found.setdefault(message.reference_id, message)
            return found

        await harness.wait_until(lambda: len(answered()) == MEMBERS)
        slowest = max((m.created_at - ids[order].created_at).total_seconds() for order, m in answered().items())
        await harness.wait_until(lambda: len(harness.clips) == MEMBERS + 1, 50)
        assert slowest < 3.0
        assert sorted(task.prompt for task in list(harness.provider.tasks.values())[1:]) == sorted(
            f"the same scene for person {i}" for i in range(MEMBERS)
        )
        assert len(harness.provider.charges) == MEMBERS + 1
        assert sorted(c.reference_id or 0 for c in harness.clips[1:]) == sorted(ids)
        sys.stdout.write(f"{MEMBERS} replies, slowest response after {slowest:.2f} s\n")
