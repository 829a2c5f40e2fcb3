"""Helpers for tests of remixes and replies."""

import asyncio

from bot.jobs.server_settings import ReplyMode, ServerSettings
from bot.sandbox.discord import Channel, Interaction, LocalMessage, Member
from bot.store.server_settings import SqlServerRepository
from tests.harness import BotHarness, plain

LIGHTHOUSE = "a lighthouse in a storm, waves made of paper"
NOT_FOUND = "I can't find that video, or you don't have access to it."


async def create_clip(
    harness: BotHarness, prompt: str = LIGHTHOUSE, *, by: Member | None = None, channel: Channel | None = None
) -> LocalMessage:
    """Create a finished video. Later renders reuse its file, which makes tests with many videos fast."""
    await (by or harness.alice).slash(channel or harness.channel, "generate", prompt=prompt, seconds=5)
    clip = await harness.wait_for_clip(prompt)
    if harness.provider.camera.reuse is None:
        clip_path = harness.data / "film.mp4"
        await asyncio.to_thread(clip_path.write_bytes, clip.attachments[0].data)
        harness.provider.camera.reuse = clip_path
    return clip


def code_of(clip: LocalMessage) -> str:
    return clip.content.splitlines()[1].split(" · ")[-1]


def labels(message: LocalMessage) -> list[str]:
    """Return the labels of a message's buttons."""
    return [str(button["label"]) for row in message.components for button in row["components"]]


def job_id_of(message: LocalMessage) -> str:
    return str(message.components[0]["components"][0]["custom_id"]).split(":")[1]


async def set_server_settings(harness: BotHarness, mode: ReplyMode, confirm_above_micros: int = 500_000) -> None:
    assert harness.database is not None
    rules = ServerSettings(reply_mode=mode, confirm_above_micros=confirm_above_micros)
    await SqlServerRepository(harness.database).save_settings(harness.guild.id, rules)


async def response_text(interaction: Interaction) -> str:
    """Return the text of the bot's response, with commands as `/help`."""
    answer = await interaction.answer()
    assert isinstance(answer, LocalMessage)
    return plain(answer.content)


def open_confirmations(harness: BotHarness) -> list[LocalMessage]:
    """Return the open confirmation messages below replies."""
    return [m for m in harness.discord.all_messages if m.is_bot and "? ≈ $" in m.content and not m.deleted]


async def wait_for_confirmation(harness: BotHarness) -> LocalMessage:
    return await harness.wait_until(lambda: next(iter(open_confirmations(harness)), None))


async def delete_by_button(by: Member, clip: LocalMessage) -> LocalMessage:
    """Press *Delete* and confirm it. Return the ephemeral message that asked."""
    question = await (await by.press(clip, "Delete")).answer()
    assert isinstance(question, LocalMessage)
    await by.press(question, "Delete")
    return question


async def delete_by_reply(harness: BotHarness, by: Member, clip: LocalMessage, word: str = "delete") -> LocalMessage:
    """Reply `delete` and confirm it. Return the message that asked."""
    order = await by.reply(clip, word)
    question = await harness.wait_until(
        lambda: next((m for m in harness.discord.all_messages if m.reference_id == order.id and m.components), None)
    )
    await by.press(question, str(question.components[0]["components"][0]["label"]))
    return question
