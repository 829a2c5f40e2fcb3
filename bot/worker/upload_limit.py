"""The upload limit of a server, corrected by what Discord has refused there."""

from bot.jobs.job import Job
from bot.worker.context import JobContext, log

MIB = 1 << 20
LEARNED_FOR_S = 30 * 86_400.0  # after this Discord's own limit applies again
_STEPS = tuple(MIB * size for size in (500, 100, 50, 25, 20, 10, 8, 4, 2, 1))


async def upload_limit(context: JobContext, job: Job) -> int:
    """Return the most bytes of one upload: the host's setting or the server's limit, capped by what was learned."""
    limit = context.upload_limit_bytes or await context.publisher.upload_limit_bytes(job)
    learned = await context.store.get_flag(_flag(job))
    if learned is None or context.clock.now() - learned[1] > LEARNED_FOR_S:
        return limit
    return min(limit, int(learned[0]))


async def learn_upload_limit(context: JobContext, job: Job, refused_bytes: int) -> None:
    """Store the next lower step as this server's limit, after Discord has refused a file of this size."""
    limit = next((step for step in _STEPS if step < refused_bytes), max(1, refused_bytes // 2))
    why = f"{refused_bytes} bytes refused"
    log.warning("Discord's upload limit is lower than it reported", extra={"job": job.code, "why": why})
    await context.store.set_flag(_flag(job), str(limit), context.clock.now())


def _flag(job: Job) -> str:
    return f"upload-limit:{job.guild_id}"
