"""The pictures of a request: what each is for, and where it is. Pure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum

MIN_SIDE = 64  # pixels: providers refuse smaller pictures, or show nothing of them
MOST_REFERENCES = 3  # what the commands offer


class Role(StrEnum):
    """What a picture is for. A reference shows what the video is about and is no frame of it."""

    FIRST = "first"
    LAST = "last"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPicture:
    """One picture of a job: a row of `picture`. Either it has a link, or it's on disk in the file `digest`.

    `position` orders the references from 0. `width` and `height` are pixels of the file on disk, 0 before.
    """

    role: Role
    position: int = 0
    url: str | None = field(default=None, repr=False)
    digest: str | None = None  # the SHA-256 of the file, which is its name
    mime: str | None = None
    width: int = 0
    height: int = 0

    @property
    def image_file(self) -> str | None:
        """Return the job's `image_file` of this picture, or None if it isn't on disk."""
        return f"{self.digest};{self.mime}" if self.digest is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRoles:
    """How many pictures of each role a request has."""

    first: bool = False
    last: bool = False
    references: int = 0

    @property
    def count(self) -> int:
        return int(self.first) + int(self.last) + self.references

    @property
    def beside_first(self) -> bool:
        """Return whether there is more than a first frame."""
        return self.last or self.references > 0


def roles_of(pictures: Iterable[JobPicture], *, first: bool) -> PictureRoles:
    """Count pictures. `first`: there is a first frame, which older jobs have no row of."""
    roles = [picture.role for picture in pictures]
    return PictureRoles(
        first=first or Role.FIRST in roles, last=Role.LAST in roles, references=roles.count(Role.REFERENCE)
    )


def more_pictures(last: str | None, references: Sequence[str | None]) -> tuple[JobPicture, ...]:
    """Return the pictures of these links, beside the first frame."""
    named = [url for url in references if url is not None]
    ends = (JobPicture(role=Role.LAST, url=last),) if last is not None else ()
    shown = (JobPicture(role=Role.REFERENCE, position=place, url=url) for place, url in enumerate(named))
    return (*ends, *shown)


def first_file(pictures: Iterable[JobPicture]) -> str | None:
    """Return the `image_file` of the first frame, or None without one on disk."""
    return next((picture.image_file for picture in pictures if picture.role is Role.FIRST), None)


def pictures_to_json(pictures: Iterable[JobPicture]) -> str:
    return json.dumps([asdict(picture) for picture in pictures])


def pictures_from_json(text: str) -> tuple[JobPicture, ...]:
    return tuple(JobPicture(**{**values, "role": Role(values["role"])}) for values in json.loads(text))
