"""What happens when somebody presses a button: everything is read anew, nothing in the custom id is trusted."""

import logging
from typing import assert_never

import discord

from bot.catalogue.model import Model
from bot.chat import wording
from bot.chat.access import Access
from bot.chat.buttons import Verb
from bot.chat.modals import PromptModal, Submitted
from bot.chat.orders import Interaction, Orders, refuse
from bot.chat.status import TROUBLE
from bot.jobs.desk import Desk, Request
from bot.jobs.engine import Engine
from bot.jobs.errors import BadWish, CannotRemix, NotYours, SourceNotFound, TooLate
from bot.jobs.model import Job, Kind
from bot.jobs.parts import Parts

log = logging.getLogger("retake.chat")


class JobPresses:
    """Answers the buttons and modals of every job, those of earlier processes too."""

    def __init__(self, parts: Parts, desk: Desk, engine: Engine, orders: Orders, access: Access) -> None:
        self._parts = parts
        self._desk = desk
        self._engine = engine
        self._orders = orders
        self._access = access

    async def pressed(self, interaction: Interaction, job_id: str, verb: Verb) -> None:
        """A button of a job's status or result message."""
        job = await self._parts.store.job(job_id)
        message_id = interaction.message.id if interaction.message is not None else 0
        try:
            if job is None or message_id not in (job.status_message_id, job.result_message_id):
                raise SourceNotFound
            await self._do(interaction, _member(interaction, job), job, verb)
        except BadWish as error:
            await refuse(interaction, error.sentence())

    async def submitted(self, interaction: Interaction, form: Submitted) -> None:
        """A prompt modal that came back, perhaps to another process than the one that sent it."""
        try:
            job = await self._parts.store.job(form.job_id)
            if job is None:
                raise SourceNotFound
            member = _member(interaction, job)
            if form.verb is Verb.EDIT:
                _requester(member, job)
                request = await self.anew(member, _here(interaction), job)
                request = request.with_changes(form.prompt, form.aspect, form.seconds)
            else:
                await self._access.allowed(job, member, _here(interaction))
                request = Request(
                    kind=Kind.REMIX, prompt=form.prompt, aspect=form.aspect, seconds=form.seconds, source=job
                )
            await self._orders.by_interaction(interaction, request)
        except BadWish as error:
            await refuse(interaction, error.sentence())

    async def _do(self, interaction: Interaction, member: discord.Member, job: Job, verb: Verb) -> None:
        match verb:
            case Verb.CANCEL:
                await self._cancel(interaction, member, job)
            case Verb.REMIX:
                await self.ask_prompt(interaction, member, job)
            case Verb.AGAIN | Verb.RETRY:
                await self._orders.by_interaction(interaction, await self.anew(member, _here(interaction), job))
            case Verb.EDIT:
                _requester(member, job)
                await interaction.response.send_modal(
                    PromptModal(job, self._parts.offers.model_of(job.account, job.model), verb)
                )
            case Verb.DETAILS:
                await self._access.allowed(job, member, _here(interaction))
                parent = await self._parts.store.job(job.parent_id) if job.parent_id else None
                title = self._model(job).title
                await refuse(interaction, wording.details(job, title, parent))
            case Verb.DELETE:
                await self._delete(interaction, member, job)
            case Verb.RESEND | Verb.GIVE_UP:
                await self._decide(interaction, member, job, verb)
            case _:
                assert_never(verb)

    def _model(self, job: Job) -> Model:
        return self._parts.offers.model_of(job.account, job.model)

    async def ask_prompt(self, interaction: Interaction, member: discord.Member, job: Job) -> None:
        """Open the remix modal for a video, if this member may use it. Raises BadWish."""
        await self._access.allowed(job, member, _here(interaction))
        model = self._model(job)
        if model.remix is None:
            raise CannotRemix(model=model.key)
        await interaction.response.send_modal(PromptModal(job, model, Verb.REMIX))

    async def anew(self, member: discord.Member, here: discord.abc.Snowflake, job: Job) -> Request:
        """The same order once more, for whoever presses."""
        source = await self._parts.store.job(job.parent_id) if job.parent_id else None
        if job.kind is not Kind.GENERATE:
            source = await self._access.allowed(source, member, here)
        return Request(
            kind=job.kind,
            prompt=job.prompt,
            model=self._parts.offers.name_of(job.account, job.model),
            aspect=job.aspect,
            seconds=job.seconds,
            resolution=job.resolution,
            source=source,
        )

    async def _cancel(self, interaction: Interaction, member: discord.Member, job: Job) -> None:
        if not _owner_or_moderator(interaction, member, job):
            raise NotYours
        if await self._desk.cancel(job.id) is None:
            raise TooLate
        self._engine.nudge()
        await _acknowledge(interaction)

    async def _delete(self, interaction: Interaction, member: discord.Member, job: Job) -> None:
        if not _owner_or_moderator(interaction, member, job):
            raise NotYours
        await interaction.response.defer()
        await self._desk.deleted(job.id)
        try:
            if interaction.message is not None:
                await interaction.message.delete()
        except TROUBLE as error:
            log.info("a result was not deleted", extra={"job": job.code, "why": type(error).__name__})

    async def _decide(self, interaction: Interaction, member: discord.Member, job: Job, verb: Verb) -> None:
        _requester(member, job)
        decided = await (self._desk.resend(job.id) if verb is Verb.RESEND else self._desk.give_up(job.id))
        if decided is None:
            raise TooLate
        self._engine.nudge()
        await _acknowledge(interaction)


async def _acknowledge(interaction: Interaction) -> None:
    """The status line says the rest."""
    try:
        await interaction.response.defer()
    except TROUBLE as error:
        log.info("a press was not acknowledged", extra={"why": type(error).__name__})


def _member(interaction: Interaction, job: Job) -> discord.Member:
    if job.guild_id != interaction.guild_id or not isinstance(interaction.user, discord.Member):
        raise SourceNotFound
    return interaction.user


def _here(interaction: Interaction) -> discord.abc.Snowflake:
    return discord.Object(id=interaction.channel_id or 0)


def _requester(member: discord.Member, job: Job) -> None:
    if member.id != job.user_id:
        raise NotYours


def _owner_or_moderator(interaction: Interaction, member: discord.Member, job: Job) -> bool:
    return member.id == job.user_id or interaction.permissions.manage_messages
