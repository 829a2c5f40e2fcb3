"""What providers give beside the task id is deleted with the prompt, and with the video."""

import json
from pathlib import Path

from bot.jobs.job import Job
from bot.jobs.undo import UNDELETE_S
from tests.harness import open_harness
from tests.limits.helpers import database_of, response_message
from tests.limits.privacy_helpers import DAY, dump, make_sweep
from tests.limits.service_harness import NOON, ServiceHarness, open_service_harness
from tests.remix.helpers import create_clip, job_id_of

LINK = "https://cdn.provider.example/clip-of-alice.mp4"
OWN = "https://cdn.provider.example/clip-of-bob.mp4"


async def _finish(harness: ServiceHarness, job: Job, **ids: str) -> None:
    await harness.finish_job(job, money="capture")
    await harness.database.run("UPDATE job SET spare_ids = ? WHERE id = ?", (json.dumps(ids), job.id))


async def _with_remix(harness: ServiceHarness) -> tuple[Job, Job]:
    """Return alice's finished video, and bob's remix of it, which isn't done."""
    job, remix = await harness.create_job(user_id=1), await harness.create_job(user_id=2)
    await _finish(harness, job, url=LINK, post_id="post-of-alice")
    ids = json.dumps({"source_url": LINK, "source_id": "task-of-alice"})
    await harness.database.run("UPDATE job SET parent_id = ?, spare_ids = ? WHERE id = ?", (job.id, ids, remix.id))
    return job, remix


async def _spare_ids(harness: ServiceHarness, job: Job) -> dict[str, str]:
    rows = await harness.database.run("SELECT spare_ids FROM job WHERE id = ?", (job.id,))
    return dict(json.loads(rows[0][0]))


async def test_they_are_deleted_with_the_member_s_data_and_in_remixes_by_others(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        job, remix = await _with_remix(harness)
        await _finish(harness, remix, url=OWN, source_url=LINK, source_id="task-of-alice")
        await make_sweep(harness).delete_member(1)
        assert await _spare_ids(harness, job) == {}
        assert await _spare_ids(harness, remix) == {"url": OWN}
        after = dump(tmp_path)
        assert not [text for text in (LINK, "post-of-alice", "task-of-alice") if text in after]


async def test_a_remix_that_is_not_done_keeps_them_until_it_is(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        job, remix = await _with_remix(harness)
        sweep = make_sweep(harness)
        await sweep.delete_member(1)
        await sweep.run_once()
        assert (await _spare_ids(harness, job))["url"] == LINK
        assert (await _spare_ids(harness, remix))["source_url"] == LINK
        await harness.finish_job(remix, money="capture")
        await sweep.run_once()
        assert LINK not in dump(tmp_path)


async def test_they_are_deleted_when_the_prompt_s_time_has_passed(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        job = await harness.create_job()
        await _finish(harness, job, url=LINK)
        harness.clock.current = NOON + 89 * DAY
        await make_sweep(harness).run_once()
        assert LINK in dump(tmp_path)
        harness.clock.current = NOON + 91 * DAY
        await make_sweep(harness).run_once()
        assert LINK not in dump(tmp_path)


async def test_they_are_deleted_after_the_video_unless_its_deletion_is_undone(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        job, other = await harness.create_job(), await harness.create_job()
        await _finish(harness, job, url=LINK)
        await _finish(harness, other, url=OWN)
        await harness.job_service.record_deletion(job.id)
        harness.clock.current = NOON + UNDELETE_S
        await make_sweep(harness).run_once()
        assert LINK in dump(tmp_path)  # *Undo* makes a video of it that can be remixed
        harness.clock.current = NOON + UNDELETE_S + 1.0
        await make_sweep(harness).run_once()
        after = dump(tmp_path)
        assert LINK not in after
        assert OWN in after


async def test_those_of_data_that_was_deleted_by_an_earlier_version_are_deleted(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        jobs = [await harness.create_job() for _ in range(3)]
        for job in jobs:
            await _finish(harness, job, url=LINK)
        await harness.database.run("UPDATE job SET prompt = '(prompt deleted)'")
        await make_sweep(harness).run_once()
        assert LINK not in dump(tmp_path)


async def test_a_real_provider_s_link_is_gone_after_delete_my_data(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness, "a paper boat")
        sql = "SELECT spare_ids FROM job WHERE id = ?"
        stored = json.loads((await database_of(harness).run(sql, (job_id_of(clip),)))[0][0])
        assert stored["url"].startswith("http")
        jobs = await response_message(await harness.alice.slash(harness.channel, "jobs"))
        asked = await response_message(await harness.alice.press(jobs, "Delete my data"))
        await harness.alice.press(asked, "Delete data, keep videos")
        await harness.wait_for_message("Your data has been deleted: 1 video.")
        assert stored["url"] not in dump(tmp_path)
