"""Errors as a job's row stores them: the name of the class in `trouble`, its facts in `facts`."""

import json

import bot.jobs.rejections  # noqa: F401  # by_name finds its classes
from bot.jobs.errors import Restored, RetakeError
from bot.jobs.job import Job
from bot.jobs.provider_errors import OutcomeUnknown

DECIDABLE = frozenset({OutcomeUnknown.__name__, Restored.__name__})  # the requester has buttons for these


def stored_error(job: Job) -> RetakeError:
    """Build the error that ended a job."""
    return by_name(job.trouble or "RetakeError")(**json.loads(job.facts))


def by_name(name: str) -> type[RetakeError]:
    """Return the error class of this name, or RetakeError if this version has no such class."""
    return next((kind for kind in _subclasses(RetakeError) if kind.__name__ == name), RetakeError)


def _subclasses(kind: type[RetakeError]) -> list[type[RetakeError]]:
    return [kind, *(descendant for child in kind.__subclasses__() for descendant in _subclasses(child))]
