"""Where presses and forms go that are about no single job: settings, one's own data, reports."""

import discord

from bot.chat.components.interactions import Interaction, member_of, place_of, reply_privately
from bot.chat.data_deletion import DataDeletion
from bot.chat.delivery.budget_alerts import BudgetAlerts
from bot.chat.permissions.video_access import AccessLevel, VideoAccess
from bot.chat.settings_panel.controller import SettingsPanel
from bot.chat.settings_panel.forms import Entry, Form, FormValues
from bot.chat.text.job_text import cut, jump, plain
from bot.i18n import N_, _, use_locale
from bot.jobs.errors import BadWish, SourceNotFound
from bot.jobs.job import Job
from bot.ports.repositories import Repositories
from bot.worker.context import JobContext

LONGEST_REASON = 500
THANKS = N_("Thank you. Those who look after this server were told.")
NO_MODERATOR = N_("Nobody here has set up a place for reports. Please tell those who manage this server.")


class ComponentRouter:
    """Knows who answers what."""

    def __init__(
        self,
        context: JobContext,
        repositories: Repositories,
        video_access: VideoAccess,
        budget_alerts: BudgetAlerts,
        panel: SettingsPanel,
        data_deletion: DataDeletion,
    ) -> None:
        self._context = context
        self._repositories = repositories
        self._video_access = video_access
        self._budget_alerts = budget_alerts
        self._panel = panel
        self._data_deletion = data_deletion

    async def on_item(self, interaction: Interaction, page: str, what: str) -> None:
        if page == "mydata":
            await self._data_deletion.on_item(interaction, what)
        else:
            await self._panel.on_item(interaction, page, what)

    async def on_modal(self, interaction: Interaction, filled: FormValues) -> None:
        if filled.what == "report":
            await self._reported(interaction, filled)
        else:
            await self._panel.on_modal(interaction, filled)

    async def ask_report(self, interaction: Interaction, job_id: str) -> None:
        """[Report]: ask what is wrong."""
        try:
            job = (await self._seen(interaction, job_id))[0]
        except BadWish as error:
            await reply_privately(interaction, error.sentence())
            return
        entry = Entry("why", _("What is wrong with it?"), long=True)
        title = _("Report {code}").format(code=job.code)
        await interaction.response.send_modal(Form("report", title, [entry], job.id))

    async def _reported(self, interaction: Interaction, filled: FormValues) -> None:
        try:
            job, member = await self._seen(interaction, filled.about)
        except BadWish as error:
            await reply_privately(interaction, error.sentence())
            return
        now = self._context.clock.now()
        if not await self._repositories.servers.reported(job.guild_id, job.id, member.id, now):
            await reply_privately(interaction, _("You have reported this video already."))
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        with use_locale(member.guild.preferred_locale.value):
            text = _report(job, member, filled.values.get("why", ""))
        told = await self._budget_alerts.tell_server(job.guild_id, text)
        await reply_privately(interaction, _(THANKS if told else NO_MODERATOR))

    async def _seen(self, interaction: Interaction, job_id: str) -> tuple[Job, discord.Member]:
        """A video and who points at it, if they may see it. Raises SourceNotFound."""
        job = await self._context.store.job(job_id)
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
    lines += [f"> {cut(plain(why), LONGEST_REASON)}"] if why.strip() else []
    return "\n".join([*lines, _("prompt: {prompt}").format(prompt=cut(plain(job.prompt), 800))])
