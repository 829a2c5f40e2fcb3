"""Tasks of the local OctopusX, built from the bodies of requests."""

import secrets
import uuid
from collections.abc import Sequence
from typing import Literal

from bot.sandbox.providers.fields import FilePart
from bot.sandbox.providers.octopusx_fields import Route
from bot.sandbox.providers.tasks import Kind, LocalTask

Pipeline = Literal["unified", "openai", "generic"]
Body = dict[str, object]
ASPECTS = {"720x1280": "9:16", "1280x720": "16:9", "portrait": "9:16", "landscape": "16:9"}


def new_task(kind: Kind, pipeline: Pipeline, family: str, body: Body, source: LocalTask | None = None) -> LocalTask:
    """Build a task of any kind; a derived one has a source."""
    grok = family == "grok"
    task_id = f"grok:{uuid.uuid4()}" if grok else f"task_{secrets.token_hex(12)}"
    return LocalTask(
        id=task_id,
        spare_id=str(uuid.uuid4()) if grok and pipeline == "unified" else "",
        kind=kind,
        prompt=str(body["prompt"]),
        model=str(body["model"]),
        family=family,
        request=body,
        aspect=str(body.get("aspect_ratio", source.aspect if source else "3:2")),
        seconds=source.length_s if source and kind == "remix" else None,
        resolution=_resolution(body, source.resolution if source else None),
        input_s=(source.length_s if source else None) or 0.0,
        source=source,
        source_id=source.id if source else None,
        pipeline=pipeline,
    )


def _resolution(body: Body, usual: str | None) -> str | None:
    named = body.get("resolution", body.get("size", usual))
    return f"{named}P" if str(named).isdigit() else None if named is None else str(named)


def images(body: Body) -> list[str]:
    several = body.get("images")
    return [str(image) for image in several] if isinstance(several, list) else []


def created_task(pipeline: Pipeline, route: Route, body: Body, files: Sequence[FilePart]) -> LocalTask:
    """Build the task of a creation, with its length, aspect ratio and pictures."""
    task = new_task("create", pipeline, route.family, body)
    requested_s = body.get("duration", body.get("seconds", route.seconds))
    task.seconds = float(route.seconds if route.fixed_seconds else str(requested_s))
    task.resolution = _resolution(body, route.resolution)
    size = str(body.get("size" if pipeline == "openai" else "orientation", ""))
    task.aspect = str(body.get("aspect_ratio", ASPECTS.get(size, route.aspect)))
    single = [body.get("image"), body.get("input_reference")]
    task.pictures = [*images(body), *(str(link) for link in single if link), *(part.data for part in files)]
    return task
