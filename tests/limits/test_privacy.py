"""Retention: data is deleted after the configured days, on request and with the server. Totals stay correct."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.jobs.server_settings import DELETED_PROMPT
from bot.ports.presence import Shard
from bot.sandbox.fault_injection import Fault
from bot.worker.retention import GRACE_S
from tests.harness import open_harness
from tests.limits.helpers import (
    LIGHTHOUSE,
    database_of,
    repositories_of,
    response_text,
    set_server_settings,
)
from tests.limits.privacy_helpers import (
    DAY,
    ask_to_delete_my_data,
    dump,
    make_sweep,
    stored_prompts,
    wait_for_final_statuses,
)
from tests.limits.service_harness import NOON, PRICE, open_service_harness

ONLY_SHARD = Shard(number=0, shards=1)


async def test_prompts_and_files_are_deleted_after_the_servers_retention_days(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.set_server_settings(1, retention_days=10)
        ours, theirs = await harness.create_job(guild_id=1), await harness.create_job(guild_id=2)
        for job in (ours, theirs):
            await harness.finish_job(job, money="capture")
            harness.context.files.clip(job).write_bytes(b"clip")
            (harness.context.files.pictures / job.id).write_bytes(b"picture")
        running = await harness.create_job(guild_id=1)
        sweep = make_sweep(harness)
        harness.clock.current = NOON + 10 * DAY - 1
        assert await sweep.run_once() == 0
        harness.clock.current = NOON + 10 * DAY + 1
        assert await sweep.run_once() == 1
        assert sorted(await stored_prompts(harness)) == sorted([DELETED_PROMPT, "a paper boat", "a paper boat"])
        assert not harness.context.files.clip(ours).exists()
        assert not (harness.context.files.pictures / ours.id).exists()
        assert harness.context.files.clip(theirs).exists()
        harness.clock.current = NOON + 90 * DAY + 1
        assert await sweep.run_once() == 1
        left = await harness.store.job(running.id)
        assert left is not None
        assert left.prompt == "a paper boat"  # still running: its prompt is needed
        assert await harness.ledger_total() == 3 * PRICE


async def test_deleting_a_members_data_keeps_every_total(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.set_server_settings(1, videos_per_member=2)
        harness.clock.current = NOON - DAY
        await harness.finish_job(await harness.create_job(), money="capture")
        harness.clock.current = NOON
        await harness.finish_job(await harness.create_job(), money="capture")
        held, running = await harness.create_job(guild_id=2), await harness.create_job(guild_id=3)
        await harness.finish_job(held, money="hold")
        other = await harness.create_job(user_id=2)
        await harness.repositories.members.record(1, 1, "alice", NOON)
        before = await harness.ledger_total()
        await harness.repositories.retention.request_deletion(1, NOON)
        sweep = make_sweep(harness)
        assert await sweep.delete_member(1) == 3
        assert await harness.repositories.members.names(1, [1]) == {}
        assert (await harness.repositories.usage.totals(1, 1, NOON)).member_videos == 1  # today's limit still applies
        rows = await harness.database.run("SELECT user_id, prompt FROM job ORDER BY created_at, user_id")
        assert [tuple(row) for row in rows if row[0] == 0] == [(0, DELETED_PROMPT)]
        assert await harness.repositories.retention.requested_deletions() == [1]
        await harness.finish_job(running, money="capture")
        harness.clock.current = NOON + DAY
        await sweep.run_once()
        assert await harness.repositories.retention.requested_deletions() == []
        rows = await harness.database.run("SELECT DISTINCT user_id FROM job WHERE id <> ?", (other.id,))
        assert [row[0] for row in rows] == [0]
        for table in ("day_use", "day_model_use", "video", "member_video_count", "member_job_count"):
            assert not await harness.database.run(f"SELECT 1 FROM {table} WHERE user_id = 1")  # noqa: S608
        assert await harness.ledger_total() == before
        assert (await harness.repositories.usage.totals(1, 9, NOON)).host_month_micros == before


async def test_data_of_a_left_server_is_deleted_after_a_week_unless_the_bot_returns(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.set_server_settings(1, words=("gun",))
        await harness.set_server_settings(2)
        for guild_id in (1, 2):
            await harness.finish_job(await harness.create_job(guild_id=guild_id), money="capture")
        await harness.repositories.servers.block(1, 9, None, by_id=3, now=NOON)
        await harness.repositories.members.record(1, 1, "alice", NOON)
        await harness.repositories.retention.record_leaving(2, NOON)
        await harness.repositories.retention.record_joining(2)
        sweep = make_sweep(harness)
        await harness.repositories.presence.list_shard(ONLY_SHARD, [2], NOON)
        await sweep.run_once()  # the sweep notices that the bot has left server 1
        harness.clock.current = NOON + GRACE_S - 1
        await sweep.run_once()
        assert DELETED_PROMPT not in await stored_prompts(harness)
        harness.clock.current = NOON + GRACE_S + 1
        await sweep.run_once()
        assert DELETED_PROMPT not in await stored_prompts(harness)  # the bot is offline: it may be back on the server
        await harness.repositories.presence.confirm([ONLY_SHARD], harness.clock.current)
        await sweep.run_once()
        for table in ("server", "block", "audit", "person", "gone"):
            assert not await harness.database.run(f"SELECT 1 FROM {table} WHERE guild_id = 1"), table  # noqa: S608
        rows = await harness.database.run("SELECT guild_id, user_id, prompt FROM job ORDER BY guild_id")
        assert [tuple(row) for row in rows] == [(1, 0, DELETED_PROMPT), (2, 1, "a paper boat")]
        assert await harness.ledger_total(1) == PRICE


async def test_nobody_is_erased_whose_server_is_on_the_shard_of_another_gateway(tmp_path: Path) -> None:
    """Two gateways, one shard each. The first sees its own server only; the second was never connected, then is."""
    first, second = Shard(number=0, shards=2), Shard(number=1, shards=2)
    ours, theirs, left = 2 << 22, 3 << 22, 5 << 22
    async with open_service_harness(tmp_path) as harness:
        for guild_id in (ours, theirs, left):
            await harness.finish_job(await harness.create_job(guild_id=guild_id), money="capture")
        presence, sweep = harness.repositories.presence, make_sweep(harness)
        for _week in range(2):
            await presence.list_shard(first, [ours], harness.clock.current)
            await sweep.run_once()
            harness.clock.current += GRACE_S + 1
        assert DELETED_PROMPT not in await stored_prompts(harness)
        for _week in range(2):
            await presence.list_shard(first, [ours], harness.clock.current)
            await presence.list_shard(second, [theirs], harness.clock.current)
            await sweep.run_once()
            harness.clock.current += GRACE_S + 1
        rows = await harness.database.run("SELECT guild_id FROM job WHERE prompt = ?", (DELETED_PROMPT,))
        assert [row[0] for row in rows] == [left]


async def test_delete_my_data_from_jobs_with_and_without_the_videos(tmp_path: Path) -> None:
    for what, left in (("Delete data and videos", 0), ("Delete data, keep videos", 1)):
        async with open_harness(tmp_path / str(left)) as harness:
            await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
            clip = await harness.wait_for_clip(LIGHTHOUSE)
            await wait_for_final_statuses(harness)
            dialog = await ask_to_delete_my_data(harness)
            assert dialog.content.startswith("**Delete your data?**")
            await harness.restart()
            await harness.alice.press(dialog, what)
            done = await harness.wait_for_message("Your data has been deleted: 1 video")
            assert ("removed from their channels" in done.content) == (left == 0)
            assert len([m for m in harness.clips if not m.deleted]) == left
            (row,) = await database_of(harness).run("SELECT prompt FROM job")
            assert row[0] == DELETED_PROMPT
            assert not list((harness.data / "clips").glob("*.mp4"))
            if left:
                sentence = "The prompt of this video was deleted. Use /generate to make a new one."
                assert await response_text(await harness.alice.press(clip, "Again")) == sentence
                assert LIGHTHOUSE not in await response_text(await harness.bob.press(clip, "Details"))


@pytest.mark.parametrize("stage", ["waiting", "rendering", "posting"])
async def test_videos_that_are_not_finished_are_never_posted_after_delete_my_data(tmp_path: Path, stage: str) -> None:
    overrides: dict[str, dict[str, object]] = {"toapis": {"jobs_at_once": 1}}
    async with open_harness(tmp_path, render_s=60.0, account_overrides=overrides) as harness:
        await set_server_settings(harness, jobs_per_member=None)
        await harness.bob.slash(harness.channel, "generate", prompt="the only one that renders")
        first = await harness.wait_until(lambda: next(iter(harness.provider.tasks), None))
        if stage != "waiting":
            await harness.provider.finish(first)
            await harness.wait_for_clip("the only one that renders")
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        await harness.wait_for_message(LIGHTHOUSE)
        sent = 1 if stage == "waiting" else 2
        if stage != "waiting":
            await harness.wait_until(lambda: len(harness.provider.tasks) == 2)
        if stage == "posting":  # Discord takes the clip and doesn't say so
            lost = Fault(route=f"POST *{harness.channel.id}/messages", when="after", status=502, times=8)
            fault = harness.discord.wire.fail(lost)
            await harness.provider.finish(list(harness.provider.tasks)[1])
            await harness.wait_until(lambda: fault.hits)
        await harness.alice.press(await ask_to_delete_my_data(harness), "Delete data and videos")
        done = await harness.wait_for_message("1 unfinished video won't be posted.")
        assert done.content.startswith("Your data has been deleted: ")
        await harness.restart()
        for task in list(harness.provider.tasks):
            await harness.provider.finish(task)
        await wait_for_final_statuses(harness)
        public = [m.content for m in harness.discord.all_messages if m.ephemeral_to is None and not m.deleted]
        assert [text for text in public if LIGHTHOUSE in text] == []
        assert len(harness.provider.charges) == sent


async def test_removing_the_bot_is_recorded_and_undone_when_it_is_added_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await set_server_settings(harness, words=("gun",))
        memory = repositories_of(harness).retention
        harness.guild.remove_bot()
        for _ in range(3000):
            if await memory.left_before(NOON * 2):
                break
            await harness.discord.world.bus.changed(0.02)
        assert await memory.left_before(NOON * 2) == [harness.guild.id]
        harness.guild.add_bot()
        for _ in range(3000):
            if not await memory.left_before(NOON * 2):
                break
            await harness.discord.world.bus.changed(0.02)
        assert await memory.left_before(NOON * 2) == []


async def test_the_log_contains_no_prompt_and_no_name(tmp_path: Path, caplog: object) -> None:
    records: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(f"{record.getMessage()} {record.__dict__}")  # type: ignore[method-assign]
    logging.getLogger("retake").addHandler(handler)
    try:
        async with open_harness(tmp_path) as harness:
            await set_server_settings(harness, words=("canaryword",))
            await response_text(await harness.alice.slash(harness.channel, "generate", prompt="a canaryword in a mine"))
            await harness.alice.slash(harness.channel, "generate", prompt="a canaryprompt in a mine")
            await harness.wait_for_clip("canaryprompt")
    finally:
        logging.getLogger("retake").removeHandler(handler)
    assert not [line for line in records if "canary" in line]


async def test_a_video_that_waits_for_a_decision_keeps_its_prompt_until_it_is_given_up(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        job = await harness.create_job()
        undecided = await harness.store.transition(
            job, State.NEEDS_PERSON, now=NOON, why="test", money="hold", trouble="OutcomeUnknown", due_at=None
        )
        assert undecided is not None
        await harness.repositories.retention.request_deletion(1, NOON + 1)
        harness.clock.current = NOON + 2
        await make_sweep(harness).delete_member(1)
        after = await harness.store.job(job.id)
        assert after is not None
        assert after.state is State.CANCELLED
        await harness.store.update(after, due_at=None, lease_until=None)  # its final status was posted
        await make_sweep(harness).run_once()
        assert await stored_prompts(harness) == [DELETED_PROMPT]
        assert await harness.ledger_total() == PRICE


async def test_a_dump_after_a_deletion_has_no_id_no_name_and_no_prompt(tmp_path: Path) -> None:
    alice, manager = 424242424242, 777
    async with open_service_harness(tmp_path) as harness:
        servers, store = harness.repositories.servers, harness.store
        job = await harness.create_job(user_id=alice)
        await harness.repositories.members.record(1, alice, "alice of the lake", NOON, "de")
        await servers.edit_settings(1, alice, NOON, lambda settings: replace(settings, paused=True))
        await servers.block(1, alice, NOON + 60.0, by_id=manager, now=NOON)
        await servers.unblock(1, alice, by_id=manager, now=NOON + 1.0)
        await servers.record_report(1, job.id, alice, NOON)
        assert await store.set_flag_once_per(f"bell:{alice}", NOON, DAY)
        assert await store.set_flag_once_per(f"press:{job.id}:again:{alice}", NOON, 30.0)
        await harness.finish_job(job, money="capture")
        before = dump(tmp_path)
        assert all(text in before for text in (str(alice), "alice of the lake", "a paper boat"))
        await harness.repositories.retention.request_deletion(alice, NOON)
        harness.clock.current = NOON + DAY
        await make_sweep(harness).run_once()
        after = dump(tmp_path)
        assert not [text for text in (str(alice), "alice of the lake", "a paper boat") if text in after]


async def test_a_block_outlives_a_deletion(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        servers = harness.repositories.servers
        await servers.block(1, 5, None, by_id=777, now=NOON)
        await harness.repositories.retention.request_deletion(5, NOON)
        harness.clock.current = NOON + DAY
        await make_sweep(harness).run_once()
        assert await servers.blocked(1, 5, NOON + DAY) is not None
        assert await servers.count_audit(1) == 1


async def test_flags_are_deleted_after_their_effect_has_ended(tmp_path: Path) -> None:
    flags = {"press:a:b:1": 1.0, "bell:1": 2.0, "warned:x": 62.0, "upload-limit:1": 60.0, "commands:1": 1e6}
    async with open_service_harness(tmp_path) as harness:
        for name, days in flags.items():
            await harness.store.set_flag(name, "", NOON)
            harness.clock.current = NOON + min(days, 90.0) * DAY - 1.0
            await harness.repositories.retention.expire_flags(harness.clock.now())
            assert await harness.store.get_flag(name) is not None, name
            await harness.repositories.retention.expire_flags(NOON + days * DAY + 1.0 if days < 1e6 else NOON + 1e8)
            assert (await harness.store.get_flag(name) is None) is (days < 1e6), name
