"""Requests that are rejected before anything is stored or spent. The docstring is the message for people."""

from bot.jobs.errors import BadWish


class Paused(BadWish):
    """New videos are paused on this server. Earlier requests continue."""


class NotInChannel(BadWish):
    """You can't request videos in this channel. Try {channels}."""


class NotForYou(BadWish):
    """Only members with one of these roles can request videos here: {roles}."""


class Blocked(BadWish):
    """You can't request videos on this server until <t:{until}:f>."""


class BlockedForGood(Blocked):
    """You can't request videos on this server. Server managers can change this in /settings."""


class AgainstRules(BadWish):
    """This server's rules don't allow that prompt. Not charged. Try different words."""


class Flagged(AgainstRules):
    """This bot's moderation doesn't allow that prompt. Not charged. Try different words."""


class Unchecked(BadWish):
    """I couldn't check this prompt with the moderation service, so I didn't send it. Not charged. Try again in a
    moment."""


class PromptForgotten(BadWish):
    """The prompt of this video was deleted. Use /generate to make a new one."""


class LimitReached(BadWish):
    """You have used {used} of {limit} videos today. You can request the next one <t:{resets}:R>."""


class ServerLimitReached(LimitReached):
    """This server has used {used} of {limit} videos today. The next one can be requested <t:{resets}:R>."""


class BudgetSpent(BadWish):
    """This server's video budget for today ({budget}) is spent. It resets <t:{resets}:R>."""


class MonthSpent(BudgetSpent):
    """This server's video budget for this month ({budget}) is spent. It resets <t:{resets}:R>."""


class BudgetTooLow(BudgetSpent):
    """This video costs ≈ {price}, but only {left} of this server's {budget} budget for today is left. It resets
    <t:{resets}:R>."""


class MonthTooLow(BudgetSpent):
    """This video costs ≈ {price}, but only {left} of this server's {budget} budget for this month is left. It resets
    <t:{resets}:R>."""


class HostBudgetSpent(BudgetSpent):
    """This bot's video budget for today is spent. It resets <t:{resets}:R>."""


class HostMonthSpent(BudgetSpent):
    """This bot's video budget for this month is spent. It resets <t:{resets}:R>."""


class NoOtherModel(BadWish):
    """No other model here can make this video. Try again later."""


class StoreBusy(BadWish):
    """My database is busy at the moment. Nothing was changed and nothing charged. Try again in a moment."""


class QuestionClosed(BadWish):
    """This confirmation has expired. Reply to the video again if you still want the remix."""
