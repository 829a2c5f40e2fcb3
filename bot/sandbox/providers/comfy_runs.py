"""What both pretend ComfyUI servers share: runs of workflows one at a time, and files by name."""

import asyncio
import base64
import json
import tempfile
from abc import ABC
from collections.abc import Mapping
from pathlib import Path
from typing import Unpack

from aiohttp import web

from bot.sandbox.ffmpeg import run, turn
from bot.sandbox.providers.cdn import film_bytes, send
from bot.sandbox.providers.comfy_nodes import Graph, validate
from bot.sandbox.providers.fields import FilePart
from bot.sandbox.providers.input_media import load_clip
from bot.sandbox.providers.server import LocalProvider
from bot.sandbox.providers.task_backend import BackendOptions
from bot.sandbox.providers.tasks import LocalTask, Upload

MAX_UPLOAD_BYTES = 100 << 20


class ComfyRuns(LocalProvider, ABC):
    """It moderates nothing and charges nothing unless `price_usd` or `second_usd` says so.

    A rendered film has its workflow in its metadata, as Save Video writes it. `retired_models` are files of models
    that have gone. The key is that of a reverse proxy: ComfyUI has none.
    """

    name = "comfy"
    moderates_requests = False

    def __init__(self, *, api_key: str | None = None, **options: Unpack[BackendOptions]) -> None:
        if "second_usd" not in options:
            options.setdefault("price_usd", 0.0)
        super().__init__(api_key=api_key, **options)
        self.auth = True
        self.interrupted: set[str] = set()
        self.numbers: dict[str, int] = {}  # of runs, in the order of their arrival
        self._gpu = asyncio.Lock()

    def keys_in(self, request: web.Request) -> list[str]:
        return super().keys_in(request) if self.auth else [self.api_key]

    async def restart(self) -> None:
        """Forget the queue and the history, as a restart does. The files stay."""
        port = self.port
        await self.stop()
        self.tasks.clear()
        self._gpu = asyncio.Lock()
        await self.start(port)

    # Runs.

    async def run(self, prompt_id: str, graph: object, request: Graph) -> LocalTask:
        """Validate a workflow and queue it. The same id twice is run twice, and the later run is kept."""
        inputs = validate(graph, self.has_file, sorted(self.retired_models))
        task = LocalTask(id=prompt_id, kind="create", prompt="", model="", request=request, aspect="16:9", seconds=None)
        await self._read(task, inputs)
        self.numbers[prompt_id] = len(self.numbers)
        return self.accept(task)

    async def _read(self, task: LocalTask, inputs: Mapping[str, Mapping[str, object]]) -> None:
        """Find out what a workflow makes from the inputs of its nodes."""
        found: dict[str, object] = {}
        for values in inputs.values():
            found |= {name: value for name, value in values.items() if not isinstance(value, list)}
            if isinstance(link := values.get("positive"), list):
                task.prompt = str(inputs[link[0]].get("text"))
        task.model = str(found.get("unet_name"))
        task.aspect = f"{found.get('width', 16)}:{found.get('height', 9)}"
        if isinstance(frames := found.get("length"), int):
            task.seconds = (frames - 1) / float(str(found.get("fps", 24)))
        if "image" in found:
            task.pictures = [self._stored(str(found["image"])).data]
        if "file" in found:
            clip = base64.b64encode(self._stored(str(found["file"])).data).decode()
            uri = f"data:video/mp4;base64,{clip}"
            task.input_clip, facts = await load_clip(uri, field="file", limit_bytes=MAX_UPLOAD_BYTES)
            task.kind, task.input_s, task.total_s = "edit", facts.duration_s, facts.duration_s
            task.ancestors = (facts.title,) if facts.title else ()

    async def _make(self, task: LocalTask) -> None:
        async with self._gpu:
            if self.tasks.get(task.id) is task:  # not deleted from the queue
                await super()._make(task)

    def _end(self, task: LocalTask, made: Path) -> None:
        super()._end(task, made)
        if task.id in self.interrupted:
            task.state, task.film = "failed", None
        if task.state == "completed":
            self.link(task)

    def queued(self) -> list[LocalTask]:
        return [task for task in self.tasks.values() if task.state == "queued"]

    def running(self) -> list[LocalTask]:
        return [task for task in self.tasks.values() if task.state == "running"]

    def interrupt(self, task: LocalTask) -> None:
        """Stop a run at its next step."""
        self.interrupted.add(task.id)
        task.hurry.set()

    def drop(self, prompt_id: str) -> bool:
        """Delete a run from the queue. Return whether it was there."""
        if not any(task.id == prompt_id for task in self.queued()):
            return False
        del self.tasks[prompt_id]
        return True

    # Files.

    def keep(self, part: FilePart) -> Upload:
        """Store a file under its name, or another one if there is another file of that name."""
        stem, dot, ending = part.filename.rpartition(".")
        name, number = part.filename, 1
        while (kept := next((each for each in self.uploads if each.id == name), None)) is not None:
            if kept.data == part.data:
                return kept
            name, number = f"{stem} ({number}){dot}{ending}", number + 1
        upload = Upload(id=name, url=name, filename=part.filename, mime_type=part.mime_type, data=part.data)
        self.uploads.append(upload)
        return upload

    def has_file(self, name: str) -> bool:
        return any(upload.id == name for upload in self.uploads)

    def _stored(self, name: str) -> Upload:
        return next(upload for upload in self.uploads if upload.id == name)

    def file_name(self, task: LocalTask) -> str:
        """The name under which a run saves its film."""
        return f"retake_{self.numbers[task.id] + 1:05}_.mp4"

    async def send_film(self, request: web.Request, task: LocalTask | None) -> web.StreamResponse:
        """Send a film. It is gone once the links of the CDN are made to expire: the host has deleted the file."""
        if task is None or task.film is None or task.link is None or not self.cdn.is_current(task.link):
            return web.Response(status=404)
        film = await film_bytes(task, self.serve_instead)
        if self.camera.reuse is None and self.serve_instead is None:
            film = await with_metadata(film, task.request)
        return await send(request, film, self.cdn.faults)


async def with_metadata(film: bytes, request: Mapping[str, object]) -> bytes:
    """Return a film with its workflow in its metadata."""
    workflow = json.dumps(request.get("prompt") or request.get("workflow"))
    with tempfile.TemporaryDirectory(prefix="retake-comfy-") as folder:
        plain, tagged = Path(folder, "plain.mp4"), Path(folder, "tagged.mp4")
        await asyncio.to_thread(plain.write_bytes, film)
        tags = ["-metadata", f"prompt={workflow}", "-movflags", "+use_metadata_tags+faststart"]
        async with turn():
            await run(["-i", str(plain), "-c", "copy", *tags, str(tagged)])
        return await asyncio.to_thread(tagged.read_bytes)
