"""*Make a video of this*: a form on any message with a picture. The same access and age rules as for clips."""

import contextlib
from dataclasses import replace

import discord

from bot.catalogue.offers import Offers
from bot.chat.components.interactions import Interaction, place_of
from bot.chat.components.picture_modal import PictureForm, PictureModal, Use
from bot.chat.permissions.video_access import VideoAccess
from bot.chat.requests.attached_pictures import attached_pictures, check_image, is_picture, last_frame
from bot.chat.requests.submission import RequestSubmission
from bot.jobs.errors import BadWish
from bot.jobs.job import Kind
from bot.jobs.picture_errors import NoModelForPicture, NoPictureThere, OwnPicturesOnly, PictureFormGone
from bot.jobs.pictures import JobPicture, Role
from bot.jobs.server_settings import ServerSettings
from bot.ordering.quote import OFF_HERE, Quote, Request
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.drafts import Drafts, RefusedRequest


class PictureVideos:
    """Opens the form and submits it. The picture's link is kept in a draft, because Discord shows it only here."""

    def __init__(
        self,
        client: discord.Client,
        *,
        drafts: Drafts,
        clock: Clock,
        offers: Offers,
        job_service: JobService,
        submission: RequestSubmission,
        video_access: VideoAccess,
    ) -> None:
        self._client = client
        self._drafts = drafts
        self._clock = clock
        self._offers = offers
        self._job_service = job_service
        self._submission = submission
        self._video_access = video_access

    async def open(self, interaction: Interaction, message: discord.Message) -> None:
        """Open the form for a message. Raise BadWish."""
        member = interaction.user
        if not isinstance(member, discord.Member):
            raise NoPictureThere
        file = await self._picture_of(message, member, place_of(interaction))
        settings = await self._job_service.settings(member.guild.id)
        own_id = self._client.user.id if self._client.user is not None else 0
        if not settings.any_video and (message.author.id not in (member.id, own_id) or message.message_snapshots):
            raise OwnPicturesOnly
        request = Request(kind=Kind.GENERATE, prompt="any words", image_url=check_image(file))
        quotes = self._quotes(request, settings)
        if not quotes:
            raise NoModelForPicture
        draft = RefusedRequest(
            guild_id=member.guild.id, user_id=member.id, created_at=self._clock.now(), kind=Kind.GENERATE, prompt="",
            model=None, aspect=None, seconds=None, resolution=None, image_url=request.image_url, source_id=None,
        )  # fmt: skip
        await interaction.response.send_modal(PictureModal(await self._drafts.save(draft), quotes))

    async def _picture_of(
        self, message: discord.Message, member: discord.Member, here: discord.abc.Snowflake
    ) -> discord.Attachment:
        """Return the first picture of a message, or of the one that it forwards. Raise NoPictureThere."""
        forwarded = message.message_snapshots
        origin = message.reference.channel_id if forwarded and message.reference is not None else message.channel.id
        files = [file for each in forwarded for file in each.attachments] if forwarded else message.attachments
        file = next(filter(is_picture, files), None)
        places = {message.channel.id, origin}
        if file is None or not all([await self._video_access.sees(each, member, here) for each in places]):
            raise NoPictureThere
        return file

    def _quotes(self, request: Request, settings: ServerSettings) -> list[Quote]:
        """Quote a request for every model that can make it, the server's default first."""
        quotes: list[Quote] = []
        request = request.under(settings)
        offers = self._offers.excluding(settings.models_off, OFF_HERE, settings.models_on)
        for key in (request.model, *(offer.key for offer in offers.enabled())):
            with contextlib.suppress(BadWish):
                quote = self._job_service.quote(replace(request, model=key))
                if quote.step.offer not in [known.step.offer for known in quotes]:
                    quotes.append(quote)
        return quotes

    async def on_modal(self, interaction: Interaction, form: PictureForm) -> None:
        """Submit a form like a command. Raise BadWish."""
        draft = await self._drafts.find(form.draft_id, self._clock.now())
        if draft is None or (draft.guild_id, draft.user_id) != (interaction.guild_id, interaction.user.id):
            raise PictureFormGone
        request = Request(kind=Kind.GENERATE, prompt=form.prompt, model=form.model, image_url=draft.image_url)
        if form.use is Use.REFERENCES:
            own = JobPicture(role=Role.REFERENCE, url=draft.image_url)
            more = [replace(each, position=each.position + 1) for each in attached_pictures(None, form.files)]
            request = replace(request, image_url=None, pictures=(own, *more))
        else:
            request = replace(request, pictures=last_frame(form.files))
        await self._submission.from_interaction(interaction, request)
