"""Errors of providers: of requests, of tasks, and of downloading a clip. The docstring is the message for people.

It says what happened. What the job cost is said by `bot/chat/text/cost_text.py`, from the job's row.
"""

from typing import ClassVar

from bot.i18n import fact
from bot.jobs.errors import RetakeError

OWN_DISK = fact("my disk")  # the "provider" of an error of this machine's disk


class ProviderError(RetakeError):
    """{provider} returned an error."""

    may_be_charged: ClassVar[bool] = False


class NotSent(ProviderError):
    """{provider} isn't responding."""


class FirewallBlocked(NotSent):
    """A firewall in front of {provider} blocked this request."""


class UploadFailed(NotSent):
    """{provider} didn't take the picture or video that this request starts from."""


class RateFull(NotSent):
    """I already have as many requests for {provider} as its rate allows."""


class Stalled(NotSent):
    """I was too slow to send this request to {provider} safely, so I didn't send it."""


class RateLimited(ProviderError):
    """{provider} is busy."""

    def __init__(self, *, retry_after_s: float | None = None, **facts: str | int | float) -> None:
        super().__init__(**facts)
        self.retry_after_s = retry_after_s


class Unreachable(ProviderError):
    """{provider} isn't responding."""

    def __init__(self, *, retry_after_s: float | None = None, **facts: str | int | float) -> None:
        super().__init__(**facts)
        self.retry_after_s = retry_after_s


class OutcomeUnknown(ProviderError):
    """I lost contact while sending this request. It may be running, so I won't send it again automatically."""

    may_be_charged = True


class UnclearAnswer(OutcomeUnknown):
    """The provider answered, but not whether it accepted this request. It may be running, so I won't send it again
    automatically."""


class Refused(ProviderError):
    """The provider rejected this request."""


class PolicyRefused(Refused):
    """The provider rejected this prompt (safety)."""


class MediaRefused(PolicyRefused):
    """The provider rejected this prompt, or the picture or video that it starts from (safety)."""


class NotPossible(Refused):
    """I can't make this request with this model at this provider."""


class PictureLost(Refused):
    """I no longer have the picture of this request."""


class PictureUnreadable(Refused):
    """I can't read the picture of this request from my disk."""


class PictureTooHeavy(Refused):
    """This model takes pictures of at most {limit_mb} MB, and the one of this request is larger."""


class SourceGone(Refused):
    """The provider no longer has the original of this video."""


class ClipMissing(SourceGone):
    """I no longer have the file of the original, and this model needs it."""


class ImportGone(Refused):
    """I no longer have a copy of the original. Use Apps ▸ Remix video on its message again."""


class ClipTooLong(SourceGone):
    """This model takes videos of at most {limit} s, and the original is longer."""


class ClipTooHeavy(SourceGone):
    """This model takes files of at most {limit_mb} MB, and the original is larger."""


class ClipUnreadable(SourceGone):
    """I can't read the file of the original from my disk, and this model needs it."""


class FrameUnreadable(Refused):
    """I can't read the last frame of this video, so I can't start from it."""


class AccountTrouble(ProviderError):
    """This bot's account at the provider needs its host's attention."""


class NoBalance(AccountTrouble):
    """This bot's account at the provider needs its host's attention."""


class KeyRefused(AccountTrouble):
    """This bot's account at the provider needs its host's attention."""


class TaskMissing(ProviderError):
    """The provider no longer knows this video. The host can look it up ({code})."""

    may_be_charged = True


class RenderFailed(ProviderError):
    """The provider couldn't finish this video."""

    may_be_charged = True


class NoClipGiven(RenderFailed):
    """The provider says that this video is done, but gives no link to it. The host can look it up ({code})."""


class RenderFailedFree(RenderFailed):
    """The provider couldn't finish this video and doesn't charge for it."""

    may_be_charged = False


class PolicyStopped(RenderFailed):
    """The provider accepted this request, then stopped it (safety)."""


class PolicyStoppedFree(PolicyStopped):
    """The provider accepted this request, then stopped it (safety), and doesn't charge for it."""

    may_be_charged = False


class Withheld(PolicyStopped):
    """It was rendered and then withheld (moderation)."""


class WithheldFree(Withheld):
    """It was rendered and then withheld (moderation), and the provider doesn't charge for it."""

    may_be_charged = False


class ClipUnusable(RetakeError):
    """The provider's file isn't a video that I can post. The host can look it up ({code})."""


class ClipTooBig(ClipUnusable):
    """The clip is larger than the {limit_mb} MB download limit. The host can look it up ({code})."""


class ClipNotHandedOver(RetakeError):
    """The provider rendered this video but won't let me download it. The host can look it up ({code})."""


class ClipNotFetched(RetakeError):
    """The provider rendered this video, but I couldn't download it. The host can look it up ({code})."""


class LinkDead(RetakeError):
    """The link to the file doesn't work."""


class AddressBlocked(RetakeError):
    """The provider's link points to a private address, so I won't open it."""


class LinkRefused(AddressBlocked):
    """The provider's link isn't a plain https link, so I won't open it."""


class NoSpace(RetakeError):
    """My disk is full. I'll send new requests when there's space again."""


class DiskFailed(NoSpace):
    """I can't write to my disk."""
