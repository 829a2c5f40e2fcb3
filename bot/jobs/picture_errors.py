"""Errors of requests with pictures that a model can't take. The docstring is the message for people."""

from bot.jobs.errors import BadWish, NoImage, NotAnImage


class PictureElsewhere(NoImage):
    """{model} doesn't take a picture. Not charged. These models do: {offered}."""


class NoLastFrame(NoImage):
    """{model} takes no last frame, and no other model here does. Not charged. Remove last_image."""


class LastFrameElsewhere(NoLastFrame):
    """{model} takes no last frame. Not charged. These models do: {offered}."""


class NoReferences(NoImage):
    """{model} takes no references, and no other model here does. Not charged. Remove them."""


class ReferencesElsewhere(NoReferences):
    """{model} takes no references. Not charged. These models do: {offered}."""


class TooManyReferences(NoImage):
    """{model} takes at most {most} references, not {asked}. Not charged. Remove some."""


class FramesOrReferences(NoImage):
    """{model} takes a first frame or references, not both. Not charged."""


class BothElsewhere(FramesOrReferences):
    """{model} takes a first frame or references, not both. Not charged. These models take both: {offered}."""


class NoneTakesBoth(FramesOrReferences):
    """No model here takes frames and references together. Not charged. Send frames or references."""


class LastWithoutFirst(BadWish):
    """A last frame needs a first one. Not charged. Add it as image."""


class NoPicturesInRemix(NoImage):
    """No model here can remix a video with these pictures. Not charged. Remove them, or use /generate."""


class PicturesElsewhereInRemix(NoPicturesInRemix):
    """{model} can't remix a video with these pictures. Not charged. These models can: {offered}."""


class PictureTooSmall(NotAnImage):
    """{filename} has fewer than {least} pixels on a side. Send a larger picture."""


class TooManyPictures(NoImage):
    """A video has at most {most} frames of yours: the first and the last one. Not charged. Attach fewer pictures."""


class NoPictureToReplace(BadWish):
    """There are more new pictures than places for them. Not charged. Unselect each picture that a new one replaces."""


class NoPictureThere(BadWish):
    """I can't find a picture in that message, or you don't have access to it. Use one with a PNG, JPEG, WebP, HEIC or
    AVIF."""


class OwnPicturesOnly(BadWish):
    """On this server, you can only make a video of your own pictures and mine. Server managers can change this in
    /settings."""


class NoModelForPicture(NoImage):
    """No model here makes a video from a picture."""


class PictureFormGone(BadWish):
    """That form is too old. Use Apps ▸ Make a video of this again."""
