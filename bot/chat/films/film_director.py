"""Watch the plans of films: ask about a shot when it's made, or start the next one if the plan runs through."""

import logging
import string
from collections.abc import Awaitable, Callable
from functools import partial

import discord

from bot.background import run_every
from bot.chat.components.film_buttons import FilmAction, film_view
from bot.chat.components.interactions import DISCORD_ERRORS, is_refusal
from bot.chat.delivery.post_errors import is_blocked
from bot.chat.films.film_maker import FilmMaker
from bot.chat.films.film_questions import delete_question
from bot.chat.films.film_recovery import FilmRecovery
from bot.chat.films.film_threads import Place
from bot.chat.text.escape import error_text
from bot.chat.text.film_text import ended_text, left_text, review_text
from bot.i18n import use_locale
from bot.jobs.errors import BadWish
from bot.jobs.film_errors import FilmPlaceUnknown
from bot.jobs.film_plan import FilmPlan, Shot
from bot.jobs.job import Job, Outcome, State
from bot.ordering.films import MIN_PARTS
from bot.ports.clock import Clock
from bot.ports.films import FilmRepository
from bot.ports.job_store import JobStore

log = logging.getLogger("retake.chat")

EVERY_S = 2.0
_COUNT = string.digits + string.ascii_lowercase


class FilmDirector:
    """Advances the plans that nothing is asked about. Stateless: after a restart, the database has all of it."""

    def __init__(
        self, client: discord.Client, *, films: FilmRepository, store: JobStore, clock: Clock, maker: FilmMaker
    ) -> None:
        self._client = client
        self._films = films
        self._store = store
        self._clock = clock
        self._maker = maker
        self._recover: Callable[[], Awaitable[None]] | None = None

    async def run(self) -> None:
        """Look now and every two seconds, until cancelled. Ask first about films whose thread a crash left empty."""
        recovery = FilmRecovery(self._client, self._films, self._clock.now())
        self._recover = recovery.run_once
        await run_every(EVERY_S, self.run_once, sleep=self._clock.sleep, log=log, failure="could not advance the films")

    async def run_once(self) -> None:
        if self._recover is not None:
            await self._recover()
        for film in await self._films.expired(self._clock.now()):
            await self._expire(film)
        for film in await self._films.unasked():
            try:
                with use_locale(film.locale):
                    await self._advance(film)
            except (*DISCORD_ERRORS, FilmPlaceUnknown) as error:
                log.info("a film waits for Discord", extra={"why": type(error).__name__})
            except Exception:
                # Kept alive: the other films. This one is tried again in two seconds.
                log.exception("a film was not advanced")

    async def _expire(self, film: FilmPlan) -> None:
        """End a plan that nobody has decided about for days. Its question would otherwise stay, with its words."""
        if self._client.get_guild(film.guild_id) is None:
            return  # another gateway's, or left
        try:
            await delete_question(self._client, film)
        except DISCORD_ERRORS as error:
            if not is_refusal(error):
                log.info("a film's question waits for Discord", extra={"why": type(error).__name__})
                return
        await self._films.end(film.id, film.review_id)

    async def _advance(self, film: FilmPlan) -> None:
        shot, guild = film.current, self._client.get_guild(film.guild_id)
        if shot is None or shot.job_id is None or guild is None:
            return  # its server may be on the shards of another gateway
        job = await self._store.job(shot.job_id)
        if job is None or not _is_over(job):
            return
        channel = await self._maker.channel(guild, film.place_id or film.channel_id)
        member = await _member(guild, film) if film.auto else None
        if channel is None:
            await self._films.end(film.id, None)  # nobody can decide, so nothing more is spent
            return
        if film.auto and member is None:
            await self._end(film, channel, left_text())
            return
        trouble = ""
        if member is not None and job.outcome is Outcome.SUCCEEDED:
            made = await self._maker.made(film) if film.following is None else []
            if film.following is None and len(made) < MIN_PARTS:
                await self._end(film, channel, f"<@{film.user_id}> {ended_text(len(made))}")
                return
            try:
                await self._maker.go_on(film, member, channel)
            except BadWish as error:
                trouble = error_text(error)
            else:
                return
        if film.auto:
            await self._films.set_auto(film.id, False)
        now = await self._films.find(film.id)  # with the price that it has risen to
        if now is not None:
            await self._ask(now, shot, job, channel, trouble)

    async def _end(self, film: FilmPlan, channel: Place, text: str) -> None:
        """Say why a plan ends, then end it: it never ends without a word where words can be posted."""
        try:
            await channel.send(
                text,
                allowed_mentions=discord.AllowedMentions(users=[discord.Object(id=film.user_id)]),
                nonce=f"{film.id}fz",
            )
        except DISCORD_ERRORS as error:
            if not is_refusal(error):
                raise
        await self._films.end(film.id, None)

    async def _ask(self, film: FilmPlan, shot: Shot, job: Job, channel: Place, trouble: str) -> None:
        made = job.outcome is Outcome.SUCCEEDED
        again, following = await self._maker.quote_next(film, shot, job)
        stale = await self._maker.stale(film, shot, job)
        question = partial(
            review_text, film, shot, made=made, again=again, following=following, trouble=trouble, stale=stale
        )
        keep = (FilmAction.KEEP,) if made else ()
        back = (FilmAction.BACK,) if shot.place > 1 else ()
        send = partial(
            channel.send,
            view=film_view(film.id, *keep, FilmAction.AGAIN, FilmAction.EDIT, *back, FilmAction.STOP),
            allowed_mentions=discord.AllowedMentions(users=[discord.Object(id=film.user_id)]),
            nonce=f"{film.id}f{shot.place}{_COUNT[(shot.takes + film.moves) % len(_COUNT)]}",
        )
        try:
            try:
                message = await send(f"<@{film.user_id}> {question()}")
            except discord.HTTPException as error:
                if not is_blocked(error):
                    raise
                message = await send(f"<@{film.user_id}> {question(shows_next=False)}")  # AutoMod: without its words
        except DISCORD_ERRORS as error:
            if is_refusal(error):
                await self._films.end(film.id, None)
            raise
        await self._films.set_review(film.id, message.id)


async def _member(guild: discord.Guild, film: FilmPlan) -> discord.Member | None:
    """Return who ordered a film, or None if they have left. Raise Discord's errors."""
    try:
        return await guild.fetch_member(film.user_id)
    except DISCORD_ERRORS as error:
        if is_refusal(error):
            return None
        raise


def _is_over(job: Job) -> bool:
    """Return whether nothing more comes of a job: it's posted, kept or ended, and waits for no decision."""
    return job.ended and job.state is not State.NEEDS_PERSON
