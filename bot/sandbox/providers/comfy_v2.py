"""A pretend Comfy API v2, as comfy-api-proxy serves it in front of ComfyUI. Source: openapi-v2.yaml 2.0.0."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Unpack

from aiohttp import web

from bot.sandbox.providers.comfy_nodes import Graph, Invalid
from bot.sandbox.providers.comfy_runs import ComfyRuns
from bot.sandbox.providers.fields import Field, check_fields, not_empty, read_form, read_json
from bot.sandbox.providers.task_backend import BackendOptions
from bot.sandbox.providers.tasks import LocalTask, Reason, Refused, State

JOBS, ASSETS = "/api/v2/jobs", "/api/v2/assets"
WORDS: Mapping[State, str] = {
    "queued": "queued", "running": "running", "completed": "succeeded", "failed": "failed", "withheld": "failed",
}  # fmt: skip
STATUS: Mapping[Reason, tuple[int, str]] = {
    "unauthorized": (401, "unauthorized"), "not_found": (404, "not_found"), "no_such_route": (404, "not_found"),
    "bad_request": (422, "invalid_workflow"), "no_balance": (402, "insufficient_credits"),
}  # fmt: skip
ASSET = {
    "content_type": Field(type=str, required=True, check=not_empty),
    "file_path": Field(type=str, required=True, check=not_empty),
}


class LocalComfyV2(ComfyRuns):
    """Comfy API v2 on 127.0.0.1. `full`: the queue takes no more jobs. A key for a request is taken once."""

    def __init__(self, *, api_key: str | None = None, **options: Unpack[BackendOptions]) -> None:
        super().__init__(api_key=api_key, **options)
        self.full = False
        self.keys: set[str] = set()
        self.assets: dict[str, str] = {}  # the names of stored files by the id of their asset

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post(JOBS, self._create),
            web.get(f"{JOBS}/{{id}}", self._status),
            web.post(f"{JOBS}/{{id}}/cancel", self._cancel),
            web.post(ASSETS, self._upload),
            web.get(f"{ASSETS}/{{id}}/content", self._content),
        ]

    def refusal(self, refused: Refused) -> web.Response:
        status, code = STATUS.get(refused.reason, (422, "invalid_workflow"))
        details = {"node_errors": refused.nodes} if isinstance(refused, Invalid) else {}
        error = {"code": refused.param or code, "message": refused.message, "details": details}
        return web.json_response({"error": error}, status=status)

    async def _create(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        check_fields(body, {"workflow": Field(type=dict, required=True), "extra_data": Field(type=dict)})
        graph = body["workflow"]
        if isinstance(graph, dict) and isinstance(graph.get("nodes"), list):
            raise Refused("bad_request", "This is a UI-export graph.", param="workflow_format_ui")
        if self.full:
            error = {"error": {"code": "queue_full", "message": "The queue is full."}}
            return web.json_response(error, status=429, headers={"Retry-After": "5"})
        key = request.headers.get("Idempotency-Key")
        if key in self.keys:
            raise Refused("unsupported", "This key was used before.", param="idempotency_key_reuse")
        resolved = self._resolve(graph)
        task = await self.run(str(uuid.uuid4()), resolved, body)
        if key is not None:
            self.keys.add(key)
        return web.json_response(self._job(task), status=201)

    def _resolve(self, graph: object) -> object:
        """Put the names of files in place of references to assets."""
        if isinstance(graph, list):
            return [self._resolve(item) for item in graph]
        if not isinstance(graph, dict):
            return graph
        if graph.get("__type") != "core/ASSET":
            return {name: self._resolve(item) for name, item in graph.items()}
        info = graph.get("info")
        asset_id = info.get("id") if isinstance(info, dict) else None
        if asset_id not in self.assets:
            raise Refused("bad_request", f"No asset {asset_id}.", param="missing_asset")
        return self.assets[str(asset_id)]

    async def _status(self, request: web.Request) -> web.Response:
        return web.json_response(self._job(self.find(request.match_info["id"])))

    def _job(self, task: LocalTask) -> Graph:
        word = self.status_word(task, WORDS)
        if task.id in self.interrupted:
            word = "canceled" if task.ended.is_set() else "canceling"
        progress = None if task.state == "queued" else {"value": (self.shown_progress(task) or 0) / 100}
        failed = task.state in ("failed", "withheld") and task.id not in self.interrupted
        return {
            "id": task.id,
            "status": word,
            "queue_position": self.queued().index(task) if task.state == "queued" else None,
            "progress": progress,
            "outputs": self._outputs(task),
            "error": {"code": "node_execution_error", "message": task.error} if failed else None,
            "urls": {"self": f"{JOBS}/{task.id}", "cancel": f"{JOBS}/{task.id}/cancel"},
        }

    def _outputs(self, task: LocalTask) -> list[Graph]:
        """Return a picture that the workflow shows, and its video."""
        if task.state != "completed":
            return []
        url = f"{ASSETS}/{task.cdn_name}/content"
        picture: Graph = {"node_id": "9", "name": "frame.png", "type": "image", "id": "a", "url": f"{ASSETS}/a/content"}
        return [
            picture,
            {"node_id": "11", "name": self.file_name(task), "type": "video", "id": task.cdn_name, "url": url},
        ]

    async def _cancel(self, request: web.Request) -> web.Response:
        task = self.find(request.match_info["id"])
        if not task.ended.is_set():
            self.interrupt(task)
        return web.json_response(self._job(task))

    async def _upload(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        check_fields(form.fields, ASSET)
        if len(form.files) != 1 or form.files[0].name != "file":
            raise Refused("bad_request", "file is required")
        asset_id = str(uuid.uuid4())
        self.assets[asset_id] = self.keep(form.files[0]).id
        body = {"id": asset_id, "hash": None, "url": f"{ASSETS}/{asset_id}/content", "created_new": True}
        return web.json_response(body, status=201)

    async def _content(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["id"]
        return await self.send_film(request, next((t for t in self.tasks.values() if t.cdn_name == name), None))
