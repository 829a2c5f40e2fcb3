"""A pretend ToAPIs: JSON in, `generation.task` out, links at a CDN. Source: reference/providers.md 1."""

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Literal, Unpack

from aiohttp import web

from bot.sandbox.providers.fields import Fields, bad, check_fields, read_form, read_json
from bot.sandbox.providers.server import LocalProvider
from bot.sandbox.providers.task_backend import BackendOptions
from bot.sandbox.providers.tasks import Kind, LocalTask, Reason, Refused, State
from bot.sandbox.providers.toapis_fields import EXTEND, MODELS, REMIX, REMIX_DURATIONS, Model, requested_resolution

CreateShape = Literal["plain", "data_list", "both_ids"]
UrlShape = Literal["data_list", "data_object", "result_url", "result_video", "json_string", "video_url", "url"]
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
STATUS: Mapping[State, str] = {
    "queued": "queued",
    "running": "in_progress",
    "completed": "completed",
    "failed": "failed",
    "withheld": "failed",
}
ERRORS: Mapping[Reason, tuple[int, object, str]] = {
    "bad_request": (400, 400, "invalid_request_error"),
    "no_such_model": (400, 400, "invalid_request_error"),
    "not_ready": (400, 400, "invalid_request_error"),
    "unsupported": (400, 400, "invalid_request_error"),
    "unauthorized": (401, 401, "authentication_error"),
    "no_balance": (402, 402, "payment_required"),
    "not_found": (404, 404, "not_found_error"),
    "no_such_route": (404, 404, "not_found_error"),
    "content_policy": (422, "content_policy_violation", "invalid_request_error"),
}


class LocalToAPIs(LocalProvider):
    """ToAPIs on 127.0.0.1. `base_url` has no path, as documented.

    `poll_route` sets where a remix or an extension is polled: with "videos", only at `/v1/videos/{id}`.
    """

    name = "toapis"

    def __init__(
        self,
        *,
        api_key: str | None = None,
        poll_route: Literal["generations", "videos", "both"] = "generations",
        **options: Unpack[BackendOptions],
    ) -> None:
        super().__init__(api_key=api_key, **options)
        self.models: dict[str, Model] = dict(MODELS)
        self.poll_route = poll_route
        self.create_shape: CreateShape = "plain"
        self.create_status = "queued"  # seen in the wild as well: "", "submitted", "pending"
        self.url_shape: UrlShape = "data_list"
        self.balance_fails = False  # HTTP 200 with success:false

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post("/v1/videos/generations", self._create),
            web.post("/v1/video/generations", self._create),
            web.get("/v1/videos/generations/{id}", self._status),
            web.get("/v1/videos/{id}", self._status_elsewhere),
            web.post("/v1/videos/{id}/remix", self._remix),
            web.post("/v1/videos/{id}/extend", self._extend),
            web.post("/v1/uploads/images", self._upload),
            web.get("/v1/balance", self._balance),
            web.get("/balance", self._balance),
        ]

    def refusal(self, refused: Refused) -> web.Response:
        status, code, kind = ERRORS[refused.reason]
        error = {"code": code, "message": refused.message, "type": kind}
        return web.json_response({"error": error}, status=status)

    async def _create(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        model = self._model(body)
        check_fields(body, model.fields)
        metadata = body.get("metadata")
        if isinstance(metadata, dict):
            check_fields(metadata, model.metadata or {})
        if body.get("duration") == 15 and body.get("image_urls") and body["model"] == "kling-v3":
            raise bad("15 s is for text only", "duration")
        seconds = body.get("duration", body.get("seconds", model.seconds))
        aspect = str(body.get("aspect_ratio", body.get("ratio", model.aspect)))
        pictures = [str(p) for key in ("image_urls", "images", "reference_images") for p in _list(body.get(key))]
        pictures += [str(body["image"])] if "image" in body else []
        task = self._task("create", body, aspect=aspect, seconds=float(str(seconds)))
        task.pictures = pictures
        return self._accepted(self.accept(task))

    async def _remix(self, request: web.Request) -> web.Response:
        body, source = await self._derived(request, REMIX)
        allowed = REMIX_DURATIONS.get(str(body["model"]))
        if allowed and body.get("duration", allowed[0]) not in allowed:
            raise bad(f"duration must be one of {allowed}", "duration")
        seconds = float(str(body["duration"])) if "duration" in body else source.length_s
        aspect = str(body.get("aspect_ratio", source.aspect))
        task = self._task("remix", body, aspect=aspect, seconds=seconds, source=source)
        return self._accepted(self.accept(task), object_="video" if self._family(task) == "azure" else None)

    async def _extend(self, request: web.Request) -> web.Response:
        body, source = await self._derived(request, EXTEND)
        added_s = float(self._model(body).seconds)  # the page has no length: that of a creation
        task = self._task("extend", body, aspect=source.aspect, seconds=added_s, source=source)
        task.total_s = task.input_s + added_s
        return self._accepted(self.accept(task))

    async def _derived(self, request: web.Request, fields: Mapping[str, Fields]) -> tuple[dict[str, object], LocalTask]:
        """The checked body and the source; model and source must be of one family."""
        body = await read_json(request)
        family = self._model(body).family
        if family not in fields:
            raise bad(f"{body['model']} has no such operation", "model")
        check_fields(body, fields[family])
        source = self.finished_source(request.match_info["id"])
        if self._family(source) != family:
            raise bad(f"source is of family {self._family(source)}, model of {family}", "model")
        return body, source

    def _model(self, body: Mapping[str, object]) -> Model:
        name = body.get("model")
        if name is None:
            raise bad("model is required", "model")
        if not isinstance(name, str) or name not in self.models or name in self.retired_models:
            raise Refused("no_such_model", f"Unsupported model: {name}", param="model")
        return self.models[name]

    def _family(self, task: LocalTask) -> str:
        return self.models[task.model].family

    def _task(
        self,
        kind: Kind,
        body: dict[str, object],
        *,
        aspect: str,
        seconds: float | None,
        source: LocalTask | None = None,
    ) -> LocalTask:
        usual = source.resolution if source else self.models[str(body["model"])].resolution
        return LocalTask(
            id=f"tsk_vid_{secrets.token_hex(12)}",
            kind=kind,
            prompt=str(body["prompt"]),
            model=str(body["model"]),
            request=body,
            aspect=aspect,
            seconds=seconds,
            resolution=requested_resolution(body) or usual,
            input_s=(source.length_s if source else None) or 0.0,
            source=source,
            source_id=source.id if source else None,
        )

    def _accepted(self, task: LocalTask, object_: str | None = None) -> web.Response:
        if self.create_shape == "data_list":
            return web.json_response({"code": 200, "data": [{"status": "submitted", "task_id": task.id}]})
        body = self._envelope(task) | {"status": self.create_status, "progress": 0}
        if object_ == "video" and task.source is not None:
            body |= {"object": object_, "remixed_from_video_id": task.source.id, "size": "1280x720"}
            body["seconds"] = f"{task.seconds or 8:g}"
        if self.create_shape == "both_ids":
            body |= {"object": "video", "id": f"video_{secrets.token_hex(8)}", "task_id": task.id}
        return web.json_response(body)

    def _envelope(self, task: LocalTask) -> dict[str, object]:
        return {
            "id": task.id,
            "object": "generation.task",
            "model": task.model,
            "status": self.status_word(task, STATUS),
            "created_at": int(task.created_at),
            "metadata": {},
        }

    async def _status(self, request: web.Request) -> web.Response:
        task = self.find(request.match_info["id"])
        if task.kind != "create" and self.poll_route == "videos":
            raise Refused("not_found", f"Task not found: {task.id}")
        return web.json_response(self._described(task))

    async def _status_elsewhere(self, request: web.Request) -> web.Response:
        task = self.find(request.match_info["id"])
        if task.kind == "create" or self.poll_route == "generations":
            raise Refused("not_found", f"Task not found: {task.id}")
        return web.json_response(self._described(task))

    def _described(self, task: LocalTask) -> dict[str, object]:
        body = self._envelope(task)
        if (progress := self.shown_progress(task)) is not None:
            body["progress"] = progress
        if task.ended_at is None:
            return body
        body["completed_at"] = int(task.ended_at)
        if task.state == "completed":
            body["expires_at"] = int(task.ended_at + self.link_life_s)
            return body | shaped_link(self.link(task), self.url_shape)
        message = task.error if task.state == "failed" else f"{task.error} (content policy)"
        return body | {"error": {"code": "generation_failed", "message": message}}

    async def _upload(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        if [f.name for f in form.files] != ["file"] or set(form.fields) - {"purpose"}:
            raise bad("upload exactly one file in the field `file`, and at most a `purpose` beside it")
        part = form.files[0]
        wrong = ""
        if part.mime_type not in PICTURES:
            wrong = f"unsupported type {part.mime_type}"
        elif len(part.data) > 10 << 20:
            wrong = "File is too large. Maximum size is 10MB"
        if wrong:
            self.complaints.append(f"POST {request.path}: {wrong}")
            return web.json_response({"success": False, "message": wrong}, status=400)
        picture = self.keep_picture(part)
        data = {"id": picture.id, "url": picture.url, "mime_type": picture.mime_type, "size": len(picture.data)}
        return web.json_response({"success": True, "message": "", "data": data})

    async def _balance(self, _: web.Request) -> web.Response:
        if self.balance_fails:
            return web.json_response({"success": False, "message": "failed to read the token"})
        left = 0.0 if self.no_balance else self.balance_usd
        spent = sum(charge.usd for charge in self.charges)
        body = {"success": True, "remain_balance": left, "used_balance": spent, "unlimited_quota": False}
        return web.json_response(body)


def shaped_link(url: str, shape: UrlShape) -> dict[str, object]:
    """The places where clients of ToAPIs have met the link. Source: reference/providers.md 1.6."""
    listed = {"type": "video", "data": [{"url": url, "format": "mp4"}]}
    shapes: dict[UrlShape, dict[str, object]] = {
        "data_list": {"result": listed},
        "data_object": {"result": {"type": "video", "data": {"url": url}}},
        "result_url": {"result": {"url": url}},
        "result_video": {"result": {"video": {"url": url}}},
        "json_string": {"result": json.dumps(listed)},
        "video_url": {"video_url": url},
        "url": {"url": url},
    }
    return shapes[shape]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
