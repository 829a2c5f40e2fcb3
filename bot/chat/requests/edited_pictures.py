"""Apply what *Edit and retry* says about a request's pictures."""

from dataclasses import replace

from bot.chat.components.picture_fields import PictureChanges, name_of
from bot.chat.requests.attached_pictures import check_image
from bot.jobs.picture_errors import NoPictureToReplace
from bot.jobs.pictures import JobPicture, Role
from bot.ordering.quote import Request


def with_picture_changes(request: Request, changes: PictureChanges) -> Request:
    """Return a request without the pictures that aren't kept. The new ones take their places, in their order.

    Raise NoPictureToReplace if there are more new ones than places, or as `check_image`.
    """
    if changes.kept is None:
        return request
    first = [JobPicture(role=Role.FIRST)] if request.has_image else []
    more = [picture for picture in request.pictures if picture.role is not Role.FIRST]
    places = [each for each in (*first, *more) if name_of(each) not in changes.kept]
    if len(changes.files) > len(places):
        raise NoPictureToReplace
    new = {name_of(place): check_image(file) for place, file in zip(places, changes.files, strict=False)}
    dropped = {name_of(place) for place in places[len(changes.files) :]}
    pictures = [
        JobPicture(role=each.role, position=each.position, url=new[name_of(each)]) if name_of(each) in new else each
        for each in request.pictures
        if name_of(each) not in dropped and not (each.role is Role.FIRST and name_of(each) in new)
    ]
    changed = replace(request, pictures=_in_order(pictures))
    if Role.FIRST.value in new:
        return replace(changed, image_url=new[Role.FIRST.value], image_file=None)
    return replace(changed, image_url=None, image_file=None) if Role.FIRST.value in dropped else changed


def _in_order(pictures: list[JobPicture]) -> tuple[JobPicture, ...]:
    """Number the references from 0 again."""
    references = [each for each in pictures if each.role is Role.REFERENCE]
    others = [each for each in pictures if each.role is not Role.REFERENCE]
    return (*others, *(replace(each, position=place) for place, each in enumerate(references)))
