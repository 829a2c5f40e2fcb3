"""Jobs for tests of the store."""

import itertools

from bot.jobs.job import Job, Kind, State

_COUNT = itertools.count(1)
NOW = 1_800_000_000.0


def a_job(**changes: object) -> Job:
    """An order that nobody has answered yet."""
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
    return Job(**(facts | changes))  # type: ignore[arg-type]
