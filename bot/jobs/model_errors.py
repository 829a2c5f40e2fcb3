"""Errors of requests that no model, or not the chosen one, can make. The docstring is the message for people."""

from bot.jobs.errors import (
    BadWish,
    CannotRemix,
    NoImage,
    NoSuchOption,
    NotOffered,
    PromptLength,
    UnknownModel,
)


class PromptTooLong(PromptLength):
    """{model} takes prompts of at most {longest} characters, not {length}. Shorten it, or choose another model."""


class PromptUnits(PromptTooLong):
    """{model} takes prompts of at most {longest} characters and counts some, such as emoji, as two, so yours has
    {length}. Shorten it, or choose another model."""


class NoModelForNew(UnknownModel):
    """The models here only change finished videos: {offered}. Use /remix or /extend."""


class AccountRemoved(BadWish):
    """The host removed the account {account} while this video was waiting."""


class OnlyChangesVideos(NotOffered):
    """{model} only changes finished videos and can't make a new one. Choose another model."""


class NotOfferedInRemix(NotOffered):
    """Remixes by {model} support {offered}, not {asked}."""


class NotOfferedInExtension(NotOffered):
    """Extensions by {model} support {offered}, not {asked}."""


class NoSuchOptionInRemix(NoSuchOption):
    """Remixes by {model} don't have the option {option}. Remove it, or choose another model."""


class NoSuchOptionInExtension(NoSuchOption):
    """Extensions by {model} don't have the option {option}. Remove it, or choose another model."""


class UnknownOption(NoSuchOption):
    """No model here has the option {option}. Remove it."""


class NoImageHere(NoImage):
    """No model here can remix a video from a picture. Remove the image."""


class NoImageInExtension(NoImage):
    """An extension begins where the video ends, so it takes no picture. Remove the image, or make a remix with it."""


class CannotExtend(CannotRemix):
    """{model} can't extend a finished video. Choose another model."""


class SourceTooLong(CannotRemix):
    """{model} takes videos of at most {limit} s, and this one is longer. Choose another model."""


class JoinedTooLong(CannotRemix):
    """This video has {seconds} s, and I join videos of at most {limit} min. Extend a shorter one."""


class OnlyOwnVideos(CannotRemix):
    """{model} can only start from videos of its own model family and account. Choose another model."""


class MethodOff(CannotRemix):
    """The host has disabled the method by which {model} could do that. Choose another model."""


class NoModelRemixes(CannotRemix):
    """No model here can remix this video."""


class NoModelExtends(CannotRemix):
    """No model here can extend this video."""


class NoOtherMethod(CannotRemix):
    """There's no other method here for this video."""
