"""One request to the writer: reserve its cost, send it, and book what it cost."""

from dataclasses import dataclass, replace

import discord

from bot.chat.text.escape import error_text
from bot.chat.text.improve_text import problem_text
from bot.jobs.clean_text import clean, has_visible_letter
from bot.jobs.errors import BadWish
from bot.jobs.ids import new_job_id
from bot.jobs.limits import HostBudget, caps_for
from bot.jobs.rewrite import RewriteProblem
from bot.ordering.prompt_options import split_options
from bot.ordering.quote import PreparedRequest
from bot.ports.clock import Clock
from bot.ports.writer import PromptWriter, WriterCall, WriterLedger


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The new words; if there are none, `problem` is a sentence that says why."""

    words: str | None = None
    problem: str = ""


class Writing:
    """Asks the writer. Its cost counts toward the budgets of the server and the host, but not as a video.

    The most that a request can cost is committed before it's sent, and stays counted if its outcome is unknown.
    """

    def __init__(self, writer: PromptWriter, ledger: WriterLedger, clock: Clock, host_budget: HostBudget) -> None:
        self._writer = writer
        self._ledger = ledger
        self._clock = clock
        self._host_budget = host_budget

    def cost_micros(self, words: str, language: str | None) -> int:
        """Return the most that a request can cost, in millionths of a US dollar."""
        return self._writer.highest_cost_micros(words, language)

    async def write(self, member: discord.Member, prepared: PreparedRequest, words: str) -> Written:
        """Ask for better words in the language that the request's model understands best."""
        language = prepared.quote.step.offer.model.language
        call = WriterCall(
            id=new_job_id(),
            guild_id=member.guild.id,
            user_id=member.id,
            model=self._writer.model,
            micros=self.cost_micros(words, language),
            at=self._clock.now(),
        )
        caps = replace(caps_for(prepared.settings, (), self._host_budget), member_videos=None, server_videos=None)
        try:
            if call.micros:
                await self._ledger.reserve(call, caps)
        except BadWish as error:
            return Written(problem=error_text(error))
        reply = await self._writer.write(words, language)
        if call.micros and reply.cost_micros is not None:
            await self._ledger.settle(call, reply.cost_micros, self._clock.now())
        if isinstance(reply.words, RewriteProblem):
            return Written(problem=problem_text(reply.words))
        better = split_options(reply.words)[0]  # options are the member's to choose: the writer's are left out
        if not has_visible_letter(better):
            return Written(problem=problem_text(RewriteProblem.NONSENSE))
        if better.casefold() == clean(words).casefold():
            return Written(problem=problem_text(RewriteProblem.SAME))
        return Written(words=better)
