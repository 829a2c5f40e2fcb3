"""Helpers for tests of films."""

from collections.abc import Sequence

from bot.media.mp4.reader import read_bytes
from bot.sandbox.discord import LocalDiscord, LocalMessage
from bot.sandbox.discord.state.channels import Channel
from tests.harness import BotHarness

TITLE = "a day at sea"
SHOTS = ("a calm sea at dawn", "clouds come up at noon", "a storm at night")
REFUSED = "something [refuse] that no provider makes"


async def plan(harness: BotHarness, shots: Sequence[str] = SHOTS, **options: object) -> LocalMessage:
    """Order a film and fill in its shots. Return the message that asks for the confirmation."""
    chosen = {"title": TITLE, "seconds": 5, **options}
    named = {name: value for name, value in chosen.items() if value is not None}
    opened = await harness.alice.slash(harness.channel, "film", **named)
    await opened.answer()
    sent = await harness.alice.submit(opened.modal, prompt="\n".join(shots))
    answer = await sent.answer(20)
    assert isinstance(answer, LocalMessage)
    return answer


def place_of(harness: BotHarness) -> Channel:
    """Return where the shots are: the only thread, or the channel."""
    threads = [channel for channel in harness.discord.world.channels.values() if channel.is_thread]
    return threads[0] if threads else harness.channel


def questions(discord: LocalDiscord) -> list[LocalMessage]:
    return [m for m in discord.all_messages if m.is_bot and not m.deleted and "**Shot " in m.content]


async def question(harness: BotHarness, place: int, said: str) -> LocalMessage:
    return await harness.wait_until(
        lambda: next(
            (m for m in questions(harness.discord) if f"**Shot {place} of" in m.content and said in m.content), None
        )
    )


def seconds(message: LocalMessage) -> float:
    return read_bytes(message.attachments[0].data).duration_s


async def plans(harness: BotHarness) -> int:
    assert harness.database is not None
    films = await harness.database.run("SELECT count(*) FROM film")
    shots = await harness.database.run("SELECT count(*) FROM shot")
    return int(films[0][0]) + int(shots[0][0])
