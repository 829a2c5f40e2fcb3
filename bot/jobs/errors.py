"""Every way a job can go wrong, as one small tree. A class's docstring is the sentence that a person reads."""

import inspect
from typing import ClassVar

from bot.i18n import _, pgettext


class RetakeError(Exception):
    """Something broke on my side ({code}). Not charged. The host can look it up."""

    def __init__(self, **facts: str | int | float) -> None:
        self.facts = facts
        super().__init__(type(self).__name__)

    def sentence(self) -> str:
        """The docstring with its facts filled in; a missing fact reads as its name."""
        return sentence_of(type(self), self.facts)


class _Readable(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return key.replace("_", " ")


def sentence_of(kind: type[RetakeError], facts: dict[str, str | int | float]) -> str:
    """The sentence of an error class in the reader's language, also where the store kept only its name and facts."""
    said = {name: pgettext("fact", each) if isinstance(each, str) else each for name, each in facts.items()}
    return _(english_sentence(kind)).format_map(_Readable(said))


def english_sentence(kind: type[RetakeError]) -> str:
    """An error's sentence as it stands in the code, its facts open."""
    return inspect.cleandoc(kind.__doc__ or "").replace("\n", " ")


class BadWish(RetakeError):
    """I cannot do that."""


class PromptLength(BadWish):
    """A prompt has 3 to {longest} characters; this one has {length}. Say what the video should show."""


class UnknownModel(BadWish):
    """There is no model called {asked} here. Enabled: {offered}."""


class ModelOff(BadWish):
    """{model} is switched off: {why}"""


class NotOffered(BadWish):
    """{model} makes {offered}, not {asked}."""


class NoSuchOption(BadWish):
    """{model} has no option {option}. Leave it out, or choose another model."""


class NeedsImage(BadWish):
    """{model} starts from a picture: add one as image."""


class NoImage(BadWish):
    """{model} takes no picture. Leave the image out, or choose another model."""


class NotAnImage(BadWish):
    """{filename} is not a picture I can use. Send a PNG, JPEG or WebP of at most {limit_mb} MB."""


class MovingPicture(NotAnImage):
    """{filename} is animated. Send a still PNG, JPEG or WebP."""


class TooManyPixels(NotAnImage):
    """{filename} has more than {limit_mp} million pixels. Send a smaller one."""


class SourceNotFound(BadWish):
    """I cannot find a video there that you may use. Give a link to one of my videos on this server, or its code."""


class CannotRemix(BadWish):
    """{model} cannot remix a finished video. Choose another model."""


class NoPrice(BadWish):
    """{model} has no price yet. The host sets one in the catalogue before it can be used."""


class NotYours(BadWish):
    """Only the person who asked for this video can do that."""


class TooLate(BadWish):
    """It is too late for that: the job has moved on."""


class NothingToDelete(BadWish):
    """There is no video to delete yet. Reply cancel to stop it."""


class OrderGone(BadWish):
    """Your message is gone, so I do not know what you wanted. Reply to the video again."""


class DiscordSilent(BadWish):
    """Discord did not let me read your message just now. Press again in a moment."""


class NoFile(BadWish):
    """I no longer have the file of this video."""


class FileTooLarge(BadWish):
    """The file has {size_mb} MB, and Discord takes {limit_mb} MB from me here. The host can send it to you."""


class MissingPermissions(BadWish):
    """I need {permissions} here."""


class ProviderError(RetakeError):
    """{provider} answered with an error. Not charged."""

    may_be_charged: ClassVar[bool] = False


class NotSent(ProviderError):
    """{provider} is not answering. Not charged."""


class RateLimited(ProviderError):
    """{provider} is busy. Not charged."""

    def __init__(self, *, retry_after_s: float | None = None, **facts: str | int | float) -> None:
        super().__init__(**facts)
        self.retry_after_s = retry_after_s


class Unreachable(ProviderError):
    """{provider} is not answering."""

    def __init__(self, *, retry_after_s: float | None = None, **facts: str | int | float) -> None:
        super().__init__(**facts)
        self.retry_after_s = retry_after_s


class OutcomeUnknown(ProviderError):
    """I lost contact while sending this. It may or may not be running, so I will not send it again by myself."""

    may_be_charged = True


class Refused(ProviderError):
    """The provider refused this request. Not charged."""


class PolicyRefused(Refused):
    """The provider refused this prompt (safety). Not charged."""


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
    """The provider could not finish this video. It may have been charged; I counted {cost}."""

    may_be_charged = True


class Withheld(RenderFailed):
    """It was rendered and then withheld (moderation). It may have been charged; I counted {cost}."""


class ParentFailed(RetakeError):
    """The video that this one was to start from did not come about. Not charged."""


class TooSlow(RetakeError):
    """It was not done after {hours} h, so I stopped looking. It may have been charged; I counted {cost}."""

    may_be_charged: ClassVar[bool] = True


class Restored(RetakeError):
    """My records were put back to an older state, so I cannot tell what became of this video ({code})."""

    may_be_charged: ClassVar[bool] = True


class ClipUnusable(RetakeError):
    """The file is not a video that I can post. It may have been charged; the host can look it up ({code})."""


class ClipTooBig(ClipUnusable):
    """The clip is larger than {limit_mb} MB, more than I fetch.
    It may have been charged; the host can look it up ({code})."""


class ClipNotHandedOver(RetakeError):
    """The provider made this video and does not hand it over.
    It may have been charged; the host can look it up ({code})."""


class LinkDead(RetakeError):
    """The provider's link to the clip has expired."""


class AddressBlocked(RetakeError):
    """The provider's link points to an address that I do not open."""


class NoSpace(RetakeError):
    """My disk is full. Nothing new is sent until there is space."""


DECIDABLE = frozenset({OutcomeUnknown.__name__, Restored.__name__})  # the requester has buttons for these


def by_name(name: str) -> type[RetakeError]:
    """The class that a stored trouble names; ours where a newer or older version wrote a name unknown here."""
    return next((kind for kind in _family(RetakeError) if kind.__name__ == name), RetakeError)


def _family(kind: type[RetakeError]) -> list[type[RetakeError]]:
    return [kind, *(grandchild for child in kind.__subclasses__() for grandchild in _family(child))]
