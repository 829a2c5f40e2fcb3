"""What happens when somebody presses a button: everything is read anew, nothing in the custom id is trusted."""

import logging
from dataclasses import replace
from typing import assert_never

import discord

from bot.catalogue.model import FollowRule, Model
from bot.chat.components.buttons import Verb
from bot.chat.components.prompt_modal import ModelModal, PromptModal, Submitted
from bot.chat.delivery.status_messages import TROUBLE
from bot.chat.permissions.video_access import Access, Right
from bot.chat.requests.job_details import Reports
from bot.chat.requests.submission import Interaction, Orders, refuse
from bot.jobs.errors import BadWish, NotYours, SourceNotFound, TooLate
from bot.jobs.job import Job, Kind
from bot.jobs.rejections import NoOtherModel
from bot.ordering.quote import Request
from bot.ordering.service import Desk
from bot.ports.provider import Rung
from bot.worker.context import Parts
from bot.worker.engine import Engine

log = logging.getLogger("retake.chat")

ONE_PRESS_S = 30.0  # within this a second press of the same button is the same wish


class JobPresses:
    """Answers the buttons and modals of every job, those of earlier processes too."""

    def __init__(self, parts: Parts, desk: Desk, engine: Engine, orders: Orders, access: Access) -> None:
        self._parts = parts
        self._desk = desk
        self._engine = engine
        self._orders = orders
        self._access = access
        self.reports = Reports(parts, desk, engine, access)

    async def pressed(self, interaction: Interaction, job_id: str, verb: Verb) -> None:
        """A button of a job's status or result message, or of a list that only the presser sees."""
        job = await self._parts.store.job(job_id)
        try:
            if job is None:
                raise SourceNotFound
            member = member_of(interaction, job)
            if verb in (Verb.LOCK, Verb.UNLOCK, Verb.POST, Verb.GET, Verb.STOP):
                await self.reports.pressed(interaction, member, job, verb)
                return
            message_id = interaction.message.id if interaction.message is not None else 0
            decides = verb in (Verb.RESEND, Verb.GIVE_UP)  # from /jobs too, where somebody has deleted the line
            if not decides and message_id not in (job.status_message_id, job.result_message_id):
                raise SourceNotFound
            await self._do(interaction, member, job, verb)
        except BadWish as error:
            await refuse(interaction, error.sentence())

    async def submitted(self, interaction: Interaction, form: Submitted) -> None:
        """A prompt modal that came back, perhaps to another process than the one that sent it."""
        try:
            job = await self._parts.store.job(form.job_id)
            if job is None:
                raise SourceNotFound
            member = member_of(interaction, job)
            if form.verb in (Verb.EDIT, Verb.MODEL):
                request = await self.anew(member, here_of(interaction), job, own=True)
                if form.verb is Verb.EDIT:
                    request = request.with_changes(form.prompt, form.aspect, form.seconds)
                else:
                    request = replace(request, model=form.model, aspect=None, seconds=None, resolution=None)
                await self._desk.check(job.guild_id, request)  # a form that cannot be made is not used up
                await self._once(job, member, form.verb)
            else:
                request = self._chosen(await self._access.allowed(job, member, here_of(interaction)), form)
            await self._orders.by_interaction(interaction, request)
        except BadWish as error:
            await refuse(interaction, error.sentence())

    def _chosen(self, source: Job, form: Submitted) -> Request:
        """What was prefilled and left alone was not chosen: it is carried over, and said where it had to change."""
        request = Request(kind=Kind.REMIX, prompt=form.prompt, source=source)
        usual = self._desk.quote(request).choice
        return request.with_changes(
            form.prompt,
            form.aspect if form.aspect != usual.aspect else None,
            form.seconds if form.seconds != usual.seconds else None,
        )

    async def _do(self, interaction: Interaction, member: discord.Member, job: Job, verb: Verb) -> None:
        match verb:
            case Verb.CANCEL:
                await self._cancel(interaction, member, job)
            case Verb.REMIX:
                await self.ask_prompt(interaction, member, job)
            case Verb.AGAIN | Verb.RETRY:
                request = await self.anew(member, here_of(interaction), job, own=verb is Verb.RETRY)
                await self._once(job, member, verb)
                await self._orders.by_interaction(interaction, request)
            case Verb.OTHER:
                request = await self.anew(member, here_of(interaction), job, own=True)
                below: Rung = "edit" if job.rung == "edit" else "native"
                request = replace(request, model=None, aspect=None, seconds=None, resolution=None, below=below)
                await self._once(job, member, verb)
                await self._orders.by_interaction(interaction, request)
            case Verb.EDIT:
                _requester(member, job)
                await interaction.response.send_modal(PromptModal(job, self._model(job), verb))
            case Verb.MODEL:
                await self._ask_model(interaction, member, job)
            case Verb.DETAILS:
                await self.reports.show_details(interaction, member, job)
            case Verb.DELETE:
                await self._delete(interaction, member, job)
            case Verb.RESEND | Verb.GIVE_UP:
                await self._decide(interaction, member, job, verb)
            case Verb.REPORT | Verb.LOCK | Verb.UNLOCK | Verb.POST | Verb.GET | Verb.STOP | Verb.YES | Verb.NO:
                raise SourceNotFound
            case _:
                assert_never(verb)

    async def _once(self, job: Job, member: discord.Member, verb: Verb) -> None:
        """Each of these is a paid order of its own: a double press is one. Raises TooLate."""
        now = self._parts.clock.now()
        if not await self._parts.store.remember_at_most(f"press:{job.id}:{verb}:{member.id}", now, ONE_PRESS_S):
            raise TooLate

    def _model(self, job: Job) -> Model:
        return self._parts.offers.model_of(job.account, job.model)

    async def _ask_model(self, interaction: Interaction, member: discord.Member, job: Job) -> None:
        request = await self.anew(member, here_of(interaction), job, own=True)
        quotes = await self._desk.others(job.guild_id, request, request.model or "")
        if not quotes:
            raise NoOtherModel
        await interaction.response.send_modal(ModelModal(job, quotes))

    async def ask_prompt(self, interaction: Interaction, member: discord.Member, job: Job | None) -> None:
        """Open the remix modal for a video, if this member may use it. Raises BadWish."""
        source = await self._access.allowed(job, member, here_of(interaction))
        probe = self._desk.quote(Request(kind=Kind.REMIX, prompt="any words", source=source))
        await interaction.response.send_modal(PromptModal(source, probe.step.offer.model, Verb.REMIX, probe))

    async def anew(
        self, member: discord.Member, here: discord.abc.Snowflake, job: Job, *, own: bool = False
    ) -> Request:
        """The same order once more, for whoever asks; `own`: for its requester alone. Raises BadWish."""
        if own:
            _requester(member, job)
        may = await self._access.right(job, member, here)
        if may < Right.SEE or (job.no_remix and member.id != job.user_id):
            raise SourceNotFound
        source = await self._parts.store.job(job.parent_id) if job.parent_id else None
        rule: Model | FollowRule | None = self._model(job)
        if job.kind is not Kind.GENERATE:
            source = await self._access.allowed(source, member, here)
            if job.rung != "image":  # what the operation has no word for is the source's own
                rule = self._model(job).remix if job.kind is Kind.REMIX else self._model(job).extend
        return Request(
            kind=job.kind,
            prompt=job.prompt,
            model=self._parts.offers.name_of(job.account, job.model),
            aspect=job.aspect,
            seconds=job.seconds if rule is not None and rule.seconds else None,
            resolution=job.resolution if rule is not None and rule.resolutions else None,
            image_url=job.image_url,  # not fetched yet: the link still lives
            image_file=job.image_file,
            source=source,
        )

    async def _cancel(self, interaction: Interaction, member: discord.Member, job: Job) -> None:
        await self.stop(member, job, moderates=interaction.permissions.manage_messages)
        await acknowledge(interaction)

    async def stop(self, member: discord.Member, job: Job, *, moderates: bool) -> None:
        """Cancel a job for somebody who may: its requester, or whoever manages messages there. Raises BadWish."""
        if member.id != job.user_id and not moderates:
            raise NotYours
        if await self._desk.cancel(job.id) is None:
            raise TooLate
        self._engine.nudge()

    async def withdraw(self, job: Job) -> None:
        """Its order is gone: cancelled where nothing was sent, left alone where money has moved."""
        if await self._desk.cancel(job.id, only_unsent=True) is not None:
            log.info("withdrawn", extra={"job": job.code})
            self._engine.nudge()

    async def _delete(self, interaction: Interaction, member: discord.Member, job: Job) -> None:
        if member.id != job.user_id and not interaction.permissions.manage_messages:
            raise NotYours
        await acknowledge(interaction)
        await self._desk.deleted(job.id)
        try:
            if interaction.message is not None:
                await interaction.message.delete()
        except TROUBLE as error:
            log.info("a result was not deleted", extra={"job": job.code, "why": type(error).__name__})

    async def _decide(self, interaction: Interaction, member: discord.Member, job: Job, verb: Verb) -> None:
        _requester(member, job)
        if verb is Verb.RESEND:
            await self._orders.check(member, interaction.channel, Request(kind=job.kind, prompt=job.prompt))
        decided = await (self._desk.resend(job.id) if verb is Verb.RESEND else self._desk.give_up(job.id))
        if decided is None:
            raise TooLate
        self._engine.nudge()
        await acknowledge(interaction)


async def acknowledge(interaction: Interaction) -> None:
    """What was pressed is done all the same: after a 5xx Discord has the answer and says 40060 to the second try."""
    try:
        await interaction.response.defer()
    except TROUBLE as error:
        log.info("a press was not acknowledged", extra={"why": type(error).__name__})


def member_of(interaction: Interaction, job: Job) -> discord.Member:
    """Who presses, as a member of the job's server. Raises SourceNotFound for everybody else."""
    if job.guild_id != interaction.guild_id or not isinstance(interaction.user, discord.Member):
        raise SourceNotFound
    return interaction.user


def here_of(interaction: Interaction) -> discord.abc.Snowflake:
    return discord.Object(id=interaction.channel_id or 0)


def _requester(member: discord.Member, job: Job) -> None:
    if member.id != job.user_id:
        raise NotYours
