"""ComfyUI: the server's own routes (`/prompt`, `/history`, `/queue`, `/view`), and Comfy API v2 in front of it.

Source: ComfyUI's server.py and execution.py up to 0.36, its documentation of routes, and openapi-v2.yaml 2.0.0;
reference/providers-next.md 5.5. A model is a workflow of the host's, whose placeholders get an order's values.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.catalogue.model import Workflow
from bot.catalogue.placeholders import fill, placeholders_in
from bot.jobs.provider_errors import ClipTooLong, NotPossible, Unreachable, UploadFailed
from bot.net.response import bearer_header
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Draft, KeyAnswer, Missing, Pending, ProviderOrder, Task, TaskState
from bot.ports.provider_capabilities import Cancellation, LostRequest, NotStopped, Stopped, Stopping
from bot.providers.account import Account
from bot.providers.adapter import UNKNOWN_TASK, Adapter, quote_id
from bot.providers.comfy_nodes import lacking, node_classes
from bot.providers.comfy_state import read_history, read_job
from bot.providers.json_fields import first_text, get_path
from bot.providers.request_bodies import (
    EXTENSIONS,
    clean_prompt,
    read_clip_bytes,
    read_picture,
    require_source,
    source_ids,
    start_picture,
)
from bot.providers.task_state import StatusResponse, has_state
from bot.providers.transport import ProviderTransport

CLASSIC, V2 = "classic", "v2"
JOB_CANCEL = (0, 26)  # the version since which a run can be cancelled by its id
MAX_CLIP_BYTES = 50_000_000  # a clip is held in memory; the server takes 100 MB unless it's started otherwise
MAX_BODY_BYTES = 4 << 20  # the queue and the history repeat whole workflows
LISTED_RUNS = "20"  # of the history, where a server older than 0.25 has a run under an id of its own
REF = "retake"  # our name for a request in `extra_data`, which the queue and the history repeat
NAMESPACE = uuid.UUID("0c7d8cf9-5b1f-4a52-9a70-0d3b0c1f6a0e")


class Comfy(Adapter):
    """One ComfyUI server. It has neither keys nor moderation; a key is for a reverse proxy, or Comfy API v2.

    The same `prompt_id` twice is queued twice, and a restart or a cleared history forgets a run. So a lost request is
    looked up and never sent again without a person.
    """

    task_id_paths = ("prompt_id", "id")
    echoes_key = False  # that nothing is found proves nothing

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        super().__init__(account, ProviderTransport(account, guard, bearer_header(account.key)))
        self._workflows = account.models

    async def draft(self, order: ProviderOrder) -> Draft:
        workflow = order.model.workflow
        if workflow is None:
            raise NotPossible(provider=self.title, reason=f"{order.model.key} has no workflow")
        names = {use.name for use in placeholders_in(workflow.graph)}
        values = _numbers(order, workflow)
        if "image" in names:
            picture = start_picture(order)
            if picture is None:
                raise NotPossible(provider=self.title, reason="the order has no picture")
            data = await read_picture(picture, order.model, self.title)
            values["image"] = await self._upload(data, picture.mime, EXTENSIONS.get(picture.mime, "bin"))
        spare_ids: Mapping[str, str] = {}
        if "video" in names:
            source = require_source(order, self.title)
            max_s = order.model.takes_video_s
            if max_s is not None and source.clip_seconds is not None and source.clip_seconds > max_s:
                raise ClipTooLong(provider=self.title, limit=f"{max_s:g}")
            data = await read_clip_bytes(source.clip, MAX_CLIP_BYTES, self.title)
            values["video"], spare_ids = await self._upload(data, "video/mp4", "mp4"), source_ids(source)
        graph = fill(workflow.graph, values)
        path, fields = ("/api/v2/jobs", {"workflow": graph}) if self._protocol == V2 else ("/prompt", {"prompt": graph})
        return Draft(method="POST", path=path, protocol=self._protocol, fields=fields, spare_ids=spare_ids)

    async def _upload(self, data: bytes, mime: str, ending: str) -> object:
        """Store a file at the server. Return what a workflow has in its place: a name, or a reference to an asset."""
        name = f"retake-{hashlib.sha256(data).hexdigest()[:24]}.{ending}"
        if self._protocol == V2:
            form = {"content_type": mime, "file_path": name}
            body = await self._transport.upload("/api/v2/assets", form=form, files=[("file", name, data, mime)])
            if asset_id := first_text(body, "id"):
                return {"__type": "core/ASSET", "info": {"id": asset_id}}
        else:
            files = [("image", name, data, mime)]  # the route of every kind of file
            body = await self._transport.upload("/upload/image", form={"type": "input"}, files=files)
            if stored := first_text(body, "name"):
                return "/".join(filter(None, (first_text(body, "subfolder"), stored)))
        raise UploadFailed(provider=self.title, reason="the upload gave no name")

    async def submit(self, draft: Draft) -> Task:
        headers: Mapping[str, str] = {}
        if draft.idempotency_key:
            prompt_id = prompt_id_of(draft.idempotency_key)
            if draft.protocol == V2:
                headers = {"Idempotency-Key": prompt_id}
            else:
                ref = {"prompt_id": prompt_id, "extra_data": {REF: draft.idempotency_key}}
                draft = replace(draft, fields={**draft.fields, **ref})
        task_id, _ = await self._transport.request_once(draft, self.task_id_paths, headers)
        return self._new_task(task_id, draft)

    async def check(self, task: Task) -> TaskState:
        """Return the state of a run. A server that was restarted knows none of its runs."""
        if task.protocol == V2:
            return await self._transport.poll(task, [(f"/api/v2/jobs/{quote_id(task.task_id)}", None)], read_job)
        task = replace(task, endpoint=task.endpoint or self._transport.endpoint)
        response = await self._get(f"/history/{quote_id(task.task_id)}", task)
        if has_state(response, task) and response.body != {}:
            return read_history(response, task)
        if response.body != {} and (error := self._transport.read_error(response)) is not None:
            raise error
        response = await self._get("/queue", task)
        if not has_state(response):
            raise self._transport.read_error(response) or Unreachable(provider=self.title, status=response.status)
        if any(_is_run(run, task.task_id) for run in _runs(response.body, "queue_running")):
            return Pending(raw_status="running")
        if any(_is_run(run, task.task_id) for run in _runs(response.body, "queue_pending")):
            return Pending(raw_status="pending", queued=True)
        return Missing()

    async def _get(self, path: str, task: Task, params: Mapping[str, str] | None = None) -> StatusResponse:
        return await self._transport.get(path, endpoint=task.endpoint, params=params, max_body_bytes=MAX_BODY_BYTES)

    async def find_tasks(self, lost: LostRequest) -> Sequence[Task] | None:
        """Return the runs of a lost request, by their id or by our name for it. Comfy API v2 can't tell."""
        if lost.protocol == V2:
            return None
        task = Task(task_id=prompt_id_of(lost.idempotency_key), protocol=CLASSIC, endpoint=self._transport.endpoint)
        state = await self.check(task)
        if not isinstance(state, Missing):
            return [task]
        queue = await self._get("/queue", task)
        history = await self._get("/history", task, {"max_items": LISTED_RUNS})
        listed = history.body.values() if isinstance(history.body, dict) else ()
        runs = [
            *_runs(queue.body, "queue_running"),
            *_runs(queue.body, "queue_pending"),
            *(get_path(entry, "prompt") for entry in listed),
        ]
        found = {first_text(run, "1") for run in runs if get_path(run, f"3.{REF}") == lost.idempotency_key}
        return [replace(task, task_id=each) for each in sorted(found) if each]

    def can_cancel(self, task: Task) -> bool:
        return True

    async def cancel(self, task: Task) -> Cancellation:
        """Interrupt a run, or delete it from the queue. What an interrupted run has cost is not known."""
        if task.protocol != V2 and await self._version(task) < JOB_CANCEL:
            return await self._cancel_what_runs(task)
        prefix = "/api/v2/jobs" if task.protocol == V2 else "/api/jobs"
        path = f"{prefix}/{quote_id(task.task_id)}/cancel"
        response = await self._transport.cancel("POST", path, endpoint=task.endpoint)
        if task.protocol == V2:
            taken = response is not None and first_text(response.body, "status") in ("canceling", "canceled")
            return Stopping() if taken else NotStopped()
        taken = response is not None and get_path(response.body, "cancelled") is True
        return Stopped(free=False) if taken else NotStopped()

    async def _version(self, task: Task) -> tuple[int, ...]:
        """Return the server's version, or a high one if it doesn't tell."""
        stats = await self._transport.get_json("/system_stats", endpoint=task.endpoint)
        numbers = re.findall(r"\d{1,6}", first_text(stats, "system.comfyui_version")[:40])
        return tuple(int(number) for number in numbers[:3]) or (9999,)

    async def _cancel_what_runs(self, task: Task) -> Cancellation:
        """Cancel a run at an older server, which is asked first: it interrupts what runs, whichever that is."""
        queue = await self._get("/queue", task)
        stopped: StatusResponse | None = None
        if any(_is_run(run, task.task_id) for run in _runs(queue.body, "queue_running")):
            body: dict[str, object] = {"prompt_id": task.task_id}
            stopped = await self._transport.cancel("POST", "/interrupt", endpoint=task.endpoint, json=body)
        elif any(_is_run(run, task.task_id) for run in _runs(queue.body, "queue_pending")):
            body = {"delete": [task.task_id]}
            stopped = await self._transport.cancel("POST", "/queue", endpoint=task.endpoint, json=body)
        return NotStopped() if stopped is None else Stopped(free=False)

    async def check_key(self) -> KeyAnswer:
        """Ask for the server's version and for what the host's workflows need; Comfy API v2 for an unknown job."""
        if self._protocol == V2:
            task = Task(task_id=UNKNOWN_TASK, protocol=V2, endpoint=self._transport.endpoint)
            return KeyAnswer(expected=isinstance(await self.check(task), Missing))
        system = get_path(await self._transport.get_json("/system_stats"), "system")
        if not first_text(system, "comfyui_version", "python_version"):
            return KeyAnswer(expected=False)
        classes: dict[str, object] = {}
        for name in sorted({name for model in self._workflows for name in node_classes(model.workflow)}):
            body = await self._transport.get_json(f"/object_info/{quote_id(name)}")
            classes[name] = body.get(name) if isinstance(body, dict) else None  # {} if it has no such node
        lacks = {model.wire: text for model in self._workflows if (text := lacking(model.workflow, classes))}
        runnable = frozenset(model.wire for model in self._workflows) - lacks.keys()
        return KeyAnswer(expected=True, models=runnable, lacks=lacks)


def prompt_id_of(key: str) -> str:
    """Return the id of a run for our name of a request: a UUID in lower case, the only form that ComfyUI takes."""
    return str(uuid.uuid5(NAMESPACE, key))


def _numbers(order: ProviderOrder, workflow: Workflow) -> dict[str, object]:
    """Return the values of all placeholders that are not files. The seed is the same whenever a job is sent again."""
    model = order.model
    size = model.sizes.get(order.aspect or model.default_aspect or "") or next(iter(model.sizes.values()), "")
    width, _, height = size.partition("x")
    values: dict[str, object] = {
        "prompt": clean_prompt(order.prompt),
        "seed": int.from_bytes(hashlib.sha256(order.job_id.encode()).digest()[:6]),
    }
    if size:
        values |= {"width": int(width), "height": int(height)}
    seconds = order.seconds or model.default_seconds
    if seconds is not None:
        values["seconds"] = seconds
    if workflow.fps is not None:
        values["fps"] = workflow.fps
        if seconds is not None:
            values["frames"] = seconds * workflow.fps // workflow.frame_step * workflow.frame_step + 1
    return values


def _runs(body: object, name: str) -> Sequence[object]:
    runs = get_path(body, name)
    return runs if isinstance(runs, list) else ()


def _is_run(run: object, prompt_id: str) -> bool:
    """Return whether an item of the queue, `[number, prompt_id, prompt, extra_data, outputs]`, has this id."""
    return get_path(run, "1") == prompt_id
