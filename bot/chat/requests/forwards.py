"""Resolve a forward to the message that it shows.

The reference of a forward isn't content, so Discord sends it without a privileged intent. It proves nothing about what
its reader may see: the access rule is applied to the original. Source: reference/discord.md 2.
"""

import discord

from bot.jobs.job import Job
from bot.ports.job_store import JobStore


def original_id(message: discord.Message) -> int | None:
    """Return the id of the message that a forward shows, or None if this is no forward."""
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.forward:
        return None
    return reference.message_id


async def job_shown_in(store: JobStore, message: discord.Message) -> Job | None:
    """Return the job whose message this is or forwards, or None. Nothing is checked."""
    job = await store.by_message(message.id)
    original = original_id(message) if job is None else None
    return await store.by_message(original) if original is not None else job


async def job_of_answered(store: JobStore, message: discord.Message) -> Job | None:
    """Return the job that a reply's message forwards, as far as Discord has sent that message with it."""
    answered = message.reference.resolved if message.reference is not None else None
    original = original_id(answered) if isinstance(answered, discord.Message) else None
    return await store.by_message(original) if original is not None else None
