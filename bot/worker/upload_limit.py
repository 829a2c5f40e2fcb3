"""The upload limit of a server, corrected by what Discord has refused there."""

from bot.jobs.job import Job
from bot.worker.context import JobContext, log

MIB = 1 << 20
GUARANTEED_BYTES = 10 * MIB  # every server has at least this. Source: reference/discord.md 3
REQUEST_BYTES = 25 * MIB  # of a whole message, unless one file may be larger. Source: reference/reliability.md 2.0
LEARNED_FOR_S = 30 * 86_400.0  # after this Discord's own limit applies again
_STEPS = tuple(MIB * size for size in (500, 100, 50, 25, 20, 10, 8, 4, 2, 1))


async def upload_limit(context: JobContext, job: Job, takes: int = 1) -> int:
    """Return the most bytes of one upload of this job. Several takes share what one request may have.

    The host's setting is never corrected for later jobs. Without one, the server's limit is capped by what was
    learned there. A size that was refused for this job isn't tried again in either case.
    """
    limit = context.upload_limit_bytes
    if not limit:
        limit = await context.publisher.upload_limit_bytes(job)
        learned = await _get(context, f"upload-limit:{job.guild_id}")
        if learned:
            limit = min(limit, max(int(learned), await _floor(context, job)))
    if takes > 1:
        limit = min(limit, (max(limit, REQUEST_BYTES) - MIB) // takes)
    refused = await _get(context, f"upload-refused:{job.id}")
    return min(limit, next_lower(int(refused))) if refused else limit


async def learn_upload_limit(context: JobContext, job: Job, refused_bytes: int, *, by_discord: bool) -> None:
    """Store that a file of this size was refused, for this job and its server.

    Below the size that Discord guarantees one refusal may be a fault, or that of a proxy. The job's file is then tried
    once more as it is, and the server's limit needs two refusals of different sizes with Discord's own code.
    """
    now = context.clock.now()
    if await _is_first_doubt(context, job, refused_bytes):
        log.warning("a small upload was refused; it is tried again", extra={"job": job.code})
    else:
        await context.store.set_flag(f"upload-refused:{job.id}", str(refused_bytes), now)
    if context.upload_limit_bytes:
        log.warning("Discord refuses what RETAKE_UPLOAD_LIMIT_MB allows", extra={"job": job.code})
        return
    if by_discord and refused_bytes <= GUARANTEED_BYTES:
        sizes = {*await _small_refusals(context, job), refused_bytes}
        await context.store.set_flag(_small_flag(job), ",".join(map(str, sorted(sizes)[:2])), now)
    limit = max(next_lower(refused_bytes), await _floor(context, job))
    why = f"{refused_bytes} bytes refused"
    log.warning("Discord's upload limit is lower than it reported", extra={"job": job.code, "why": why})
    await context.store.set_smallest_flag(f"upload-limit:{job.guild_id}", limit, now, LEARNED_FOR_S)


async def refuse_size(context: JobContext, job: Job, refused_bytes: int) -> None:
    """Store that a message with several files was refused for its size: this one isn't tried at that size again.

    A small file is tried once more as it is, because one refusal may be a fault. Nothing is learned about the server,
    because its limit is that of one file.
    """
    if await _is_first_doubt(context, job, refused_bytes):
        return
    await context.store.set_flag(f"upload-refused:{job.id}", str(refused_bytes), context.clock.now())


async def _is_first_doubt(context: JobContext, job: Job, refused_bytes: int) -> bool:
    """Return whether this is the first refusal of a file of the job that every server should take."""
    if refused_bytes > GUARANTEED_BYTES:
        return False
    return await context.store.set_flag_once_per(f"upload-doubt:{job.id}", context.clock.now(), LEARNED_FOR_S)


def next_lower(refused_bytes: int) -> int:
    """Return the next usual limit below a size that was refused."""
    return next((step for step in _STEPS if step < refused_bytes), max(1, refused_bytes // 2))


async def _floor(context: JobContext, job: Job) -> int:
    """Return the least that may be learned: Discord's guaranteed size, unless Discord has refused less twice."""
    return 1 if len(await _small_refusals(context, job)) > 1 else GUARANTEED_BYTES


async def _small_refusals(context: JobContext, job: Job) -> list[int]:
    sizes = await _get(context, _small_flag(job))
    return [int(size) for size in sizes.split(",")] if sizes else []


def _small_flag(job: Job) -> str:
    return f"upload-small:{job.guild_id}"


async def _get(context: JobContext, name: str) -> str:
    """Return the value of a flag, or "" if it isn't set or too old."""
    found = await context.store.get_flag(name)
    return found[0] if found is not None and context.clock.now() - found[1] <= LEARNED_FOR_S else ""
