"""A pretend Runway: three routes by input, uploads by a signed form, credits. Source: providers-next.md 5.2."""

import asyncio
import base64
import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Unpack

from aiohttp import web

from bot.sandbox.fault_injection import Handler
from bot.sandbox.providers.fields import Field, bad, check_fields, not_empty, read_form, read_json
from bot.sandbox.providers.input_media import load_clip
from bot.sandbox.providers.runway_fields import MAX_INPUT_S, ROUTES, check_modes
from bot.sandbox.providers.server import LocalProvider
from bot.sandbox.providers.task_backend import BackendOptions
from bot.sandbox.providers.tasks import Kind, LocalTask, Reason, Refused, State, Upload

Body = dict[str, object]
UPLOAD = {
    "filename": Field(type=str, required=True, check=not_empty),
    "type": Field(type=str, required=True, one_of=("ephemeral",)),
}
MAX_UPLOAD_BYTES = 200_000_000
STATUS: Mapping[Reason, int] = {
    "unauthorized": 401, "no_such_route": 404, "not_found": 404, "bad_request": 400, "no_such_model": 400,
    "no_balance": 400, "unsupported": 400, "not_ready": 400, "content_policy": 400,
}  # fmt: skip
WORDS: Mapping[State, str] = {
    "queued": "PENDING", "running": "RUNNING", "completed": "SUCCEEDED", "failed": "FAILED", "withheld": "FAILED",
}  # fmt: skip
LINES = {"360": "360p", "480": "480p", "640": "480p", "720": "720p", "960": "720p", "1080": "1080p", "1440": "1080p"}


class LocalRunway(LocalProvider):
    """Runway on 127.0.0.1. Prompts are moderated in the task: `[refuse]` fails it and is charged.

    A task that is cancelled before it runs is refunded. Uploads go to `cdn_origin`, without the key.
    """

    name = "runway"
    moderates_requests = False

    def __init__(self, *, api_key: str | None = None, **options: Unpack[BackendOptions]) -> None:
        super().__init__(api_key=api_key, **options)
        self.throttled = False  # queued tasks wait for their turn under the account's limit
        self.failure: tuple[str, str] | None = None  # the code and text of failed tasks, in place of the usual ones
        self.cancelled: set[str] = set()
        self._expected: dict[str, tuple[str, str]] = {}  # the signature and the address of uploads on their way

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            *(web.post(f"/v1/{route}", self._create) for route in ROUTES),
            web.get("/v1/tasks/{id}", self._status),
            web.delete("/v1/tasks/{id}", self._delete),
            web.post("/v1/uploads", self._start_upload),
            web.post("/cdn/uploads/{name}", self._upload),
            web.get("/v1/organization", self._organization),
        ]

    def refusal(self, refused: Refused) -> web.Response:
        message = refused.message
        if refused.reason == "no_balance":
            message = "You do not have enough credits to run this task."
        return web.json_response({"error": message}, status=STATUS[refused.reason])

    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        is_api = request.path.startswith("/v1/") and not self.down
        if is_api and request.headers.get("X-Runway-Version") != "2024-11-06":
            raise bad("X-Runway-Version must be 2024-11-06")
        return await super()._admit(request, handler)

    # Uploads.

    async def _start_upload(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        check_fields(body, UPLOAD)
        name, signature = secrets.token_hex(8), secrets.token_hex(16)
        self._expected[name] = (signature, f"runway://{name}")
        return web.json_response(
            {
                "uploadUrl": f"{self.cdn_origin or self.origin}/cdn/uploads/{name}",
                "runwayUri": f"runway://{name}",
                "fields": {"key": name, "x-amz-signature": signature},
            }
        )

    async def _upload(self, request: web.Request) -> web.Response:
        name, form = request.match_info["name"], await read_form(request)
        signature, uri = self._expected.pop(name, ("", ""))
        if not uri or form.fields != {"key": name, "x-amz-signature": signature}:
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
        if len(form.files) != 1 or form.files[0].name != "file" or len(form.files[0].data) > MAX_UPLOAD_BYTES:
            return web.Response(status=400, text="<Error><Code>InvalidArgument</Code></Error>")
        file = form.files[0]
        self.uploads.append(Upload(id=name, url=uri, filename=file.filename, mime_type=file.mime_type, data=file.data))
        return web.Response(status=204)

    # Tasks.

    async def _create(self, request: web.Request) -> web.Response:
        route = request.path.rpartition("/")[2]
        body = await read_json(request)
        model = body.get("model")
        fields = ROUTES[route].get(str(model))
        if fields is None or model in self.retired_models:
            raise Refused("no_such_model", f"model: {model!r} is not a model of {route}", param="model")
        check_fields(body, {"model": Field(type=str, required=True), **fields})
        task = _task(body)
        if route == "video_to_video":
            check_modes(body)
            await self._take(task)
        self.accept(task)
        return web.json_response({"id": task.id, "estimatedCost": {"credits": task.usd * 100}})

    async def _take(self, task: LocalTask) -> None:
        """Read the video and copy its shape."""
        link = str(task.request.get("videoUri") or task.request.get("promptVideo"))
        own = next((upload for upload in self.uploads if upload.url == link), None)
        video = link if own is None else f"data:{own.mime_type};base64,{base64.b64encode(own.data).decode()}"
        task.input_clip, facts = await load_clip(video, field="video", limit_bytes=MAX_UPLOAD_BYTES)
        if facts.duration_s > MAX_INPUT_S.get(task.model, 10.0) + 0.1:
            raise bad(f"the video has {facts.duration_s:g} s, which is too long", "video")
        task.input_s = facts.duration_s
        if "ratio" not in task.request:
            task.aspect = f"{facts.width}:{facts.height}"
            task.resolution = await asyncio.to_thread(self.resolution_of, task.input_clip)
        if task.kind != "remix":
            task.total_s = facts.duration_s + (task.seconds or 0.0)
        task.ancestors = (facts.title,) if facts.title else ()

    def _end(self, task: LocalTask, made: Path) -> None:
        super()._end(task, made)
        if "[refuse]" in task.prompt or task.id in self.cancelled:
            task.state, task.film = "failed", None

    async def _status(self, request: web.Request) -> web.Response:
        task = self._task(request)
        created = datetime.fromtimestamp(task.created_at, UTC).isoformat().replace("+00:00", "Z")
        body: Body = {"id": task.id, "createdAt": created, "status": self.status_word(task, WORDS)}
        estimate = {"estimatedCost": {"credits": task.usd * 100}}
        cost = {"cost": {"credits": round(task.usd * 100)}}
        if task.id in self.cancelled:
            return web.json_response(body | cost | {"status": "CANCELLED"})
        match task.state:
            case "queued":
                return web.json_response(body | estimate | ({"status": "THROTTLED"} if self.throttled else {}))
            case "running":
                return web.json_response(body | estimate | {"progress": (self.shown_progress(task) or 0) / 100})
            case "completed":
                return web.json_response(body | cost | {"output": [self.link(task)]})
            case _:
                code, text = self.failure or _failure(task)
                return web.json_response(body | cost | {"failureCode": code, "failure": text})

    async def _delete(self, request: web.Request) -> web.Response:
        """Cancel a task, and refund it if it isn't running; delete one that has ended or was cancelled."""
        task = self._task(request)
        if task.ended.is_set() or task.id in self.cancelled:
            del self.tasks[task.id]
        else:
            if task.state == "queued":
                self._charge(task, -task.usd)
            self.cancelled.add(task.id)
            task.hurry.set()
        return web.Response(status=204)

    def _task(self, request: web.Request) -> LocalTask:
        task_id = request.match_info["id"]
        try:
            uuid.UUID(task_id)
        except ValueError as error:
            raise bad("id must be a UUID", "id") from error
        return self.find(task_id)

    async def _organization(self, _: web.Request) -> web.Response:
        names = {model for route in ROUTES.values() for model in route} - self.retired_models
        models = {name: {"maxConcurrentGenerations": 1, "maxDailyGenerations": 50} for name in sorted(names)}
        return web.json_response(
            {
                "creditBalance": round(self.balance_usd * 100),
                "tier": {"maxMonthlyCreditSpend": 10_000, "models": models},
                "usage": {"models": {}},
            }
        )


def _task(body: Body) -> LocalTask:
    """Return the task of a checked request."""
    mode = body.get("mode", "reference" if body["model"] == "seedance2_5" else "edit")
    video = "videoUri" in body or "promptVideo" in body
    kinds: dict[object, Kind] = {"edit": "edit", "extend": "extend", "reference": "remix"}
    duration = body.get("duration", 5)
    copies = video and mode == "edit"
    pictures = body.get("promptImage", [])
    references = body.get("references", [])
    listed = [
        *(pictures if isinstance(pictures, list) else [pictures]),
        *(references if isinstance(references, list) else []),
    ]
    ratio = str(body.get("ratio", "1280:720"))
    lines = min(ratio.split(":"), key=int)
    return LocalTask(
        id=str(uuid.uuid4()),
        kind=kinds[mode] if video else "create",
        prompt=str(body.get("promptText", "")),
        model=str(body["model"]),
        request=body,
        aspect=ratio,
        seconds=None if copies else float(duration) if isinstance(duration, int) else 10.0,
        resolution="4k" if lines == "2160" else LINES.get(lines, "720p"),
        pictures=[str(each["uri"] if isinstance(each, dict) else each) for each in listed],
    )


def _failure(task: LocalTask) -> tuple[str, str]:
    """Return the code and the text of a failed task."""
    if "[refuse]" in task.prompt:
        return "SAFETY.INPUT.TEXT", "The input was rejected by content moderation."
    if task.state == "withheld":
        return "SAFETY.OUTPUT.VIDEO", "The output was rejected by content moderation."
    return "INTERNAL.BAD_OUTPUT.CODE01", "An unexpected error occurred."
