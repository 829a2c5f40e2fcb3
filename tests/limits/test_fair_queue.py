"""The fair queue: round-robin over servers, then over their members."""

import time
from collections import Counter
from collections.abc import Sequence

from bot.jobs.queue import ConcurrencyLimit, QueueEntry, QueueSnapshot
from bot.worker.fair_queue import FairQueueState, fair_order


def queue_entry(job_id: str, user_id: int = 1, guild_id: int = 1, at: float = 0.0, account: str = "one") -> QueueEntry:
    return QueueEntry(job_id=job_id, account=account, guild_id=guild_id, user_id=user_id, requested_at=at)


def queue_entries(user_id: int, count: int, guild_id: int = 1, at: float = 0.0) -> list[QueueEntry]:
    return [queue_entry(f"{guild_id}.{user_id}.{n:02}", user_id, guild_id, at + n) for n in range(count)]


def users(order: Sequence[str]) -> list[int]:
    return [int(job_id.split(".")[1]) for job_id in order]


def test_a_single_job_does_not_wait_behind_forty_of_another_member() -> None:
    queue = fair_order([*queue_entries(1, 40), queue_entry("1.2.00", 2, at=1000.0)], [], {})
    assert queue.order.index("1.2.00") == 1


def test_members_take_turns_and_their_own_jobs_stay_in_order() -> None:
    queue = fair_order([*queue_entries(1, 3), *queue_entries(2, 3, at=10.0), *queue_entries(3, 1, at=20.0)], [], {})
    assert users(queue.order) == [1, 2, 3, 1, 2, 1, 2]
    assert [job_id for job_id in queue.order if job_id.startswith("1.1.")] == ["1.1.00", "1.1.01", "1.1.02"]


def test_servers_take_turns_regardless_of_their_size() -> None:
    waiting_jobs = [entry for user_id in range(1, 31) for entry in queue_entries(user_id, 1, guild_id=1)]
    queue = fair_order([*waiting_jobs, *queue_entries(99, 2, guild_id=2, at=1000.0)], [], {})
    assert [job_id[0] for job_id in queue.order[:4]] == ["1", "2", "1", "2"]


def test_the_member_with_the_fewest_running_jobs_comes_first() -> None:
    queue = fair_order([*queue_entries(1, 1), *queue_entries(2, 1, at=5.0)], [queue_entry("running", 1)], {})
    assert users(queue.order) == [2, 1]


def test_members_at_their_limit_are_held_at_the_end_of_the_queue() -> None:
    waiting = [*queue_entries(1, 4), *queue_entries(2, 2, at=10.0)]
    queue = fair_order(waiting, [queue_entry("running", 1)], {1: ConcurrencyLimit(member=2)})
    assert queue.ready == ("1.2.00", "1.1.00", "1.2.01")
    assert queue.held == ("1.1.01", "1.1.02", "1.1.03")


def test_a_server_limit_holds_all_of_its_members() -> None:
    waiting = [*queue_entries(1, 2), *queue_entries(2, 2), *queue_entries(3, 1, guild_id=2)]
    queue = fair_order(waiting, [queue_entry("running", 9)], {1: ConcurrencyLimit(server=2)})
    assert len(queue.ready) == 2
    assert Counter(job_id[0] for job_id in queue.ready) == {"1": 1, "2": 1}
    assert len(queue.held) == 3


def test_no_member_starves_with_a_single_slot() -> None:
    """A member queued forty jobs long before: another member's single job is the second to start."""
    fair_queue, waiting, order = FairQueueState(), [*queue_entries(1, 40)], list[str]()
    while waiting:
        queue = fair_queue.queue(QueueSnapshot(waiting=waiting, running=[]), {})
        chosen = next(entry for entry in waiting if entry.job_id == queue.ready[0])
        fair_queue.record_submission(chosen.guild_id, chosen.user_id)
        waiting.remove(chosen)
        order.append(chosen.job_id)
        if len(order) == 1:
            waiting.append(queue_entry("1.2.00", 2, at=1000.0))
    assert order.index("1.2.00") == 1


def test_an_admitted_job_counts_as_running_once_before_and_after_its_request() -> None:
    fair_queue = FairQueueState()
    fair_queue.admitted["a"] = queue_entry("a")
    waiting_jobs = QueueSnapshot(waiting=[queue_entry("a"), queue_entry("b", at=1.0)], running=[])
    assert [entry.job_id for entry in fair_queue.running(waiting_jobs)] == ["a"]
    assert fair_queue.queue(waiting_jobs, {}).order == ("b",)
    sent = QueueSnapshot(waiting=[queue_entry("b", at=1.0)], running=[queue_entry("a")])
    assert len(fair_queue.running(sent)) == 1


def test_a_thousand_waiting_jobs_are_ordered_quickly() -> None:
    waiting = [entry for guild in range(10) for user in range(20) for entry in queue_entries(user, 5, guild_id=guild)]
    began = time.perf_counter()
    queue = fair_order(waiting, [], dict.fromkeys(range(10), ConcurrencyLimit(member=2)))
    assert time.perf_counter() - began < 0.25
    assert len(set(queue.order)) == 1000
