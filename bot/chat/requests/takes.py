"""Actions on a message with several takes: choose one, or act on the chosen one."""

import discord

from bot.chat.components.buttons import JobAction, which_buttons
from bot.chat.components.interactions import Interaction
from bot.chat.delivery.take_posts import view_of
from bot.i18n import N_, _
from bot.jobs.bundle import chosen_of
from bot.jobs.errors import NotYours, SourceNotFound, TooLate
from bot.jobs.job import Job, State
from bot.ordering.service import JobService
from bot.ordering.takes import choose_take
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore

_QUESTIONS = {
    JobAction.REMIX: N_("Which take do you want to remix?"),
    JobAction.DETAILS: N_("Which take?"),
    JobAction.DELETE: N_("Which take do you want to delete?"),
}


class Takes:
    """Resolves which take a button below several of them means."""

    def __init__(self, *, store: JobStore, clock: Clock, job_service: JobService) -> None:
        self._store = store
        self._clock = clock
        self._job_service = job_service

    async def target(self, interaction: Interaction, job: Job, verb: JobAction) -> Job | None:
        """Return the take that a button acts on: the chosen one. Return None if it was asked which one is meant.

        Only the message with the clips speaks for all of them; a private question names the take itself.
        """
        message = interaction.message
        if message is None or message.flags.ephemeral or verb not in (*_QUESTIONS, JobAction.AGAIN):
            return job
        jobs = await self._together(job)
        if not jobs:
            return job
        chosen = chosen_of(jobs)
        if verb is JobAction.AGAIN or len(jobs) == 1 or (chosen is not None and verb is not JobAction.DELETE):
            return chosen or jobs[0]
        asked = JobAction.ERASE if verb is JobAction.DELETE else verb
        await interaction.response.send_message(_(_QUESTIONS[verb]), view=which_buttons(jobs, asked), ephemeral=True)
        return None

    async def owns_message(self, job: Job, message: discord.Message | None) -> bool:
        """Return whether a message of ours belongs to a job: its own, or that of its takes."""
        if message is None:
            return False
        own = (job.post.status_message_id, job.post.message_id)
        if message.id in own or job.bundle.bundle_id is None:
            return message.id in own
        if message.flags.ephemeral:
            return True  # it was asked which take
        jobs = await self._store.bundles.jobs(job.bundle.bundle_id)
        return any(message.id in (each.post.status_message_id, each.post.message_id) for each in jobs)

    async def choose(self, interaction: Interaction, member: discord.Member, job: Job) -> None:
        """Make a take the one that others start from, for its requester. Raise BadWish."""
        if member.id != job.user_id:
            raise NotYours
        if job.bundle.bundle_id is None or job.post.deleted_at is not None:
            raise SourceNotFound
        if not await choose_take(self._store, job, self._clock.now()):
            raise TooLate
        await interaction.response.edit_message(view=view_of(await self._together(job)))

    async def _together(self, job: Job) -> list[Job]:
        """Return the takes in the message of this one, also while it's being stored that they were posted."""
        if job.bundle.bundle_id is None:
            return []
        return [each for each in await self._store.bundles.jobs(job.bundle.bundle_id) if _share_message(each, job)]

    async def cancel(self, job: Job) -> bool:
        """Cancel every take of an order that can still be cancelled. Return False if none can."""
        jobs = await self._store.bundles.jobs(job.bundle.bundle_id or "")
        return any([await self._job_service.cancel(each.id) is not None for each in jobs])


def _share_message(one: Job, other: Job) -> bool:
    """Return whether two takes are, or are about to be, in one message."""
    if one.bundle.posted_with != other.bundle.posted_with or one.post.deleted_at is not None:
        return False
    ids = {one.post.message_id, other.post.message_id} - {None}
    return one.state in (State.DELIVERING, State.DELIVERED) and len(ids) < 2
