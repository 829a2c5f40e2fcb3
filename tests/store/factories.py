"""Jobs for tests of the store."""

import itertools

from bot.jobs.job import Job, Kind, State
from bot.store.rows import job_from

_COUNT = itertools.count(1)
NOW = 1_800_000_000.0


def make_job(**changes: object) -> Job:
    """Return a job that Discord hasn't confirmed yet. Changes are given by column name."""
    number = next(_COUNT)
    facts: dict[str, object] = {
        "id": f"{number:022d}",
        "code": f"C{number}",
        "state": State.RECEIVED,
        "kind": Kind.GENERATE,
        "user_id": 1,
        "guild_id": 1,
        "channel_id": 1,
        "prompt": "a paper boat",
        "model": "fake",
        "account": "fake",
        "created_at": NOW,
        "updated_at": NOW,
        "due_at": NOW + 20.0,
        "why": "asked",
        "interaction_id": number,
        "price_micros": 100_000,
    }
    return job_from(facts | changes)
