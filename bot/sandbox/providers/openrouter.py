"""A pretend OpenRouter: one route for new videos, edits and continuations. Source: reference/providers-next.md 5.1."""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Unpack

from aiohttp import web

from bot.sandbox.providers.cdn import CdnFaults, film_bytes, send
from bot.sandbox.providers.fields import bad, check_fields, read_json
from bot.sandbox.providers.input_media import load_clip
from bot.sandbox.providers.openrouter_models import (
    AUDIO_URL,
    EDITS_CLIPS,
    FRAME,
    LISTED,
    MEDIA_URL,
    REFERENCES,
    REQUEST,
    Listed,
    continues,
)
from bot.sandbox.providers.server import LocalProvider
from bot.sandbox.providers.task_backend import BackendOptions
from bot.sandbox.providers.tasks import Kind, LocalTask, Reason, Refused, State
from bot.sandbox.providers.webhook_calls import OpenRouterWebhooks

Body = dict[str, object]
WORDS: Mapping[State, str] = {
    "queued": "pending", "running": "in_progress", "completed": "completed", "failed": "failed", "withheld": "failed",
}  # fmt: skip
STATUS: Mapping[Reason, int] = {
    "bad_request": 400, "no_such_model": 400, "not_ready": 400, "unsupported": 400, "unauthorized": 401,
    "no_balance": 402, "content_policy": 403, "not_found": 404, "no_such_route": 404,
}  # fmt: skip
PRICED_AS = {"extend": "{}-extend", "edit": "{}-edit"}  # the keys of the catalogue's models for follow-ups


class LocalOpenRouter(LocalProvider):
    """OpenRouter on 127.0.0.1; `base_url` ends in `/api/v1`, as the documented base does."""

    name = "openrouter"
    prefix = "/api/v1"

    def __init__(self, *, api_key: str | None = None, **options: Unpack[BackendOptions]) -> None:
        super().__init__(api_key=api_key, **options)
        self.models: dict[str, Listed] = {str(listed["id"]): listed for listed in LISTED}
        self.content = CdnFaults()  # of the `/content` route
        self.stored_copy = True  # without one, a finished job has no signed `urls`
        self.is_byok = False  # the job ran on a key of the host's own at the model's provider
        self.key_limit_usd: float | None = None
        self.webhooks = OpenRouterWebhooks()
        self.expired: set[str] = set()  # job ids whose status is `expired`

    def routes(self) -> Sequence[web.RouteDef]:
        videos = f"{self.prefix}/videos"
        return [
            web.post(videos, self._create),
            web.get(f"{videos}/models", self._models),
            web.get(f"{videos}/{{id}}", self._status),
            web.get(f"{videos}/{{id}}/content", self._content),
            web.get(f"{self.prefix}/key", self._key),
        ]

    def refusal(self, refused: Refused) -> web.Response:
        code, message = STATUS[refused.reason], refused.message
        if refused.reason == "content_policy":
            message = "The chosen model requires moderation and your input was flagged"
        if refused.reason == "no_balance":
            message = "Insufficient credits. Add more using https://openrouter.ai/settings/credits"
        return web.json_response({"error": {"code": code, "message": message, "metadata": None}}, status=code)

    async def _create(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        check_fields(body, REQUEST)
        listed = self._model(body)
        _check_options(body, listed)
        pictures = [*_frames(body, listed), *_references(body, "image_url")]
        videos = _references(body, "video_url")
        _references(body, "audio_url")
        if "previous_job_id" in body:
            task = self._continuation(body, listed)
        elif videos and body["model"] in EDITS_CLIPS:
            task = await self._edit(body, listed, videos[0])
        else:  # documented: models that don't support video references ignore them
            task = self._task("create", body, listed)
        task.pictures = pictures
        self.accept(task)
        if "callback_url" in body:
            self._in_background(self._announce(task, str(body["callback_url"])))
        return web.json_response(self._job(task), status=202)

    async def _announce(self, task: LocalTask, url: str) -> None:
        await task.ended.wait()
        status = str(self._job(task)["status"])
        await self.webhooks.send(url, task.id, status, {"generation_id": task.id, "model": task.model})

    def _model(self, body: Body) -> Listed:
        model = str(body["model"])
        if model not in self.models or model in self.retired_models:
            raise Refused("no_such_model", f"{model} is not a valid model ID", param="model")
        return self.models[model]

    def _continuation(self, body: Body, listed: Listed) -> LocalTask:
        if not continues(listed):
            raise Refused("unsupported", f"{body['model']} does not support previous_job_id")
        source = self.finished_source(str(body["previous_job_id"]))
        if source.model != body["model"]:
            raise bad("previous_job_id must be a job of the same model", "previous_job_id")
        task = self._task("extend", body, listed)
        task.source, task.source_id, task.aspect = source, source.id, source.aspect
        task.input_s = source.length_s or 0.0
        task.total_s = task.input_s + (task.seconds or 0.0)
        return task

    async def _edit(self, body: Body, listed: Listed, video: str) -> LocalTask:
        task = self._task("edit", body, listed)
        task.input_clip, facts = await load_clip(video, field="input_references", limit_bytes=50 << 20)
        if facts.duration_s > 15.1:
            raise bad(f"reference videos have at most 15 s, got {facts.duration_s:g}", "input_references")
        task.input_s, task.ancestors = facts.duration_s, tuple(text for text in (facts.title,) if text)
        return task

    def _task(self, kind: Kind, body: Body, listed: Listed) -> LocalTask:
        durations, resolutions = _list(listed["supported_durations"]), _list(listed["supported_resolutions"])
        usual = "720p" if "720p" in resolutions else next(iter(resolutions), None)
        return LocalTask(
            id=f"gen-vid-{int(time.time())}-{secrets.token_hex(10)}",
            kind=kind,
            prompt=str(body["prompt"]),
            model=str(body["model"]),
            request=body,
            aspect=str(body.get("aspect_ratio", "16:9")),
            seconds=float(str(body.get("duration", next(iter(durations), 5)))),
            resolution=str(body.get("resolution", usual)),
        )

    def _price_of(self, task: LocalTask) -> float:
        """Price follow-ups by models of their own, and every model by its id in the catalogue."""
        name = PRICED_AS.get(task.kind)
        return super()._price_of(replace(task, model=name.format(task.model.rpartition("/")[2])) if name else task)

    def _job(self, task: LocalTask) -> Body:
        polling_url = f"{self.base_url}/videos/{task.id}"
        status = "expired" if task.id in self.expired else self.status_word(task, WORDS)
        return {"id": task.id, "polling_url": polling_url, "status": status}

    async def _status(self, request: web.Request) -> web.Response:
        task = self.find(request.match_info["id"])
        body = self._job(task)
        if task.ended_at is None:
            return web.json_response(body)
        body |= {"generation_id": task.id, "usage": {"cost": round(task.usd, 6), "is_byok": self.is_byok}}
        if body["status"] != "completed":
            return web.json_response(body | {"error": task.error or "The job expired"})
        body["unsigned_urls"] = [f"{self.base_url}/videos/{task.id}/content?index=0"]
        if self.stored_copy:
            body |= {"urls": [self.link(task)], "expires_at": int(task.ended_at + self.link_life_s)}
        return web.json_response(body)

    async def _content(self, request: web.Request) -> web.StreamResponse:
        task = self.find(request.match_info["id"])
        if request.query.get("index", "0") != "0":
            raise bad("there is one output", "index")
        if task.state != "completed":
            raise Refused("not_ready", f"Video is not completed, current status: {task.state}")
        return await send(request, await film_bytes(task, self.serve_instead), self.content)

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"data": [self.models[name] for name in self.models if name not in self.retired_models]}
        )

    async def _key(self, _: web.Request) -> web.Response:
        spent = sum(charge.usd for charge in self.charges)
        left = None if self.key_limit_usd is None else self.key_limit_usd - spent
        return web.json_response({"data": {"limit": self.key_limit_usd, "limit_remaining": left, "usage": spent}})


def _check_options(body: Body, listed: Listed) -> None:
    """Refuse values that the model's entry doesn't list."""
    for field, name in (
        ("duration", "supported_durations"), ("resolution", "supported_resolutions"),
        ("aspect_ratio", "supported_aspect_ratios"), ("size", "supported_sizes"),
    ):  # fmt: skip
        offered = _list(listed[name])
        if field in body and offered and body[field] not in offered:
            values = ", ".join(map(str, offered))
            raise bad(f"{field} {body[field]} is not supported for this model. Supported: {values}", field)


def _frames(body: Body, listed: Listed) -> list[str]:
    """Return the frames' URLs. Refuse a frame that the model doesn't take, and two of one kind."""
    seen: dict[str, str] = {}
    for frame in _list(body.get("frame_images")):
        fields = frame if isinstance(frame, dict) else {}
        check_fields(fields, FRAME)
        check_fields(fields["image_url"], MEDIA_URL)
        kind = str(fields["frame_type"])
        if kind in seen or kind not in _list(listed["supported_frame_images"]):
            raise bad(f"{kind} is not supported for this model, or appears twice", "frame_images")
        seen[kind] = str(fields["image_url"]["url"])
    return list(seen.values())


def _references(body: Body, kind: str) -> list[str]:
    """Return the URLs of the references of one kind. Refuse references of no kind."""
    found = []
    for reference in _list(body.get("input_references")):
        fields = reference if isinstance(reference, dict) else {}
        if fields.get("type") not in REFERENCES:
            raise bad("a reference has the type image_url, video_url or audio_url", "input_references")
        if fields["type"] != kind:
            continue
        check_fields(fields, REFERENCES[kind])
        check_fields(fields[kind], AUDIO_URL if kind == "audio_url" else MEDIA_URL)
        found.append(str(fields[kind]["url"]))
    return found


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
