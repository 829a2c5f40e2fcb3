"""What the tests of this room do again and again."""

import asyncio

from bot.jobs.server_settings import ReplyMode, ServerSettings
from bot.sandbox.discord import Channel, Interaction, LocalMessage, Member
from bot.store.server_settings import SqlServerRepository
from tests.harness import Studio

LIGHTHOUSE = "a lighthouse in a storm, waves made of paper"
NOT_FOUND = "I cannot find a video there that you may use."


async def a_clip(
    studio: Studio, prompt: str = LIGHTHOUSE, *, by: Member | None = None, channel: Channel | None = None
) -> LocalMessage:
    """A finished video; from then on the provider hands out the same film, so that a crowd costs nothing."""
    await (by or studio.alice).slash(channel or studio.channel, "generate", prompt=prompt, seconds=5)
    clip = await studio.clip_of(prompt)
    if studio.provider.camera.reuse is None:
        film = studio.data / "film.mp4"
        await asyncio.to_thread(film.write_bytes, clip.attachments[0].data)
        studio.provider.camera.reuse = film
    return clip


def code_of(clip: LocalMessage) -> str:
    return clip.content.splitlines()[1].split(" · ")[-1]


def job_id_of(message: LocalMessage) -> str:
    return str(message.components[0]["components"][0]["custom_id"]).split(":")[1]


async def set_rules(studio: Studio, mode: ReplyMode, confirm_above_micros: int = 500_000) -> None:
    assert studio._database is not None
    rules = ServerSettings(reply_mode=mode, confirm_above_micros=confirm_above_micros)
    await SqlServerRepository(studio._database).set_rules(studio.guild.id, rules)


async def told(asked: Interaction) -> str:
    """What a person is answered with."""
    answer = await asked.answer()
    assert isinstance(answer, LocalMessage)
    return answer.content


def asks(studio: Studio) -> list[LocalMessage]:
    """The open questions below replies."""
    return [m for m in studio.discord.all_messages if m.is_bot and "? ≈ $" in m.content and not m.deleted]


async def the_question(studio: Studio) -> LocalMessage:
    return await studio.until(lambda: next(iter(asks(studio)), None))
