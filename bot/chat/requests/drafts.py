"""Let the author of a refused request edit and retry it."""

from dataclasses import replace

import discord

from bot.catalogue.model import Model
from bot.catalogue.offers import Offers
from bot.chat.components.draft_items import DraftModal, EditedDraft
from bot.chat.components.interactions import Interaction, place_of
from bot.chat.permissions.video_access import VideoAccess
from bot.chat.requests.edited_pictures import with_picture_changes
from bot.chat.requests.submission import RequestSubmission
from bot.jobs.errors import BadWish, JustPressed, NotYourRequest
from bot.jobs.pictures import first_file, pictures_from_json
from bot.jobs.rejections import DraftGone
from bot.ordering.quote import Request
from bot.ports.clock import Clock
from bot.ports.drafts import Drafts, RefusedRequest
from bot.ports.job_store import JobStore

ONE_PRESS_S = 30.0  # a second press within this time is the same request


class RefusedRequests:
    """Answers *Edit and retry*, its form, and the button that asks for fewer takes."""

    def __init__(
        self,
        *,
        store: JobStore,
        drafts: Drafts,
        clock: Clock,
        offers: Offers,
        submission: RequestSubmission,
        video_access: VideoAccess,
    ) -> None:
        self._store = store
        self._drafts = drafts
        self._clock = clock
        self._offers = offers
        self._submission = submission
        self._video_access = video_access

    async def on_button(self, interaction: Interaction, draft_id: int) -> None:
        """Open the form with the refused words. Raise BadWish."""
        draft = await self.own(interaction, draft_id)
        await interaction.response.send_modal(DraftModal(draft_id, draft, await self._model(draft)))

    async def on_modal(self, interaction: Interaction, form: EditedDraft) -> None:
        """Submit the edited request like a new one. Raise BadWish."""
        request = await self.request_of(interaction, await self.own(interaction, form.draft_id))
        changed = replace(request, prompt=form.prompt, aspect=form.aspect, seconds=form.seconds)
        await self._submission.from_interaction(interaction, with_picture_changes(changed, form.pictures))

    async def on_fewer(self, interaction: Interaction, draft_id: int, takes: int) -> None:
        """Submit the refused request with fewer takes, once. Raise BadWish."""
        draft = await self.own(interaction, draft_id)
        request = replace(await self.request_of(interaction, draft), takes=min(takes, draft.takes))
        flag = f"press:draft{draft_id}:{draft.user_id}"
        if not await self._store.set_flag_once_per(flag, self._clock.now(), ONE_PRESS_S):
            raise JustPressed
        try:  # an order whose answer is unclear counts as one: Discord may show it
            prepared = await self._submission.prepare_interaction(interaction, request)
            await self._submission.submit_interaction(interaction, prepared)
        except BadWish as error:
            await self._store.set_flag(flag, "", 0.0)  # refused: the next press counts
            await self._submission.drafts.refuse(interaction, request, error)

    async def request_of(self, interaction: Interaction, draft: RefusedRequest) -> Request:
        """Build the request of a draft. Raise BadWish if its source may not be used any more."""
        member = interaction.user
        if not isinstance(member, discord.Member):
            raise BadWish
        source = await self._store.job(draft.source_id) if draft.source_id is not None else None
        if draft.source_id is not None:
            source = await self._video_access.allowed(source, member, place_of(interaction))
        pictures = pictures_from_json(draft.pictures)
        model = draft.model if draft.model is None or self._offers.find(draft.model) is not None else None
        return Request(
            kind=draft.kind,
            prompt=draft.prompt,
            model=model,
            aspect=draft.aspect,
            seconds=draft.seconds,
            resolution=draft.resolution,
            image_url=draft.image_url,
            image_file=first_file(pictures),
            pictures=pictures,
            style=draft.style,
            source=source,
            typed=draft.typed,
            offered=draft.offered,
            takes=draft.takes,
        )

    async def own(self, interaction: Interaction, draft_id: int) -> RefusedRequest:
        """Return a member's draft. Raise DraftGone or NotYourRequest."""
        draft = await self._drafts.find(draft_id, self._clock.now())
        if draft is None or draft.guild_id != interaction.guild_id:
            raise DraftGone
        if draft.user_id != interaction.user.id:
            raise NotYourRequest
        return draft

    async def _model(self, draft: RefusedRequest) -> Model | None:
        """Return the model whose options the form offers, or None if the request names none that exists."""
        if draft.model is None and draft.source_id is not None:
            source = await self._store.job(draft.source_id)
            return self._offers.model_for(source.account, source.model) if source is not None else None
        offer = self._offers.find(draft.model) if draft.model is not None else self._offers.default()
        return offer.model if offer is not None else None
