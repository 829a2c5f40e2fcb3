"""Keep the words of a request that was refused."""

import discord

from bot.chat.components.draft_items import draft_view
from bot.chat.components.interactions import Interaction, reply_privately
from bot.chat.text.escape import error_text
from bot.jobs.errors import BadWish
from bot.jobs.pictures import pictures_to_json
from bot.jobs.rejections import StoreBusy
from bot.ordering.quote import Request
from bot.ports.clock import Clock
from bot.ports.drafts import Drafts, RefusedRequest


class DraftKeeper:
    """Saves refused requests and says why they were refused, with *Edit and retry* beside the sentence."""

    def __init__(self, drafts: Drafts, clock: Clock) -> None:
        self._drafts = drafts
        self._clock = clock

    async def save(self, member: discord.Member, request: Request, error: BadWish) -> discord.ui.View | None:
        """Save a refused request and return the button for it. None if the database is busy: the reason comes first."""
        if isinstance(error, StoreBusy):
            return None
        try:
            return draft_view(await self.store(member, request), error)
        except StoreBusy:
            return None

    async def store(self, member: discord.Member, request: Request, price_micros: int | None = None) -> int:
        """Save a request for a day, with the price that is shown to its member. Return its id. Raise StoreBusy."""
        draft = RefusedRequest(
            guild_id=member.guild.id,
            user_id=member.id,
            created_at=self._clock.now(),
            kind=request.kind,
            prompt=request.prompt,
            model=request.model,
            aspect=request.aspect,
            seconds=request.seconds,
            resolution=request.resolution,
            image_url=request.image_url,
            source_id=request.source.id if request.source is not None else None,
            style=request.style,
            typed=request.typed,
            offered=request.offered,
            price_micros=price_micros,
            pictures=pictures_to_json(request.pictures),
            takes=request.takes,
        )
        return await self._drafts.save(draft)

    async def refuse(self, interaction: Interaction, request: Request, error: BadWish) -> None:
        """Answer an interaction with the reason and the button."""
        member = interaction.user
        keeps = isinstance(member, discord.Member) and request.rival is None  # a draft has one model
        view = await self.save(member, request, error) if keeps and isinstance(member, discord.Member) else None
        await reply_privately(interaction, error_text(error), view)
