"""Rows A (order), B (answer) and I (delivery) of the fault matrix. Source: reference/reliability.md 5."""

import asyncio
import sqlite3

import pytest

from bot.chat.text import job_text
from bot.jobs.errors import PromptLength
from bot.jobs.job import Kind, RequestOrigin, State
from bot.ordering.quote import Request
from bot.ports.publisher import ChannelGone, ContentBlocked, Delivery, MissingAccess, TooLarge
from tests.faults.matrix_submit import FOUND, ended
from tests.faults.scenarios import DAY_S, Scene, play
from tests.service_factory import create

ABANDONED = ended(State.ABANDONED, charges=0, money="release")


def nothing_known() -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        assert (await scene.job(), scene.charges) == (None, 0)

    play(act, "none", ("store.insert", "before"))


def written_and_never_answered() -> None:
    play(ABANDONED, "none", ("store.insert", "after"))


def the_same_event_twice() -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        scene.ground.interactions -= 1
        assert await scene.life.order("none") is None
        await FOUND.look(scene)
        rows = await scene.ground.database.run("SELECT count(*) AS n FROM job")
        assert rows[0]["n"] == 1

    play(act)


def an_order_on_a_full_disk_is_refused() -> None:
    async def act(scene: Scene) -> None:
        scene.ground.full_until = asyncio.get_running_loop().time() + 60.0
        with pytest.raises(sqlite3.OperationalError):
            await scene.life.order("none")
        assert (await scene.job(), scene.charges, scene.ground.channel.messages) == (None, 0, {})

    play(act)


def an_order_under_a_wrong_clock() -> None:
    for jump_s in (DAY_S, -DAY_S):

        async def act(scene: Scene, jump_s: float = jump_s) -> None:
            scene.ground.clock.error = jump_s
            await FOUND(scene)

        play(act)


def hostile_words_are_kept_raw() -> None:
    async def act(scene: Scene) -> None:
        words = "a \u202eboat\u202c @everyone **[x](https://y)** \0 `"
        asked = RequestOrigin(user_id=1, guild_id=1, channel_id=1, interaction_id=5)
        job = await create(scene.life.job_service, asked, Request(kind=Kind.GENERATE, prompt=words, model="fake@none"))
        assert job is not None
        kept = await scene.ground.store().job(job.id)
        assert kept is not None
        assert kept.prompt == words.strip()
        assert "@everyone" not in job_text.plain(kept.prompt).replace("@\u200beveryone", "")
        with pytest.raises(PromptLength):
            long = Request(kind=Kind.GENERATE, prompt="x" * 10_000, model="fake@none")
            await create(
                scene.life.job_service, RequestOrigin(user_id=1, guild_id=1, channel_id=1, interaction_id=6), long
            )

    play(act)


def taken_by_discord_and_unknown_to_us() -> None:
    play(FOUND, "none", ("discord.answer", "after"))


def discord_is_asked_what_became_of_the_answer() -> None:
    play(FOUND, "none", ("store.transition.accepted", "before"))


def answered_and_the_disk_is_full() -> None:
    async def act(scene: Scene) -> None:
        ordering = scene.order()
        task = asyncio.create_task(ordering)
        while await scene.job() is None:  # noqa: ASYNC110
            await asyncio.sleep(0)
        scene.ground.full_until = asyncio.get_running_loop().time() + 90.0
        await task
        await FOUND.look(scene)

    play(act)


def an_old_answer_under_a_wrong_clock() -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        scene.ground.clock.error = -DAY_S
        await FOUND.look(scene)

    play(act, "none", ("discord.answer", "after"))


def the_other_bot_has_answered() -> None:
    """Two bots on one token: Discord took the other's answer, so this one finds nothing of its own."""
    play(ABANDONED, "none", ("discord.answer", "before"))


def never_posted(delivery: Delivery) -> None:
    """Discord says this to every post: the clip is kept."""

    async def act(scene: Scene) -> None:
        async def post(*_: object) -> Delivery:
            return delivery

        scene.life.publisher.post = post  # type: ignore[assignment]
        scene.life.publisher.post_link = post  # type: ignore[assignment]
        await ended(State.KEPT, charges=1, money="capture")(scene)

    play(act)


async def _posted_then_deleted(scene: Scene) -> None:
    await scene.order()
    await scene.until(State.DELIVERING)
    while not scene.clips:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    for message in scene.ground.channel.messages.values():
        message.deleted = message.has_clip
    job = await scene.quiet()
    assert (job.state, job.post.deleted_at is not None, scene.clips) == (State.DELIVERED, True, 0)


def whatever_discord_refuses() -> None:
    for delivery in (ChannelGone(), ContentBlocked(), TooLarge(), MissingAccess(missing=("attach_files",))):
        never_posted(delivery)
    play(_posted_then_deleted, posts=("lost",))
    play(FOUND, posts=("parked", "ok"))


def killed_after_the_post_within_and_past_the_nonces_life() -> None:
    play(FOUND, "none", ("publisher.post", "after"))

    async def act(scene: Scene) -> None:
        await scene.order()
        while not scene.life.gate.dead:  # noqa: ASYNC110
            await asyncio.sleep(1.0)
        await asyncio.sleep(1000.0)
        await FOUND.look(scene)

    play(act, "none", ("publisher.post", "after"))


def posted_and_the_disk_is_full() -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        await scene.until(State.DELIVERING)
        while not scene.clips:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        scene.ground.full_until = asyncio.get_running_loop().time() + 600.0
        await FOUND.look(scene)

    play(act)


def posted_under_a_clock_that_jumps() -> None:
    for jump_s in (600.0, -600.0):

        async def act(scene: Scene, jump_s: float = jump_s) -> None:
            await scene.order()
            await scene.until(State.DELIVERING)
            await asyncio.sleep(1.0)
            scene.ground.clock.error = jump_s
            await FOUND.look(scene)

        play(act, posts=("late", "late"))


def two_workers_post_once() -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        job = await scene.until(State.DELIVERING)
        await scene.ground.store().take_over(job.id, (State.DELIVERING,), 0.0, 0.0)
        await scene.ground.database.run("UPDATE job SET due_at = 0")
        scene.life.engine.wake_up()
        await FOUND.look(scene)

    play(act)


CELLS = {
    "A-K1": nothing_known,
    "A-K2": written_and_never_answered,
    "A-DK": an_order_on_a_full_disk_is_refused,
    "A-CK": an_order_under_a_wrong_clock,
    "A-ZO": the_same_event_twice,
    "A-HX": hostile_words_are_kept_raw,
    "B-K1": lambda: play(ABANDONED, "none", ("discord.answer", "before")),
    "B-K2": taken_by_discord_and_unknown_to_us,
    "B-TO": discord_is_asked_what_became_of_the_answer,
    "B-DK": answered_and_the_disk_is_full,
    "B-CK": an_old_answer_under_a_wrong_clock,
    "B-ZO": the_other_bot_has_answered,
    "I-K1": lambda: play(FOUND, "none", ("publisher.post", "before")),
    "I-K2": killed_after_the_post_within_and_past_the_nonces_life,
    "I-TO": lambda: play(FOUND, posts=("late", "late")),
    "I-5X": lambda: play(FOUND, posts=("lost", "never", "lost")),
    "I-RL": lambda: play(FOUND, posts=("never", "never")),
    "I-PX": whatever_discord_refuses,
    "I-DK": posted_and_the_disk_is_full,
    "I-CK": posted_under_a_clock_that_jumps,
    "I-ZO": two_workers_post_once,
}
