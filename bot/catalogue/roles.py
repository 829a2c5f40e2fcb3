"""Whether a model takes the pictures of a request, by their roles. Stateless."""

from collections.abc import Callable

from bot.catalogue.model import ImageRule, Model
from bot.jobs.errors import BadWish, NoImage
from bot.jobs.picture_errors import (
    BothElsewhere,
    FramesOrReferences,
    LastFrameElsewhere,
    LastWithoutFirst,
    NoLastFrame,
    NoneTakesBoth,
    NoReferences,
    PictureElsewhere,
    ReferencesElsewhere,
    TooManyReferences,
)
from bot.jobs.pictures import PictureRoles


def takes(rule: ImageRule, roles: PictureRoles) -> bool:
    """Return whether a new video can have these pictures."""
    if (roles.first and not rule.max_images) or (roles.last and not (rule.last and roles.first)):
        return False
    return roles.references <= rule.max_references and not (rule.exclusive and roles.first and roles.references)


def check_roles(model: Model, roles: PictureRoles, others: Callable[[], str]) -> None:
    """Raise BadWish if a model can't make a new video with these pictures.

    `others` returns the keys of the models that can, or an empty text.
    """
    rule = model.image
    if takes(rule, roles):
        return
    if roles.first and not rule.max_images:
        raise _refusal(NoImage, PictureElsewhere, model, others())
    if roles.last and not rule.last:
        raise _refusal(NoneTakesBoth if _both(roles) else NoLastFrame, LastFrameElsewhere, model, others())
    if roles.references and not rule.max_references:
        raise _refusal(NoneTakesBoth if _both(roles) else NoReferences, ReferencesElsewhere, model, others())
    if roles.references > rule.max_references:
        raise TooManyReferences(model=model.title, most=rule.max_references, asked=roles.references)
    if roles.last and not roles.first:
        raise LastWithoutFirst
    raise _refusal(FramesOrReferences, BothElsewhere, model, others())


def _both(roles: PictureRoles) -> bool:
    """Return whether there are frames and references. That none takes both doesn't mean that none takes either."""
    return roles.references > 0 and (roles.first or roles.last)


def _refusal(alone: type[BadWish], named: type[BadWish], model: Model, offered: str) -> BadWish:
    return named(model=model.title, offered=offered) if offered else alone(model=model.title)
