"""Webhooks and the schedule of polls: a call during a poll, and fewer polls where the calls arrive."""

from dataclasses import replace

from bot.worker.poll_queue import PollQueue
from bot.worker.poll_schedule import MAX_WEBHOOK_GAP_S, WEBHOOK_FACTOR, slowed_s
from tests.sample_job import JOB


def test_a_job_that_is_announced_during_its_poll_is_polled_again_at_once() -> None:
    queue = PollQueue()
    job = replace(JOB, task=replace(JOB.task, task_id="t1"))
    queue.add(job, 0.0)
    (entry,) = queue.take_due(1.0, 10)
    assert queue.announce(job.account, "t1", 2.0)
    queue.reschedule(entry, 500.0)
    assert [each.job.id for each in queue.take_due(2.0, 10)] == [job.id]
    queue.reschedule(entry, 500.0)
    assert list(queue.take_due(499.0, 10)) == []
    assert queue.announce(job.account, "t1", 499.0)
    assert [each.job.id for each in queue.take_due(499.0, 10)] == [job.id]


def test_other_tasks_and_accounts_announce_nothing() -> None:
    queue = PollQueue()
    job = replace(JOB, task=replace(JOB.task, task_id="t1"))
    queue.add(job, 0.0, in_s=100.0)
    assert not queue.announce(job.account, "t2", 1.0)
    assert not queue.announce("another", "t1", 1.0)
    assert list(queue.take_due(1.0, 10)) == []


def test_polls_of_an_announcing_account_are_fewer_within_a_limit() -> None:
    assert slowed_s(5.0) == 5.0 * WEBHOOK_FACTOR
    assert slowed_s(30.0) == MAX_WEBHOOK_GAP_S
    assert slowed_s(300.0) == 300.0
