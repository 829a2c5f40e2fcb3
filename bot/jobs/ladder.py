"""Turns a job's row into an order for its provider. Knows the catalogue and the files, asks nobody."""

import hashlib
import json

from bot.jobs.errors import UnknownModel
from bot.jobs.model import Job, Kind
from bot.jobs.parts import Parts, task_of
from bot.jobs.provider import Order, Picture, Source


def order_of(parts: Parts, job: Job, parent: Job | None) -> Order:
    """The order of a job; `parent` is the finished video that a remix or an extension starts from."""
    offer = parts.offers.of_job(job.account, job.model)
    if offer is None:
        raise UnknownModel(asked=job.model, offered="none")
    return Order(
        job_id=job.id,
        kind=job.kind,
        prompt=job.prompt,
        model=offer.model,
        aspect=job.aspect,
        seconds=job.seconds,
        resolution=job.resolution,
        picture=_picture(parts, job),
        source=_source(parts, parent) if parent is not None and job.kind is not Kind.GENERATE else None,
        user_tag=hashlib.sha256(f"retake:{job.guild_id}:{job.user_id}".encode()).hexdigest()[:24],
    )


def _picture(parts: Parts, job: Job) -> Picture | None:
    if job.image_file is None:
        return None
    name, _, mime = job.image_file.partition(";")
    return Picture(path=parts.files.pictures / name, mime=mime)


def _source(parts: Parts, parent: Job) -> Source:
    offer = parts.offers.of_job(parent.account, parent.model)
    clip = parts.files.clip(parent)
    return Source(
        task=task_of(parent),
        account=parent.account,
        model=parent.model,
        family=offer.model.family if offer is not None else json.loads(parent.spare_ids).get("family", ""),
        aspect=parent.aspect,
        seconds=parent.seconds,
        resolution=parent.resolution,
        clip=clip if parent.clip_file and clip.exists() else None,
        clip_seconds=parent.clip_seconds,
    )
