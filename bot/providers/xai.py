"""xAI's own video API: generations, edits of any short mp4, extensions. Source: reference/providers.md 6."""

from pathlib import Path
from urllib.parse import quote

from bot.jobs.errors import Refused, SourceGone
from bot.jobs.job import Kind
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Balance, Draft, FetchLimits, ProviderOrder, Ready, Source, Task, TaskState
from bot.providers.account import Account
from bot.providers.request_bodies import (
    as_data_uri,
    create_body,
    data_uri,
    follow_body,
    not_these,
    picture_bytes,
    picture_of,
    put,
    rule_of,
    source_of,
)
from bot.providers.task_state import StatusResponse, read_state
from bot.providers.transport import ProviderTransport

PROTOCOL = "xai"
NAMES = {"aspect": "aspect_ratio", "seconds": "duration", "resolution": "resolution", "image": "image.url"}
EDIT_S, EXTEND_S = 8.7, 15.0
CLIP_BYTES = 40_000_000  # nothing is documented; a 10 s clip has a tenth of it
ID_PATHS = ("request_id", "id")


class XAI:
    """One xAI account. A remix is an edit here: it takes the clip itself, so its source may be anybody's."""

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        self.account = account.name
        self.title = account.title
        self.paid_timeout_s = account.paid_timeout_s
        self.jobs_at_once = account.jobs_at_once
        self.requests_per_s = account.requests_per_s
        self._line = ProviderTransport(account, guard, {"Authorization": f"Bearer {account.key}"})

    async def draft(self, order: ProviderOrder) -> Draft:
        if order.kind is Kind.GENERATE or order.rung == "image":
            return await self._create(order)
        extends = order.kind is Kind.EXTEND
        source = source_of(order, self.title)
        fields = follow_body(order, rule_of(order, self.title), NAMES)
        put(fields, "video.url", await self._clip(source, EXTEND_S if extends else EDIT_S))
        if order.user_tag and not extends:  # extensions have no such field
            fields["user"] = order.user_tag
        path = "/v1/videos/extensions" if extends else "/v1/videos/edits"
        return Draft(method="POST", path=path, protocol=PROTOCOL, fields=fields, spare_ids=not_these(source))

    async def _create(self, order: ProviderOrder) -> Draft:
        picture, image = picture_of(order), None
        if picture is not None:
            image = as_data_uri(await picture_bytes(picture, order.model, self.title), picture.mime)
        fields = create_body(order, NAMES, image)
        if order.user_tag:
            fields["user"] = order.user_tag
        return Draft(method="POST", path="/v1/videos/generations", protocol=PROTOCOL, fields=fields)

    async def _clip(self, source: Source, longest_s: float) -> str:
        if source.clip_seconds is not None and source.clip_seconds > longest_s:
            raise Refused(provider=self.title, reason=f"the clip is longer than {longest_s:g} s")
        clip = await data_uri(source.clip, "video/mp4", CLIP_BYTES) if source.clip is not None else None
        if clip is None:
            raise SourceGone(provider=self.title, reason="no clip that could be sent")
        return clip

    async def submit(self, draft: Draft) -> Task:
        task_id, _ = await self._line.request_once(draft, ID_PATHS)
        return Task(task_id=task_id, protocol=PROTOCOL, endpoint=self._line.endpoint, spare_ids=draft.spare_ids)

    async def check(self, task: Task) -> TaskState:
        def read(look: StatusResponse, of: Task) -> TaskState:
            return read_state(look, of, video_is_done=True)

        return await self._line.state(task, [(f"/v1/videos/{quote(task.task_id, safe='')}", None)], read)

    async def fetch(self, ready: Ready, into: Path, limits: FetchLimits) -> None:
        await self._line.fetch(ready, into, limits)

    async def forget(self, task: Task) -> bool:
        """xAI documents neither cancel nor delete."""
        return False

    async def balance(self) -> Balance | None:
        """xAI documents no balance."""
        return None

    async def close(self) -> None:
        await self._line.close()
