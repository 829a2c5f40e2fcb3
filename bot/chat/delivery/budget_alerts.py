"""Warn once that a budget is nearly spent: in the server's log channel, or to the person who can change it."""

import logging

import discord

from bot.background import TaskSet
from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.delivery.host_messages import HostMessages, send_dm
from bot.i18n import ENGLISH, N_, _, use_locale
from bot.jobs.job import Job
from bot.jobs.limits import BudgetWarning, HostBudget, budget_warnings, caps_for
from bot.jobs.money import exact_dollars
from bot.jobs.server_settings import ServerSettings
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.ports.repositories import Repositories

log = logging.getLogger("retake.chat")

ONCE_S = 40 * 86_400.0  # longer than any budget window
_WARNINGS = {  # (host, month)
    (True, True): N_(
        "⚠️ {share} % of the whole bot's video budget for this month is used: {used} of {budget}. "
        "It resets <t:{resets}:R>."
    ),
    (True, False): N_(
        "⚠️ {share} % of the whole bot's video budget for today is used: {used} of {budget}. It resets <t:{resets}:R>."
    ),
    (False, True): N_(
        "⚠️ {share} % of this server's video budget for this month is used: {used} of {budget}. "
        "It resets <t:{resets}:R>."
    ),
    (False, False): N_(
        "⚠️ {share} % of this server's video budget for today is used: {used} of {budget}. It resets <t:{resets}:R>."
    ),
}


class BudgetAlerts:
    """Checks budgets after each job and warns once when one is nearly spent."""

    def __init__(
        self,
        client: discord.Client,
        *,
        store: JobStore,
        clock: Clock,
        repositories: Repositories,
        host_budget: HostBudget,
        host_messages: HostMessages,
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._repositories = repositories
        self._host_budget = host_budget
        self._host_messages = host_messages
        self._tasks = TaskSet()

    def schedule_check(self, job: Job, settings: ServerSettings) -> None:
        """Check the budgets that a new job counts toward, in the background, if there are any."""
        caps = caps_for(settings, (), self._host_budget)
        host = caps.host
        if {caps.server_day_micros, caps.server_month_micros, host.day_micros, host.month_micros} == {None}:
            return
        self._tasks.start(self._check_safely(job, settings), name=f"budget-alerts-{job.code}")

    async def close(self) -> None:
        await self._tasks.close()

    async def _check_safely(self, job: Job, settings: ServerSettings) -> None:
        try:
            await self.check(job, settings)
        except Exception:
            # Kept alive: the background task. The budget is enforced without the warning.
            log.exception("a budget could not be checked", extra={"job": job.code})

    async def check(self, job: Job, settings: ServerSettings) -> None:
        """Warn once per window about each budget that is used to 80 % or more."""
        caps = caps_for(settings, (), self._host_budget)
        used = await self._repositories.usage.totals(job.guild_id, job.user_id, job.created_at)
        for warning in budget_warnings(caps, used, job.guild_id, job.created_at):
            if await self._store.set_flag_once_per(warning.key, self._clock.now(), ONCE_S):
                log.warning("a budget is nearly spent", extra={"scope": "host" if warning.host else "server"})
                await (self._warn_host(warning) if warning.host else self._warn_server(job.guild_id, warning))

    async def _warn_host(self, warning: BudgetWarning) -> None:
        with use_locale(ENGLISH):  # the host is not the member who made the request
            text = _text(warning)
        await self._host_messages.send(text)

    async def _warn_server(self, guild_id: int, warning: BudgetWarning) -> None:
        guild = self._client.get_guild(guild_id)
        with use_locale(guild.preferred_locale.value if guild is not None else None):
            text = _text(warning)
        await self.tell_server(guild_id, text)

    async def tell_server(self, guild_id: int, text: str) -> bool:
        """Post in the server's log channel, or message its owner. Return False if neither was possible."""
        guild, rules = self._client.get_guild(guild_id), await self._repositories.servers.settings(guild_id)
        if rules.log_channel_id is not None:
            channel = self._client.get_partial_messageable(rules.log_channel_id, guild_id=guild_id)
            try:
                await channel.send(text, suppress_embeds=True)
            except DISCORD_ERRORS as error:
                log.info("could not post in the log channel", extra={"why": type(error).__name__})
            else:
                return True
        return guild is not None and guild.owner_id is not None and await send_dm(self._client, guild.owner_id, text)


def _text(warning: BudgetWarning) -> str:
    used, budget = exact_dollars(warning.used_micros), exact_dollars(warning.budget_micros)
    share = warning.used_micros * 100 // warning.budget_micros
    return _(_WARNINGS[warning.host, warning.month]).format(
        share=share, used=used, budget=budget, resets=warning.resets
    )
