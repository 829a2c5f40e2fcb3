"""A finished job for tests of texts."""

from bot.jobs.job import Job, JobMoney, JobTask, Kind, State

JOB = Job(
    id="a" * 22,
    code="K7Q2",
    state=State.POLLING,
    kind=Kind.GENERATE,
    user_id=1,
    guild_id=2,
    channel_id=3,
    prompt="a lighthouse",
    model="grok-video-3",
    account="toapis",
    created_at=100.0,
    updated_at=100.0,
    due_at=None,
    aspect="16:9",
    seconds=10,
    money=JobMoney(price_micros=100_000),
    task=JobTask(finished_at=174.0),
)
