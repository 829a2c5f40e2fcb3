"""Films what a task asks for: from its prompt, a picture or its source."""

import asyncio
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bot.sandbox.providers.fields import decoded
from bot.sandbox.providers.tasks import LocalTask, Upload
from bot.sandbox.test_clips import ClipSpec, cache_folder, render


@dataclass(kw_only=True)
class Renderer:
    """Settings of the renderer."""

    reuse: Path | None = None  # one file for every task, nothing is rendered
    seconds: float | None = None  # shorter clips than requested
    long_side_px: int = 480
    cache: Path | None = None
    varied: bool = False  # each new video has a look of its own, also where the prompt is the same
    filmed: int = 0

    def look(self, task: LocalTask) -> str:
        """Return what tells the look of a task's video from those before it."""
        self.filmed += 1
        return f" {task.model} {self.filmed}" if self.varied else ""


async def film(task: LocalTask, camera: Renderer, uploads: Sequence[Upload]) -> Path:
    """Render the clip of a task; FilmError where ffmpeg cannot."""
    if camera.reuse is not None:
        return camera.reuse
    cache = cache_folder(camera.cache)
    source = task.input_clip or (task.source.film if task.source else None)
    spec = ClipSpec(
        prompt=task.prompt,
        kind="create" if source is None else "extend" if task.kind == "extend" else "remix",
        aspect=task.aspect,
        seconds=camera.seconds or task.seconds,
        long_side_px=camera.long_side_px,
        source=source,
        picture=None if source else await asyncio.to_thread(_still, task.pictures, uploads, cache),
        lineage=task.lineage,
        look=camera.look(task),
    )
    return await render(spec, cache=cache)


def _still(pictures: Sequence[str | bytes], uploads: Sequence[Upload], folder: Path) -> Path | None:
    """Return the first picture as a PNG, or None if there is none that this provider can read."""
    if not pictures:
        return None
    first = pictures[0]
    if isinstance(first, str):
        uri = decoded(first)
        first = uri[1] if uri else next((u.data for u in uploads if u.url == first), b"")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / f"{hashlib.sha256(first).hexdigest()[:24]}.png"
    try:
        with Image.open(io.BytesIO(first)) as image:
            image.convert("RGB").save(place)
    except OSError:
        return None
    return place
