"""The fields of *Edit and retry* for a request's pictures: which to keep, and new ones in place of the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from bot.chat.components.modal_fields import read_values
from bot.i18n import _
from bot.jobs.pictures import JobPicture, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file that was sent with a form, as Discord describes it. Sides are None for what Discord can't measure."""

    filename: str
    url: str
    size: int
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureChanges:
    """What a form says about the pictures of its request. Nothing is validated.

    `kept`: the names of those to keep; None if the form had none.
    """

    kept: frozenset[str] | None = None
    files: tuple[SentFile, ...] = ()


def name_of(picture: JobPicture) -> str:
    """Return the name of a picture within its request, which is the value of its option."""
    return f"{picture.role}{picture.position}" if picture.role is Role.REFERENCE else picture.role.value


def add_picture_fields(modal: discord.ui.Modal, pictures: Iterable[JobPicture], *, first: bool) -> None:
    """Add the fields, unless the request has no pictures. `first`: it has a first frame, which may have no row."""
    more = [picture for picture in pictures if picture.role is not Role.FIRST]
    named = [*([JobPicture(role=Role.FIRST)] if first else []), *more]
    if not named:
        return
    options = [discord.SelectOption(label=_label(each), value=name_of(each), default=True) for each in named]
    menu: discord.ui.Select[Any] = discord.ui.Select(
        custom_id="keep", options=options, required=False, min_values=0, max_values=len(options)
    )
    files: discord.ui.FileUpload[Any] = discord.ui.FileUpload(
        custom_id="files", required=False, min_values=0, max_values=len(options)
    )
    modal.add_item(discord.ui.Label(text=_("Pictures"), description=_("Those to keep"), component=menu))
    replaced = _("In place of those that aren't kept")
    modal.add_item(discord.ui.Label(text=_("New pictures"), description=replaced, component=files))


def _label(picture: JobPicture) -> str:
    match picture.role:
        case Role.FIRST:
            return _("First frame")
        case Role.LAST:
            return _("Last frame")
        case Role.REFERENCE:
            return _("Reference {number}").format(number=picture.position + 1)


def read_picture_changes(data: Mapping[str, Any]) -> PictureChanges:
    """Read the fields of a submitted form."""
    kept = read_values(data.get("components", []), "keep")
    return PictureChanges(kept=frozenset(filter(None, kept)) if kept else None, files=read_files(data))


def read_files(data: Mapping[str, Any]) -> tuple[SentFile, ...]:
    """Return the files of a submitted form's field `files`, in their order."""
    sent = (data.get("resolved") or {}).get("attachments") or {}
    return tuple(_file(sent[each]) for each in read_values(data.get("components", []), "files") if each in sent)


def _file(data: Mapping[str, Any]) -> SentFile:
    return SentFile(
        filename=str(data["filename"]),
        url=str(data["url"]),
        size=int(data["size"]),
        width=data.get("width"),
        height=data.get("height"),
    )
