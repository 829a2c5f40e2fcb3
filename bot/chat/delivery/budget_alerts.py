"""Says once that a budget is nearly spent: to the server's log channel, else to whoever can change it."""

import asyncio
import logging

import discord

from bot.chat.components.interactions import DISCORD_ERRORS
from bot.i18n import ENGLISH, N_, _, use_locale
from bot.jobs.job import Job
from bot.jobs.limits import Nearing, caps_for, nearing
from bot.jobs.money import exact_dollars
from bot.ports.repositories import Repositories
from bot.worker.context import JobContext

log = logging.getLogger("retake.chat")

ONCE_S = 40 * 86_400.0  # longer than any window
_WARNINGS = {  # the host's or a server's, of the month or of the day
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
    """Looks after every order, in the background."""

    def __init__(self, client: discord.Client, context: JobContext, repositories: Repositories) -> None:
        self._client = client
        self._context = context
        self._repositories = repositories
        self._work: set[asyncio.Task[None]] = set()

    def schedule_check(self, job: Job) -> None:
        task = asyncio.create_task(self._check_safely(job), name=f"alarms {job.code}")
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def close(self) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)

    async def _check_safely(self, job: Job) -> None:
        try:
            await self.check(job)
        except Exception:
            # Kept alive: this task's end. The budget holds without the warning.
            log.exception("a budget could not be looked at", extra={"job": job.code})

    async def check(self, job: Job) -> None:
        """Warn of every budget that has come to 80 % with this order, once a window."""
        rules = await self._repositories.servers.rules(job.guild_id)
        caps = caps_for(rules, (), self._context.host_budget)
        used = await self._repositories.budgets.used(job.guild_id, job.user_id, job.created_at)
        for each in nearing(caps, used, job.guild_id, job.created_at):
            if await self._context.store.set_flag_once_per(each.key, self._context.clock.now(), ONCE_S):
                log.warning("a budget is nearly spent", extra={"scope": "host" if each.host else "server"})
                await (self._tell_host(each) if each.host else self._warn_server(job.guild_id, each))

    async def _tell_host(self, each: Nearing) -> None:
        application = self._client.application
        if application is None:
            return
        owner_id = application.team.owner_id if application.team is not None else application.owner.id
        with use_locale(ENGLISH):  # whoever ordered last is not whom this is for
            text = _words(each)
        if owner_id is not None:
            await self._tell(owner_id, text)

    async def _warn_server(self, guild_id: int, each: Nearing) -> None:
        guild = self._client.get_guild(guild_id)
        with use_locale(guild.preferred_locale.value if guild is not None else None):
            text = _words(each)
        await self.tell_server(guild_id, text)

    async def tell_server(self, guild_id: int, text: str) -> bool:
        """Write to the server's log channel, or to its owner where it has none. False where neither was possible."""
        guild, rules = self._client.get_guild(guild_id), await self._repositories.servers.rules(guild_id)
        if rules.log_channel_id is not None:
            channel = self._client.get_partial_messageable(rules.log_channel_id, guild_id=guild_id)
            try:
                await channel.send(text, suppress_embeds=True)
            except DISCORD_ERRORS as error:
                log.info("the log channel did not take it", extra={"why": type(error).__name__})
            else:
                return True
        return guild is not None and guild.owner_id is not None and await self._tell(guild.owner_id, text)

    async def _tell(self, user_id: int, text: str) -> bool:
        try:
            channel = await self._client.create_dm(discord.Object(id=user_id))
            await channel.send(text)
        except DISCORD_ERRORS as error:
            log.info("a warning was not taken", extra={"why": type(error).__name__})
            return False
        return True


def _words(each: Nearing) -> str:
    used, budget = exact_dollars(each.used_micros), exact_dollars(each.budget_micros)
    share = each.used_micros * 100 // each.budget_micros
    return _(_WARNINGS[each.host, each.month]).format(share=share, used=used, budget=budget, resets=each.resets)
