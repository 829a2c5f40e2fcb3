"""A pretend OctopusX with its three families of routes. Source: reference/providers.md 2, seed 001."""

from collections.abc import Mapping, Sequence
from typing import Literal, Unpack

from aiohttp import web

from bot.sandbox.providers import octopusx_responses as shapes
from bot.sandbox.providers.cdn import CdnFaults, film_bytes, send
from bot.sandbox.providers.fields import Fields, FilePart, bad, check_fields, read_form, read_json
from bot.sandbox.providers.input_media import load_clip
from bot.sandbox.providers.octopusx_fields import (
    BASE,
    EXTENSION_S,
    EXTENSIONS,
    GENERIC,
    GROK_EXTEND,
    GROK_REMIX,
    OPENAI,
    REMIX_FAMILY,
    TASK_ID,
    UNIFIED,
    Route,
)
from bot.sandbox.providers.octopusx_tasks import Body, Pipeline, created_task, images, new_task
from bot.sandbox.providers.server import LocalProvider
from bot.sandbox.providers.task_backend import BackendOptions
from bot.sandbox.providers.tasks import Kind, LocalTask, Refused


class LocalOctopusX(LocalProvider):
    """OctopusX on 127.0.0.1; `base_url` has no path. A task is read and remixed on the routes that made it.

    `remix_reuses_id` answers a unified remix with the id of its source, as the documented example does: from
    then on the id means the new task, and the old one stays in `tasks` as `<id>#1`.
    """

    name = "octopusx"

    def __init__(
        self, *, api_key: str | None = None, remix_reuses_id: bool = False, **options: Unpack[BackendOptions]
    ) -> None:
        super().__init__(api_key=api_key, **options)
        self.catalogue: dict[Pipeline, dict[str, Route]] = {
            "unified": dict(UNIFIED),
            "openai": dict(OPENAI),
            "generic": dict(GENERIC),
        }
        self.remix_reuses_id = remix_reuses_id
        self.cross_read = False  # /v1/videos/{id} also knows unified tasks
        self.ms_timestamps: bool | None = None  # None: as each upstream does
        self.progress_as: shapes.ProgressAs | None = None
        self.openai_link: shapes.LinkPlace = "video_url"
        self.generic_shape: Literal["plain", "seedance"] = "plain"
        self.content = CdnFaults()  # of the `/content` route

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post("/v1/video/create", self._unified_create),
            web.get("/v1/video/query", self._unified_query),
            web.post("/v1/video/remix", self._unified_remix),
            web.post("/v1/video/extend", self._unified_extend),
            web.post("/v1/videos", self._openai_create),
            web.post("/v1/videos/extensions", self._openai_extensions),
            web.get("/v1/videos/{id}", self._openai_query),
            web.get("/v1/videos/{id}/content", self._content),
            web.post("/v1/videos/{id}/remix", self._openai_remix),
            web.post("/v1/videos/{id}/extend", self._openai_extend),
            web.post("/v1/video/generations", self._generic_create),
            web.get("/v1/video/generations/{id}", self._generic_query),
        ]

    def refusal(self, refused: Refused) -> web.Response:
        return shapes.refusal(refused)

    # Creation.

    def _route(self, pipeline: Pipeline, body: Mapping[str, object]) -> Route:
        name = body.get("model")
        if not isinstance(name, str):
            raise bad("model is required", "model")
        route = self.catalogue[pipeline].get(name)
        if route is None or name in self.retired_models:
            raise Refused("no_such_model", f"No available channel for model {name} under group default")
        return route

    def _create(self, pipeline: Pipeline, body: Body, files: Sequence[FilePart] = ()) -> LocalTask:
        route = self._route(pipeline, body)
        check_fields(body, route.fields)
        if "image" in body and "images" in body:
            raise bad("image and images exclude each other", "image")
        return created_task(pipeline, route, body, files)

    async def _unified_create(self, request: web.Request) -> web.Response:
        task = self.accept(self._create("unified", await read_json(request)))
        spare = {"task_id": task.spare_id or task.id, "created_at": shapes.rfc3339_nanoseconds(task.created_at)}
        return web.json_response(self._unified_head(task) | spare)

    async def _generic_create(self, request: web.Request) -> web.Response:
        task = self.accept(self._create("generic", await read_json(request)))
        return web.json_response(shapes.generic_accepted(task))

    async def _openai_create(self, request: web.Request) -> web.Response:
        form = await read_form(request) if request.content_type.startswith("multipart/") else None
        body = form.fields if form else await read_json(request)
        route = self._route("openai", body)
        if (route.encoding == "form") != (form is not None):
            raise bad(f"{body['model']} takes {route.encoding}, not {request.content_type}")
        files = form.files if form else []
        if wrong := [f.name for f in files if f.name != "input_reference"]:
            raise bad(f"unknown file field {wrong[0]}", wrong[0])
        task = self._create("openai", body, files)
        if route.family == "omni":
            task.kind = "edit"
            task.input_clip, facts = await load_clip(str(body["video"]), field="video", limit_bytes=15 << 20)
            task.input_s = facts.duration_s
        return self._openai_accepted(self.accept(task))

    # Remix and extension.

    def _source(self, pipeline: Pipeline, source_id: object, body: Body) -> LocalTask:
        """The finished source on this pipeline; its family must be that of the model."""
        name = str(body["model"])
        family = REMIX_FAMILY.get(name) or self._route(pipeline, body).family
        source = self.finished_source(str(source_id))
        if source.pipeline != pipeline and not self.cross_read:
            raise Refused("not_found", "task_not_exist")
        if source.family != family or source.request.get("private") is True:
            raise bad(f"a task of {source.model} cannot be the source for {name}", "model")
        return source

    async def _derived(self, request: web.Request, kind: Kind, pipeline: Pipeline, fields: Fields) -> LocalTask:
        body = await read_json(request)
        if pipeline == "openai" and kind == "remix" and body.get("model") in REMIX_FAMILY:
            fields = BASE
        check_fields(body, fields)
        source_id = request.match_info.get("id") or body.get("task_id")
        if isinstance(video := body.get("video"), dict):
            source_id = video.get("url")
        source = self._source(pipeline, source_id, body)
        task = new_task(kind, pipeline, source.family, body, source)
        task.pictures = images(body)
        task.seconds = float(str(body["seconds"])) if "seconds" in body else task.seconds
        if kind == "extend":
            task.seconds = task.seconds or float(EXTENSION_S)
            task.total_s = task.input_s + task.seconds
        if self.remix_reuses_id and kind == "remix" and pipeline == "unified":
            task.id = source.id
        accepted = self.accept(task)
        if accepted.id == source.id:
            earlier = sum(1 for key in self.tasks if key.startswith(f"{source.id}#"))
            self.tasks[f"{source.id}#{earlier + 1}"] = source
        return accepted

    async def _unified_remix(self, request: web.Request) -> web.Response:
        task = await self._derived(request, "remix", "unified", {**GROK_REMIX, "task_id": TASK_ID})
        return web.json_response(self._unified_head(task))

    async def _unified_extend(self, request: web.Request) -> web.Response:
        task = await self._derived(request, "extend", "unified", {**GROK_EXTEND, "task_id": TASK_ID})
        return web.json_response(self._unified_head(task))

    async def _openai_remix(self, request: web.Request) -> web.Response:
        return self._openai_accepted(await self._derived(request, "remix", "openai", GROK_REMIX))

    async def _openai_extend(self, request: web.Request) -> web.Response:
        return self._openai_accepted(await self._derived(request, "extend", "openai", GROK_EXTEND))

    async def _openai_extensions(self, request: web.Request) -> web.Response:
        return self._openai_accepted(await self._derived(request, "extend", "openai", EXTENSIONS))

    # Reading.

    def _read(self, pipeline: Pipeline, task_id: str) -> LocalTask:
        task = self.find(task_id)
        if task.pipeline != pipeline and not (self.cross_read and pipeline == "openai"):
            raise Refused("not_found", "task_not_exist")
        return task

    def _unified_head(self, task: LocalTask) -> Body:
        old = task.family in ("veo", "sora")
        words = shapes.OLD_UNIFIED_WORDS if old else shapes.UNIFIED_WORDS
        ms = old if self.ms_timestamps is None else self.ms_timestamps
        at = shapes.stamp(task.ended_at or task.created_at, ms=ms)
        return {"id": task.id, "status": self.status_word(task, words), "status_update_time": at}

    async def _unified_query(self, request: web.Request) -> web.Response:
        if set(request.query) != {"id"}:
            raise bad("the query is ?id=")
        task = self._read("unified", request.query["id"])
        way = self.progress_as or ("string" if task.family in ("veo", "sora") else "number")
        body = self._unified_head(task) | shapes.progress_fields(self.shown_progress(task), way)
        body["video_url"] = self.link(task) if task.state == "completed" else None
        return web.json_response(body | ({"error": shapes.complaint(task)} if task.error else {}))

    def _openai_accepted(self, task: LocalTask) -> web.Response:
        body = shapes.openai_object(task, "queued", self.link_life_s)
        return web.json_response(body | {"progress": 0, "video_url": ""})

    async def _openai_query(self, request: web.Request) -> web.Response:
        task = self._read("openai", request.match_info["id"])
        body = shapes.openai_object(task, self.status_word(task, shapes.OPENAI_WORDS), self.link_life_s)
        body |= shapes.progress_fields(self.shown_progress(task), self.progress_as or "number")
        link = self.link(task) if task.state == "completed" else ""
        return web.json_response(body | shapes.placed_link(link, self.openai_link))

    async def _generic_query(self, request: web.Request) -> web.Response:
        task = self._read("generic", request.match_info["id"])
        link = self.link(task) if task.state == "completed" else None
        if self.generic_shape == "plain":
            return web.json_response(shapes.generic_poll(task, self.status_word(task, shapes.GENERIC_WORDS), link))
        word = self.status_word(task, shapes.UPPER_WORDS)
        return web.json_response(shapes.seedance_poll(task, word, link, self.shown_progress(task)))

    async def _content(self, request: web.Request) -> web.StreamResponse:
        task = self.tasks.get(request.match_info["id"])
        if task is None or (task.pipeline != "openai" and not self.cross_read):
            return shapes.content_refusal(404, "Task not found")
        if task.error:
            return shapes.content_refusal(502, "Failed to fetch video content")
        if task.state != "completed":
            word = self.status_word(task, shapes.OPENAI_WORDS)
            return shapes.content_refusal(400, f"Task is not completed yet, current status: {word}")
        return await send(request, await film_bytes(task, self.serve_instead), self.content)
