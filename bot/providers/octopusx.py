"""OctopusX: a unified protocol, an OpenAI-like one and a generic one. Source: reference/providers.md 2, seed 001."""

from collections.abc import Mapping
from functools import partial

from bot.jobs.job import Kind
from bot.jobs.provider_errors import NotPossible
from bot.net.response import bearer_header
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Draft, ProviderOrder, Task, TaskState
from bot.providers.account import Account
from bot.providers.adapter import Adapter, quote_id
from bot.providers.json_fields import MAX_ID_LENGTH, first_text
from bot.providers.request_bodies import (
    create_draft,
    follow_up_body,
    read_clip,
    require_rule,
    require_source,
    set_field,
    source_ids,
)
from bot.providers.task_state import read_state
from bot.providers.transport import ProviderTransport, Route

UNIFIED, OPENAI, GENERIC = "unified", "openai", "generic"
CREATE_PATHS = {UNIFIED: "/v1/video/create", OPENAI: "/v1/videos", GENERIC: "/v1/video/generations"}
FIELD_NAMES: Mapping[str, Mapping[str, str]] = {
    UNIFIED: {"aspect": "aspect_ratio", "seconds": "duration", "resolution": "size", "image": "images[]"},
    OPENAI: {"aspect": "aspect_ratio", "seconds": "seconds", "resolution": "size", "image": "images[]"},
    GENERIC: {"aspect": "aspect_ratio", "seconds": "duration", "resolution": "resolution", "image": "images[]"},
}
MAX_EDIT_BYTES = 15_000_000
# "Use the id returned by create", which may differ from the task_id beside it (2.3). The generic route has only that.
TASK_ID_PATHS = {
    UNIFIED: ("id", "task_id"),
    OPENAI: ("id", "task_id"),
    GENERIC: ("task_id", "data.task_id", "id"),
}


class OctopusX(Adapter):
    """One OctopusX account. `protocol` is used for new jobs if a model is available in several.

    OctopusX documents no cancellation, no deletion and no balance.
    """

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        super().__init__(account, ProviderTransport(account, guard, bearer_header(account.key)))

    async def draft(self, order: ProviderOrder) -> Draft:
        if order.remix_method == "edit":
            return await self._edit(order)
        if order.kind is Kind.GENERATE or order.remix_method == "image":
            return await self._create(order)
        return self._follow_up(order)

    async def _create(self, order: ProviderOrder) -> Draft:
        protocol = order.model.protocol or self._protocol
        return await create_draft(
            order,
            path=order.model.path or CREATE_PATHS[protocol],
            protocol=protocol,
            names=FIELD_NAMES[protocol],
            # The page of the Grok 3 family shows JSON, but the route accepts only multipart (2.4).
            encoding=order.model.encoding or ("multipart" if protocol == OPENAI else "json"),
            provider=self.title,
        )

    def _follow_up(self, order: ProviderOrder) -> Draft:
        source = require_source(order, self.title)
        protocol, task_id = source.task.protocol, source.task.task_id
        if protocol not in (UNIFIED, OPENAI):
            raise NotPossible(provider=self.title, reason=f"a {protocol} task can be neither remixed nor extended")
        verb = "extend" if order.kind is Kind.EXTEND else "remix"
        rule = require_rule(order, self.title)
        fields = follow_up_body(order, rule, FIELD_NAMES[protocol], complete=True)
        post_id = source.task.spare_ids.get("post_id")
        if post_id and verb == "remix":
            fields["parent_post_id"] = post_id
        path = f"/v1/video/{verb}"
        if protocol == UNIFIED:
            fields["task_id"] = task_id
        else:
            path = f"/v1/videos/{quote_id(task_id)}/{verb}"
        return Draft(
            method="POST",
            path=path,
            protocol=protocol,
            fields=fields,
            references_task=True,
            spare_ids=source_ids(source),
        )

    async def _edit(self, order: ProviderOrder) -> Draft:
        """Build a video-to-video request, which sends the clip itself, so its source may be from any provider."""
        source = require_source(order, self.title)
        clip = await read_clip(source.clip, MAX_EDIT_BYTES, self.title)
        fields = follow_up_body(order, require_rule(order, self.title), FIELD_NAMES[OPENAI])
        set_field(fields, "video", clip)
        return Draft(method="POST", path=CREATE_PATHS[OPENAI], protocol=OPENAI, fields=fields)

    async def submit(self, draft: Draft) -> Task:
        task_id, body = await self._transport.request_once(draft, TASK_ID_PATHS[draft.protocol])
        spare_ids = dict(draft.spare_ids)
        second_id = first_text(body, "task_id")
        if second_id and second_id != task_id and len(second_id) <= MAX_ID_LENGTH:
            spare_ids["task_id"] = second_id
        return self._new_task(task_id, draft, spare_ids)

    async def check(self, task: Task) -> TaskState:
        content = self._content_route(task) if task.protocol == OPENAI else None
        return await self._transport.poll(task, _routes(task), partial(read_state, content=content))


def _routes(task: Task) -> list[Route]:
    """Return the route of the task's protocol, then other routes that may know the task (2.2)."""
    task_id, second_id = task.task_id, task.spare_ids.get("task_id")
    query: Route = ("/v1/video/query", {"id": task_id})
    video: Route = (f"/v1/videos/{quote_id(task_id)}", None)
    match task.protocol:
        case "generic":
            return [(f"/v1/video/generations/{quote_id(task_id)}", None), video]
        case "openai":
            return [video, query]
        case _:
            second: list[Route] = [(f"/v1/videos/{quote_id(second_id)}", None)] if second_id else []
            return [query, video, *second]
