"""A pretend ComfyUI with its own routes. Source: its server.py and execution.py, version 0.36."""

import json
import uuid
from collections.abc import Sequence
from typing import Unpack

from aiohttp import web

from bot.sandbox.fault_injection import Handler
from bot.sandbox.providers.comfy_nodes import NODES, Graph, Invalid, described
from bot.sandbox.providers.comfy_runs import ComfyRuns
from bot.sandbox.providers.fields import bad, read_form, read_json
from bot.sandbox.providers.task_backend import BackendOptions
from bot.sandbox.providers.tasks import LocalTask, Refused

# The versions since which a client interrupts one run, names a run, and cancels it by its name.
ONE_INTERRUPT, CHOSEN_IDS, JOB_CANCEL = (0, 3, 57), (0, 25), (0, 26)


class LocalComfy(ComfyRuns):
    """ComfyUI on 127.0.0.1."""

    def __init__(self, *, api_key: str | None = None, **options: Unpack[BackendOptions]) -> None:
        super().__init__(api_key=api_key, **options)
        self.version: tuple[int, ...] = (0, 36)

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post("/prompt", self._prompt),
            web.get("/queue", self._queue),
            web.post("/queue", self._delete_queued),
            web.get("/history", self._history),
            web.get("/history/{id}", self._history),
            web.post("/interrupt", self._interrupt),
            web.post("/api/jobs/{id}/cancel", self._cancel_job),
            web.get("/view", self._view),
            web.post("/upload/image", self._upload),
            web.get("/system_stats", self._system),
            web.get("/object_info/{name}", self._object_info),
        ]

    def refusal(self, refused: Refused) -> web.Response:
        if isinstance(refused, Invalid):
            return web.json_response({"error": refused.error, "node_errors": refused.nodes}, status=400)
        if refused.reason == "unauthorized":
            return web.json_response({"error": "Unauthorized"}, status=401)
        if refused.reason in ("no_such_route", "not_found"):
            return web.Response(status=404, text="404: Not Found")
        return web.Response(status=400, text=refused.message)

    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/api/jobs/") and self.version < JOB_CANCEL:
            return web.Response(status=405, text="405: Method Not Allowed")
        return await super()._admit(request, handler)

    async def _prompt(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        if "prompt" not in body:
            raise Invalid("no_prompt", "No prompt provided", "No prompt provided")
        prompt_id = self._prompt_id(body.get("prompt_id"))
        await self.run(prompt_id, body["prompt"], body)
        return web.json_response({"prompt_id": prompt_id, "number": self.numbers[prompt_id], "node_errors": {}})

    def _prompt_id(self, named: object) -> str:
        if named is None or self.version < CHOSEN_IDS:
            return str(uuid.uuid4())
        try:
            canonical = isinstance(named, str) and str(uuid.UUID(named)) == named
        except ValueError:
            canonical = False
        if not canonical:
            raise Invalid("invalid_prompt_id", "prompt_id must be a valid UUID")
        return str(named)

    async def _queue(self, _: web.Request) -> web.Response:
        runs = {"queue_running": self.running(), "queue_pending": self.queued()}
        return web.json_response({name: [self._item(task) for task in tasks] for name, tasks in runs.items()})

    def _item(self, task: LocalTask) -> list[object]:
        extra = task.request.get("extra_data")
        return [self.numbers[task.id], task.id, task.request.get("prompt"), extra or {}, ["11"]]

    async def _history(self, request: web.Request) -> web.Response:
        wanted = request.match_info.get("id")
        ended = [task for task in self.tasks.values() if task.ended.is_set()]
        entries = [(task.id, self._entry(task)) for task in ended if wanted in (None, task.id)]
        kept = int(request.query.get("max_items", len(entries)))
        return web.json_response(dict(entries[-kept:] if kept else []))

    def _entry(self, task: LocalTask) -> Graph:
        done = task.state == "completed"
        messages: list[object] = [["execution_start", {"prompt_id": task.id}]]
        if task.id in self.interrupted:
            messages.append(["execution_interrupted", {"prompt_id": task.id, "node_id": "8", "node_type": "KSampler"}])
        elif not done:
            error = {"node_type": "KSampler", "exception_type": "RuntimeError", "exception_message": task.error}
            messages.append(["execution_error", {"prompt_id": task.id, **error}])
        saved = {"filename": self.file_name(task), "subfolder": "video", "type": "output"}
        shown: Graph = {"12": {"images": [{"filename": "input.mp4", "subfolder": "", "type": "input"}]}}
        return {
            "prompt": self._item(task),
            "outputs": shown | {"11": {"images": [saved], "animated": [True]}} if done else {},
            "status": {"status_str": "success" if done else "error", "completed": done, "messages": messages},
            "meta": {},
        }

    async def _delete_queued(self, request: web.Request) -> web.Response:
        ids = (await read_json(request)).get("delete")
        for prompt_id in ids if isinstance(ids, list) else ():
            self.drop(str(prompt_id))
        return web.Response()

    async def _interrupt(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read() or b"{}")
        wanted = body.get("prompt_id") if self.version >= ONE_INTERRUPT else None
        for task in self.running():
            if wanted in (None, task.id):
                self.interrupt(task)
        return web.Response()

    async def _cancel_job(self, request: web.Request) -> web.Response:
        prompt_id = request.match_info["id"]
        stopped = [task for task in self.running() if task.id == prompt_id]
        for task in stopped:
            self.interrupt(task)
        return web.json_response({"cancelled": bool(stopped) or self.drop(prompt_id)})

    async def _upload(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        if len(form.files) != 1 or form.files[0].name != "image" or form.fields.get("type", "input") != "input":
            raise bad("the form has no file image for the folder input")
        return web.json_response({"name": self.keep(form.files[0]).id, "subfolder": "", "type": "input"})

    async def _view(self, request: web.Request) -> web.StreamResponse:
        query, tasks = request.query, self.tasks.values()
        task = next((each for each in tasks if self.file_name(each) == query.get("filename")), None)
        is_here = (query.get("subfolder"), query.get("type")) == ("video", "output")
        return await self.send_film(request, task if is_here else None)

    async def _system(self, _: web.Request) -> web.Response:
        version = ".".join(map(str, (*self.version, 0)))
        return web.json_response({"system": {"os": "posix", "comfyui_version": version}, "devices": []})

    async def _object_info(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        found = {name: described(name, sorted(self.retired_models))} if name in NODES else {}
        return web.json_response(found)
