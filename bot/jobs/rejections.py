"""Requests that are rejected before anything is stored or spent. The docstring is the message for people."""

from bot.jobs.errors import BadWish, CannotRemix


class AlreadySending(BadWish):
    """I've just sent you the file of {code}, or am still sending it."""


class UnreadableOption(BadWish):
    """I can't read the value of {option} in your prompt. Write it like {example}. Not charged."""


class OptionTwice(BadWish):
    """Your prompt says {option} {asked}, but {chosen} was chosen too. Not charged. Remove one of them."""


class OptionRepeated(BadWish):
    """Your prompt has {option} twice, with {first} and with {second}. Not charged. Remove one of them."""


class AnswerExpired(BadWish):
    """Discord didn't take my answer in time, so nothing was ordered. Not charged. Please try again."""


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


class NoVideosAllowed(LimitReached):
    """You can't request videos here: your limit is 0 videos a day. Server managers can change it in /settings."""


class NoServerVideos(ServerLimitReached):
    """Nobody can request videos here: this server's limit is 0 videos a day. Server managers can change it in
    /settings."""


class LimitLowered(LimitReached):
    """You have made {used} videos today, and the limit is {limit}. You can request the next one <t:{resets}:R>."""


class ServerLimitLowered(ServerLimitReached):
    """This server has made {used} videos today, and its limit is {limit}. The next one can be requested
    <t:{resets}:R>."""


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


class PriceOverBudget(BudgetTooLow):
    """This video costs ≈ {price}, and this server's whole budget for a day is {budget}. Choose a shorter video or
    another model."""


class PriceOverMonth(MonthTooLow):
    """This video costs ≈ {price}, and this server's whole budget for a month is {budget}. Choose a shorter video or
    another model."""


class HostBudgetSpent(BudgetSpent):
    """This bot's video budget for today is spent. It resets <t:{resets}:R>."""


class HostMonthSpent(BudgetSpent):
    """This bot's video budget for this month is spent. It resets <t:{resets}:R>."""


class HostBudgetTooLow(HostBudgetSpent):
    """This video costs ≈ {price}, more than is left of this bot's video budget for today. It resets
    <t:{resets}:R>."""


class HostMonthTooLow(HostMonthSpent):
    """This video costs ≈ {price}, more than is left of this bot's video budget for this month. It resets
    <t:{resets}:R>."""


class NoOtherModel(BadWish):
    """No other model here can make this video. Try again later."""


class OrdersHeld(BadWish):
    """My database went back to an earlier state, so I take no requests until my host has checked it. Not charged."""


class StoreBusy(BadWish):
    """My database is busy at the moment. Nothing was changed and nothing charged. Try again in a moment."""


class QuestionClosed(BadWish):
    """This question is no longer open. Reply to the video again if you still want that."""


class QuestionAnswered(QuestionClosed):
    """You have already answered this question, and I took your request."""


class NotDeleted(BadWish):
    """Discord didn't let me delete this video. Nothing was changed. Try again in a moment."""


class DeletionUnclear(NotDeleted):
    """Discord gave no clear answer, so this video may be deleted already. If it's still there, try again in a
    moment."""


class NothingToCancel(BadWish):
    """This video is done, so there's nothing to cancel. Reply delete to delete it."""


class GifNotYet(BadWish):
    """This video isn't posted yet. Reply gif to it when it is."""


class GifJustMade(BadWish):
    """I made a GIF of this video in this channel less than a minute ago."""


class NoGif(BadWish):
    """I couldn't make or post a GIF of this video. Try again later, or share the video itself."""


class ReplyChanged(BadWish):
    """Your message no longer asks for a video, so I made none. Not charged. Reply to the video again."""


class DraftGone(BadWish):
    """I no longer have the words of that request. Send it again."""


class NoWriter(BadWish):
    """This bot's host hasn't set up a writer, so I can't improve prompts. Send the request without improve."""


class AlreadyRequested(BadWish):
    """You've already requested this video. Use /generate to make another one."""


class OwnVideosOnly(BadWish):
    """This server allows remixes of my videos only. Server managers can change this in /settings."""


class NoVideoThere(BadWish):
    """There's no video in that message. I can remix an attached mp4, WebM or mov."""


class FilesHidden(BadWish):
    """Discord doesn't show me the files of that message. Use Apps ▸ Remix video on it, or send me the file with
    /remix."""


class NotAVideoFile(BadWish):
    """{filename} isn't a video that I can use. Send an mp4, WebM or mov."""


class VideoTooLarge(NotAVideoFile):
    """{filename} is larger than {limit_mb} MB, the most that I can remix. Send a smaller one."""


class VideoTooLong(NotAVideoFile):
    """{filename} is longer than {limit} s, the most that I can remix. Send a shorter one."""


class VideoGone(NotAVideoFile):
    """I no longer have a copy of {filename}. Use Apps ▸ Remix video on its message, or send me the file with /remix."""


class VideoLost(VideoGone):
    """Discord no longer has {filename}. Send me the file with /remix."""


class VideoNotCopied(BadWish):
    """I couldn't copy {filename} from Discord. Not charged. Try again in a moment."""


class TwoSources(BadWish):
    """Choose either a video or a file, not both."""


class NoModelForVideo(CannotRemix):
    """No model here can start from a video that I didn't make."""


class NoModelForLength(NoModelForVideo):
    """No model here can start from a video of {seconds} s that I didn't make. Try a shorter one."""
