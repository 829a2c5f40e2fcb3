"""Base class of all errors, and the errors of requests and jobs. The docstring is the message for people."""

import inspect
from collections.abc import Callable
from typing import ClassVar

from bot.i18n import _, pgettext


class RetakeError(Exception):
    """Something went wrong on my side ({code}). The host can look up this code."""

    def __init__(self, **facts: str | int | float) -> None:
        self.facts = facts
        super().__init__(type(self).__name__)

    def sentence(self, shown: Callable[[str], str] = str) -> str:
        """Return the translated message with its facts, as `shown` writes them. A missing fact is shown by its name.

        Facts may quote members and providers. Messages in Discord use `error_text` of `bot/chat/text/escape.py`.
        """
        return sentence_of(type(self), self.facts, shown)


class _FactsOrNames(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return key.replace("_", " ")


def sentence_of(kind: type[RetakeError], facts: dict[str, str | int | float], shown: Callable[[str], str] = str) -> str:
    """Return the translated message of an error class with these facts, as `shown` writes them."""
    translated = {
        name: shown(pgettext("fact", fact)) if isinstance(fact, str) else fact for name, fact in facts.items()
    }
    return _(english_sentence(kind)).format_map(_FactsOrNames(translated))


def english_sentence(kind: type[RetakeError]) -> str:
    """Return the message of an error class in English, with its placeholders."""
    return inspect.cleandoc(kind.__doc__ or "").replace("\n", " ")


class BadWish(RetakeError):
    """I can't do that."""


class PromptLength(BadWish):
    """Prompts must be 3–{longest} characters long; yours is {length}. Describe what the video should show."""


class InvisiblePrompt(BadWish):
    """That prompt has no visible letters. Not charged. Describe what the video should show."""


class UnknownModel(BadWish):
    """There's no model called {asked} here. Enabled models: {offered}."""


class NoModelEnabled(UnknownModel):
    """No model is enabled here. Server managers can enable models in /settings; the host sets up the providers."""


class NoModelForWords(UnknownModel):
    """Every model for new videos here needs a picture to start from. Add one as image and name a model: {offered}."""


class ModelRemoved(UnknownModel):
    """The host removed the model {asked} while this video was waiting."""


class ModelOff(BadWish):
    """{model} is disabled: {why}"""


class NotOffered(BadWish):
    """{model} supports {offered}, not {asked}."""


class NoSuchOption(BadWish):
    """{model} doesn't have the option {option}. Remove it, or choose another model."""


class NeedsImage(BadWish):
    """{model} needs a picture to start from. Add one as image."""


class NoImage(BadWish):
    """{model} doesn't take a picture. Remove the image, or choose another model."""


class NotAnImage(BadWish):
    """{filename} isn't a picture that I can use. Send a PNG, JPEG, WebP, HEIC or AVIF of at most {limit_mb} MB."""


class PictureGone(NotAnImage):
    """Discord no longer has {filename}. Attach it to a new request."""


class PictureTooLarge(NotAnImage):
    """{filename} is larger than {limit_mb} MB. Send a smaller picture."""


class PictureNotFetched(NotAnImage):
    """I couldn't get {filename} from Discord. Attach it to a new request."""


class PictureNotSaved(NotAnImage):
    """My machine couldn't store or open {filename}, so I couldn't start. Try again later."""


class MovingPicture(NotAnImage):
    """{filename} is animated. Send a still PNG, JPEG or WebP."""


class TooManyPixels(NotAnImage):
    """{filename} has more than {limit_mp} million pixels. Send a smaller one."""


class HeavyPicture(NotAnImage):
    """{filename} takes too much memory or time to open. Send a smaller PNG or JPEG."""


class SourceNotFound(BadWish):
    """I can't find that video, or you don't have access to it. Use a link to one of my videos on this server, or its
    code."""


class CannotRemix(BadWish):
    """{model} can't remix a finished video. Choose another model."""


class NoPrice(BadWish):
    """{model} can't be used yet because it has no price. The host can set one in the catalogue."""


class NotYours(BadWish):
    """Only the person who requested this video can do that."""


class NotYourVideo(NotYours):
    """Only the person who requested this video, or a member with the Manage Messages permission, can do that."""


class NotYourQuestion(NotYours):
    """Only the person who wrote that reply can answer this question."""


class NotYourRequest(NotYours):
    """Only the person who made this request can edit it."""


class TooLate(BadWish):
    """It's too late for that. This job has already moved on."""


class AlreadyDeleted(TooLate):
    """This video has already been deleted."""


class NeverPosted(TooLate):
    """This video isn't posted, so there's nothing to delete."""


class UndoOver(TooLate):
    """This deletion can no longer be undone."""


class JustPressed(TooLate):
    """I've just taken this request from you. Press the button again in half a minute to order one more."""


class NothingToDelete(BadWish):
    """There's no video to delete yet. Reply cancel to cancel it."""


class NotPostedYet(NothingToDelete):
    """This video isn't posted yet. You can delete it when it is."""


class OrderGone(BadWish):
    """Your message was deleted, so I can't read your request. Reply to the video again."""


class DiscordSilent(BadWish):
    """Discord didn't let me read your message. Try the button again in a moment."""


class NoFile(BadWish):
    """I no longer have the file of this video."""


class FilesUnreachable(BadWish):
    """The storage of my videos isn't answering right now. Try again in a few minutes."""


class FileTooLarge(BadWish):
    """The file is {size_mb} MB, uploads here are limited to {limit_mb} MB, and I couldn't make a smaller copy. The host
    can send it to you."""


class MissingPermissions(BadWish):
    """I need {permissions} here."""


class ParentFailed(RetakeError):
    """The source video failed, so this one couldn't start."""


class ParentCancelled(ParentFailed):
    """The source video was cancelled, so this one couldn't start."""


class ParentUnknown(ParentFailed):
    """I don't know what happened to the source video, so this one couldn't start."""


class TooSlow(RetakeError):
    """This video wasn't done after {hours} h, so I stopped checking."""

    may_be_charged: ClassVar[bool] = True


class Restored(RetakeError):
    """My database was restored from a backup or an older copy, so I can't tell what happened to this video ({code})."""

    may_be_charged: ClassVar[bool] = True


class MarkGone(Restored):
    """The mark beside my database is missing, so I can't tell whether I know all that happened to this video
    ({code})."""


class UnknownEnd(RetakeError):
    """This video ended for a reason that this version of me doesn't know. The host can look it up ({code})."""


class DiscordFailed(RetakeError):
    """Discord had a problem while I was answering ({code}). Check whether it's done before you try again. The host can
    look up this code."""
