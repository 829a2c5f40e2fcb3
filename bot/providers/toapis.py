"""ToAPIs: JSON in, `generation.task` out, clips at a CDN. Source: reference/providers.md 1, seeds 000, 002, 004."""

from pathlib import Path
from urllib.parse import quote

from bot.jobs.errors import NotSent, Refused
from bot.jobs.job import Kind
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Balance, Draft, FetchLimits, ProviderOrder, Ready, Task, TaskState
from bot.providers.account import Account
from bot.providers.clip_links import find_url
from bot.providers.json_fields import dig
from bot.providers.request_bodies import (
    create_body,
    filename,
    follow_body,
    not_these,
    picture_bytes,
    picture_of,
    rule_of,
    source_of,
)
from bot.providers.task_state import read_state
from bot.providers.transport import ProviderTransport

PROTOCOL = "toapis"
CREATE = "/v1/videos/generations"
UPLOAD = "/v1/uploads/images"
CREATE_NAMES = {"aspect": "aspect_ratio", "seconds": "duration", "resolution": "resolution", "image": "image_urls[]"}
FOLLOW_NAMES = {"aspect": "aspect_ratio", "seconds": "duration", "resolution": "size"}


class ToAPIs:
    """One ToAPIs account."""

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        self.account = account.name
        self.title = account.title
        self.paid_timeout_s = account.paid_timeout_s
        self.jobs_at_once = account.jobs_at_once
        self.requests_per_s = account.requests_per_s
        # 422 is documented as content_policy_violation, without a body (1.8).
        self._line = ProviderTransport(account, guard, {"Authorization": f"Bearer {account.key}"}, policy_422=True)

    async def draft(self, order: ProviderOrder) -> Draft:
        if order.rung == "edit":
            raise Refused(provider=self.title, reason="ToAPIs takes no videos, only ids of its own")
        if order.kind is Kind.GENERATE or order.rung == "image":
            return await self._create(order)
        source = source_of(order, self.title)
        verb = "extend" if order.kind is Kind.EXTEND else "remix"
        return Draft(
            method="POST",
            path=f"/v1/videos/{quote(source.task.task_id, safe='')}/{verb}",
            protocol=PROTOCOL,
            fields=follow_body(order, rule_of(order, self.title), FOLLOW_NAMES),
            follows=True,
            spare_ids=not_these(source),
        )

    async def _create(self, order: ProviderOrder) -> Draft:
        picture, link = picture_of(order), None
        if picture is not None:
            data = await picture_bytes(picture, order.model, self.title)
            body = await self._line.upload(UPLOAD, [("file", filename(picture.mime), data, picture.mime)])
            link = find_url(body)
            if link is None:
                raise NotSent(provider=self.title, reason="the upload gave no link")
        path = order.model.path or CREATE
        return Draft(
            method="POST",
            path=path,
            protocol=PROTOCOL,
            fields=create_body(order, CREATE_NAMES, link),
            spare_ids={} if path == CREATE else {"route": path},
        )

    async def submit(self, draft: Draft) -> Task:
        task_id, _ = await self._line.request_once(draft)
        return Task(task_id=task_id, protocol=PROTOCOL, endpoint=self._line.endpoint, spare_ids=draft.spare_ids)

    async def check(self, task: Task) -> TaskState:
        """The remix pages do not say where a remix is polled, hence the second route (1.2)."""
        task_id = quote(task.task_id, safe="")
        first = task.spare_ids.get("route", CREATE)
        routes = dict.fromkeys((f"{first}/{task_id}", f"{CREATE}/{task_id}", f"/v1/videos/{task_id}"))
        return await self._line.state(task, [(route, None) for route in routes], read_state)

    async def fetch(self, ready: Ready, into: Path, limits: FetchLimits) -> None:
        await self._line.fetch(ready, into, limits)

    async def forget(self, task: Task) -> bool:
        """ToAPIs documents neither cancel nor delete."""
        return False

    async def balance(self) -> Balance | None:
        """The unit depends on the server's settings (1.8), so it is only called a balance."""
        body = await self._line.read("/v1/balance")
        left = dig(body, "remain_balance")
        if isinstance(left, bool) or not isinstance(left, int | float):
            return None
        unlimited = dig(body, "unlimited_quota") is True or left == -1
        return Balance(left=None if unlimited else float(left), unit="balance")

    async def close(self) -> None:
        await self._line.close()
