"""A message is posted before its id is stored. A member who acts on it in between is answered all the same."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.job import Job, State
from bot.store.jobs import SqlJobStore
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import database_of, response_text
from tests.remix.helpers import LIGHTHOUSE, NOT_FOUND

READS_BEFORE_COMMIT = 3


@contextlib.asynccontextmanager
async def slow_commit(monkeypatch: pytest.MonkeyPatch, to: State) -> AsyncIterator[asyncio.Event]:
    """Hold back the commit of a message's id until the block ends, or the yielded event is set."""
    go, transition = asyncio.Event(), SqlJobStore.transition

    async def held_back(store: SqlJobStore, job: Job, state: State, **changes: Any) -> Job | None:
        if state is to:
            await go.wait()
        return await transition(store, job, state, **changes)

    monkeypatch.setattr(SqlJobStore, "transition", held_back)
    try:
        yield go
    finally:
        go.set()


def commit_while_it_is_read(monkeypatch: pytest.MonkeyPatch, go: asyncio.Event) -> None:
    """Let the commit happen once the job was read a few times, as the handler of a press does that waits for it."""
    read, times = SqlJobStore.job, iter(range(READS_BEFORE_COMMIT))

    async def counted(store: SqlJobStore, job_id: str) -> Job | None:
        if next(times, None) is None:
            go.set()
        return await read(store, job_id)

    monkeypatch.setattr(SqlJobStore, "job", counted)


async def posted_clip(harness: BotHarness) -> Any:
    """Order a video and return its result as Discord has it, which the bot hasn't stored yet."""
    await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE, seconds=5)
    clip = await harness.discord.wait_for(lambda: next(iter(harness.clips), None))
    assert await database_of(harness).run("SELECT 1 FROM job WHERE result_message_id IS NOT NULL") == []
    return clip


async def test_a_press_on_a_result_before_its_commit_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_harness(tmp_path) as harness, slow_commit(monkeypatch, State.DELIVERED) as go:
        clip = await posted_clip(harness)
        commit_while_it_is_read(monkeypatch, go)
        answer = await response_text(await harness.alice.press(clip, "Details"))
        assert LIGHTHOUSE in answer


async def test_cancel_on_a_status_message_before_its_commit_cancels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_harness(tmp_path) as harness, slow_commit(monkeypatch, State.ACCEPTED) as go:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE, seconds=5)
        status = await harness.discord.wait_for(
            lambda: next((each for each in harness.discord.all_messages if each.is_bot and each.components), None)
        )
        await harness.alice.press(status, "Cancel")
        async with asyncio.timeout(20):
            while not await database_of(harness).run("SELECT 1 FROM job WHERE state = 'cancelled'"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        go.set()
        await harness.wait_for_message("Cancelled")
        assert harness.provider.charges == []


async def test_a_reply_to_a_result_before_its_commit_is_a_remix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_harness(tmp_path) as harness, slow_commit(monkeypatch, State.DELIVERED) as go:
        clip = await posted_clip(harness)
        commit_while_it_is_read(monkeypatch, go)
        await harness.bob.reply(clip, "heavy snow")
        await harness.wait_for_clip("heavy snow")


async def test_a_message_that_no_row_gets_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait ends, and the buttons alone prove nothing."""
    monkeypatch.setattr("bot.chat.requests.job_actions.PRESS_WAITS_S", 0.1)
    async with open_harness(tmp_path) as harness, slow_commit(monkeypatch, State.DELIVERED):
        clip = await posted_clip(harness)
        answer = await response_text(await harness.alice.press(clip, "Details"))
        assert answer.startswith(NOT_FOUND.removesuffix("."))
