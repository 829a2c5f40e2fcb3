"""ToAPIs: JSON in, `generation.task` out, clips at a CDN. Source: reference/providers.md 1, seeds 000, 002, 004."""

from bot.catalogue.model import Model
from bot.jobs.job import Kind
from bot.jobs.provider_errors import NotPossible, UploadFailed
from bot.net.response import bearer_header
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Balance, Draft, Picture, ProviderOrder, Task, TaskState
from bot.providers.account import Account
from bot.providers.adapter import Adapter, quote_id
from bot.providers.clip_links import find_url
from bot.providers.json_fields import get_path
from bot.providers.request_bodies import (
    create_body,
    follow_up_body,
    order_pictures,
    picture_filename,
    read_picture,
    require_rule,
    require_source,
    source_ids,
)
from bot.providers.task_state import read_state
from bot.providers.transport import ProviderTransport

PROTOCOL = "toapis"
CREATE_PATH = "/v1/videos/generations"
UPLOAD_PATH = "/v1/uploads/images"
CREATE_NAMES = {"aspect": "aspect_ratio", "seconds": "duration", "resolution": "resolution", "image": "image_urls[]"}
FOLLOW_UP_NAMES = {"aspect": "aspect_ratio", "seconds": "duration", "resolution": "size"}


class ToAPIs(Adapter):
    """One ToAPIs account. ToAPIs documents neither cancellation nor deletion."""

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        # 422 is documented as content_policy_violation, without a body (1.8).
        super().__init__(account, ProviderTransport(account, guard, bearer_header(account.key), policy_422=True))

    async def draft(self, order: ProviderOrder) -> Draft:
        if order.remix_method == "edit":
            raise NotPossible(provider=self.title, reason="ToAPIs takes no videos, only ids of its own")
        if order.kind is Kind.GENERATE or order.remix_method == "image":
            return await self._create(order)
        source = require_source(order, self.title)
        verb = "extend" if order.kind is Kind.EXTEND else "remix"
        return Draft(
            method="POST",
            path=f"/v1/videos/{quote_id(source.task.task_id)}/{verb}",
            protocol=PROTOCOL,
            fields=follow_up_body(order, require_rule(order, self.title), FOLLOW_UP_NAMES),
            references_task=True,
            spare_ids=source_ids(source),
        )

    async def _create(self, order: ProviderOrder) -> Draft:
        images = [(option, await self._upload(picture, order.model)) for option, picture in order_pictures(order)]
        path = order.model.path or CREATE_PATH
        return Draft(
            method="POST",
            path=path,
            protocol=PROTOCOL,
            fields=create_body(order, CREATE_NAMES, images),
            spare_ids={} if path == CREATE_PATH else {"route": path},
        )

    async def _upload(self, picture: Picture, model: Model) -> str:
        """Upload a picture and return its link. Raises as `draft`."""
        data = await read_picture(picture, model, self.title)
        files = [("file", picture_filename(picture.mime), data, picture.mime)]
        url = find_url(await self._transport.upload(UPLOAD_PATH, files=files))
        if url is None:
            raise UploadFailed(provider=self.title, reason="the upload gave no link")
        return url

    async def check(self, task: Task) -> TaskState:
        """Poll several routes: the remix pages don't document which one serves remixes (1.2)."""
        task_id = quote_id(task.task_id)
        create_path = task.spare_ids.get("route", CREATE_PATH)
        paths = dict.fromkeys((f"{create_path}/{task_id}", f"{CREATE_PATH}/{task_id}", f"/v1/videos/{task_id}"))
        return await self._transport.poll(task, [(path, None) for path in paths], read_state)

    async def balance(self) -> Balance | None:
        """Return the balance. Its unit depends on the server's settings (1.8), so the unit is just "balance"."""
        body = await self._transport.get_json("/v1/balance")
        remaining = get_path(body, "remain_balance")
        if isinstance(remaining, bool) or not isinstance(remaining, int | float):
            return None
        unlimited = get_path(body, "unlimited_quota") is True or remaining == -1
        return Balance(remaining=None if unlimited else float(remaining), unit="balance")
