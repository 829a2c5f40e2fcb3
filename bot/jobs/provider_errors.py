"""Errors of providers: of requests, of tasks, and of downloading a clip. The docstring is the message for people."""

from typing import ClassVar

from bot.jobs.errors import RetakeError


class ProviderError(RetakeError):
    """{provider} returned an error. Not charged."""

    may_be_charged: ClassVar[bool] = False


class NotSent(ProviderError):
    """{provider} isn't responding. Not charged."""


class RateLimited(ProviderError):
    """{provider} is busy. Not charged."""

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


class Refused(ProviderError):
    """The provider rejected this request. Not charged."""


class PolicyRefused(Refused):
    """The provider rejected this prompt (safety). Not charged."""


class SourceGone(Refused):
    """The provider no longer has the original of this video."""


class AccountTrouble(ProviderError):
    """This bot's account at the provider needs its host's attention. Not charged."""


class NoBalance(AccountTrouble):
    """This bot's account at the provider needs its host's attention. Not charged."""


class KeyRefused(AccountTrouble):
    """This bot's account at the provider needs its host's attention. Not charged."""


class TaskMissing(ProviderError):
    """The provider no longer knows this video. It may have been charged; the host can look it up ({code})."""

    may_be_charged = True


class RenderFailed(ProviderError):
    """The provider couldn't finish this video. It may have been charged; I counted {cost}."""

    may_be_charged = True


class Withheld(RenderFailed):
    """The provider rendered this video, then withheld it (moderation). It may have been charged; I counted {cost}."""


class ClipUnusable(RetakeError):
    """The provider's file isn't a video that I can post. It may have been charged; the host can look it up ({code})."""


class ClipTooBig(ClipUnusable):
    """The clip is larger than the {limit_mb} MB download limit. It may have been charged; the host can look it up
    ({code})."""


class ClipNotHandedOver(RetakeError):
    """The provider rendered this video but won't let me download it. It may have been charged; the host can look it up
    ({code})."""


class LinkDead(RetakeError):
    """The provider's link to the clip has expired."""


class AddressBlocked(RetakeError):
    """The provider's link points to a private address, so I won't open it."""


class NoSpace(RetakeError):
    """My disk is full. I'll send new requests when there's space again."""
