"""Wait for the row of a message that Discord shows before its id is stored."""

import discord

from bot.chat.components.buttons import job_of_buttons
from bot.chat.requests.forwards import job_posted_as
from bot.jobs.job import Job, State
from bot.ports.clock import Clock
from bot.ports.gallery import GalleryRepository
from bot.ports.job_store import JobStore

PRESS_WAITS_S = 1.5  # a press must be answered within three seconds
REPLY_WAITS_S = 5.0
_EVERY_S = 0.05


def names(job: Job, message_id: int) -> bool:
    """Return whether a job's row has this message as its status or its result."""
    return message_id in (job.post.status_message_id, job.post.message_id)


async def recorded(store: JobStore, clock: Clock, job: Job | None, message_id: int, within_s: float) -> Job | None:
    """Return a job as soon as its row has a message, or None if the message isn't the job's.

    A message is posted first and stored afterwards, so a member can act on it before. A new job has no other message
    than its first status. For a result only the row counts: while it's being posted, the row is read again for at most
    `within_s`.
    """
    until = clock.monotonic() + within_s
    while job is not None and job.state is not State.RECEIVED and not names(job, message_id):
        by_another = job.bundle.posted_with is not None  # of its takes
        is_posting = job.state is State.DELIVERING and (job.post.post_last_at is not None or by_another)
        if not is_posting or clock.monotonic() >= until:
            return None
        await clock.sleep(_EVERY_S)
        job = await store.job(job.id)
    return job


async def job_of_message(
    store: JobStore,
    gallery: GalleryRepository,
    clock: Clock,
    message_id: int,
    message: object,
    me: discord.abc.Snowflake | None,
) -> Job | None:
    """Return the job that one of our messages shows, or None.

    `message` is the message itself if Discord sent it along: its buttons name the job whose row is waited for.
    """
    job = await job_posted_as(store, gallery, message_id)
    if job is not None or not isinstance(message, discord.Message) or me is None or message.author.id != me.id:
        return job
    job_id = job_of_buttons(message)
    job = await store.job(job_id) if job_id is not None else None
    return await recorded(store, clock, job, message_id, REPLY_WAITS_S)
