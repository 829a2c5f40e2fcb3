"""xAI's own video API: generations, edits of any short mp4, extensions. Source: reference/providers.md 6."""

from dataclasses import replace
from decimal import Decimal

from bot.jobs.job import Kind
from bot.jobs.provider_errors import ClipTooLong
from bot.net.response import bearer_header
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Draft, ProviderOrder, Source, Task, TaskState
from bot.providers.account import Account
from bot.providers.adapter import Adapter, quote_id
from bot.providers.json_fields import get_path, read_amount
from bot.providers.request_bodies import (
    create_draft,
    follow_up_body,
    read_clip,
    require_rule,
    require_source,
    set_field,
    source_ids,
)
from bot.providers.task_state import StatusResponse, read_state, with_cost
from bot.providers.transport import ProviderTransport

PROTOCOL = "xai"
FIELD_NAMES = {"aspect": "aspect_ratio", "seconds": "duration", "resolution": "resolution", "image": "image.url"}
MAX_EDIT_S, MAX_EXTEND_S = 8.7, 15.0
MAX_CLIP_BYTES = 40_000_000  # xAI documents no limit; a clip of 10 s has a tenth of this
TICK_MICROS = Decimal("0.0001")  # 10,000,000,000 ticks are a dollar


class XAI(Adapter):
    """One xAI account. A remix is an edit that sends the clip itself, so its source may be from any provider.

    xAI documents no cancellation, no deletion and no balance.
    """

    lists_models = True  # Source: docs.x.ai/developers/rest-api-reference/inference/models
    task_id_paths = ("task_id", "output.task_id", "data.task_id", "generation_id", "request_id", "id")

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        super().__init__(account, ProviderTransport(account, guard, bearer_header(account.key)))

    async def draft(self, order: ProviderOrder) -> Draft:
        if order.kind is Kind.GENERATE or order.remix_method == "image":
            return await self._create(order)
        extends = order.kind is Kind.EXTEND
        source = require_source(order, self.title)
        fields = follow_up_body(order, require_rule(order, self.title), FIELD_NAMES)
        set_field(fields, "video.url", await self._read_clip(source, MAX_EXTEND_S if extends else MAX_EDIT_S))
        if order.user_tag and not extends:  # extensions have no such field
            fields["user"] = order.user_tag
        path = "/v1/videos/extensions" if extends else "/v1/videos/edits"
        return Draft(method="POST", path=path, protocol=PROTOCOL, fields=fields, spare_ids=source_ids(source))

    async def _create(self, order: ProviderOrder) -> Draft:
        path = "/v1/videos/generations"
        draft = await create_draft(order, path=path, protocol=PROTOCOL, names=FIELD_NAMES, provider=self.title)
        return replace(draft, fields={**draft.fields, "user": order.user_tag}) if order.user_tag else draft

    async def _read_clip(self, source: Source, max_s: float) -> str:
        if source.clip_seconds is not None and source.clip_seconds > max_s:
            raise ClipTooLong(provider=self.title, limit=f"{max_s:g}")
        return await read_clip(source.clip, MAX_CLIP_BYTES, self.title)

    async def check(self, task: Task) -> TaskState:
        route = (f"/v1/videos/{quote_id(task.task_id)}", None)
        return await self._transport.poll(task, [route], read_job)


def read_job(response: StatusResponse, task: Task) -> TaskState:
    """Return the state of a task, with the cost that xAI bills."""
    return with_cost(read_state(response, task), read_cost(response.body))


def read_cost(body: object) -> float | None:
    """Return what a request cost in millionths of a dollar, as `read_amount`.

    Source: docs.x.ai/developers/cost-tracking.
    """
    return read_amount(get_path(body, "usage.cost_in_usd_ticks"), TICK_MICROS)
