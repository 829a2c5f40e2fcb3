"""Answer `/film` without videos: the form with the shots, its confirmation, and the buttons below each shot."""

import contextlib
import logging
import re
from collections.abc import Iterator
from dataclasses import replace

import discord

from bot.chat.components.film_buttons import FilmAction, film_view
from bot.chat.components.interactions import DISCORD_ERRORS, Interaction
from bot.chat.films.film_items import EDIT, PLAN, FilmForm, FilmModal
from bot.chat.films.film_maker import FilmMaker
from bot.chat.films.film_threads import Place, can_open, close_thread, open_thread
from bot.chat.permissions.request_policy import RequestPolicy
from bot.chat.requests.recorded_posts import PRESS_WAITS_S
from bot.chat.text.escape import error_text
from bot.chat.text.film_text import ended_text, plan_text, started_text, stopped_text, unused_text
from bot.i18n import current_locale
from bot.jobs.errors import BadWish
from bot.jobs.film_errors import FilmMoved, FilmShots, NotYourFilm
from bot.jobs.film_plan import FilmPlan, FilmStep, Shot, Transition
from bot.jobs.ids import new_job_id
from bot.ordering.films import MAX_PARTS, MIN_PARTS
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.films import FilmRepository

log = logging.getLogger("retake.chat")

_NUMBER = re.compile(r"^\s*(?:\d{1,2}[.):]|[-*•])(?:\s+|$)")
MOST_LINES = 50
_EVERY_S = 0.05


def lines_in(text: str) -> list[str]:
    """Return the lines of a text without numbers or dashes before them, and without empty ones."""
    lines = [_NUMBER.sub("", line).strip() for line in text.splitlines()]
    return [line for line in lines if line][:MOST_LINES]


def shots_in(text: str) -> list[str]:
    """Return the shots of a text with one on each line. Raise FilmShots unless they are 2 to 8."""
    shots = lines_in(text)
    if not MIN_PARTS <= len(shots) <= MAX_PARTS:
        raise FilmShots(count=len(shots))
    return shots


class FilmDialog:
    """Every press and form belongs to the member who ordered the film; a question is answered once."""

    def __init__(
        self,
        *,
        films: FilmRepository,
        clock: Clock,
        job_service: JobService,
        policy: RequestPolicy,
        maker: FilmMaker,
    ) -> None:
        self._films = films
        self._clock = clock
        self._job_service = job_service
        self._policy = policy
        self._maker = maker
        self._starting: set[str] = set()  # of two presses, one opens a thread
        self._planning: set[str] = set()  # of two forms at once, one counts

    async def plan(
        self,
        interaction: Interaction,
        *,
        title: str | None,
        model: str | None,
        aspect: str | None,
        seconds: int | None,
        transition: Transition,
    ) -> None:
        """Open the form for the shots. Raise BadWish if this member can't request videos here."""
        member, channel = _where(interaction)
        settings = await self._job_service.settings(member.guild.id)
        await self._policy.check(settings, member, channel, title or "")
        film = FilmPlan(
            id=new_job_id(),
            guild_id=member.guild.id,
            user_id=member.id,
            channel_id=channel.id,
            created_at=self._clock.now(),
            title=title,
            model=model or settings.default_model,
            aspect=aspect,
            seconds=seconds,
            locale=current_locale(),
            transition=transition,
        )
        await self._films.create(film)
        await interaction.response.send_modal(FilmModal(film.id, PLAN))

    async def on_modal(self, interaction: Interaction, form: FilmForm) -> None:
        """Show the plan with its price, or make another take with an edited prompt. Raise BadWish."""
        film = await self._own(interaction, form.film_id)
        member, channel = _where(interaction)
        if form.form == PLAN:
            await interaction.response.defer(ephemeral=True, thinking=True)
            with _alone(self._planning, film):
                await self._show_plan(interaction, film, form.text, member, channel)
            return
        shot = film.current
        if shot is None or film.review_id is None or form.form != f"{EDIT}{shot.place}{shot.takes}":
            raise FilmMoved
        await interaction.response.defer()
        place = await self._place(film, member)
        await self._maker.start(film, replace(shot, prompt=form.text), member, place)
        await _delete_review(place, film)

    async def _show_plan(
        self, interaction: Interaction, film: FilmPlan, text: str, member: discord.Member, channel: Place
    ) -> None:
        """Answer to a plan. Only this answer can start it; a refused plan keeps its words, to be edited."""
        written = tuple(Shot(place=place, prompt=line) for place, line in enumerate(lines_in(text), 1))
        await self._films.set_shots(replace(film, shots=written))
        try:
            planned, quotes = await self._maker.quote(film, shots_in(text), member, channel)
        except BadWish as error:
            view = film_view(film.id, FilmAction.EDIT)
            await interaction.followup.send(error_text(error), view=view, ephemeral=True)
            return
        await self._films.set_shots(planned)
        view = film_view(film.id, FilmAction.START, FilmAction.RUN, FilmAction.EDIT)
        shown = plan_text(planned, quotes, asked=True)
        message = await interaction.followup.send(shown, view=view, ephemeral=True, wait=True)
        await self._films.set_review(film.id, message.id)

    async def on_button(self, interaction: Interaction, film_id: str, action: FilmAction) -> None:
        """Start the plan, or decide about the current shot. Raise BadWish."""
        film = await self._own(interaction, film_id)
        member, channel = _where(interaction)
        if action in (FilmAction.START, FilmAction.RUN):
            await self._start(interaction, film, member, channel, auto=action is FilmAction.RUN)
            return
        if action is FilmAction.EDIT and film.place_id is None:
            await interaction.response.send_modal(
                FilmModal(film.id, PLAN, "\n".join(shot.prompt for shot in film.shots))
            )
            return
        film = await self._with_question(film, interaction.message.id if interaction.message is not None else 0)
        shot = film.current
        if shot is None:
            raise FilmMoved
        if action is FilmAction.EDIT:
            form = f"{EDIT}{shot.place}{shot.takes}"
            await interaction.response.send_modal(FilmModal(film.id, form, shot.prompt))
            return
        await interaction.response.defer()
        place = await self._place(film, member)
        match action:
            case FilmAction.KEEP:
                made = await self._maker.go_on(film, member, place)
                if made is not None and made < MIN_PARTS:
                    await interaction.followup.send(ended_text(made), ephemeral=True)
            case FilmAction.BACK:
                await self._maker.go_to(film, max(1, shot.place - 1))
            case FilmAction.AGAIN:
                await self._maker.start(film, shot, member, place)
            case _:
                made = await self._maker.finish(film, member)
                await interaction.followup.send(stopped_text(made), ephemeral=True)
        await _delete_review(place, film)

    async def _start(
        self, interaction: Interaction, film: FilmPlan, member: discord.Member, channel: Place, *, auto: bool
    ) -> None:
        with _alone(self._starting, film):
            film = await self._with_question(film, interaction.message.id if interaction.message is not None else 0)
            if film.place_id is not None:
                raise FilmMoved
            await self._open(interaction, film, member, channel, auto=auto)

    async def _open(
        self, interaction: Interaction, film: FilmPlan, member: discord.Member, channel: Place, *, auto: bool
    ) -> None:
        await interaction.response.defer()
        place = channel
        if can_open(interaction, channel):
            if not await self._films.set_opened(film.id, film.review_id, self._clock.now()):
                raise FilmMoved
            place = await open_thread(film, channel)
        step = FilmStep(film_id=film.id, place=1, review_id=film.review_id, place_id=place.id, auto=auto)
        try:
            await self._maker.start(film, film.shots[0], member, place, first=step)
        except BadWish as error:
            await self._films.set_opened(film.id, film.review_id, None)
            if isinstance(place, discord.Thread) and place.id != channel.id:
                await close_thread(place, unused_text(error_text(error)))
            raise
        try:
            await interaction.edit_original_response(content=started_text(place.id), view=None)
        except DISCORD_ERRORS as error:
            log.info("an answer was not delivered", extra={"why": type(error).__name__})

    async def _own(self, interaction: Interaction, film_id: str) -> FilmPlan:
        film = await self._films.find(film_id)
        if film is None or film.guild_id != interaction.guild_id:
            raise FilmMoved
        if film.user_id != interaction.user.id:
            raise NotYourFilm
        return film

    async def _with_question(self, film: FilmPlan, message_id: int) -> FilmPlan:
        """Return the plan as its row has it, with this question. Raise FilmMoved if the plan doesn't wait at it.

        A question is posted first and stored afterwards, so a press may be faster.
        """
        found: FilmPlan | None = film
        until = self._clock.monotonic() + PRESS_WAITS_S
        while found is not None and found.review_id is None and self._clock.monotonic() < until:
            await self._clock.sleep(_EVERY_S)
            found = await self._films.find(film.id)
        if found is None or found.review_id != message_id:
            raise FilmMoved
        return found

    async def _place(self, film: FilmPlan, member: discord.Member) -> Place:
        place = await self._maker.channel(member.guild, film.place_id or film.channel_id)
        if place is None:
            raise FilmMoved
        return place


@contextlib.contextmanager
def _alone(held: set[str], film: FilmPlan) -> Iterator[None]:
    """Hold a plan. Raise FilmMoved if another press or form holds it."""
    if film.id in held:
        raise FilmMoved
    held.add(film.id)
    try:
        yield
    finally:
        held.discard(film.id)


def _where(interaction: Interaction) -> tuple[discord.Member, Place]:
    if not isinstance(interaction.user, discord.Member) or not isinstance(interaction.channel, Place):
        raise BadWish
    return interaction.user, interaction.channel


async def _delete_review(place: Place, film: FilmPlan) -> None:
    """Delete the answered question. Its buttons have no effect any more."""
    if film.review_id is None:
        return
    try:
        await place.get_partial_message(film.review_id).delete()
    except DISCORD_ERRORS as error:
        log.info("a question was not deleted", extra={"why": type(error).__name__})
