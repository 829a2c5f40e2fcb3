"""Contests: start one, answer its buttons, and decide it when it ends. What to do follows from the rows alone."""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import discord

from bot.background import wait_for_event
from bot.chat.components.interactions import Interaction, reply_privately
from bot.chat.contests.contest_posts import PAGE, ContestPosts, PostRefusedError
from bot.chat.contests.contest_results import PostedResults, posted_result
from bot.chat.contests.entries import ContestEntries
from bot.chat.permissions.request_policy import check_member, check_words
from bot.chat.permissions.video_access import VideoAccess, is_age_restricted, needed
from bot.chat.settings_panel.controller import NotManager, manager_of
from bot.chat.settings_panel.items import menu
from bot.chat.text.contest_text import (
    announcement,
    entered_text,
    entries_text,
    named_winners,
    result_text,
    winners_of,
)
from bot.chat.text.escape import error_text
from bot.chat.text.kept_text import permission_words
from bot.chat.text.list_text import suggestion
from bot.i18n import _, use_locale
from bot.jobs.clean_text import clean, has_visible_letter
from bot.jobs.contest_errors import (
    ContestOver,
    ContestRunning,
    NoContest,
    NotContestManager,
    NothingToEnter,
    ThemeWords,
)
from bot.jobs.errors import BadWish, MissingPermissions
from bot.jobs.job import Job
from bot.jobs.provider_errors import Unreachable
from bot.ports.clock import Clock
from bot.ports.contests import Contest
from bot.ports.job_store import JobStore
from bot.ports.repositories import Repositories

log = logging.getLogger("retake.chat")

THEME_MAX = 100
LOOK_EVERY_S = 30.0
RETRY_S = 60.0
REFUSED_S = 600.0
GIVE_UP_S = 24 * 3600.0  # after the end, if Discord refuses the result
STALE_S = 600.0  # after the end, if the stars can't be read again
_ITEM = re.compile(r"(enter|choose|entries)(\d{15,20})")
HOUR_S = 3600.0


class Contests:
    """`read_stars` reads a video's stars from Discord and returns whether that was possible."""

    def __init__(
        self,
        client: discord.Client,
        *,
        store: JobStore,
        clock: Clock,
        repositories: Repositories,
        entries: ContestEntries,
        posts: ContestPosts,
        video_access: VideoAccess,
        read_stars: Callable[[Job], Awaitable[bool]],
        results: PostedResults,
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._repositories = repositories
        self._rows = repositories.contests
        self._entries = entries
        self._posts = posts
        self._video_access = video_access
        self._read_stars = read_stars
        self.results = results
        self._not_before: dict[int, float] = {}  # monotonic time of the next try, by contest
        self._new = asyncio.Event()

    async def start(self, interaction: Interaction, theme: str, hours: int) -> None:
        """Answer `/contest start`. Raise BadWish."""
        guild, theme = _guild_of_manager(interaction), clean(theme)
        if not has_visible_letter(theme) or len(theme) > THEME_MAX:
            raise ThemeWords(longest=THEME_MAX)
        settings = await self._repositories.servers.settings(guild.id)
        check_words(settings, theme, restricted=is_age_restricted(interaction.channel))
        missing = [name for name in needed(interaction.channel) if not getattr(interaction.app_permissions, name)]
        if missing := [name for name in missing if name != "attach_files"]:
            raise MissingPermissions(permissions=permission_words(missing))
        now = self._clock.now()
        contest = Contest(
            id=interaction.id,
            guild_id=guild.id,
            channel_id=interaction.channel_id or 0,
            theme=theme,
            started_at=now,
            ends_at=now + hours * HOUR_S,
        )
        if not await self._rows.start(contest):
            running = await self._rows.of_server(guild.id)
            raise ContestRunning(theme=running.theme if running is not None else theme)
        self._new.set()
        text = _("✅ The contest begins, and I announce it here. It ends <t:{ends}:f>; `/contest end` ends it earlier.")
        await interaction.response.send_message(text.format(ends=int(contest.ends_at)), ephemeral=True)

    async def end(self, interaction: Interaction) -> None:
        """Answer `/contest end`. Raise BadWish."""
        guild = _guild_of_manager(interaction)
        contest = await self._rows.of_server(guild.id)
        if contest is None:
            raise NoContest
        await self._rows.end(contest.id, self._clock.now())
        self._not_before.pop(contest.id, None)
        self._new.set()
        await interaction.response.send_message(
            _("✅ The contest ends now. I post the result in its channel."), ephemeral=True
        )

    async def on_item(self, interaction: Interaction, what: str) -> None:
        """Handle a button or a select of a contest. Any process may have posted it."""
        try:
            found = _ITEM.fullmatch(what)
            contest = await self._rows.find(int(found[2])) if found is not None else None
            member = interaction.user
            if found is None or contest is None or not isinstance(member, discord.Member):
                raise ContestOver
            if contest.guild_id != member.guild.id or contest.result is not None:
                raise ContestOver
            if found[1] == "entries":
                await self._list(interaction, contest, member)
                return
            await self._check(contest, member)
            await (self._ask if found[1] == "enter" else self._choose)(interaction, contest, member)
        except BadWish as error:
            await reply_privately(interaction, error_text(error))

    async def _check(self, contest: Contest, member: discord.Member) -> None:
        """Raise BadWish if a contest takes no entries of this member."""
        now, servers = self._clock.now(), self._repositories.servers
        if now >= contest.ends_at:
            raise ContestOver
        settings = replace(await servers.settings(contest.guild_id), paused=False)  # an entry makes no video
        check_member(settings, await servers.blocked(contest.guild_id, member.id, now), {r.id for r in member.roles})

    async def _ask(self, interaction: Interaction, contest: Contest, member: discord.Member) -> None:
        jobs, now = await self._entries.choices(contest, member.id), self._clock.now()
        if not jobs:
            raise NothingToEnter
        options = [discord.SelectOption(label=suggestion(job, None, now), value=job.id) for job in jobs]
        view = discord.ui.View(timeout=None)
        view.add_item(menu(PAGE, f"choose{contest.id}", _("Your videos since the contest began"), options))
        await interaction.response.send_message(_("Which video do you enter?"), view=view, ephemeral=True)

    async def _choose(self, interaction: Interaction, contest: Contest, member: discord.Member) -> None:
        data: Mapping[str, Any] = interaction.data or {}
        values = data.get("values")
        job = await self._store.job(str(values[0])) if isinstance(values, list) and values else None
        if job is None or not self._entries.can_enter(contest, job, member.id):
            raise NothingToEnter
        await self._entries.enter(contest, job, by_star=False)
        await interaction.response.edit_message(content=entered_text(job, contest), view=None)

    async def _list(self, interaction: Interaction, contest: Contest, member: discord.Member) -> None:
        entries = await self._entries.counted(contest, self._repositories.stars.count, fetch=False)
        here = discord.Object(id=interaction.channel_id or 0)
        places = {job.post.result_channel_id or job.channel_id for job, _ in entries}
        seen = await self._video_access.channels(places, member, here)
        shown = [(job, stars) for job, stars in entries if (job.post.result_channel_id or job.channel_id) in seen]
        await interaction.response.send_message(entries_text(contest, shown), ephemeral=True, suppress_embeds=True)

    async def run(self) -> None:
        """Post announcements and results until cancelled, once the servers are known."""
        await self._client.wait_until_ready()
        while True:
            self._new.clear()
            wait_s = LOOK_EVERY_S
            try:
                await self.work_off()
                ends = [each.ends_at for each in await self._ours() if each.result is None]
                wait_s = min([LOOK_EVERY_S, *(max(1.0, at - self._clock.now()) for at in ends)])
            except Exception:
                # Kept alive: the loop. The rows are read again after the interval.
                log.exception("could not look at the contests")
            await wait_for_event(self._new, wait_s)

    async def work_off(self) -> None:
        """Take every contest's next step that is due, and keep their results in line with what was deleted."""
        for contest in await self._ours():
            guild = self._client.get_guild(contest.guild_id)
            if guild is None or guild.unavailable or self._clock.monotonic() < self._not_before.get(contest.id, 0.0):
                continue
            with use_locale(guild.preferred_locale.value):
                await self._step(contest)
        await self.results.work_off()

    async def _ours(self) -> list[Contest]:
        """List the contests on the servers that this process sees."""
        return [each for each in await self._rows.all() if self._client.get_guild(each.guild_id) is not None]

    async def _step(self, contest: Contest) -> None:
        now = self._clock.now()
        try:
            if contest.message_id is None:
                message_id = await self._posts.post(contest, "announcement", announcement(contest))
                contest = await self._rows.find(contest.id) or contest  # its first try is stored by now
                contest = replace(contest, message_id=message_id)
                await self._rows.save(contest)
            if now >= contest.ends_at:
                await self._conclude(contest, now)
        except Unreachable:
            self._not_before[contest.id] = self._clock.monotonic() + RETRY_S
        except PostRefusedError:
            log.info("a contest could not be posted")
            self._not_before[contest.id] = self._clock.monotonic() + REFUSED_S
            if now - min(contest.ends_at, contest.started_at + GIVE_UP_S) > GIVE_UP_S:
                await self._rows.finish(contest.id)

    async def _conclude(self, contest: Contest, now: float) -> None:
        """Decide a contest once, then post its result once. Raise PostRefusedError or Unreachable."""
        if contest.result is None:
            for job, _stars in await self._entries.counted(contest, self._repositories.stars.count):
                if not await self._read_stars(job) and now - contest.ends_at < STALE_S:
                    raise Unreachable(provider="Discord")
            counted = await self._entries.counted(contest, self._repositories.stars.count)
            contest = replace(contest, result=json.dumps([[job.id, stars] for job, stars in counted]))
            await self._rows.save(contest)
        entries = await self._decided(contest)
        text = result_text(contest.theme, entries, winners=len(winners_of(entries)))
        message_id = await self._posts.post(contest, "result", text, [job.user_id for job in named_winners(entries)])
        # An earlier try may have posted entries that can't enter any more: then the message is edited.
        due_at = now if contest.result_tried_at is not None else None
        result = posted_result(contest, message_id, entries, due_at=due_at)
        await self._rows.finish(contest.id, result)
        await self.results.work_off()

    async def _decided(self, contest: Contest) -> list[tuple[Job, int]]:
        """Return the entries of the result that still can enter: it may be posted long after it was decided.

        Raise Unreachable.
        """
        entered = {entry.job_id for entry in await self._rows.entries(contest.id)}
        found: list[tuple[Job, int]] = []
        for job_id, stars in json.loads(contest.result or "[]"):
            job = await self._store.job(job_id) if job_id in entered else None
            if job is not None and await self._entries.still_can_enter(contest, job, job.user_id):
                found.append((job, stars))
        return found


def _guild_of_manager(interaction: Interaction) -> discord.Guild:
    """Return the server of a member who may manage it. Raise NotContestManager."""
    try:
        return manager_of(interaction).guild
    except NotManager as error:
        raise NotContestManager from error
