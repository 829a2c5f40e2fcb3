"""Errors as a job's row stores them: the name of the class in `trouble`, its facts in `facts`."""

import json

import bot.jobs.bundle_errors
import bot.jobs.contest_errors
import bot.jobs.film_errors
import bot.jobs.model_errors
import bot.jobs.picture_errors
import bot.jobs.rejections
import bot.jobs.style_errors  # noqa: F401  # by_name finds their classes
from bot.jobs.errors import MarkGone, Restored, RetakeError, UnknownEnd
from bot.jobs.job import Job
from bot.jobs.provider_errors import OutcomeUnknown, UnclearAnswer

# The requester has buttons for these.
DECIDABLE = frozenset(kind.__name__ for kind in (OutcomeUnknown, UnclearAnswer, Restored, MarkGone))


def stored_error(job: Job) -> RetakeError:
    """Build the error that ended a job."""
    return by_name(job.trouble or "RetakeError")(**json.loads(job.facts))


def by_name(name: str) -> type[RetakeError]:
    """Return the error class of this name, or UnknownEnd if this version has no such class."""
    return next((kind for kind in _subclasses(RetakeError) if kind.__name__ == name), UnknownEnd)


def _subclasses(kind: type[RetakeError]) -> list[type[RetakeError]]:
    return [kind, *(descendant for child in kind.__subclasses__() for descendant in _subclasses(child))]
