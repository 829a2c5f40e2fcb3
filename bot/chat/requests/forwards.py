"""Resolve a forward, or a video's post in a gallery, to the job that it shows.

The reference of a forward isn't content, so Discord sends it without a privileged intent. It proves nothing about what
its reader may see: the access rule is applied to the original. Source: reference/discord.md 2.
"""

import discord

from bot.jobs.job import Job
from bot.ports.gallery import GalleryRepository
from bot.ports.job_store import JobStore


def original_id(message: discord.Message) -> int | None:
    """Return the id of the message that a forward shows, or None if this is no forward."""
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.forward:
        return None
    return reference.message_id


async def job_posted_as(store: JobStore, gallery: GalleryRepository, message_id: int) -> Job | None:
    """Return the job whose own message, or whose post in a gallery, this is, or None. Nothing is checked."""
    job = await store.by_message(message_id)
    if job is not None:
        return job
    shown = await gallery.by_message(message_id)
    return await store.job(shown.job_id) if shown is not None else None


async def job_shown_in(store: JobStore, gallery: GalleryRepository, message: discord.Message) -> Job | None:
    """Return the job that this message, or the one that it forwards, shows, or None. Nothing is checked."""
    job = await job_posted_as(store, gallery, message.id)
    original = original_id(message) if job is None else None
    return await job_posted_as(store, gallery, original) if original is not None else job


async def job_of_answered(store: JobStore, gallery: GalleryRepository, message: discord.Message) -> Job | None:
    """Return the job that a reply's message forwards, as far as Discord has sent that message with it."""
    answered = message.reference.resolved if message.reference is not None else None
    original = original_id(answered) if isinstance(answered, discord.Message) else None
    return await job_posted_as(store, gallery, original) if original is not None else None
