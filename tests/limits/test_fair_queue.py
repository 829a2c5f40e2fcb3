"""The fair queue: nobody waits behind all of somebody's forty, between members and between servers."""

import time
from collections import Counter
from collections.abc import Sequence

from bot.jobs.queue import ConcurrencyLimit, QueueEntry, QueueSnapshot
from bot.worker.fair_queue import FairQueueState, fair_order


def place(job_id: str, user_id: int = 1, guild_id: int = 1, at: float = 0.0, account: str = "one") -> QueueEntry:
    return QueueEntry(job_id=job_id, account=account, guild_id=guild_id, user_id=user_id, asked_at=at)


def many(user_id: int, count: int, guild_id: int = 1, at: float = 0.0) -> list[QueueEntry]:
    return [place(f"{guild_id}.{user_id}.{n:02}", user_id, guild_id, at + n) for n in range(count)]


def users(order: Sequence[str]) -> list[int]:
    return [int(job_id.split(".")[1]) for job_id in order]


def test_one_job_is_never_behind_all_of_somebodys_forty() -> None:
    queue = fair_order([*many(1, 40), place("1.2.00", 2, at=1000.0)], [], {})
    assert queue.order.index("1.2.00") == 1


def test_members_take_turns_and_each_ones_own_jobs_keep_their_order() -> None:
    queue = fair_order([*many(1, 3), *many(2, 3, at=10.0), *many(3, 1, at=20.0)], [], {})
    assert users(queue.order) == [1, 2, 3, 1, 2, 1, 2]
    assert [job_id for job_id in queue.order if job_id.startswith("1.1.")] == ["1.1.00", "1.1.01", "1.1.02"]


def test_servers_take_turns_however_many_members_they_have() -> None:
    crowd = [each for user_id in range(1, 31) for each in many(user_id, 1, guild_id=1)]
    queue = fair_order([*crowd, *many(99, 2, guild_id=2, at=1000.0)], [], {})
    assert [job_id[0] for job_id in queue.order[:4]] == ["1", "2", "1", "2"]


def test_whoever_has_the_least_running_comes_first() -> None:
    queue = fair_order([*many(1, 1), *many(2, 1, at=5.0)], [place("running", 1)], {})
    assert users(queue.order) == [2, 1]


def test_those_at_their_limit_are_held_and_stand_at_the_end() -> None:
    waiting = [*many(1, 4), *many(2, 2, at=10.0)]
    queue = fair_order(waiting, [place("running", 1)], {1: ConcurrencyLimit(member=2)})
    assert queue.ready == ("1.2.00", "1.1.00", "1.2.01")
    assert queue.held == ("1.1.01", "1.1.02", "1.1.03")


def test_a_servers_limit_holds_all_of_its_members() -> None:
    waiting = [*many(1, 2), *many(2, 2), *many(3, 1, guild_id=2)]
    queue = fair_order(waiting, [place("running", 9)], {1: ConcurrencyLimit(server=2)})
    assert len(queue.ready) == 2
    assert Counter(job_id[0] for job_id in queue.ready) == {"1": 1, "2": 1}
    assert len(queue.held) == 3


def test_with_room_for_one_at_a_time_nobody_starves() -> None:
    """Forty of one member, asked for long before: the other one's single job is the second to go."""
    turns, waiting, went = FairQueueState(), [*many(1, 40)], list[str]()
    while waiting:
        queue = turns.queue(QueueSnapshot(waiting=waiting, running=[]), {})
        chosen = next(each for each in waiting if each.job_id == queue.ready[0])
        turns.went(chosen.guild_id, chosen.user_id)
        waiting.remove(chosen)
        went.append(chosen.job_id)
        if len(went) == 1:
            waiting.append(place("1.2.00", 2, at=1000.0))
    assert went.index("1.2.00") == 1


def test_a_job_between_its_turn_and_its_request_counts_as_running_once() -> None:
    turns = FairQueueState()
    turns.taken["a"] = place("a")
    crowd = QueueSnapshot(waiting=[place("a"), place("b", at=1.0)], running=[])
    assert [each.job_id for each in turns.running(crowd)] == ["a"]
    assert turns.queue(crowd, {}).order == ("b",)
    sent = QueueSnapshot(waiting=[place("b", at=1.0)], running=[place("a")])
    assert len(turns.running(sent)) == 1


def test_a_thousand_waiting_jobs_are_ordered_quickly() -> None:
    waiting = [each for guild in range(10) for user in range(20) for each in many(user, 5, guild_id=guild)]
    began = time.perf_counter()
    queue = fair_order(waiting, [], dict.fromkeys(range(10), ConcurrencyLimit(member=2)))
    assert time.perf_counter() - began < 0.25
    assert len(set(queue.order)) == 1000
