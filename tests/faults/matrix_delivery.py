"""Rows A (request), B (response) and I (delivery) of the fault matrix. Source: reference/reliability.md 5."""

import asyncio
import sqlite3

import pytest

from bot.chat.text.escape import escape
from bot.jobs.errors import PromptLength
from bot.jobs.job import Job, Kind, RequestOrigin, State
from bot.ordering.quote import Request
from bot.ports.publisher import (
    ChannelGone,
    ContentBlocked,
    Delivery,
    MessageInvalid,
    MissingAccess,
    Posted,
    TooLarge,
    UnknownOutcome,
)
from tests.faults.expected_outcome import DELIVERED, expect
from tests.faults.scenarios import DAY_S, Scenario, run_scenario
from tests.service_factory import create

ABANDONED = expect(State.ABANDONED, charges=0, money="release")


def a_request_killed_before_its_insert_leaves_nothing() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        assert (await scenario.job(), scenario.charges) == (None, 0)

    run_scenario(steps, "none", ("store.insert", "before"))


def an_unanswered_request_is_abandoned() -> None:
    run_scenario(ABANDONED, "none", ("store.insert", "after"))


def a_repeated_event_creates_one_job() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        scenario.environment.last_interaction_id -= 1
        assert await scenario.process.request_video("none") is None
        await DELIVERED.check(scenario)
        rows = await scenario.environment.database.run("SELECT count(*) AS n FROM job")
        assert rows[0]["n"] == 1

    run_scenario(steps)


def a_request_on_a_full_disk_is_rejected() -> None:
    async def steps(scenario: Scenario) -> None:
        scenario.environment.disk_full_until = asyncio.get_running_loop().time() + 60.0
        with pytest.raises(sqlite3.OperationalError):
            await scenario.process.request_video("none")
        assert (await scenario.job(), scenario.charges, scenario.environment.channel.messages) == (None, 0, {})

    run_scenario(steps)


def a_request_with_a_wrong_clock_is_delivered() -> None:
    for jump_s in (DAY_S, -DAY_S):

        async def steps(scenario: Scenario, jump_s: float = jump_s) -> None:
            scenario.environment.clock.error_s = jump_s
            await DELIVERED(scenario)

        run_scenario(steps)


def hostile_text_is_stored_unchanged() -> None:
    async def steps(scenario: Scenario) -> None:
        prompt = "a \u202eboat\u202c @everyone **[x](https://y)** \0 `"
        origin = RequestOrigin(user_id=1, guild_id=1, channel_id=1, interaction_id=5)
        job = await create(
            scenario.process.job_service, origin, Request(kind=Kind.GENERATE, prompt=prompt, model="fake@none")
        )
        assert job is not None
        kept = await scenario.environment.store().job(job.id)
        assert kept is not None
        assert kept.prompt == prompt.strip()
        assert "@everyone" not in escape(kept.prompt).replace("@\u200beveryone", "")
        with pytest.raises(PromptLength):
            long = Request(kind=Kind.GENERATE, prompt="x" * 10_000, model="fake@none")
            await create(
                scenario.process.job_service, RequestOrigin(user_id=1, guild_id=1, channel_id=1, interaction_id=6), long
            )

    run_scenario(steps)


def a_response_with_an_unknown_outcome_is_found() -> None:
    run_scenario(DELIVERED, "none", ("discord.answer", "after"))


def the_response_is_looked_up_after_a_kill() -> None:
    run_scenario(DELIVERED, "none", ("store.transition.accepted", "before"))


def a_confirmation_on_a_full_disk_is_retried() -> None:
    async def steps(scenario: Scenario) -> None:
        ordering = scenario.request_video()
        task = asyncio.create_task(ordering)
        while await scenario.job() is None:  # noqa: ASYNC110
            await asyncio.sleep(0)
        scenario.environment.disk_full_until = asyncio.get_running_loop().time() + 90.0
        await task
        await DELIVERED.check(scenario)

    run_scenario(steps)


def an_old_response_is_found_with_a_wrong_clock() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        scenario.environment.clock.error_s = -DAY_S
        await DELIVERED.check(scenario)

    run_scenario(steps, "none", ("discord.answer", "after"))


def another_bot_on_the_token_has_responded() -> None:
    """Two bots share a token: Discord accepted the other's response, so this one finds none of its own."""
    run_scenario(ABANDONED, "none", ("discord.answer", "before"))


def post_is_refused(delivery: Delivery) -> None:
    """Discord returns this for every post: the clip is kept."""

    async def steps(scenario: Scenario) -> None:
        async def post(*_: object) -> Delivery:
            return delivery

        scenario.process.publisher.post = post  # type: ignore[assignment]
        scenario.process.publisher.post_link = post  # type: ignore[assignment]
        await expect(State.KEPT, charges=1, money="capture")(scenario)

    run_scenario(steps)


async def _posted_then_deleted(scenario: Scenario) -> None:
    await scenario.request_video()
    await scenario.wait_for_state(State.DELIVERING)
    while not scenario.clips:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    for message in scenario.environment.channel.messages.values():
        message.deleted = message.has_clip
    job = await scenario.wait_until_idle()
    assert (job.state, job.post.deleted_at is not None, scenario.clips) == (State.DELIVERED, True, 0)


def refused_posts_keep_the_clip() -> None:
    for delivery in (
        ChannelGone(),
        ContentBlocked(),
        MessageInvalid(code=50035),
        TooLarge(),
        TooLarge(by_discord=False),
        MissingAccess(missing=("attach_files",)),
    ):
        post_is_refused(delivery)
    run_scenario(_posted_then_deleted, posts=("lost",))
    run_scenario(DELIVERED, posts=("parked", "ok"))


def a_kill_after_the_post_does_not_post_twice() -> None:
    run_scenario(DELIVERED, "none", ("publisher.post", "after"))

    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        while not scenario.process.crash_injector.dead:  # noqa: ASYNC110
            await asyncio.sleep(1.0)
        await asyncio.sleep(1000.0)
        await DELIVERED.check(scenario)

    run_scenario(steps, "none", ("publisher.post", "after"))


def a_long_outage_does_not_make_a_post_uncertain() -> None:
    """The answer to the post was lost, and for hours Discord doesn't let us look for it: it's posted once."""

    async def steps(scenario: Scenario) -> None:
        publisher, until = scenario.process.publisher, asyncio.get_running_loop().time() + 5 * 3600.0
        search = publisher.find_post

        async def find_post(job: Job, since: float) -> Posted | UnknownOutcome | None:
            down = asyncio.get_running_loop().time() < until
            return UnknownOutcome() if down else await search(job, since)

        publisher.find_post = find_post  # type: ignore[method-assign]
        await DELIVERED(scenario)
        assert asyncio.get_running_loop().time() >= until

    run_scenario(steps, posts=("lost", *["never"] * 60))  # until the nonce has expired


def a_post_on_a_full_disk_is_recorded_later() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        await scenario.wait_for_state(State.DELIVERING)
        while not scenario.clips:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        scenario.environment.disk_full_until = asyncio.get_running_loop().time() + 600.0
        await DELIVERED.check(scenario)

    run_scenario(steps)


def a_post_survives_a_clock_jump() -> None:
    for jump_s in (600.0, -600.0):

        async def steps(scenario: Scenario, jump_s: float = jump_s) -> None:
            await scenario.request_video()
            await scenario.wait_for_state(State.DELIVERING)
            await asyncio.sleep(1.0)
            scenario.environment.clock.error_s = jump_s
            await DELIVERED.check(scenario)

        run_scenario(steps, posts=("late", "late"))


def two_workers_post_once() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        job = await scenario.wait_for_state(State.DELIVERING)
        await scenario.environment.store().take_over(job.id, (State.DELIVERING,), 0.0, 0.0)
        await scenario.environment.database.run("UPDATE job SET due_at = 0")
        scenario.process.worker.wake_up()
        await DELIVERED.check(scenario)

    run_scenario(steps)


def posts_fail_with_5xx() -> None:
    run_scenario(DELIVERED, posts=("lost", "never", "lost"))
    a_long_outage_does_not_make_a_post_uncertain()


CELLS = {
    "A-K1": a_request_killed_before_its_insert_leaves_nothing,
    "A-K2": an_unanswered_request_is_abandoned,
    "A-DK": a_request_on_a_full_disk_is_rejected,
    "A-CK": a_request_with_a_wrong_clock_is_delivered,
    "A-ZO": a_repeated_event_creates_one_job,
    "A-HX": hostile_text_is_stored_unchanged,
    "B-K1": lambda: run_scenario(ABANDONED, "none", ("discord.answer", "before")),
    "B-K2": a_response_with_an_unknown_outcome_is_found,
    "B-TO": the_response_is_looked_up_after_a_kill,
    "B-DK": a_confirmation_on_a_full_disk_is_retried,
    "B-CK": an_old_response_is_found_with_a_wrong_clock,
    "B-ZO": another_bot_on_the_token_has_responded,
    "I-K1": lambda: run_scenario(DELIVERED, "none", ("publisher.post", "before")),
    "I-K2": a_kill_after_the_post_does_not_post_twice,
    "I-TO": lambda: run_scenario(DELIVERED, posts=("late", "late")),
    "I-5X": posts_fail_with_5xx,
    "I-RL": lambda: run_scenario(DELIVERED, posts=("never", "never")),
    "I-PX": refused_posts_keep_the_clip,
    "I-DK": a_post_on_a_full_disk_is_recorded_later,
    "I-CK": a_post_survives_a_clock_jump,
    "I-ZO": two_workers_post_once,
}
