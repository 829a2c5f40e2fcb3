"""OctopusX: a unified protocol, an OpenAI-like one and a generic one. Source: reference/providers.md 2, seed 001."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from bot.jobs.errors import Refused, SourceGone
from bot.jobs.job import Kind
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Balance, Draft, FetchLimits, ProviderOrder, Ready, Task, TaskState
from bot.providers.account import Account
from bot.providers.json_fields import text_at
from bot.providers.request_bodies import (
    as_data_uri,
    create_body,
    data_uri,
    filename,
    follow_body,
    not_these,
    picture_bytes,
    picture_of,
    put,
    rule_of,
    source_of,
)
from bot.providers.task_state import StatusResponse, read_state
from bot.providers.transport import ProviderTransport, Route

Names = Mapping[str, str]

UNIFIED, OPENAI, GENERIC = "unified", "openai", "generic"
CREATE = {UNIFIED: "/v1/video/create", OPENAI: "/v1/videos", GENERIC: "/v1/video/generations"}
NAMES: Mapping[str, Names] = {
    UNIFIED: {"aspect": "aspect_ratio", "seconds": "duration", "resolution": "size", "image": "images[]"},
    OPENAI: {"aspect": "aspect_ratio", "seconds": "seconds", "resolution": "size", "image": "images[]"},
    GENERIC: {"aspect": "aspect_ratio", "seconds": "duration", "resolution": "resolution", "image": "images[]"},
}
V2V_BYTES = 15_000_000
# "Use the id returned by create", which may differ from the task_id beside it (2.3); the generic route has only that.
ID_PATHS = {UNIFIED: ("id", "task_id"), OPENAI: ("id", "task_id"), GENERIC: ("task_id", "data.task_id", "id")}


class OctopusX:
    """One OctopusX account. `protocol` is what new jobs use where a model exists in several."""

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        self.account = account.name
        self.title = account.title
        self.paid_timeout_s = account.paid_timeout_s
        self.jobs_at_once = account.jobs_at_once
        self.requests_per_s = account.requests_per_s
        self._protocol = account.protocol
        self._line = ProviderTransport(account, guard, {"Authorization": f"Bearer {account.key}"})

    async def draft(self, order: ProviderOrder) -> Draft:
        if order.rung == "edit":
            return await self._edit(order)
        if order.kind is Kind.GENERATE or order.rung == "image":
            return await self._create(order)
        return self._follow(order)

    async def _create(self, order: ProviderOrder) -> Draft:
        protocol = order.model.protocol or self._protocol
        # The page of the Grok 3 family shows JSON and the route takes multipart alone (2.4).
        encoding = order.model.encoding or ("multipart" if protocol == OPENAI else "json")
        picture, image = picture_of(order), None
        files: list[tuple[str, str, bytes, str]] = []
        if picture is not None:
            data = await picture_bytes(picture, order.model, self.title)
            if encoding == "multipart":
                files.append(("input_reference", filename(picture.mime), data, picture.mime))
            else:
                image = as_data_uri(data, picture.mime)
        return Draft(
            method="POST",
            path=order.model.path or CREATE[protocol],
            protocol=protocol,
            fields=create_body(order, NAMES[protocol], image),
            encoding=encoding,
            files=files,
        )

    def _follow(self, order: ProviderOrder) -> Draft:
        source = source_of(order, self.title)
        protocol, task_id = source.task.protocol, source.task.task_id
        if protocol not in (UNIFIED, OPENAI):
            raise Refused(provider=self.title, reason=f"a {protocol} task can be neither remixed nor extended")
        verb = "extend" if order.kind is Kind.EXTEND else "remix"
        fields = follow_body(order, rule_of(order, self.title), NAMES[protocol], complete=True)
        post_id = source.task.spare_ids.get("post_id")
        if post_id and verb == "remix":
            fields["parent_post_id"] = post_id
        path = f"/v1/video/{verb}"
        if protocol == UNIFIED:
            fields["task_id"] = task_id
        else:
            path = f"/v1/videos/{quote(task_id, safe='')}/{verb}"
        return Draft(
            method="POST", path=path, protocol=protocol, fields=fields, follows=True, spare_ids=not_these(source)
        )

    async def _edit(self, order: ProviderOrder) -> Draft:
        """Video to video: the clip itself goes along, whoever made it."""
        source = source_of(order, self.title)
        clip = await data_uri(source.clip, "video/mp4", V2V_BYTES) if source.clip is not None else None
        if clip is None:
            raise SourceGone(provider=self.title, reason="no clip of at most 15 MB")
        fields = follow_body(order, rule_of(order, self.title), NAMES[OPENAI])
        put(fields, "video", clip)
        return Draft(method="POST", path=CREATE[OPENAI], protocol=OPENAI, fields=fields)

    async def submit(self, draft: Draft) -> Task:
        task_id, body = await self._line.request_once(draft, ID_PATHS[draft.protocol])
        spare = dict(draft.spare_ids)
        if (other := text_at(body, "task_id")) and other != task_id and len(other) <= 512:
            spare["task_id"] = other
        return Task(task_id=task_id, protocol=draft.protocol, endpoint=self._line.endpoint, spare_ids=spare)

    async def check(self, task: Task) -> TaskState:
        endpoint = task.endpoint or self._line.endpoint
        content = Ready(
            url=f"{endpoint}/v1/videos/{quote(task.task_id, safe='')}/content", authorised=True, endpoint=endpoint
        )
        own_content = content if task.protocol == OPENAI else None

        def read(look: StatusResponse, of: Task) -> TaskState:
            return read_state(look, of, content=own_content)

        return await self._line.state(task, _routes(task), read)

    async def fetch(self, ready: Ready, into: Path, limits: FetchLimits) -> None:
        await self._line.fetch(ready, into, limits)

    async def forget(self, task: Task) -> bool:
        """OctopusX documents neither cancel nor delete."""
        return False

    async def balance(self) -> Balance | None:
        """OctopusX documents no balance."""
        return None

    async def close(self) -> None:
        await self._line.close()


def _routes(task: Task) -> list[Route]:
    """The route of the task's protocol, then those under which it may be known as well (2.2)."""
    task_id, spare = task.task_id, task.spare_ids.get("task_id")
    query: Route = ("/v1/video/query", {"id": task_id})
    video: Route = (f"/v1/videos/{quote(task_id, safe='')}", None)
    match task.protocol:
        case "generic":
            return [(f"/v1/video/generations/{quote(task_id, safe='')}", None), video]
        case "openai":
            return [video, query]
        case _:
            second: list[Route] = [(f"/v1/videos/{quote(spare, safe='')}", None)] if spare else []
            return [query, video, *second]
