"""A pretend xAI video API: 202 while running, edits of any short MP4. Source: reference/providers.md 6."""

import asyncio
import filecmp
import re
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Unpack

from aiohttp import web

from bot.sandbox.providers.fields import (
    Field,
    Fields,
    bad,
    between,
    check_fields,
    is_url_or_data,
    not_empty,
    read_json,
    whole,
)
from bot.sandbox.providers.input_media import load_clip
from bot.sandbox.providers.server import LocalProvider
from bot.sandbox.providers.task_backend import BackendOptions
from bot.sandbox.providers.tasks import Kind, LocalTask, Reason, Refused, State

Body = dict[str, object]
MODELS = ("grok-imagine-video", "grok-imagine-video-1.5", "grok-imagine-video-1.5-lite")
RATIOS = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3")
MODEL = Field(type=str, required=True)
PROMPT = Field(type=str, required=True, check=not_empty)
VIDEO = Field(type=dict, required=True)
GENERATION: Fields = {
    "model": MODEL,
    "prompt": PROMPT,
    "duration": Field(type=int, check=whole(1, 15)),
    "aspect_ratio": Field(type=str, one_of=RATIOS),
    "resolution": Field(type=str, one_of=("480p", "720p", "1080p")),
    "image": Field(type=dict),
    "reference_images": Field(type=list),
    "reference_audios": Field(type=list),
    "user": Field(type=str),
}
EDIT: Fields = {"model": MODEL, "prompt": PROMPT, "video": VIDEO, "user": Field(type=str)}
EXTENSION: Fields = {
    "model": MODEL,
    "prompt": PROMPT,
    "video": VIDEO,
    "duration": Field(type=int, check=between(2, 10)),
}
URL_OBJECT: Fields = {"url": Field(type=str, required=True, check=is_url_or_data)}
EDIT_LIMIT_S = 8.7
WORDS: Mapping[State, str] = {
    "queued": "pending",
    "running": "pending",
    "completed": "done",
    "failed": "failed",
    "withheld": "done",
}
FLAT: Mapping[Reason, tuple[int, str]] = {
    "bad_request": (400, "Client specified an invalid argument"),
    "content_policy": (400, "Content violates usage guidelines"),
    "unauthorized": (400, "Client specified an invalid argument"),
    "no_balance": (403, "The caller does not have permission to execute the specified operation"),
    "no_such_model": (404, "Some requested entity was not found"),
    "no_such_route": (404, "Some requested entity was not found"),
    "not_found": (404, "Some requested entity was not found"),
    "not_ready": (400, "Client specified an invalid argument"),
    "unsupported": (400, "Client specified an invalid argument"),
}


class LocalXAI(LocalProvider):
    """xAI on 127.0.0.1; `base_url` ends in `/v1`, as the documented base does.

    A bad key is 400, as documented for the real one; `unauthorized_status=401` is the other documented way.
    """

    name = "xai"
    prefix = "/v1"

    def __init__(self, *, api_key: str | None = None, **options: Unpack[BackendOptions]) -> None:
        super().__init__(api_key=api_key, **options)
        self.unauthorized_status: Literal[400, 401] = 400
        self.running_body: Literal["empty", "pending"] = "empty"
        self.nested_errors = False  # {"error": {"message", …}} in place of {"code", "error"}
        self.omit_status = False  # older bodies: a `video` and no `status`
        self.expired: set[str] = set()  # request ids that answer `expired`

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post("/v1/videos/generations", self._generate),
            web.post("/v1/videos/edits", self._edit),
            web.post("/v1/videos/extensions", self._extend),
            web.get("/v1/videos/{id}", self._status),
            web.get("/v1/models", self._models),
        ]

    def refusal(self, refused: Refused) -> web.Response:
        status, code = FLAT[refused.reason]
        message = refused.message
        if refused.reason == "unauthorized":
            status, message = self.unauthorized_status, "Incorrect API key provided"
        if refused.reason == "no_balance":
            message = "Your team has used all available credits"
        if refused.reason == "bad_request" and message.endswith("is required"):
            status = 422
        body: Body = {"code": code, "error": message}
        if self.nested_errors:
            body = {
                "error": {"message": message, "type": "invalid_request_error", "param": refused.param, "code": code}
            }
        return web.json_response(body, status=status)

    async def _generate(self, request: web.Request) -> web.Response:
        body = await self._checked(request, GENERATION)
        references = body.get("reference_images", [])
        references = references if isinstance(references, list) else []
        if "reference_images" in body and not 1 <= len(references) <= 7:
            raise bad("reference_images takes 1 to 7 items", "reference_images")
        audios = body.get("reference_audios", [])
        if isinstance(audios, list) and len(audios) > 3:
            raise bad("reference_audios takes at most 3 items", "reference_audios")
        images = [*([body["image"]] if "image" in body else []), *references]
        for image in images:
            check_fields(image if isinstance(image, dict) else {}, URL_OBJECT)
        full = body.get("resolution") == "1080p"
        if full and (references or body["model"] == "grok-imagine-video"):
            raise bad("1080p is for the 1.5 models, from text or one image", "resolution")
        task = self._task("create", body, seconds=float(str(body.get("duration", 8))))
        task.resolution = str(body.get("resolution", "480p"))
        task.pictures = [str(image["url"]) for image in images if isinstance(image, dict)]
        return self._accepted(task)

    async def _edit(self, request: web.Request) -> web.Response:
        body = await self._checked(request, EDIT)
        task = self._task("edit", body, seconds=None)
        await self._take(task, body, at_most_s=EDIT_LIMIT_S)
        return self._accepted(task)

    async def _extend(self, request: web.Request) -> web.Response:
        body = await self._checked(request, EXTENSION)
        task = self._task("extend", body, seconds=float(str(body.get("duration", 6))))
        await self._take(task, body, at_least_s=1.9, at_most_s=15.1)
        return self._accepted(task)

    async def _checked(self, request: web.Request, fields: Fields) -> Body:
        body = await read_json(request)
        check_fields(body, fields)
        model = str(body["model"])
        if model not in MODELS or model in self.retired_models:
            raise Refused("no_such_model", f"The model {model} does not exist", param="model")
        return body

    async def _take(self, task: LocalTask, body: Body, *, at_most_s: float, at_least_s: float = 0.0) -> None:
        """Fetch or decode the video and copy its shape."""
        video = body["video"]
        check_fields(video if isinstance(video, dict) else {}, URL_OBJECT)
        url = str(video["url"]) if isinstance(video, dict) else ""
        task.input_clip, facts = await load_clip(url, field="video", limit_bytes=50 << 20)
        if not at_least_s <= facts.duration_s <= at_most_s:
            raise bad(f"video must be {at_least_s:g} to {at_most_s:g} s long, got {facts.duration_s:g}", "video")
        task.input_s = facts.duration_s
        task.resolution = await asyncio.to_thread(self._resolution_of, task.input_clip)
        task.aspect = f"{facts.width}:{facts.height}"
        task.total_s = facts.duration_s + (task.seconds or 0.0)
        older = re.findall("“([^”]*)”", facts.comment)
        task.ancestors = tuple(text for text in (facts.title, *older) if text)

    def _resolution_of(self, clip: Path) -> str:
        """Return the resolution of an output that copies this clip: that of its task, at most 720p.

        A clip from elsewhere counts as 720p, because test clips are smaller than the videos they stand for.
        """
        own = [t for t in self.tasks.values() if t.film is not None and filecmp.cmp(t.film, clip, shallow=False)]
        return "480p" if own and own[-1].resolution == "480p" else "720p"

    def _task(self, kind: Kind, body: Body, *, seconds: float | None) -> LocalTask:
        return LocalTask(
            id=str(uuid.uuid4()),
            kind=kind,
            prompt=str(body["prompt"]),
            model=str(body["model"]),
            request=body,
            aspect=str(body.get("aspect_ratio", "16:9")),
            seconds=seconds,
        )

    def _accepted(self, task: LocalTask) -> web.Response:
        return web.json_response({"request_id": self.accept(task).id})

    async def _models(self, _: web.Request) -> web.Response:
        """List the models that the key may use, with a language model, as the real list does."""
        names = [name for name in ("grok-4.5", *MODELS) if name not in self.retired_models]
        data = [{"id": name, "created": 1_767_225_600, "object": "model", "owned_by": "xai"} for name in names]
        return web.json_response({"data": data, "object": "list"})

    async def _status(self, request: web.Request) -> web.Response:
        task = self.find(request.match_info["id"])
        if task.id in self.expired:
            return web.json_response({"status": "expired"})
        if task.state in ("queued", "running"):
            if self.running_body == "empty":
                return web.Response(status=202)
            progress = self.shown_progress(task)
            body: Body = {"status": self.status_word(task, WORDS)}
            return web.json_response(body | ({} if progress is None else {"progress": progress}), status=202)
        if task.state == "failed":
            error = {"code": "internal_error", "message": task.error}
            return web.json_response({"status": "failed", "error": error})
        shown = task.state == "completed"
        video = {
            "url": self.link(task) if shown else "",
            "duration": task.length_s,
            "respect_moderation": shown,
        }
        done: Body = {"video": video, "model": task.model, "usage": {"cost_in_usd_ticks": int(task.usd * 1e10)}}
        return web.json_response(done | ({} if self.omit_status else {"status": "done", "progress": 100}))
