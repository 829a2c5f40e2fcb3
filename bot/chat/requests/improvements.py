"""Offer better words for a prompt before anything is paid: ask the writer, and make the video on a press."""

import logging
from collections import OrderedDict
from dataclasses import replace
from typing import assert_never

import discord

from bot.chat.components.improve_items import ImproveAction, ImproveModal, improve_view
from bot.chat.components.interactions import DISCORD_ERRORS, Interaction, acknowledge, has_expired
from bot.chat.requests.drafts import RefusedRequests
from bot.chat.requests.submission import RequestSubmission
from bot.chat.requests.writing import Writing
from bot.chat.text.escape import error_text
from bot.chat.text.improve_text import improve_text, problem_text
from bot.i18n import _
from bot.jobs.clean_text import has_visible_letter
from bot.jobs.errors import BadWish
from bot.jobs.rejections import AlreadyRequested, AnswerExpired, NoWriter, PromptForgotten
from bot.jobs.rewrite import RewriteProblem
from bot.ordering.prompt_options import read_prompt_options
from bot.ordering.quote import PreparedRequest, Request
from bot.ports.clock import Clock
from bot.ports.drafts import RefusedRequest
from bot.ports.job_store import JobStore

log = logging.getLogger("retake.chat")

ONE_ORDER_S = 86_400.0  # as long as a draft is kept
ONE_PRESS_S = 30.0  # a double press asks the writer once
_MOST_OPEN = 1000  # dialogs that are deleted once their video was requested


class Improvements:
    """Answers `improve:` of a command, and the buttons and the form below the writer's words.

    Every press passes the access rule, the server's rules and the moderation with the words that would be sent.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        clock: Clock,
        submission: RequestSubmission,
        requests: RefusedRequests,
        writing: Writing | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._submission = submission
        self._requests = requests
        self._writing = writing
        self._dialogs: OrderedDict[int, Interaction] = OrderedDict()

    async def from_interaction(self, interaction: Interaction, request: Request) -> None:
        """Offer better words for the request of a command, or of a reply. Raise NoWriter, or AnswerExpired."""
        await self.defer(interaction)
        await self._offer(interaction, request)

    async def defer(self, interaction: Interaction) -> None:
        """Acknowledge at once what only its member will see answered, in some 5 s. Raise NoWriter, or AnswerExpired."""
        if self._writing is None:
            raise NoWriter
        if interaction.response.is_done():
            return
        try:
            await interaction.response.defer(ephemeral=True, thinking=True)
        except DISCORD_ERRORS as error:
            if has_expired(error):
                raise AnswerExpired from error
            log.info("an answer was not deferred", extra={"why": type(error).__name__})

    async def on_button(self, interaction: Interaction, draft_id: int, action: ImproveAction) -> None:
        """Handle a button. Raise BadWish."""
        draft = await self._requests.own(interaction, draft_id)
        match action:
            case ImproveAction.EDIT:
                await interaction.response.send_modal(ImproveModal(draft_id, draft))
            case ImproveAction.MORE:
                if self._writing is None:
                    raise NoWriter
                await self._ask_again(interaction, draft_id, await self._typed(interaction, draft))
            case ImproveAction.MAKE:
                await self._make(interaction, draft_id, draft, await self._requests.request_of(interaction, draft))
            case ImproveAction.MINE:
                await self._make(interaction, draft_id, draft, await self._typed(interaction, draft))
            case _:
                assert_never(action)

    async def _ask_again(self, interaction: Interaction, draft_id: int, request: Request) -> None:
        """Ask the writer once more, but only once for a double press. Raise AnswerExpired."""
        flag = f"press:w{draft_id}:more:{interaction.user.id}"
        if not await self._store.set_flag_once_per(flag, self._clock.now(), ONE_PRESS_S):
            await acknowledge(interaction)
            return
        try:
            await interaction.response.edit_message(content=_("Asking the writer …"), view=None)
        except DISCORD_ERRORS as error:
            await self._store.set_flag(flag, "", 0.0)  # the writer isn't asked: the next press counts
            if has_expired(error):
                raise AnswerExpired from error
            raise
        await self._offer(interaction, request)

    async def on_modal(self, interaction: Interaction, draft_id: int, words: str) -> None:
        """Show the edited words and their price. If they can't be used, say why and keep them; the dialog stays."""
        draft = await self._requests.own(interaction, draft_id)
        request = replace(await self._requests.request_of(interaction, draft), prompt=words)
        try:
            prepared = await self._submission.prepare_interaction(interaction, request)
        except BadWish as error:
            await self._submission.drafts.refuse(interaction, request, error)
            return
        await self._show(interaction, read_prompt_options(request).request, prepared)

    async def _typed(self, interaction: Interaction, draft: RefusedRequest) -> Request:
        """Return a draft's request with the member's own words."""
        if draft.typed is None:
            raise PromptForgotten
        request = await self._requests.request_of(interaction, draft)
        return replace(request, prompt=draft.typed)

    async def _offer(self, interaction: Interaction, request: Request) -> None:
        """Ask the writer about the words of a request, and show what it says, in place of the deferred answer."""
        try:
            prepared = await self._submission.prepare_interaction(interaction, request)
        except BadWish as error:
            await self._submission.drafts.refuse(interaction, request, error)
            return
        request = read_prompt_options(request).request
        request = replace(request, typed=request.prompt, offered=None)
        if self._writing is None or not isinstance(interaction.user, discord.Member):
            raise NoWriter
        if not has_visible_letter(request.prompt):  # a style alone
            await self._show(interaction, request, prepared, problem_text(RewriteProblem.SAME))
            return
        answer = await self._writing.write(interaction.user, prepared, request.prompt)
        if answer.words is None:
            await self._show(interaction, request, prepared, answer.problem)
            return
        offered = replace(request, prompt=answer.words, offered=answer.words)
        try:
            prepared = await self._submission.prepare_interaction(interaction, offered)
        except BadWish as error:
            note = _("The improved words can't be used: {reason}").format(reason=error_text(error))
            await self._show(interaction, request, prepared, note)
            return
        await self._show(interaction, offered, prepared)

    async def _show(
        self, interaction: Interaction, request: Request, prepared: PreparedRequest, note: str = ""
    ) -> None:
        """Show words, their price and the buttons in the dialog that only its member sees."""
        member = interaction.user
        if not isinstance(member, discord.Member) or self._writing is None:
            raise NoWriter
        price_micros, model = prepared.total_micros, prepared.quote.step.offer.model
        draft_id = await self._submission.drafts.store(member, request, price_micros)
        typed = request.typed or request.prompt
        text = improve_text(
            typed=typed, shown=request.prompt, offered=request.offered, language=model.language, model=model.title,
            note=note,
        )  # fmt: skip
        cost_micros = self._writing.cost_micros(typed, model.language)
        view = improve_view(draft_id, price_micros, own=request.prompt == typed, cost_micros=cost_micros)
        try:
            if interaction.response.is_done():
                await interaction.edit_original_response(content=text, view=view)
            else:
                await interaction.response.edit_message(content=text, view=view)
        except DISCORD_ERRORS as error:
            log.info("the writer's words were not shown", extra={"why": type(error).__name__})
            return
        self._dialogs[draft_id] = interaction
        if len(self._dialogs) > _MOST_OPEN:
            self._dialogs.popitem(last=False)

    async def _make(self, interaction: Interaction, draft_id: int, draft: RefusedRequest, request: Request) -> None:
        """Submit the words, once. If their price is higher than the one that was shown, show it first."""
        try:
            prepared = await self._submission.prepare_interaction(interaction, request)
        except BadWish as error:
            await self._submission.drafts.refuse(interaction, request, error)
            return
        if draft.price_micros is None or prepared.total_micros > draft.price_micros:
            await self._show(interaction, request, prepared, _("The price has changed."))
            return
        flag = f"press:w{draft_id}:make:{interaction.user.id}"
        if not await self._store.set_flag_once_per(flag, self._clock.now(), ONE_ORDER_S):
            raise AlreadyRequested
        try:
            job = await self._submission.submit_interaction(interaction, prepared)
        except BadWish as error:
            await self._store.set_flag(flag, "", 0.0)  # nothing was made: the next press counts
            await self._submission.drafts.refuse(interaction, request, error)
            return
        if job is not None:
            await self._close(draft_id)

    async def _close(self, draft_id: int) -> None:
        """Delete the dialog, if its token is still valid. Without it, a second press is told so."""
        dialog = self._dialogs.pop(draft_id, None)
        if dialog is None:
            return
        try:
            await dialog.delete_original_response()
        except DISCORD_ERRORS as error:
            log.info("a dialog was not deleted", extra={"why": type(error).__name__})
