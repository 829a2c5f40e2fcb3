"""Read the pictures of a command or a reply from its attachments. Nothing is downloaded."""

from collections.abc import Sequence
from typing import Protocol

import discord

from bot.jobs.errors import PictureTooLarge
from bot.jobs.picture_errors import PictureTooSmall, TooManyPictures
from bot.jobs.pictures import MIN_SIDE, JobPicture, more_pictures


class AttachedFile(Protocol):
    """What a picture's checks read of an attachment. Sides are None for what Discord can't measure."""

    @property
    def filename(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def width(self) -> int | None: ...
    @property
    def height(self) -> int | None: ...


_LIMIT_MB = 10
_FRAMES = 2  # a first and a last one
_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".heic", ".heif", ".avif")


def check_image(file: AttachedFile | None) -> str | None:
    """Return an attachment's link, or None without an attachment. Raise PictureTooLarge or PictureTooSmall.

    Its content decides whether it is a picture, not its label. It is read when the job is accepted.
    """
    if file is None:
        return None
    if file.size > _LIMIT_MB * 1_000_000:
        raise PictureTooLarge(filename=file.filename, limit_mb=_LIMIT_MB)
    if file.width is not None and file.height is not None and min(file.width, file.height) < MIN_SIDE:
        raise PictureTooSmall(filename=file.filename, least=MIN_SIDE)
    return file.url


def frames_of(files: Sequence[AttachedFile]) -> tuple[str | None, tuple[JobPicture, ...]]:
    """Return the link of the first frame, and the last frame if there is a second picture. Raises as `last_frame`."""
    return check_image(next(iter(files), None)), last_frame(files[1:])


def last_frame(files: Sequence[AttachedFile]) -> tuple[JobPicture, ...]:
    """Return the last frame, of which there is at most one. Raise TooManyPictures, or as `check_image`."""
    if len(files) > 1:
        raise TooManyPictures(most=_FRAMES)
    return attached_pictures(next(iter(files), None))


def is_picture(file: discord.Attachment) -> bool:
    """Return whether an attachment is labelled as a still picture. Its content is checked later."""
    kind = (file.content_type or "").partition(";")[0].strip().lower()
    return (kind.startswith("image/") and kind != "image/gif") or file.filename.lower().endswith(_ENDINGS)


def attached_pictures(
    last: AttachedFile | None, references: Sequence[AttachedFile | None] = ()
) -> tuple[JobPicture, ...]:
    """Return the pictures beside the first frame. Raises as `check_image`."""
    return more_pictures(check_image(last), [check_image(file) for file in references])
