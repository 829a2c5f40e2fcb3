"""Films whose thread was opened before a crash, and whose first shot wasn't started: ask in the thread."""

import logging

import discord

from bot.chat.components.film_buttons import FilmAction, film_view
from bot.chat.components.interactions import DISCORD_ERRORS, is_refusal
from bot.chat.films.film_threads import find_thread
from bot.chat.text.film_text import reopened_text
from bot.i18n import use_locale
from bot.jobs.film_plan import FilmPlan
from bot.ports.films import FilmRepository

log = logging.getLogger("retake.chat")


class FilmRecovery:
    """Runs once after a start: nothing that this process opens is older than it."""

    def __init__(self, client: discord.Client, films: FilmRepository, started_at: float) -> None:
        self._client = client
        self._films = films
        self._started_at = started_at
        self._done = False

    async def run_once(self) -> None:
        """Ask about every such film; one that waits for Discord is left for the next call."""
        if self._done:
            return
        taken: set[int] = set()
        waiting = False
        for film in await self._films.opening(self._started_at):
            try:
                with use_locale(film.locale):
                    waiting |= not await self._recover(film, taken)
            except DISCORD_ERRORS as error:
                log.info("a film's thread waits for Discord", extra={"why": type(error).__name__})
                waiting = True
        self._done = not waiting

    async def _recover(self, film: FilmPlan, taken: set[int]) -> bool:
        """Ask in a film's thread. Without one, the member's own question still starts it. Return False to wait."""
        guild = self._client.get_guild(film.guild_id)
        if guild is None:
            return self._client.is_ready()  # else it may come yet
        thread = await find_thread(film, guild, taken)
        if thread is None:
            await self._films.set_opened(film.id, film.review_id, None)
            return True
        taken.add(thread.id)
        try:
            message = await thread.send(
                f"<@{film.user_id}> {reopened_text(film)}",
                view=film_view(film.id, FilmAction.START, FilmAction.RUN, FilmAction.EDIT),
                allowed_mentions=discord.AllowedMentions(users=[discord.Object(id=film.user_id)]),
                nonce=f"{film.id}f00",
            )
        except DISCORD_ERRORS as error:
            if not is_refusal(error):
                raise
            await self._films.set_opened(film.id, film.review_id, None)
            return True
        await self._films.ask_in_thread(film.id, film.review_id, message.id)
        return True
