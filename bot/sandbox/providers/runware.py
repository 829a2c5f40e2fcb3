"""A pretend Runware: one route, lists of tasks whose ids the client chooses. Source: runware.ai/docs/models-api."""

import asyncio
import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Unpack

from aiohttp import web

from bot.sandbox.providers.fields import FilePart, bad, check_fields, decoded
from bot.sandbox.providers.input_media import load_clip
from bot.sandbox.providers.runware_fields import MODELS, OPERATION, SIZES, RunwareModel, check_video, size_of
from bot.sandbox.providers.server import LocalProvider
from bot.sandbox.providers.task_backend import BackendOptions
from bot.sandbox.providers.tasks import LocalTask, Reason, Refused, State, Upload

Body = dict[str, object]
MAX_UPLOAD_BYTES = 50_000_000
STATUS: Mapping[Reason, int] = {"unauthorized": 401, "no_balance": 402, "no_such_route": 404}
CODES: Mapping[Reason, str] = {
    "unauthorized": "invalidApiKey", "no_balance": "insufficientCredits", "no_such_model": "modelNotFound",
    "not_found": "taskNotFound", "unsupported": "conflictTaskUUID", "no_such_route": "notFound",
}  # fmt: skip
WORDS: Mapping[State, str] = {
    "queued": "processing", "running": "processing", "completed": "success", "failed": "error", "withheld": "error",
}  # fmt: skip


class LocalRunware(LocalProvider):
    """Runware on 127.0.0.1. Prompts are moderated in the task, which is charged.

    `unknown_ids` is what it answers for the id of no task, which isn't documented.
    """

    name = "runware"
    prefix = "/v1"
    moderates_requests = False

    def __init__(self, *, api_key: str | None = None, **options: Unpack[BackendOptions]) -> None:
        super().__init__(api_key=api_key, **options)
        self.unknown_ids: Literal["error", "empty"] = "error"
        self.knowing = {"getResponse", "getTaskDetails"}  # which of them knows the tasks that are there
        self.refused_code: str | None = None  # refuses every video, with this code

    def routes(self) -> Sequence[web.RouteDef]:
        return [web.post("/v1", self._tasks)]

    def refusal(self, refused: Refused) -> web.Response:
        code = CODES.get(refused.reason, "invalidParameter")
        error: Body = {"code": code, "message": refused.message, "parameter": refused.param or ""}
        return web.json_response({"data": [], "errors": [error]}, status=STATUS.get(refused.reason, 400))

    async def _tasks(self, request: web.Request) -> web.Response:
        try:
            tasks = json.loads(await request.read())
        except ValueError as error:
            raise bad("the body is not JSON") from error
        if not isinstance(tasks, list) or len(tasks) != 1 or not isinstance(tasks[0], dict):
            raise bad("this server takes a list of one task")
        task: Body = tasks[0]
        kind = str(task.get("taskType"))
        if kind in OPERATION:
            check_fields(task, OPERATION[kind])
        match kind:
            case "videoInference":
                return await self._create(task)
            case "getResponse":
                return self._response(str(task["taskUUID"]))
            case "getTaskDetails":
                return self._details(str(task["taskUUID"]))
            case "mediaStorage":
                return self._store(task)
            case "accountManagement":
                return _data(task, balance=self.balance_usd)
            case _:
                raise bad(f"unsupported task type {kind}", "taskType")

    # Tasks.

    async def _create(self, body: Body) -> web.Response:
        model = MODELS.get(str(body.get("model")))
        if model is None or body["model"] in self.retired_models:
            raise Refused("no_such_model", f"Model {body.get('model')} not found", param="model")
        inputs = check_video(body, model)
        task_id = str(body["taskUUID"])
        if self.refused_code is not None:
            return _errors(self.refused_code, "refused", task_id, status=400)
        if task_id in self.tasks:
            raise Refused("unsupported", f"Task UUID {task_id} is in use already", param="taskUUID")
        task = self._new(task_id, body, inputs)
        if "video" in inputs:
            await self._take(task, model, str(inputs["video"]))
        self.accept(task)
        return _data(body)

    def _new(self, task_id: str, body: Body, inputs: Body) -> LocalTask:
        width, height = size_of(body)
        frames = inputs.get("frameImages", inputs.get("referenceImages", []))
        pictures = [each["image"] if isinstance(each, dict) else each for each in _list(frames)]
        return LocalTask(
            id=task_id,
            kind="edit" if "video" in inputs else "create",
            prompt=str(body["positivePrompt"]),
            model=str(body["model"]),
            request=body,
            aspect=f"{width}:{height}" if width else "16:9",
            seconds=None if "video" in inputs else float(str(body.get("duration", 5))),
            resolution=str(body.get("resolution") or SIZES.get((width, height), "720p")),
            pictures=[self._stored(str(picture)).url for picture in pictures],
        )

    def _stored(self, media_id: str) -> Upload:
        found = next((upload for upload in self.uploads if upload.id == media_id), None)
        if found is None:
            raise bad(f"media {media_id} is not in this account", "inputs")
        return found

    async def _take(self, task: LocalTask, model: RunwareModel, media_id: str) -> None:
        file = self._stored(media_id)
        uri = f"data:{file.mime_type};base64,{base64.b64encode(file.data).decode()}"
        task.input_clip, facts = await load_clip(uri, field="inputs.video", limit_bytes=MAX_UPLOAD_BYTES)
        if facts.duration_s > model.max_clip_s + 0.1:
            raise bad(f"the video has {facts.duration_s:g} s, which is too long", "inputs.video")
        task.input_s = task.total_s = facts.duration_s
        task.aspect = f"{facts.width}:{facts.height}"
        task.resolution = await asyncio.to_thread(self.resolution_of, task.input_clip)
        task.ancestors = (facts.title,) if facts.title else ()

    def _end(self, task: LocalTask, made: Path) -> None:
        super()._end(task, made)
        if "[refuse]" in task.prompt:
            task.state, task.film = "failed", None

    def _response(self, task_id: str) -> web.Response:
        if "getResponse" not in self.knowing or task_id not in self.tasks:
            return self._unknown(task_id, "getResponse")
        return self._answer(self.find(task_id))

    def _answer(self, task: LocalTask) -> web.Response:
        word = self.status_word(task, WORDS)
        if task.state in ("failed", "withheld"):
            code, message = _failure(task)
            return _errors(code, message, task.id, status=200)
        if task.state != "completed":
            progress = self.shown_progress(task)
            return _data(task.request, status=word, **({} if progress is None else {"progress": progress}))
        video_id = str(uuid.uuid5(uuid.NAMESPACE_OID, task.id))
        return _data(task.request, status=word, videoUUID=video_id, videoURL=self.link(task), cost=round(task.usd, 6))

    def _details(self, task_id: str) -> web.Response:
        if "getTaskDetails" not in self.knowing or task_id not in self.tasks:
            return self._unknown(task_id, "getTaskDetails")
        task = self.tasks[task_id]
        answer = json.loads(self._answer(task).body or b"{}") if task.ended.is_set() else {}  # type: ignore[arg-type]
        asked: Body = {"taskType": "getTaskDetails", "taskUUID": task_id}
        return _data(asked, request=[task.request], response=answer)

    def _unknown(self, task_id: str, kind: str) -> web.Response:
        if self.unknown_ids == "empty":
            return web.json_response({"data": []})
        return _errors("taskNotFound", f"Task {task_id} not found", task_id, status=400, kind=kind)

    def _store(self, task: Body) -> web.Response:
        uri = decoded(str(task["media"]))
        if uri is None or len(uri[1]) > MAX_UPLOAD_BYTES:
            raise bad("media must be a data URI", "media")
        media_id = str(uuid.uuid4())
        upload = self.keep_picture(FilePart(name="media", filename="", mime_type=uri[0], data=uri[1]))
        self.uploads[-1] = Upload(
            id=media_id, url=upload.url, filename="", mime_type=upload.mime_type, data=upload.data
        )
        return _data(task, mediaUUID=media_id, mediaURL=upload.url)


def _data(task: Body, **fields: object) -> web.Response:
    return web.json_response({"data": [{"taskType": task["taskType"], "taskUUID": task["taskUUID"], **fields}]})


def _errors(code: str, message: str, task_id: str, *, status: int, kind: str = "videoInference") -> web.Response:
    error = {"code": code, "message": message, "status": "error", "taskType": kind, "taskUUID": task_id}
    return web.json_response({"data": [], "errors": [error]}, status=status)


def _failure(task: LocalTask) -> tuple[str, str]:
    if "[refuse]" in task.prompt or task.state == "withheld":
        return "providerContentPolicyViolation", "The provider rejected the content."
    return "providerError", "The provider could not make this video."


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
