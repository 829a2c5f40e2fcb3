"""Why a job couldn't be submitted: the errors that depend on the job as well. Pure."""

from bot.i18n import fact
from bot.jobs.errors import (
    NotAnImage,
    ParentCancelled,
    ParentFailed,
    ParentUnknown,
    PictureNotFetched,
    PictureNotSaved,
)
from bot.jobs.job import Job, Outcome, State
from bot.jobs.provider_errors import OWN_DISK, MediaRefused, PolicyRefused, Unreachable


def policy_error(job: Job, error: PolicyRefused) -> PolicyRefused:
    """Return what the provider has rejected: the prompt, or the picture or video that the job starts from as well."""
    return MediaRefused(**error.facts) if job.image_file is not None or job.parent_id is not None else error


def picture_error(error: Unreachable) -> NotAnImage:
    """Return why a picture couldn't be downloaded: Discord, or the disk that it should be saved on."""
    kind = PictureNotSaved if error.facts.get("provider") == OWN_DISK else PictureNotFetched
    return kind(filename=fact("That file"))


def parent_error(parent: Job) -> ParentFailed:
    """Return why a job can't start from its source, which has ended without a video."""
    if parent.outcome is Outcome.UNKNOWN:
        return ParentUnknown()
    return ParentCancelled() if parent.state is State.CANCELLED else ParentFailed()
