"""A pretend fal: a queue with a route per model, uploads, results at links. Source: providers-next.md 5.3."""

import asyncio
import base64
import filecmp
import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Unpack

from aiohttp import web

from bot.sandbox.providers.fal_models import MODELS, FalModel
from bot.sandbox.providers.fal_webhooks import WebhookSender
from bot.sandbox.providers.fields import Field, FilePart, bad, check_fields, not_empty, read_json
from bot.sandbox.providers.input_media import load_clip
from bot.sandbox.providers.server import LocalProvider
from bot.sandbox.providers.task_backend import BackendOptions
from bot.sandbox.providers.tasks import LocalTask, Reason, Refused

Body = dict[str, object]
UPLOAD = {
    "file_name": Field(type=str, required=True, check=not_empty),
    "content_type": Field(type=str, required=True, check=not_empty),
}
STATUS: Mapping[Reason, int] = {
    "unauthorized": 401,
    "no_balance": 403,
    "no_such_model": 404,
    "no_such_route": 404,
    "not_found": 404,
    "not_ready": 400,
}
FRAMES = ("image_url", "start_image_url", "end_image_url", "first_frame_url", "last_frame_url")
POLICY = "The content was flagged by a content checker."


def model_error(message: str, kind: str, param: str | None) -> Body:
    """An error of a model: a list of typed errors, as FastAPI has them."""
    location = ["body", *([param] if param else [])]
    return {"detail": [{"loc": location, "msg": message, "type": kind, "url": f"https://docs.fal.ai/errors#{kind}"}]}


class LocalFal(LocalProvider):
    """fal on 127.0.0.1. Its storage is at the same address, and a queued request can be cancelled without a charge."""

    name = "fal"

    def __init__(self, *, api_key: str | None = None, **options: Unpack[BackendOptions]) -> None:
        super().__init__(api_key=api_key, **options)
        self.foreign_links = False  # the links of a request name another host
        self.error_in_status = True  # a failed request has `error` and `error_type` in its status
        self.models = dict(MODELS)
        self.deprecated: set[str] = set()
        self.cancelled: set[str] = set()
        self.webhooks = WebhookSender()
        self._expected: dict[str, str] = {}  # the content types of uploads that haven't arrived

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post("/storage/upload/initiate", self._initiate),
            web.put("/cdn/uploads/{name}", self._store),
            web.get("/.well-known/jwks.json", self._keys),
            web.get("/v1/models", self._find_models),
            web.get("/{owner}/{app}/requests/{id}/status", self._status),
            web.get("/{owner}/{app}/requests/{id}", self._result),
            web.put("/{owner}/{app}/requests/{id}/cancel", self._cancel),
            web.post("/{model:.+}", self._submit),
        ]

    def keys_in(self, request: web.Request) -> list[str]:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        return [key] if scheme == "Key" else []

    def refusal(self, refused: Refused) -> web.Response:
        match refused.reason:
            case "bad_request" | "unsupported":
                return web.json_response(model_error(refused.message, "value_error", refused.param), status=422)
            case "content_policy":
                return web.json_response(model_error(POLICY, "content_policy_violation", "prompt"), status=422)
            case "no_balance":
                message = "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."
            case "unauthorized":
                message = "Cannot access application. Authentication is required to access this application."
            case _:
                message = refused.message
        return web.json_response({"detail": message}, status=STATUS[refused.reason])

    # Uploads.

    async def _initiate(self, request: web.Request) -> web.Response:
        if request.query.get("storage_type") != "gcs":
            raise bad("storage_type must be gcs", "storage_type")
        body = await read_json(request)
        check_fields(body, UPLOAD)
        name = secrets.token_hex(8)
        self._expected[name] = str(body["content_type"])
        return web.json_response(
            {
                "upload_url": f"{self.origin}/cdn/uploads/{name}?X-Goog-Signature=local",
                "file_url": f"{self.origin}/cdn/pictures/{name}",
            }
        )

    async def _store(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        kind = self._expected.pop(name, None)
        if kind is None or request.headers.get("Content-Type") != kind:
            return web.Response(status=403, text="SignatureDoesNotMatch")
        data = await request.read()
        upload = self.keep_picture(FilePart(name="file", filename=name, mime_type=kind, data=data), name)
        return web.Response(status=200, headers={"x-goog-hash": upload.id})

    # The queue.

    async def _submit(self, request: web.Request) -> web.Response:
        path = request.match_info["model"]
        model = self.models.get(path)
        if model is None or path in self.retired_models:
            raise Refused("no_such_model", f"Application {path!r} not found")
        body = await read_json(request)
        check_fields(body, model.fields)
        task = LocalTask(
            id=str(uuid.uuid4()),
            kind=model.kind,
            prompt=str(body.get("prompt", "")),
            model=model.bill,
            request=body,
            aspect=str(body.get("aspect_ratio", "16:9")),
            seconds=_seconds(body, model),
            resolution=str(body.get("resolution") or model.default_resolution) or None,
            pictures=_pictures(body),
            pipeline="/".join(path.split("/")[:2]),
        )
        if "video_url" in body:
            await self._take(task, model)
        self.accept(task)
        if (url := request.query.get("fal_webhook")) is not None:
            self._in_background(self._announce(task, url))
        return web.json_response({"request_id": task.id, **self._links(task), "queue_position": 0})

    async def _announce(self, task: LocalTask, url: str) -> None:
        await task.ended.wait()
        ok = task.state == "completed"
        await self.webhooks.send(url, task.id, ok=ok, payload={"video": {"url": self.link(task)}} if ok else None)

    async def _find_models(self, request: web.Request) -> web.Response:
        """Describe the models that are asked for. What fal does about one that it doesn't have isn't documented."""
        names = request.query.getall("endpoint_id", [])
        if not 1 <= len(names) <= 50 or set(request.query) != {"endpoint_id"}:
            raise bad("endpoint_id must name 1 to 50 models", "endpoint_id")
        found = [name for name in names if name in self.models and name not in self.retired_models]
        models = [
            {
                "endpoint_id": name,
                "metadata": {
                    "display_name": name,
                    "category": "text-to-video",
                    "status": "deprecated" if name in self.deprecated else "active",
                },
            }
            for name in found
        ]
        return web.json_response({"models": models, "next_cursor": None, "has_more": False})

    async def _keys(self, _: web.Request) -> web.Response:
        return web.json_response(self.webhooks.key_set())

    async def _take(self, task: LocalTask, model: FalModel) -> None:
        """Fetch the video and copy its shape."""
        link = str(task.request["video_url"])
        own = next((upload for upload in self.uploads if upload.url == link), None)
        video = link if own is None else f"data:{own.mime_type};base64,{base64.b64encode(own.data).decode()}"
        task.input_clip, facts = await load_clip(video, field="video_url", limit_bytes=200 << 20)
        if not model.min_input_s <= facts.duration_s <= model.max_input_s:
            raise bad(f"the video must have {model.min_input_s:g} to {model.max_input_s:g} s", "video_url")
        task.input_s = facts.duration_s
        task.aspect = f"{facts.width}:{facts.height}"
        task.total_s = facts.duration_s + (task.seconds or 0.0)
        if task.resolution in (None, "auto"):
            task.resolution = await asyncio.to_thread(self._resolution_of, task.input_clip)
        task.ancestors = (facts.title,) if facts.title else ()

    def _resolution_of(self, clip: Path) -> str:
        """Return the resolution of an output that copies this clip: that of its task, else 720p."""
        own = [t for t in self.tasks.values() if t.film is not None and filecmp.cmp(t.film, clip, shallow=False)]
        return "480p" if own and own[-1].resolution == "480p" else "720p"

    def _links(self, task: LocalTask) -> dict[str, str]:
        origin = "https://queue.example" if self.foreign_links else self.origin
        link = f"{origin}/{task.pipeline}/requests/{task.id}"
        return {"status_url": f"{link}/status", "response_url": link, "cancel_url": f"{link}/cancel"}

    def _task(self, request: web.Request) -> LocalTask:
        task = self.find(request.match_info["id"])
        if task.pipeline != f"{request.match_info['owner']}/{request.match_info['app']}":
            raise Refused("not_found", f"Request {task.id} not found")
        return task

    async def _status(self, request: web.Request) -> web.Response:
        task = self._task(request)
        body: Body = {"request_id": task.id, **self._links(task)}
        if task.id in self.cancelled:
            body |= {"error": "Request was cancelled", "error_type": "client_cancelled"}
            return web.json_response(body | {"status": "COMPLETED", "logs": None, "metrics": {}})
        if task.state == "queued":
            return web.json_response(body | {"status": "IN_QUEUE", "queue_position": 0}, status=202)
        if task.state == "running":
            word = self.odd_status or "IN_PROGRESS"
            return web.json_response(body | {"status": word, "logs": None}, status=202)
        if task.state == "failed" and self.error_in_status:
            body |= {"error": task.error, "error_type": "runner_server_error"}
        return web.json_response(body | {"status": "COMPLETED", "logs": None, "metrics": {"inference_time": 1.5}})

    async def _result(self, request: web.Request) -> web.Response:
        task = self._task(request)
        if task.id in self.cancelled:
            return _request_error(499, "Request was cancelled", "client_cancelled")
        if task.state in ("queued", "running"):
            raise Refused("not_ready", "Request is still in progress")
        if task.state == "failed":
            return _request_error(500, task.error, "runner_server_error")
        if task.state == "withheld":
            return web.json_response(model_error(POLICY, "content_policy_violation", "prompt"), status=422)
        video = {"url": self.link(task), "content_type": "video/mp4", "file_name": "video.mp4", "file_size": 1}
        return web.json_response({"video": video})

    async def _cancel(self, request: web.Request) -> web.Response:
        try:
            task = self._task(request)
        except Refused:
            return web.json_response({"status": "NOT_FOUND"}, status=404)
        if task.state not in ("queued", "running"):
            return web.json_response({"status": "ALREADY_COMPLETED"}, status=400)
        if task.state == "queued":
            self.cancelled.add(task.id)
            self._charge(task, -task.usd)
        return web.json_response({"status": "CANCELLATION_REQUESTED"}, status=202)


def _request_error(status: int, message: str, kind: str) -> web.Response:
    """An error of the platform: a flat object, with its type in a header too."""
    text = json.dumps({"detail": message, "error_type": kind})
    headers = {"X-Fal-Error-Type": kind}
    return web.Response(status=status, text=text, headers=headers, content_type="application/json")


def _pictures(body: Mapping[str, object]) -> list[str]:
    references = body.get("image_urls", [])
    frames = [str(body[name]) for name in FRAMES if name in body]
    return frames + [str(url) for url in (references if isinstance(references, list) else [])]


def _seconds(body: Body, model: FalModel) -> float | None:
    """Return the seconds to render; None for an edit, which copies its input."""
    if model.kind == "edit":
        return None
    return float(str(body.get("duration") or model.default_s).removesuffix("s"))
