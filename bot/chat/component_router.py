"""Where presses and forms go that are about no single job: settings, one's own data, reports."""

import discord

from bot.chat.data_deletion import MyData
from bot.chat.delivery.budget_alerts import Alarms
from bot.chat.permissions.video_access import Access, Right
from bot.chat.requests.job_actions import here_of, member_of
from bot.chat.requests.submission import Interaction, refuse
from bot.chat.settings_panel.controller import Panel
from bot.chat.settings_panel.forms import Entry, Filled, Form
from bot.chat.text.job_text import cut, jump, plain
from bot.i18n import N_, _, speaking
from bot.jobs.errors import BadWish, SourceNotFound
from bot.jobs.job import Job
from bot.ports.repositories import Books
from bot.worker.context import Parts

LONGEST_REASON = 500
THANKS = N_("Thank you. Those who look after this server were told.")
NOBODY_THERE = N_("Nobody here has set up a place for reports. Please tell those who manage this server.")


class Office:
    """Knows who answers what."""

    def __init__(
        self, parts: Parts, books: Books, access: Access, alarms: Alarms, panel: Panel, mydata: MyData
    ) -> None:
        self._parts = parts
        self._books = books
        self._access = access
        self._alarms = alarms
        self._panel = panel
        self._mydata = mydata

    async def pressed(self, interaction: Interaction, page: str, what: str) -> None:
        if page == "mydata":
            await self._mydata.pressed(interaction, what)
        else:
            await self._panel.pressed(interaction, page, what)

    async def submitted(self, interaction: Interaction, filled: Filled) -> None:
        if filled.what == "report":
            await self._reported(interaction, filled)
        else:
            await self._panel.submitted(interaction, filled)

    async def report(self, interaction: Interaction, job_id: str) -> None:
        """[Report]: ask what is wrong."""
        try:
            job = (await self._seen(interaction, job_id))[0]
        except BadWish as error:
            await refuse(interaction, error.sentence())
            return
        entry = Entry("why", _("What is wrong with it?"), long=True)
        title = _("Report {code}").format(code=job.code)
        await interaction.response.send_modal(Form("report", title, [entry], job.id))

    async def _reported(self, interaction: Interaction, filled: Filled) -> None:
        try:
            job, member = await self._seen(interaction, filled.about)
        except BadWish as error:
            await refuse(interaction, error.sentence())
            return
        now = self._parts.clock.now()
        if not await self._books.servers.reported(job.guild_id, job.id, member.id, now):
            await refuse(interaction, _("You have reported this video already."))
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        with speaking(member.guild.preferred_locale.value):
            text = _report(job, member, filled.values.get("why", ""))
        told = await self._alarms.tell_server(job.guild_id, text)
        await refuse(interaction, _(THANKS if told else NOBODY_THERE))

    async def _seen(self, interaction: Interaction, job_id: str) -> tuple[Job, discord.Member]:
        """A video and who points at it, if they may see it. Raises SourceNotFound."""
        job = await self._parts.store.job(job_id)
        if job is None:
            raise SourceNotFound
        member = member_of(interaction, job)
        return await self._access.allowed(job, member, here_of(interaction), Right.SEE), member


def _report(job: Job, member: discord.Member, why: str) -> str:
    link = jump(job)
    code = f"[{job.code}]({link})" if link else job.code
    where = f"<#{job.result_channel_id or job.channel_id}>"
    said = _("🚩 {member} reported {code} by {author} in {channel}.")
    lines = [said.format(member=f"<@{member.id}>", code=code, author=f"<@{job.user_id}>", channel=where)]
    lines += [f"> {cut(plain(why), LONGEST_REASON)}"] if why.strip() else []
    return "\n".join([*lines, _("prompt: {prompt}").format(prompt=cut(plain(job.prompt), 800))])
