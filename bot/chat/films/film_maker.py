"""Plan a film, start its shots one after the other, and join them. Each shot is an ordinary job."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import discord

from bot.chat.components.interactions import DISCORD_ERRORS, is_refusal
from bot.chat.films.film_requests import film_of
from bot.chat.films.film_threads import Place
from bot.chat.permissions import video_access
from bot.chat.permissions.request_policy import RequestPolicy
from bot.chat.permissions.video_access import VideoAccess
from bot.chat.requests.submission import RequestSubmission
from bot.jobs.errors import BadWish, SourceNotFound
from bot.jobs.film_errors import FilmMoved, FilmPlaceUnknown, FilmPriceRose
from bot.jobs.film_plan import FilmPlan, FilmStep, Shot
from bot.jobs.job import Job, Outcome, RequestOrigin
from bot.jobs.limits import HostBudget
from bot.jobs.money import dollars
from bot.jobs.server_settings import ServerSettings
from bot.ordering.film_ladder import (
    QuotedShot,
    can_extend_again,
    prepare_shot,
    quote_shots,
    quoted,
    start_in_clip,
)
from bot.ordering.films import MIN_PARTS, create_film
from bot.ordering.quote import PreparedRequest
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.films import FilmRepository
from bot.ports.job_store import JobStore

READING_S = 3.0  # a press this soon after a higher price was told is a second one of the same kind


class FilmMaker:
    """Starts the shots that were decided by a press, a form, or the plan itself if it runs through.

    Every start passes the access rule and the server's rules again. The new job and what it is to the plan are stored
    in one transaction, so that two presses, or a crash, never start a shot twice.
    """

    def __init__(
        self,
        *,
        films: FilmRepository,
        store: JobStore,
        clock: Clock,
        job_service: JobService,
        submission: RequestSubmission,
        policy: RequestPolicy,
        access: VideoAccess,
        host_budget: HostBudget,
    ) -> None:
        self._films = films
        self._store = store
        self._clock = clock
        self._job_service = job_service
        self._submission = submission
        self._policy = policy
        self._access = access
        self._create_film = partial(create_film, store=store, clock=clock, host_budget=host_budget)

    async def quote(
        self, film: FilmPlan, prompts: Sequence[str], member: discord.Member, channel: Place
    ) -> tuple[FilmPlan, list[QuotedShot]]:
        """Return the plan with its shots and the most that one costs, and what each costs. Raise BadWish.

        Nothing is written.
        """
        settings = await self._checked(member, channel)
        for prompt in prompts:
            await self._policy.check(settings, member, channel, prompt)
        prepare = partial(self._job_service.prepare, settings)
        return quote_shots(film, list(prompts), _origin(film, member, channel), prepare, self._clock.now())

    async def start(
        self,
        film: FilmPlan,
        shot: Shot,
        member: discord.Member,
        channel: Place,
        *,
        first: FilmStep | None = None,
    ) -> None:
        """Make the next take of a shot. Raise BadWish; nothing is spent then.

        `first` is the step that starts the plan. Raise FilmPriceRose if a shot costs more than was confirmed, also for
        a press that comes before its member can have read that.
        """
        settings = await self._checked(member, channel)
        source = await self._source(film, shot, member, channel)
        await self._policy.check(settings, member, channel, shot.prompt)
        prepared = await self._prepared(film, shot, source, settings)
        price = prepared.quote.price_micros
        if await self._is_news(film, price):
            raise FilmPriceRose(price=dollars(price))
        step = first or FilmStep(film_id=film.id, place=shot.place, review_id=film.review_id)
        step = replace(step, prompt=shot.prompt)  # as it was written: with its options
        create = partial(self._job_service.create, prepared=prepared, step=step)
        await self._submission.submit_posted(_origin(film, member, channel), channel, create, settings)

    async def _is_news(self, film: FilmPlan, price_micros: int) -> bool:
        """Return whether a price is higher than what was confirmed, or was told a moment ago: a double press."""
        name, now = f"press:{film.id}:price", self._clock.now()
        if price_micros > film.shot_micros:
            await self._store.set_flag(name, "", now)  # before the price: the second press sees both
            await self._films.set_price(film.id, price_micros)
            return True
        told = await self._store.get_flag(name)
        return told is not None and now - told[1] < READING_S

    async def go_on(self, film: FilmPlan, member: discord.Member, channel: Place) -> int | None:
        """Start the shot after the current one, or join all after the last. Return how many shots are joined.

        A shot that was made already isn't made again: it's decided next. Return None if the film goes on.
        """
        following = film.following
        if following is None:
            return await self.finish(film, member)
        if following.job_id is not None:
            await self.go_to(film, following.place)
        else:
            await self.start(film, following, member, channel)
        return None

    async def go_to(self, film: FilmPlan, place: int) -> None:
        """Let another shot be decided next. It costs nothing. Raise FilmMoved."""
        if not await self._films.go_to(film.id, film.review_id, place):
            raise FilmMoved

    async def finish(self, film: FilmPlan, member: discord.Member) -> int:
        """End a plan and join its shots up to the current one, if two or more were made. Return how many were.

        Raise BadWish.
        """
        made = await self.made(film)
        channel = await self.channel(member.guild, film.channel_id)
        channel = channel or await self.channel(member.guild, film.place_id or film.channel_id)
        if len(made) < MIN_PARTS or channel is None:
            if not await self._films.end(film.id, film.review_id):
                raise FilmMoved
            return min(len(made), MIN_PARTS - 1)
        settings = await self._checked(member, channel)
        await self._policy.check(settings, member, channel, film.title or "")
        starts = [start_in_clip(each, await self._parent(each)) for each in made]
        joined = film_of(film.title or made[0].prompt, made, settings, film.transition)
        joined = replace(joined, starts=tuple(starts))
        step = FilmStep(film_id=film.id, place=None, review_id=film.review_id)
        create = partial(self._create_film, film=joined, step=step)
        await self._submission.submit_posted(_origin(film, member, channel), channel, create, settings)
        return len(made)

    async def channel(self, guild: discord.Guild, channel_id: int) -> Place | None:
        """Return a channel or a thread, from Discord if it isn't cached. None if it's gone. Raise FilmPlaceUnknown."""
        channel = guild.get_channel_or_thread(channel_id)
        if channel is None:
            try:
                channel = await guild.fetch_channel(channel_id)
            except DISCORD_ERRORS as error:
                if not is_refusal(error):
                    raise FilmPlaceUnknown from error
        return channel if isinstance(channel, Place) else None

    async def made(self, film: FilmPlan) -> list[Job]:
        """Return the shots up to the current one that were made and are still there."""
        made: list[Job] = []
        last = film.current.place if film.current is not None else 0
        for shot in film.shots[:last]:
            job = await self._store.job(shot.job_id) if shot.job_id is not None else None
            if job is not None and job.outcome is Outcome.SUCCEEDED and job.post.deleted_at is None:
                made.append(job)
        return made

    async def quote_next(self, film: FilmPlan, shot: Shot, made: Job) -> tuple[QuotedShot | None, QuotedShot | None]:
        """Return what another take of a shot costs, and the shot after it. None: there is none, or it can't be made."""
        settings = await self._job_service.settings(film.guild_id)
        quotes: list[QuotedShot | None] = []
        following = film.shot(shot.place + 1)
        for each, source in ((shot, await self._before(film, shot)), (following, made)):
            quotes.append(None)
            if each is not None and (each.place == 1 or (source is not None and source.outcome is Outcome.SUCCEEDED)):
                with contextlib.suppress(BadWish):
                    quotes[-1] = quoted(await self._prepared(film, each, source, settings))
        return quotes[0], quotes[1]

    async def stale(self, film: FilmPlan, shot: Shot, made: Job) -> tuple[int, ...]:
        """Return the places of the shots, from this one on, that continue an earlier take of the shot before theirs.

        What continues such a shot isn't up to date either. None of them is made again unless its member says so.
        """
        places: list[int] = []
        before = film.shot(shot.place - 1)
        if before is not None and made.parent_id != before.job_id:
            places.append(shot.place)
        later = [each for each in film.shots[shot.place :] if each.job_id is not None]
        source_id: str | None = made.id
        for each in later:
            job = await self._store.job(each.job_id) if each.job_id is not None else None
            fresh = job is not None and job.parent_id == source_id
            if not fresh:
                places.append(each.place)
            source_id = each.job_id if fresh else None
        return tuple(places)

    async def _before(self, film: FilmPlan, shot: Shot) -> Job | None:
        """Return the take of the shot before this one that was kept: another take of this one continues that."""
        before = film.shot(shot.place - 1)
        return await self._store.job(before.job_id) if before is not None and before.job_id is not None else None

    async def _parent(self, job: Job) -> Job | None:
        return await self._store.job(job.parent_id) if job.parent_id is not None else None

    async def _checked(self, member: discord.Member, channel: Place) -> ServerSettings:
        own = channel.permissions_for(member.guild.me)
        video_access.check_own(own, channel)
        await video_access.check_thread(own, channel)
        return await self._job_service.settings(member.guild.id)

    async def _prepared(
        self, film: FilmPlan, shot: Shot, source: Job | None, settings: ServerSettings
    ) -> PreparedRequest:
        last = await self._store.job(shot.job_id) if shot.job_id is not None else None
        prepare = partial(self._job_service.prepare, settings)
        return prepare_shot(film, shot.prompt, source, prepare, can_extend=can_extend_again(last))

    async def _source(self, film: FilmPlan, shot: Shot, member: discord.Member, channel: Place) -> Job | None:
        """Return the shot before this one, to which the member has access. None for the first shot."""
        if shot.place == 1:
            return None
        before = film.shot(shot.place - 1)
        if before is None or before.job_id is None:
            raise SourceNotFound
        return await self._access.allowed(await self._store.job(before.job_id), member, channel)


def _origin(film: FilmPlan, member: discord.Member, channel: Place) -> RequestOrigin:
    return RequestOrigin(
        user_id=film.user_id,
        guild_id=film.guild_id,
        channel_id=channel.id,
        role_ids=tuple(role.id for role in member.roles),
        locale=film.locale,
    )
