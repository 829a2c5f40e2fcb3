"""What is refused before anything is written or spent: by rules, limits and money, or because it is gone."""

from bot.jobs.errors import BadWish


class Paused(BadWish):
    """New videos are paused on this server. What was asked for before goes on."""


class NotInChannel(BadWish):
    """Videos are not made in this channel. Here they are: {channels}."""


class NotForYou(BadWish):
    """On this server videos are for members with one of these roles: {roles}."""


class Blocked(BadWish):
    """You cannot ask for videos on this server until <t:{until}:f>."""


class BlockedForGood(Blocked):
    """You cannot ask for videos on this server. Its managers can change that in /settings."""


class AgainstRules(BadWish):
    """This server's rules do not allow that prompt. Not charged. Say it in other words."""


class Flagged(AgainstRules):
    """This bot's moderation does not allow that prompt. Not charged. Say it in other words."""


class Unchecked(BadWish):
    """I could not have this prompt checked just now, so I did not send it. Not charged. Try again in a moment."""


class PromptForgotten(BadWish):
    """The prompt of this video was deleted. Ask for a new one with /generate."""


class LimitReached(BadWish):
    """You have used {used} of {limit} videos today. The next is free <t:{resets}:R>."""


class ServerLimitReached(LimitReached):
    """This server has used {used} of {limit} videos today. The next is free <t:{resets}:R>."""


class BudgetSpent(BadWish):
    """This server's video budget for today ({budget}) is spent. It resets <t:{resets}:R>."""


class MonthSpent(BudgetSpent):
    """This server's video budget for this month ({budget}) is spent. It resets <t:{resets}:R>."""


class BudgetTooLow(BudgetSpent):
    """This video is ≈ {price}, and {left} is left of this server's budget for today ({budget}).
    It resets <t:{resets}:R>."""


class MonthTooLow(BudgetSpent):
    """This video is ≈ {price}, and {left} is left of this server's budget for this month ({budget}).
    It resets <t:{resets}:R>."""


class HostBudgetSpent(BudgetSpent):
    """This bot's video budget for today is spent. It resets <t:{resets}:R>."""


class HostMonthSpent(BudgetSpent):
    """This bot's video budget for this month is spent. It resets <t:{resets}:R>."""


class NoOtherModel(BadWish):
    """No other model here can make this. Try again later."""


class QuestionClosed(BadWish):
    """This question is closed. Reply to the video again if you still want it."""
