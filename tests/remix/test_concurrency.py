"""Many at once: buttons of an earlier process, and a whole server replying to one clip."""

import asyncio
import sys
from pathlib import Path

from bot.sandbox.discord import Interaction, LocalMessage
from tests.harness import open_studio
from tests.remix.helpers import a_clip

PRESSES = 100
PEOPLE = 50


async def test_a_hundred_buttons_are_pressed_after_a_restart(tmp_path: Path) -> None:
    """Every one of them is answered within three seconds, whichever process has made it."""
    async with open_studio(tmp_path) as studio:
        clips = [await a_clip(studio, f"film number {i} of many") for i in range(10)]
        await studio.restart()
        people = [studio.guild.add_member(f"person {i}") for i in range(PRESSES // len(clips))]
        labels = ("Remix", "Again", "Details", "Details", "Remix")
        pressed: list[Interaction] = [
            await person.press(clip, labels[(i + j) % len(labels)])
            for i, person in enumerate(people)
            for j, clip in enumerate(clips)
        ]
        await asyncio.gather(*(each.answer(10) for each in pressed))
        assert len(pressed) == PRESSES
        assert [each.error for each in pressed if each.error is not None] == []
        assert max(each.answered_after_s or 99 for each in pressed) < 3.0
        again = sum(1 for i in range(len(people)) for j in range(len(clips)) if labels[(i + j) % 5] == "Again")
        await studio.until(lambda: len(studio.clips) == len(clips) + again, 40)
        assert len(studio.provider.charges) == len(clips) + again


async def test_fifty_people_reply_to_one_clip_within_a_second(tmp_path: Path) -> None:
    """Fifty jobs, no doubles, none lost, and everybody is answered within three seconds."""
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        people = [studio.guild.add_member(f"person {i}") for i in range(PEOPLE)]
        asked = [await person.reply(clip, f"the same scene for person {i}") for i, person in enumerate(people)]
        ids = {order.id: order for order in asked}

        def answered() -> dict[int, LocalMessage]:
            found: dict[int, LocalMessage] = {}
            for message in studio.discord.all_messages:
                if message.is_bot and message.reference_id in ids:
                    found.setdefault(message.reference_id, message)
            return found

        await studio.until(lambda: len(answered()) == PEOPLE)
        slowest = max((m.created_at - ids[order].created_at).total_seconds() for order, m in answered().items())
        await studio.until(lambda: len(studio.clips) == PEOPLE + 1, 50)
        assert slowest < 3.0
        assert sorted(task.prompt for task in list(studio.provider.tasks.values())[1:]) == sorted(
            f"the same scene for person {i}" for i in range(PEOPLE)
        )
        assert len(studio.provider.charges) == PEOPLE + 1
        assert sorted(c.reference_id or 0 for c in studio.clips[1:]) == sorted(ids)
        sys.stdout.write(f"{PEOPLE} replies, the slowest answer after {slowest:.2f} s\n")
