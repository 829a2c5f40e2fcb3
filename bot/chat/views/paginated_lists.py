"""Paginated, ephemeral lists. Each page is built when it's requested."""

import asyncio
from pathlib import Path

import discord

from bot.catalogue.offers import Offers
from bot.chat.components.buttons import JobAction, JobButton, page_buttons
from bot.chat.components.interactions import Interaction, reply_privately
from bot.chat.permissions.video_access import VideoAccess
from bot.chat.settings_panel.items import button
from bot.chat.text import list_text
from bot.chat.text.escape import error_text
from bot.i18n import _
from bot.jobs.errors import BadWish
from bot.jobs.job import CANCELLABLE, Job, State
from bot.jobs.render_times import usual_s
from bot.jobs.stored_errors import DECIDABLE
from bot.ordering.quote import OFF_HERE
from bot.ports.file_store import FileStore
from bot.ports.job_store import JobStore
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.ports.repositories import Repositories

VIDEOS_A_PAGE = 10
JOBS_A_PAGE = 5  # a row has room for five buttons
MODELS_A_PAGE = 8
LOOK_TIMEOUT_S = 1.0

ListPage = tuple[str, discord.ui.View]


class PaginatedLists:
    """Builds the pages of /history, /jobs and /models that a member may see."""

    def __init__(
        self,
        *,
        store: JobStore,
        offers: Offers,
        clips: Path,
        file_store: FileStore,
        video_access: VideoAccess,
        repositories: Repositories,
    ) -> None:
        self._store = store
        self._offers = offers
        self._clips = clips
        self._file_store = file_store
        self._video_access = video_access
        self._repositories = repositories

    async def show(self, interaction: Interaction, kind: str, member_id: int, page: int) -> None:
        """Answer a command with a page."""
        text, view = await self._page(interaction, kind, member_id, page)
        if view.children:
            await interaction.response.send_message(text, view=view, ephemeral=True, suppress_embeds=True)
        else:
            await interaction.response.send_message(text, ephemeral=True, suppress_embeds=True)

    async def on_page_button(self, interaction: Interaction, kind: str, member_id: int, page: int) -> None:
        """Show another page of a list. Any process may have posted it."""
        try:
            text, view = await self._page(interaction, kind, member_id, page)
            await interaction.response.edit_message(content=text, view=view)
        except BadWish as error:
            await reply_privately(interaction, error_text(error))

    async def _page(self, interaction: Interaction, kind: str, member_id: int, page: int) -> ListPage:
        viewer = interaction.user
        if not isinstance(viewer, discord.Member):
            raise BadWish
        match kind:
            case "history":
                here = discord.Object(id=interaction.channel_id or 0)
                return await self._history(viewer, here, member_id, page)
            case "jobs":
                return await self._jobs(viewer, page)
            case _:
                return await self._models(viewer, page)

    async def _history(
        self, viewer: discord.Member, here: discord.abc.Snowflake, member_id: int, page: int
    ) -> ListPage:
        lists, guild_id, whose = self._repositories.job_queries, viewer.guild.id, member_id or None
        places = await lists.channels(guild_id, self._video_access.known(viewer, here))
        seen = await self._video_access.channels(places, viewer, here)
        total = await lists.count(guild_id, seen, member_id=whose)
        page, pages = _within(page, total, VIDEOS_A_PAGE)
        offset = page * VIDEOS_A_PAGE
        jobs = await lists.videos(guild_id, seen, member_id=whose, limit=VIDEOS_A_PAGE, offset=offset)
        view = page_buttons(discord.ui.View(timeout=None), "history", member_id, page, pages)
        return list_text.history(jobs, total, page, pages, whose), view

    async def _jobs(self, viewer: discord.Member, page: int) -> ListPage:
        lists, guild_id = self._repositories.job_queries, viewer.guild.id
        total = await lists.count_of_member(guild_id, viewer.id)
        page, pages = _within(page, total, JOBS_A_PAGE)
        jobs = await lists.of_member(guild_id, viewer.id, limit=JOBS_A_PAGE, offset=page * JOBS_A_PAGE)
        view = discord.ui.View(timeout=None)
        for job, on_disk in zip(jobs, await asyncio.gather(*map(self._is_kept, jobs)), strict=True):
            verb = _verb_for(job, viewer.guild, on_disk=on_disk)
            if verb is not None:
                view.add_item(JobButton(job.id, verb, named=job.code, row=0))
            if verb is JobAction.RESEND:
                view.add_item(JobButton(job.id, JobAction.GIVE_UP, named=job.code, row=2))
            if verb is JobAction.POST and on_disk:
                view.add_item(JobButton(job.id, JobAction.GET, named=job.code, row=2))
        # Also without videos here: of stars, votes, styles and refused requests, and of videos on other servers.
        view.add_item(button("mydata", "ask", _("Delete my data"), row=3))
        titles = [self._offers.title_for(job) for job in jobs]
        return list_text.own_jobs(jobs, titles, page, pages), page_buttons(view, "jobs", 0, page, pages)

    async def _is_kept(self, job: Job) -> bool:
        """Return whether a video's file is kept. One in a bucket that doesn't answer is taken to be."""
        if job.clip.clip_file is None:
            return False
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                return await self._file_store.exists(self._clips / job.clip.clip_file)
        except (ObjectStorageUnavailable, TimeoutError):
            return True

    async def _models(self, viewer: discord.Member, page: int) -> ListPage:
        settings = await self._repositories.servers.settings(viewer.guild.id)
        offers = self._offers.excluding(settings.models_off, OFF_HERE, settings.models_on).enabled()
        page, pages = _within(page, len(offers), MODELS_A_PAGE)
        shown = offers[page * MODELS_A_PAGE :][:MODELS_A_PAGE]
        times = [usual_s(await self._store.render_times(offer.account, offer.model.key, 20)) for offer in shown]
        wins = await self._repositories.comparisons.wins(viewer.guild.id)
        text = list_text.models(list(zip(shown, times, strict=True)), page, pages, wins)
        return text, page_buttons(discord.ui.View(timeout=None), "models", 0, page, pages)


def _within(page: int, total: int, a_page: int) -> tuple[int, int]:
    """Return (page, pages), with the page limited to existing ones."""
    pages = max(1, -(-total // a_page))
    return min(max(page, 0), pages - 1), pages


def _verb_for(job: Job, guild: discord.Guild, *, on_disk: bool) -> JobAction | None:
    """Return the action that /jobs offers for a job, or None."""
    if job.state in CANCELLABLE:
        return JobAction.STOP if job.cancel_requested_at is None else None
    if job.state is State.NEEDS_PERSON and job.trouble in DECIDABLE:
        return JobAction.RESEND
    if job.state is State.KEPT and guild.get_channel_or_thread(job.channel_id) is not None:
        return JobAction.POST
    if on_disk and job.state in (State.KEPT, State.DELIVERED) and job.post.deleted_at is None:
        return JobAction.GET
    return None
