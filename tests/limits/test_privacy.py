"""What is forgotten, and when: after the retention days, on request, and with the server. The sums stay true."""

import logging
from pathlib import Path

from bot.jobs.job import State
from bot.jobs.server_settings import FORGOTTEN
from bot.worker.retention import GRACE_S, RetentionSweep
from tests.harness import Studio, open_studio
from tests.limits.helpers import LIGHTHOUSE, books_of, database_of, set_rules, shown, told
from tests.limits.service_harness import NOON, PRICE, Shop, open_shop

DAY = 86_400.0


def sweep_of(shop: Shop, *present: int) -> RetentionSweep:
    return RetentionSweep(
        shop.context,
        shop.repositories.memory,
        shop.job_service.give_up,
        present=lambda: set(present) if present else None,
    )


async def prompts(shop: Shop) -> list[str]:
    return [row[0] for row in await shop.database.run("SELECT prompt FROM job ORDER BY created_at")]


async def test_prompts_and_files_go_after_the_days_of_their_server(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.set(1, retention_days=10)
        ours, theirs = await shop.order(guild_id=1), await shop.order(guild_id=2)
        for job in (ours, theirs):
            await shop.end(job, money="capture")
            shop.context.files.clip(job).write_bytes(b"clip")
            shop.context.files.picture(job).write_bytes(b"picture")
        running = await shop.order(guild_id=1)
        sweep = sweep_of(shop)
        shop.clock.at = NOON + 10 * DAY - 1
        assert await sweep.run_once() == 0
        shop.clock.at = NOON + 10 * DAY + 1
        assert await sweep.run_once() == 1
        assert sorted(await prompts(shop)) == sorted([FORGOTTEN, "a paper boat", "a paper boat"])
        assert not shop.context.files.clip(ours).exists()
        assert not shop.context.files.picture(ours).exists()
        assert shop.context.files.clip(theirs).exists()
        shop.clock.at = NOON + 90 * DAY + 1
        assert await sweep.run_once() == 1
        left = await shop.store.job(running.id)
        assert left is not None
        assert left.prompt == "a paper boat"  # it runs: its prompt is needed
        assert await shop.in_ledger() == 3 * PRICE


async def test_forgetting_a_member_leaves_every_sum_as_it_was(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.set(1, videos_per_member=2)
        shop.clock.at = NOON - DAY
        await shop.end(await shop.order(), money="capture")
        shop.clock.at = NOON
        await shop.end(await shop.order(), money="capture")
        held, running = await shop.order(guild_id=2), await shop.order(guild_id=3)
        await shop.end(held, money="hold")
        other = await shop.order(user_id=2)
        await shop.repositories.people.seen(1, 1, "alice", NOON)
        before = await shop.in_ledger()
        await shop.repositories.memory.ask_to_forget(1, NOON)
        sweep = sweep_of(shop)
        assert await sweep.delete_member(1) == 3
        assert await shop.repositories.people.names(1) == {}
        assert (await shop.repositories.budgets.used(1, 1, NOON)).member_videos == 1  # today's limit still holds
        rows = await shop.database.run("SELECT user_id, prompt FROM job ORDER BY created_at, user_id")
        assert [tuple(row) for row in rows if row[0] == 0] == [(0, FORGOTTEN)]
        assert await shop.repositories.memory.to_forget() == [1]
        await shop.end(running, money="capture")
        shop.clock.at = NOON + DAY
        await sweep.run_once()
        assert await shop.repositories.memory.to_forget() == []
        rows = await shop.database.run("SELECT DISTINCT user_id FROM job WHERE id <> ?", (other.id,))
        assert [row[0] for row in rows] == [0]
        assert not await shop.database.run("SELECT 1 FROM day_use WHERE user_id = 1")
        assert await shop.in_ledger() == before
        assert (await shop.repositories.budgets.used(1, 9, NOON)).host_month_micros == before


async def test_a_server_that_is_left_is_forgotten_after_a_week_and_not_when_we_come_back(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.set(1, words=("gun",))
        await shop.set(2)
        for guild_id in (1, 2):
            await shop.end(await shop.order(guild_id=guild_id), money="capture")
        await shop.repositories.servers.block(1, 9, None, by_id=3, now=NOON)
        await shop.repositories.people.seen(1, 1, "alice", NOON)
        await shop.repositories.memory.left(2, NOON)
        await shop.repositories.memory.joined(2)
        sweep = sweep_of(shop, 2)
        await sweep.run_once()  # finds out by itself that we are not on server 1 any more
        shop.clock.at = NOON + GRACE_S - 1
        await sweep.run_once()
        assert FORGOTTEN not in await prompts(shop)
        shop.clock.at = NOON + GRACE_S + 1
        await sweep.run_once()
        for table in ("server", "block", "audit", "person", "gone"):
            assert not await shop.database.run(f"SELECT 1 FROM {table} WHERE guild_id = 1"), table  # noqa: S608
        rows = await shop.database.run("SELECT guild_id, user_id, prompt FROM job ORDER BY guild_id")
        assert [tuple(row) for row in rows] == [(1, 0, FORGOTTEN), (2, 1, "a paper boat")]
        assert await shop.in_ledger(1) == PRICE


async def test_delete_my_data_from_jobs_with_and_without_the_videos(tmp_path: Path) -> None:
    for what, left in (("Delete, with my videos", 0), ("Delete, keep the videos", 1)):
        async with open_studio(tmp_path / str(left)) as studio:
            await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
            clip = await studio.clip_of(LIGHTHOUSE)
            await at_rest(studio)
            jobs = await shown(await studio.alice.slash(studio.channel, "jobs"))
            asked = await shown(await studio.alice.press(jobs, "Delete my data"))
            assert asked.content.startswith("**Delete your data?**")
            await studio.restart()
            await studio.alice.press(asked, what)
            done = await studio.said("Your data are deleted: 1 video")
            assert ("also in their channels" in done.content) == (left == 0)
            assert len([m for m in studio.clips if not m.deleted]) == left
            (row,) = await database_of(studio).run("SELECT prompt FROM job")
            assert row[0] == FORGOTTEN
            assert not list((studio.data / "clips").glob("*.mp4"))
            if left:
                sentence = "The prompt of this video was deleted. Ask for a new one with /generate."
                assert await told(await studio.alice.press(clip, "Again")) == sentence
                assert LIGHTHOUSE not in await told(await studio.bob.press(clip, "Details"))


async def at_rest(studio: Studio) -> None:
    """Wait until the last word about every job was said."""
    for _ in range(500):
        rows = await database_of(studio).run("SELECT 1 FROM job WHERE due_at IS NOT NULL OR lease_until IS NOT NULL")
        if not rows:
            return
        await studio.discord.world.bus.changed(0.02)
    raise AssertionError("something is still due")


async def test_a_server_that_removes_the_bot_is_noted_and_taken_back(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await set_rules(studio, words=("gun",))
        memory = books_of(studio).memory
        studio.guild.remove_bot()
        for _ in range(200):
            if await memory.gone(NOON * 2):
                break
            await studio.discord.world.bus.changed(0.02)
        assert await memory.gone(NOON * 2) == [studio.guild.id]
        studio.guild.add_bot()
        for _ in range(200):
            if not await memory.gone(NOON * 2):
                break
            await studio.discord.world.bus.changed(0.02)
        assert await memory.gone(NOON * 2) == []


async def test_no_prompt_and_no_name_is_in_the_log(tmp_path: Path, caplog: object) -> None:
    records: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(f"{record.getMessage()} {record.__dict__}")  # type: ignore[method-assign]
    logging.getLogger("retake").addHandler(handler)
    try:
        async with open_studio(tmp_path) as studio:
            await set_rules(studio, words=("canaryword",))
            await told(await studio.alice.slash(studio.channel, "generate", prompt="a canaryword in a mine"))
            await studio.alice.slash(studio.channel, "generate", prompt="a canaryprompt in a mine")
            await studio.clip_of("canaryprompt")
    finally:
        logging.getLogger("retake").removeHandler(handler)
    assert not [line for line in records if "canary" in line]


async def test_a_video_that_waits_for_a_decision_keeps_its_prompt_until_it_is_given_up(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        job = await shop.order()
        undecided = await shop.store.transition(
            job, State.NEEDS_PERSON, now=NOON, why="test", money="hold", trouble="OutcomeUnknown", due_at=None
        )
        assert undecided is not None
        await shop.repositories.memory.ask_to_forget(1, NOON + 1)
        shop.clock.at = NOON + 2
        await sweep_of(shop).delete_member(1)
        after = await shop.store.job(job.id)
        assert after is not None
        assert after.state is State.CANCELLED
        await shop.store.update(after, due_at=None, lease_until=None)  # the last word was said
        await sweep_of(shop).run_once()
        assert await prompts(shop) == [FORGOTTEN]
        assert await shop.in_ledger() == PRICE
