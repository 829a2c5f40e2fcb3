"""Carry out the buttons and forms of jobs. Every fact is read again: nothing in a custom id is trusted."""

import logging
from dataclasses import replace
from typing import assert_never

import discord

from bot.catalogue.model import FollowUpRule, Model
from bot.catalogue.offers import Offers
from bot.chat.components.buttons import JobAction
from bot.chat.components.interactions import (
    Interaction,
    acknowledge,
    member_of,
    place_of,
    reply_privately,
)
from bot.chat.components.prompt_modal import ModelModal, PromptModal, Submitted
from bot.chat.permissions.video_access import AccessLevel, VideoAccess
from bot.chat.requests.comparisons import ComparisonHandler
from bot.chat.requests.deletion import VideoDeletion
from bot.chat.requests.edited_pictures import with_picture_changes
from bot.chat.requests.job_details import JobDetails
from bot.chat.requests.recorded_posts import PRESS_WAITS_S, recorded
from bot.chat.requests.submission import RequestSubmission
from bot.chat.requests.takes import Takes
from bot.chat.text.escape import error_text
from bot.jobs.bundle_errors import StillHidden
from bot.jobs.errors import BadWish, JustPressed, NotYours, NotYourVideo, SourceNotFound, TooLate
from bot.jobs.film_errors import FilmIsFree
from bot.jobs.job import Job, Kind, State
from bot.jobs.rejections import NoOtherModel, NothingToCancel
from bot.jobs.style import AppliedStyle
from bot.ordering.quote import Request
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.gallery import GalleryRepository
from bot.ports.job_store import JobStore
from bot.ports.provider import RemixMethod

log = logging.getLogger("retake.chat")

# Buttons that aren't on a job's own messages: in /jobs, in case the status message was deleted, and below a question.
_ELSEWHERE = (JobAction.RESEND, JobAction.GIVE_UP, JobAction.ERASE, JobAction.RESTORE)
ONE_PRESS_S = 30.0  # a second press of the same button within this time is the same request


class JobActionHandler:
    """Answers the buttons and forms of every job, including those that an earlier process posted."""

    def __init__(
        self,
        *,
        store: JobStore,
        clock: Clock,
        offers: Offers,
        job_service: JobService,
        submission: RequestSubmission,
        video_access: VideoAccess,
        details: JobDetails,
        deletion: VideoDeletion,
        gallery: GalleryRepository,
        takes: Takes,
        comparisons: ComparisonHandler,
    ) -> None:
        self._store = store
        self._clock = clock
        self._offers = offers
        self._job_service = job_service
        self._submission = submission
        self._video_access = video_access
        self._details = details
        self._deletion = deletion
        self._gallery = gallery
        self._takes = takes
        self._comparisons = comparisons

    async def on_button(self, interaction: Interaction, job_id: str, verb: JobAction) -> None:
        """Handle a button of a job's status or result message, or of a list that only its reader sees."""
        job = await self._store.job(job_id)
        try:
            if job is None:
                raise SourceNotFound
            member = member_of(interaction, job)
            if verb in (JobAction.LOCK, JobAction.UNLOCK, JobAction.POST, JobAction.GET, JobAction.STOP):
                await self._details.on_button(interaction, member, job, verb)
                return
            message = interaction.message
            if verb not in _ELSEWHERE and not await self._takes.owns_message(job, message):
                job = await self._shown(job, verb, message.id if message is not None else 0)
            target = await self._takes.target(interaction, job, verb)
            if target is not None:
                await self._do(interaction, member, target, verb)
        except BadWish as error:
            await reply_privately(interaction, error_text(error))

    async def _shown(self, job: Job, verb: JobAction, message_id: int) -> Job:
        """Return the job as its row has it, with this message. Raise SourceNotFound if none of its messages is this."""
        own = await recorded(self._store, self._clock, job, message_id, PRESS_WAITS_S)
        if own is not None:
            return own
        shown = await self._gallery.find(job.id) if verb in (JobAction.REMIX, JobAction.DETAILS) else None
        if shown is None or shown.message_id != message_id:
            raise SourceNotFound
        return job

    async def on_modal(self, interaction: Interaction, form: Submitted) -> None:
        """Handle a submitted form. Another process may have sent it."""
        try:
            job = await self._store.job(form.job_id)
            if job is None:
                raise SourceNotFound
            member = member_of(interaction, job)
            if form.verb not in (JobAction.EDIT, JobAction.MODEL):
                source = await self._video_access.allowed(job, member, place_of(interaction))
                await self._submission.from_interaction(interaction, self._chosen(source, form))
                return
            request = await self.repeat_request(member, place_of(interaction), job, own=True)
            if form.verb is JobAction.EDIT:
                changed = request.with_changes(form.prompt, form.aspect, form.seconds)
                request = with_picture_changes(changed, form.pictures)
            else:
                request = replace(request, model=form.model, aspect=None, seconds=None, resolution=None)
            await self._submit_once(interaction, member, job, form.verb, request)
        except BadWish as error:
            await reply_privately(interaction, error_text(error))

    def _chosen(self, source: Job, form: Submitted) -> Request:
        """Build the request of a form. A prefilled option that was left alone doesn't count as chosen."""
        request = Request(kind=Kind.REMIX, prompt=form.prompt, source=source)
        usual = self._job_service.quote(request).choice
        return request.with_changes(
            form.prompt,
            form.aspect if form.aspect != usual.aspect else None,
            form.seconds if form.seconds != usual.seconds else None,
        )

    async def _do(self, interaction: Interaction, member: discord.Member, job: Job, verb: JobAction) -> None:
        match verb:
            case JobAction.CANCEL | JobAction.UNDO:
                await self._cancel(interaction, member, job, only_unsent=verb is JobAction.UNDO)
            case JobAction.REMIX:
                await self.ask_prompt(interaction, member, job)
            case JobAction.AGAIN | JobAction.RETRY:
                request = await self.repeat_request(member, place_of(interaction), job, own=verb is JobAction.RETRY)
                await self._submit_once(interaction, member, job, verb, request)
            case JobAction.OTHER:
                request = await self.repeat_request(member, place_of(interaction), job, own=True)
                below: RemixMethod = "edit" if job.rung == "edit" else "native"
                request = replace(request, model=None, aspect=None, seconds=None, resolution=None, below=below)
                await self._submit_once(interaction, member, job, verb, request)
            case JobAction.EDIT:
                _requester(member, job)
                pictures = await self._store.pictures([job.id])
                await interaction.response.send_modal(PromptModal(job, self._model(job), verb, pictures=pictures))
            case JobAction.MODEL:
                await self._ask_model(interaction, member, job)
            case JobAction.VOTE:
                await self._comparisons.vote(interaction, member, job)
            case JobAction.REVEAL:
                await self._comparisons.reveal(interaction, member, job)
            case JobAction.TAKE:
                await self._takes.choose(interaction, member, job)
            case JobAction.DETAILS:
                await self._details.show_details(interaction, member, job)
            case JobAction.DELETE | JobAction.ERASE | JobAction.RESTORE:
                await self._deletion.on_button(interaction, member, job, verb)
            case JobAction.RESEND | JobAction.GIVE_UP:
                await self._decide(interaction, member, job, verb)
            case JobAction.REPORT | JobAction.LOCK | JobAction.UNLOCK | JobAction.POST | JobAction.GET | JobAction.STOP:
                raise SourceNotFound
            case JobAction.YES | JobAction.NO | JobAction.IMPROVE:
                raise SourceNotFound
            case _:
                assert_never(verb)

    async def _submit_once(
        self, interaction: Interaction, member: discord.Member, job: Job, verb: JobAction, request: Request
    ) -> None:
        """Submit a request, but only one of a double press. Raise JustPressed for the second.

        A request that can't be made doesn't count as a press.
        """
        try:
            prepared = await self._submission.prepare_interaction(interaction, request)
        except BadWish as error:
            await self._submission.drafts.refuse(interaction, request, error)
            return
        flag = f"press:{job.id}:{verb}:{member.id}"
        if not await self._store.set_flag_once_per(flag, self._clock.now(), ONE_PRESS_S):
            raise JustPressed
        try:
            await self._submission.submit_interaction(interaction, prepared)
        except BadWish as error:
            await self._store.set_flag(flag, "", 0.0)  # a limit or budget rejected it: the next press counts
            await self._submission.drafts.refuse(interaction, request, error)

    def _model(self, job: Job) -> Model:
        return self._offers.model_for(job.account, job.model)

    async def _ask_model(self, interaction: Interaction, member: discord.Member, job: Job) -> None:
        request = await self.repeat_request(member, place_of(interaction), job, own=True)
        quotes = await self._job_service.alternatives(job.guild_id, request, request.model or "")
        if not quotes:
            raise NoOtherModel
        await interaction.response.send_modal(ModelModal(job, quotes))

    async def ask_prompt(self, interaction: Interaction, member: discord.Member, job: Job | None) -> None:
        """Open the remix form for a video. Raise BadWish if this member may not use it."""
        source = await self._video_access.allowed(job, member, place_of(interaction))
        probe = self._job_service.quote(Request(kind=Kind.REMIX, prompt="any words", source=source))
        await interaction.response.send_modal(PromptModal(source, probe.step.offer.model, JobAction.REMIX, probe))

    async def repeat_request(
        self, member: discord.Member, here: discord.abc.Snowflake, job: Job, *, own: bool = False
    ) -> Request:
        """Build the request of a job again. Raise BadWish if the member may not repeat it.

        With `own`, only the job's requester may.
        """
        if job.kind is Kind.FILM:
            raise FilmIsFree
        if own:
            _requester(member, job)
        if job.bundle.hidden and job.post.delivered_at is not None:
            raise StillHidden(code=job.code)
        may = await self._video_access.level(job, member, here)
        if may < AccessLevel.SEE or (job.no_remix and member.id != job.user_id):
            raise SourceNotFound
        source = await self._store.job(job.parent_id) if job.parent_id else None
        rule: Model | FollowUpRule | None = self._model(job)
        if job.kind is not Kind.GENERATE:
            source = await self._video_access.allowed(source, member, here)
            if job.rung != "image":  # an option that the operation doesn't take comes from the source
                rule = self._model(job).remix if job.kind is Kind.REMIX else self._model(job).extend
        return Request(
            kind=job.kind,
            prompt=job.prompt,
            model=self._offers.key_for(job.account, job.model),
            aspect=job.aspect,
            seconds=job.seconds if rule is not None and rule.seconds else None,
            resolution=job.resolution if rule is not None and rule.resolutions else None,
            image_url=job.image_url,  # not downloaded yet: the link is still valid
            image_file=job.image_file,
            pictures=tuple(await self._store.pictures([job.id])),
            source=source,
            applied=AppliedStyle(name=job.style) if job.style is not None else None,
        )

    async def _cancel(self, interaction: Interaction, member: discord.Member, job: Job, *, only_unsent: bool) -> None:
        if only_unsent:  # an order by reply, which only its author may take back
            _requester(member, job)
            await self._cancel_once(job, only_unsent=True)
        else:
            await self.stop(member, job, moderates=interaction.permissions.manage_messages)
        await acknowledge(interaction)

    async def stop(self, member: discord.Member, job: Job, *, moderates: bool) -> None:
        """Cancel a job for its requester or for a member who manages messages. Raise NotYours or TooLate."""
        if member.id != job.user_id and not moderates:
            raise NotYourVideo
        if job.bundle.bundle_id is not None:
            if not await self._takes.cancel(job):
                raise NothingToCancel if job.state is State.DELIVERED else TooLate
            return
        if job.state is State.DELIVERED:
            raise NothingToCancel
        await self._cancel_once(job, only_unsent=False)

    async def _cancel_once(self, job: Job, *, only_unsent: bool) -> None:
        if await self._job_service.cancel(job.id, only_unsent=only_unsent) is None:
            raise TooLate

    async def withdraw(self, job: Job) -> None:
        """Cancel the job of a deleted reply unless the paid request has been sent."""
        if await self._job_service.cancel(job.id, only_unsent=True) is not None:
            log.info("withdrawn", extra={"job": job.code})

    async def _decide(self, interaction: Interaction, member: discord.Member, job: Job, verb: JobAction) -> None:
        _requester(member, job)
        if verb is JobAction.RESEND:
            settings = await self._submission.allow(member, interaction.channel, job.prompt)
            decided = await self._job_service.resend(job.id, settings)
        else:
            decided = await self._job_service.give_up(job.id)
        if decided is None:
            raise TooLate
        await acknowledge(interaction)


def _requester(member: discord.Member, job: Job) -> None:
    if member.id != job.user_id:
        raise NotYours
