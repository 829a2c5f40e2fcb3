"""Turn the videos that a member has chosen into a film: check each of them, then submit one job."""

from collections.abc import Sequence
from functools import partial

import discord

from bot.chat.components.interactions import Interaction, announce, place_of
from bot.chat.delivery.publisher import is_spoiler
from bot.chat.permissions import video_access
from bot.chat.permissions.request_policy import RequestPolicy
from bot.chat.permissions.video_access import VideoAccess
from bot.chat.requests.submission import RequestSubmission
from bot.chat.requests.video_imports import VideoImports
from bot.chat.requests.video_lookup import VideoLookup
from bot.i18n import _
from bot.jobs.clean_text import has_visible_letter
from bot.jobs.errors import BadWish, JustPressed, NotYours, SourceNotFound
from bot.jobs.film_errors import FilmPartGone, FilmTooShort
from bot.jobs.film_plan import Transition
from bot.jobs.job import Job, Kind, Outcome
from bot.jobs.limits import HostBudget
from bot.jobs.rejections import OwnVideosOnly
from bot.jobs.server_settings import DELETED_PROMPT, ServerSettings
from bot.ordering.films import MAX_PARTS, MIN_PARTS, TITLE_MAX, PreparedFilm, check_parts, create_film
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore

ONE_PRESS_S = 30.0  # a second press within this time is the same order
_QUICK = 2  # videos that can be looked up before Discord's three seconds are over


class FilmRequests:
    """Joins videos that exist. Every one passes the access rule, the film itself the server's settings."""

    def __init__(
        self,
        *,
        job_service: JobService,
        submission: RequestSubmission,
        policy: RequestPolicy,
        imports: VideoImports,
        lookup: VideoLookup,
        access: VideoAccess,
        store: JobStore,
        clock: Clock,
        host_budget: HostBudget,
    ) -> None:
        self._job_service = job_service
        self._submission = submission
        self._policy = policy
        self._imports = imports
        self._lookup = lookup
        self._access = access
        self._store = store
        self._clock = clock
        self._create = partial(create_film, store=store, clock=clock, host_budget=host_budget)

    async def join(
        self, interaction: Interaction, videos: Sequence[str], title: str | None, transition: Transition
    ) -> Job | None:
        """Order a film of these videos: codes, message links or job ids, in their order. Raise BadWish."""
        member = interaction.user
        if not isinstance(member, discord.Member):
            raise BadWish
        if not MIN_PARTS <= len(videos) <= MAX_PARTS:
            raise FilmTooShort
        settings = await self._allowed(interaction, member, title or "")
        if len(videos) > _QUICK:
            await announce(interaction)
        found = [await self._lookup.resolve(text, member, place_of(interaction), imports=True) for text in videos]
        parts = await self._ready(interaction, settings, found)
        create = partial(self._create, film=film_of(title, parts, settings, transition))
        return await self._submission.submit_film(interaction, create, settings)

    async def join_again(self, interaction: Interaction, film_id: str) -> None:
        """Order a film again that couldn't be joined, of the same videos. Only its requester may. Raise BadWish."""
        member, film = interaction.user, await self._store.job(film_id)
        if film is None or film.kind is not Kind.FILM or not isinstance(member, discord.Member):
            raise SourceNotFound
        if film.guild_id != member.guild.id or film.outcome is not Outcome.FAILED:
            raise SourceNotFound
        if film.user_id != member.id:
            raise NotYours
        joined = await self._store.film_parts(film.id)
        for part, _cut in joined:
            if part.post.deleted_at is not None or await self._store.has_withdrawn(part):
                raise FilmPartGone(code=part.code)
        parts = [await self._access.allowed(part, member, place_of(interaction)) for part, _cut in joined]
        title = film.prompt if film.prompt != DELETED_PROMPT else _("A film")
        settings = await self._allowed(interaction, member, title)
        if any(part.imported for part in parts) and not settings.any_video:
            raise OwnVideosOnly
        prepared = PreparedFilm(title=title, note=film.note or "", parts=tuple(parts), settings=settings)
        prepared = prepared.cut_as([cut for _part, cut in joined])
        check_parts(parts, prepared.starts)
        flag = f"press:{film.id}:join:{member.id}"
        if not await self._store.set_flag_once_per(flag, self._clock.now(), ONE_PRESS_S):
            raise JustPressed
        try:
            await self._submission.submit_film(interaction, partial(self._create, film=prepared), settings)
        except BadWish:
            await self._store.set_flag(flag, "", 0.0)  # nothing was ordered: the next press counts
            raise

    async def _allowed(self, interaction: Interaction, member: discord.Member, title: str) -> ServerSettings:
        """Return the server's settings if they and Discord let this member order a film here. Raise BadWish."""
        video_access.check_own(interaction.app_permissions, interaction.channel)
        await video_access.check_thread(interaction.app_permissions, interaction.channel)
        settings = await self._job_service.settings(member.guild.id)
        await self._policy.check(settings, member, interaction.channel, title)
        return settings

    async def _ready(self, interaction: Interaction, settings: ServerSettings, found: Sequence[Job]) -> list[Job]:
        """Return the videos with members' own ones copied. Raise BadWish if they can't be joined."""
        if any(part.imported for part in found) and not settings.any_video:
            raise OwnVideosOnly
        check_parts(found)
        parts: list[Job] = []
        for part in found:
            if not await self._imports.is_copied(part):
                await announce(interaction)
                part = await self._imports.copied(part)
            parts.append(part)
        check_parts(parts)
        return parts


def film_of(title: str | None, parts: Sequence[Job], settings: ServerSettings, transition: Transition) -> PreparedFilm:
    """Return the film of these videos. Without a title, it's called a film."""
    codes = ", ".join(part.code for part in parts)
    said = title.strip()[:TITLE_MAX] if title is not None and has_visible_letter(title) else _("A film")
    if any(is_spoiler(part, part) for part in parts):
        said = f"||{said}||"  # a spoiler in one of its parts makes it one
    joined = _("joined: {codes}") if transition is Transition.CUT else _("joined with crossfades: {codes}")
    note = joined.format(codes=codes)
    return PreparedFilm(title=said, note=note, parts=tuple(parts), settings=settings, transition=transition)
