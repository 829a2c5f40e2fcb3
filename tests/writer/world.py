"""A bot with a writer, and what its members see of it."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bot.sandbox.discord import LocalMessage, Member
from bot.sandbox.providers.writer import LocalWriter
from tests.harness import BotHarness, open_harness

BOAT = "a paper boat on a pond"


@contextlib.asynccontextmanager
async def open_writer_harness(
    data: Path, *, writer: LocalWriter | None = None, **settings: Any
) -> AsyncIterator[tuple[BotHarness, LocalWriter]]:
    """Open a harness whose bot has a writer. `settings` are more settings of the bot."""
    async with (
        writer or LocalWriter() as server,
        open_harness(
            data, writer_url=server.url, writer_key=server.api_key, writer_model=server.model, **settings
        ) as harness,
    ):
        yield harness, server


async def improve(
    harness: BotHarness, prompt: str = BOAT, member: Member | None = None, **options: object
) -> LocalMessage:
    """Request better words and return the message with them, which only the member sees."""
    asked = await (member or harness.alice).slash(harness.channel, "generate", prompt=prompt, improve=True, **options)
    return await harness.wait_until(lambda: asked.original if asked.original and not asked.original.loading else None)


async def redrawn(harness: BotHarness, dialog: LocalMessage, text: str) -> LocalMessage:
    """Wait until a dialog says a text."""
    return await harness.wait_until(lambda: dialog if text in dialog.content and dialog.components else None)


def labels(message: LocalMessage) -> list[str]:
    """Return the labels of a message's buttons."""
    return [str(button["label"]) for row in message.components for button in row["components"]]


def button(message: LocalMessage, label: str) -> str:
    """Return the label of the button that begins so."""
    return next(each for each in labels(message) if each.startswith(label))


def prompts_sent(harness: BotHarness) -> list[str]:
    return [str(task.request["prompt"]) for task in harness.provider.tasks.values()]
