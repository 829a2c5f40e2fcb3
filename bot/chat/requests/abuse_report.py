"""Abuse reports: a form about a video, forwarded to the server's log channel."""

from collections.abc import Awaitable, Callable

import discord

from bot.chat.components.interactions import Interaction, member_of, place_of, reply_privately
from bot.chat.permissions.video_access import AccessLevel, VideoAccess
from bot.chat.settings_panel.forms import Entry, Form, FormValues
from bot.chat.text.escape import cut, error_text, escape, shown_prompt
from bot.chat.text.job_text import jump
from bot.i18n import N_, _, use_locale
from bot.jobs.errors import BadWish, SourceNotFound
from bot.jobs.job import Job
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.ports.repositories import ServerRepository

LONGEST_REASON = 500
THANKS = N_("Thank you. The server's moderators have been notified.")
NO_MODERATOR = N_("This server has no place for reports yet. Please contact a moderator directly.")


class AbuseReports:
    """Forwards members' reports to the server's log channel, once per member and video.

    `notify_server` posts in the log channel or messages the owner; it returns whether either was possible.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        clock: Clock,
        servers: ServerRepository,
        video_access: VideoAccess,
        notify_server: Callable[[int, str], Awaitable[bool]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._servers = servers
        self._video_access = video_access
        self._notify_server = notify_server

    async def ask(self, interaction: Interaction, job_id: str) -> None:
        """Handle [Report]: open the form."""
        try:
            job, _member = await self._visible(interaction, job_id)
        except BadWish as error:
            await reply_privately(interaction, error_text(error))
            return
        entry = Entry("why", _("What's wrong with this video?"), long=True)
        title = _("Report {code}").format(code=job.code)
        await interaction.response.send_modal(Form("report", title, [entry], job.id))

    async def on_modal(self, interaction: Interaction, form: FormValues) -> None:
        """Forward a submitted report."""
        try:
            job, member = await self._visible(interaction, form.about)
        except BadWish as error:
            await reply_privately(interaction, error_text(error))
            return
        await interaction.response.defer(ephemeral=True, thinking=True)  # if that fails, nothing is recorded
        if not await self._servers.record_report(job.guild_id, job.id, member.id, self._clock.now()):
            await reply_privately(interaction, _("You have already reported this video."))
            return
        with use_locale(member.guild.preferred_locale.value):
            text = _report(job, member, form.values.get("why", ""))
        notified = await self._notify_server(job.guild_id, text)
        await reply_privately(interaction, _(THANKS if notified else NO_MODERATOR))

    async def _visible(self, interaction: Interaction, job_id: str) -> tuple[Job, discord.Member]:
        """Return a video and the member who reports it. Raise SourceNotFound unless the member may see it."""
        job = await self._store.job(job_id)
        if job is None:
            raise SourceNotFound
        member = member_of(interaction, job)
        return await self._video_access.allowed(job, member, place_of(interaction), AccessLevel.SEE), member


def _report(job: Job, member: discord.Member, why: str) -> str:
    link = jump(job)
    code = f"[{job.code}]({link})" if link else job.code
    where = f"<#{job.post.result_channel_id or job.channel_id}>"
    said = _("🚩 {member} reported {code} by {author} in {channel}.")
    lines = [said.format(member=f"<@{member.id}>", code=code, author=f"<@{job.user_id}>", channel=where)]
    lines += [f"> {cut(escape(why), LONGEST_REASON)}"] if why.strip() else []
    return "\n".join([*lines, _("prompt: {prompt}").format(prompt=cut(escape(shown_prompt(job)), 800))])
