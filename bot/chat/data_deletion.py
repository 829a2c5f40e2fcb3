"""`/jobs` ▸ Delete my data: delete what is stored about a member on every server, and optionally their videos."""

import logging
from collections.abc import Awaitable, Callable

import discord

from bot.chat.components.interactions import DISCORD_ERRORS, Interaction
from bot.chat.delivery.delete_message import delete_message
from bot.chat.delivery.gif_posts import GifPosts
from bot.chat.films.film_questions import delete_question
from bot.chat.gallery.gallery import Gallery
from bot.chat.settings_panel.items import button
from bot.i18n import N_, _, ngettext
from bot.jobs.film_plan import FilmPlan
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.ports.repositories import ErasableVideo, Repositories

log = logging.getLogger("retake.chat")

MOST = 5000
QUESTION = N_(
    """**Delete your data?** On every server that I'm on, this deletes your prompts, your pictures, the clips that I \
keep for you, and your name. Your usage still counts toward today's limits; from tomorrow it's anonymous. Running jobs \
are deleted when they end.
Your videos are messages in channels. Do you want to delete those too? Then videos that aren't finished are cancelled, \
and none of them is posted. Remixes by other members stay."""
)


class DataDeletion:
    """Asks for confirmation once, then deletes."""

    def __init__(
        self,
        client: discord.Client,
        *,
        clock: Clock,
        repositories: Repositories,
        job_service: JobService,
        gallery: Gallery,
        gif_posts: GifPosts,
        delete_member: Callable[[int], Awaitable[int]],
        update_contest_results: Callable[[], Awaitable[None]],
    ) -> None:
        self._client = client
        self._clock = clock
        self._repositories = repositories
        self._job_service = job_service
        self._gallery = gallery
        self._gif_posts = gif_posts
        self._delete_member = delete_member
        self._update_contest_results = update_contest_results

    async def on_item(self, interaction: Interaction, what: str) -> None:
        """Handle a press: `ask`, then `all` or `keep`. A member can only delete their own data."""
        if what not in ("all", "keep"):
            view = discord.ui.View(timeout=None)
            view.add_item(button("mydata", "all", _("Delete data and videos"), discord.ButtonStyle.danger))
            view.add_item(button("mydata", "keep", _("Delete data, keep videos"), discord.ButtonStyle.danger))
            await interaction.response.send_message(_(QUESTION), view=view, ephemeral=True)
            return
        await interaction.response.edit_message(content=_("Deleting your data …"), view=None)
        user_id, memory = interaction.user.id, self._repositories.retention
        films = await self._repositories.films.asked(user_id) if what == "all" else []
        await memory.request_deletion(user_id, self._clock.now(), videos=what == "all")
        unfinished = await memory.unfinished(user_id) if what == "all" else []
        for job_id in unfinished:
            await self._job_service.cancel(job_id)  # what it's too late for isn't posted
        videos, removed = await memory.of_member(user_id, MOST), 0
        for video in videos if what == "all" else ():
            removed += await self._remove(video)
        for film in films:
            await self._remove_question(film)
        text = _("Your data has been deleted: {videos}.")
        try:
            await self._delete_member(user_id)
        except ObjectStorageUnavailable as error:  # the next sweep does it
            log.warning("a member's files could not be deleted yet", extra={"why": str(error)})
            text = _(
                "I'm deleting your data: {videos}. The storage of my videos isn't answering right now; prompts and "
                "files are deleted within an hour after it does."
            )
        await self._update_contest_results()
        counted = ngettext("{count} video", "{count} videos", len(videos)).format(count=len(videos))
        if removed:
            counted = _("{videos}, including {removed} removed from their channels").format(
                videos=counted, removed=removed
            )
        text = text.format(videos=counted)
        if unfinished:
            sentence = ngettext(
                "{count} unfinished video won't be posted. If it was sent already, it may be charged.",
                "{count} unfinished videos won't be posted. Those that were sent already may be charged.",
                len(unfinished),
            )
            text = f"{text} {sentence.format(count=len(unfinished))}"
        try:
            await interaction.edit_original_response(content=text, view=None)
        except DISCORD_ERRORS as error:
            log.info("an answer was not delivered", extra={"why": type(error).__name__})

    async def _remove_question(self, film: FilmPlan) -> None:
        try:
            await delete_question(self._client, film)
        except DISCORD_ERRORS as error:
            log.info("a film's question was not deleted", extra={"why": type(error).__name__})

    async def _remove(self, each: ErasableVideo) -> int:
        await self._gallery.withdraw(each.job_id)
        await self._gif_posts.delete(each.job_id, each.guild_id)
        if each.message_id is None:
            return 0
        try:
            await delete_message(
                self._client, guild_id=each.guild_id, channel_id=each.channel_id, message_id=each.message_id
            )
        except DISCORD_ERRORS as error:
            log.info("a result was not deleted", extra={"job": each.code, "why": type(error).__name__})
            return 0
        await self._job_service.record_deletion(each.job_id)
        return 1
