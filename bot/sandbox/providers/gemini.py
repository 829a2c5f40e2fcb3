"""A pretend Gemini API: interactions in the background, resumable uploads, files. Source: providers-next.md 5.4."""

import asyncio
import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Unpack

from aiohttp import web
from yarl import URL

from bot.sandbox.providers.cdn import film_bytes, send
from bot.sandbox.providers.fields import bad, read_json
from bot.sandbox.providers.gemini_fields import MODELS, Request, read_request
from bot.sandbox.providers.input_media import load_clip
from bot.sandbox.providers.server import LocalProvider
from bot.sandbox.providers.task_backend import BackendOptions
from bot.sandbox.providers.tasks import Kind, LocalTask, Reason, Refused, State, Upload
from bot.sandbox.providers.webhook_calls import GeminiWebhooks

Body = dict[str, object]
BASE = "/v1beta"
MAX_UPLOAD_BYTES = 2_000_000_000
TOKENS_PER_S = 5792
STATUS: Mapping[Reason, int] = {
    "no_such_model": 404, "no_such_route": 404, "bad_request": 400, "not_found": 400, "not_ready": 400,
    "unsupported": 400, "no_balance": 429,
}  # fmt: skip
WORDS: Mapping[State, str] = {
    "queued": "queued", "running": "in_progress", "completed": "completed", "failed": "failed", "withheld": "failed",
}  # fmt: skip
KINDS: Mapping[str, Kind] = {"edit": "edit", "extend": "extend"}
REFUSAL = "I can't create that video. It may violate our policies on generating content."


class LocalGemini(LocalProvider):
    """The Gemini API on 127.0.0.1. `[refuse]` ends an interaction with a text in place of a video, and is charged."""

    name = "gemini"
    moderates_requests = False

    def __init__(self, *, api_key: str | None = None, **options: Unpack[BackendOptions]) -> None:
        super().__init__(api_key=api_key, **options)
        self.processing = 0  # how often a file's state is PROCESSING before it is ACTIVE
        self.failed_files = False  # files end as FAILED
        self.silent = False  # a finished interaction shows its inputs only, as seen at Google
        self.uploads_offered = True  # False: in the EEA, Switzerland and the UK
        self.ended_as: str | None = None  # the status of every ended interaction, such as budget_exceeded
        self.cancelled: set[str] = set()
        self.webhooks = GeminiWebhooks()
        self._starts: dict[str, str] = {}  # the types of uploads on their way
        self._links: dict[str, str] = {}  # the signed links behind the files of finished videos

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post(f"{BASE}/interactions", self._create),
            web.get(f"{BASE}/interactions/{{id}}", self._status),
            web.post(f"{BASE}/interactions/{{id}}/cancel", self._cancel),
            web.delete(f"{BASE}/interactions/{{id}}", self._delete),
            web.post(f"/upload{BASE}/files", self._upload),
            web.get(f"{BASE}/files/{{name:[\\w-]+}}", self._file),
            web.get(f"{BASE}/files/{{name:[\\w-]+}}:download", self._download),
            web.get(f"{BASE}/models", self._models),
            web.post(f"{BASE}/webhooks", self.webhooks.register),
        ]

    def keys_in(self, request: web.Request) -> list[str]:
        return [request.headers.get("x-goog-api-key", "")]

    def refusal(self, refused: Refused) -> web.Response:
        """Word an error: interactions have a code in words, and Google's front end wraps its errors in a list."""
        if refused.reason == "unauthorized":
            message, details = "API key not valid. Please pass a valid API key.", [{"reason": "API_KEY_INVALID"}]
            error: Body = {"code": 400, "message": message, "status": "INVALID_ARGUMENT", "details": details}
            return web.json_response([{"error": error}], status=400)
        status, message = STATUS[refused.reason], refused.message
        if refused.reason == "no_balance":
            message = "Your prepayment credits are depleted. Please go to AI Studio to manage your billing."
        if refused.reason == "not_found":
            message = "Invalid interaction name"
        codes = {404: "not_found", 429: "resource_exhausted"}
        return web.json_response(
            {"error": {"code": codes.get(status, "invalid_request"), "message": message}}, status=status
        )

    # Files.

    async def _upload(self, request: web.Request) -> web.Response:
        """Start a resumable upload, or take its bytes."""
        command = request.headers.get("X-Goog-Upload-Command")
        if command == "start" and request.headers.get("X-Goog-Upload-Protocol") == "resumable":
            await read_json(request)
            upload_id = secrets.token_hex(8)
            self._starts[upload_id] = request.headers["X-Goog-Upload-Header-Content-Type"]
            url = f"{self.origin}{request.path}?upload_id={upload_id}&upload_protocol=resumable"
            return web.Response(headers={"X-Goog-Upload-URL": url, "X-Goog-Upload-Status": "active"})
        mime, data = self._starts.pop(request.query.get("upload_id", ""), ""), await request.read()
        if not mime or command != "upload, finalize" or request.headers.get("X-Goog-Upload-Offset") != "0":
            raise bad("this upload has not been started, or is not finished in one piece")
        if not 0 < len(data) <= MAX_UPLOAD_BYTES:
            raise bad("a file has 1 byte to 2 GB")
        name = secrets.token_hex(6)
        uri = f"{self.origin}{BASE}/files/{name}"
        self.uploads.append(Upload(id=name, url=uri, filename="", mime_type=mime, data=data))
        return web.json_response({"file": self._file_body(name, mime)})

    def _file_body(self, name: str, mime: str) -> Body:
        state = "FAILED" if self.failed_files else "PROCESSING" if self.processing else "ACTIVE"
        self.processing = max(0, self.processing - 1)
        uri = f"{self.origin}{BASE}/files/{name}"
        return {"name": f"files/{name}", "mimeType": mime, "uri": uri, "state": state}

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        own = next((upload for upload in self.uploads if upload.id == name), None)
        if own is None and name not in self._links:
            raise Refused("no_such_route", f"You do not have permission to access the File {name} or it may not exist.")
        return web.json_response(self._file_body(name, own.mime_type if own else "video/mp4"))

    async def _download(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        link = self._links.get(name)
        if link is None or request.query.get("alt") != "media" or not self.cdn.is_valid(URL(link)):
            return web.json_response(
                {"error": {"code": 404, "message": "not found", "status": "NOT_FOUND"}}, status=404
            )
        return await send(request, await film_bytes(self.cdn.tasks[name], self.serve_instead), self.cdn.faults)

    # Interactions.

    async def _create(self, request: web.Request) -> web.Response:
        if request.headers.get("Api-Revision") != "2026-05-20":
            raise bad("this server speaks the revision 2026-05-20")
        body = await read_json(request)
        wanted = read_request(body)
        if wanted.model not in MODELS or wanted.model in self.retired_models:
            raise Refused("no_such_model", f"Model {wanted.model} not found", param="model")
        task = LocalTask(
            id=f"v1_{secrets.token_urlsafe(24)}",
            kind=KINDS.get(wanted.task, "create"),
            prompt=wanted.prompt,
            model=wanted.model,
            request=body,
            aspect=wanted.aspect,
            seconds=None if wanted.task == "edit" else float(wanted.seconds or 8),
            resolution=wanted.resolution,
            pictures=[self._own(uri).url for uri in wanted.images],
        )
        await self._take(task, wanted)
        self.accept(task)
        self._in_background(self._announce(task))
        return web.json_response(self._body(task, "queued" if self.queue_s else "in_progress"))

    async def _announce(self, task: LocalTask) -> None:
        await task.ended.wait()
        await self.webhooks.send(f"interaction.{self._word(task)}", task.id)

    def _own(self, uri: str) -> Upload:
        found = next((upload for upload in self.uploads if upload.url == uri), None)
        if found is None:
            raise bad(f"Unsupported file uri: {uri}", "input")
        return found

    async def _take(self, task: LocalTask, wanted: Request) -> None:
        """Read what an edit or an extension starts from: the video before, or an uploaded clip."""
        if wanted.previous_id:
            source = self.finished_source(wanted.previous_id)
            task.source, task.source_id, task.aspect = source, source.id, source.aspect
            task.input_s = source.length_s or 0.0
        elif wanted.videos:
            if not self.uploads_offered:
                raise Refused("unsupported", "Uploaded videos are not available in your region.")
            file = self._own(wanted.videos[0])
            uri = f"data:{file.mime_type};base64,{base64.b64encode(file.data).decode()}"
            task.input_clip, facts = await load_clip(uri, field="input", limit_bytes=MAX_UPLOAD_BYTES)
            if facts.duration_s > MODELS[task.model][1] + 0.1:
                raise bad(f"the video has {facts.duration_s:g} s, which is too long", "input")
            task.input_s, task.aspect = facts.duration_s, f"{facts.width}:{facts.height}"
            task.ancestors = (facts.title,) if facts.title else ()
        if task.kind != "create":
            task.total_s = task.input_s + (task.seconds or 0.0)

    def _end(self, task: LocalTask, made: Path) -> None:
        super()._end(task, made)
        if "[refuse]" in task.prompt or task.id in self.cancelled:
            task.state, task.film = "failed", None

    def _word(self, task: LocalTask) -> str:
        if task.id in self.cancelled:
            return "cancelled"
        if task.ended.is_set() and self.ended_as is not None:
            return self.ended_as
        return "completed" if "[refuse]" in task.prompt and task.ended.is_set() else self.status_word(task, WORDS)

    def _body(self, task: LocalTask, word: str) -> Body:
        created = datetime.fromtimestamp(task.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"id": task.id, "object": "interaction", "model": task.model, "status": word, "created": created}

    async def _status(self, request: web.Request) -> web.Response:
        task = self.find(request.match_info["id"])
        body = self._body(task, self._word(task))
        steps: list[Body] = [{"type": "user_input", "content": task.request["input"]}]
        if body["status"] == "failed":
            body["errors"] = [_failure(task)]
        if body["status"] == "completed" and not self.silent:
            steps += [
                {"type": "thought", "signature": "c2ln"},
                {"type": "model_output", "content": [self._output(task)]},
            ]
            tokens = round(TOKENS_PER_S * (task.billed_s or 0)) if task.film else 0
            body["usage"] = {"output_tokens_by_modality": [{"modality": "video", "tokens": tokens}]}
        return web.json_response(body | {"steps": steps})

    def _output(self, task: LocalTask) -> Body:
        if task.film is None:
            return {"type": "text", "text": REFUSAL}
        self._links[task.cdn_name] = self.link(task)
        uri = f"{self.origin}{BASE}/files/{task.cdn_name}:download?alt=media"
        return {"type": "video", "mime_type": "video/mp4", "uri": uri}

    async def _cancel(self, request: web.Request) -> web.Response:
        task = self.find(request.match_info["id"])
        if task.ended.is_set():
            raise Refused("unsupported", "Only interactions that run in the background can be cancelled.")
        self.cancelled.add(task.id)
        task.hurry.set()
        await asyncio.sleep(0)
        return web.json_response(self._body(task, "cancelled"))

    async def _delete(self, request: web.Request) -> web.Response:
        del self.tasks[self.find(request.match_info["id"]).id]
        return web.json_response({})

    async def _models(self, _: web.Request) -> web.Response:
        names = [name for name in ("gemini-3.8-flash", *MODELS) if name not in self.retired_models]
        return web.json_response({"models": [{"name": f"models/{name}"} for name in names]})


def _failure(task: LocalTask) -> Body:
    if task.state == "withheld":
        return {"code": "https://ai.google.dev/errors/safety", "message": "The video was blocked for safety reasons."}
    return {"code": "https://ai.google.dev/errors/internal", "message": "An internal error has occurred."}
