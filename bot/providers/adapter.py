"""Base class of the provider adapters."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from bot.ports.provider import Balance, Draft, FetchLimits, Ready, Task
from bot.providers.account import Account
from bot.providers.json_fields import TASK_ID_PATHS
from bot.providers.transport import ProviderTransport


class Adapter:
    """What all adapters share: the account's limits, submitting, downloading and closing.

    By default an adapter can neither delete tasks nor report a balance.
    """

    task_id_paths: ClassVar[Sequence[str]] = TASK_ID_PATHS

    def __init__(self, account: Account, transport: ProviderTransport) -> None:
        self.account = account.name
        self.title = account.title
        self.paid_timeout_s = account.paid_timeout_s
        self.jobs_at_once = account.jobs_at_once
        self.requests_per_s = account.requests_per_s
        self._transport = transport

    async def submit(self, draft: Draft) -> Task:
        task_id, _ = await self._transport.request_once(draft, self.task_id_paths)
        return self._new_task(task_id, draft)

    async def fetch(self, ready: Ready, into: Path, limits: FetchLimits) -> None:
        await self._transport.fetch(ready, into, limits)

    async def delete_task(self, task: Task) -> bool:
        return False

    async def balance(self) -> Balance | None:
        return None

    async def close(self) -> None:
        await self._transport.close()

    def _new_task(self, task_id: str, draft: Draft, spare_ids: Mapping[str, str] | None = None) -> Task:
        return Task(
            task_id=task_id,
            protocol=draft.protocol,
            endpoint=self._transport.endpoint,
            spare_ids=draft.spare_ids if spare_ids is None else spare_ids,
        )

    def _content_route(self, task: Task) -> Ready:
        """Return the provider's own route to a clip, `/v1/videos/{id}/content`."""
        endpoint = task.endpoint or self._transport.endpoint
        url = f"{endpoint}/v1/videos/{quote_id(task.task_id)}/content"
        return Ready(url=url, authorised=True, endpoint=endpoint)


def quote_id(task_id: str) -> str:
    """Percent-encode a task id for use as one segment of a path."""
    return quote(task_id, safe="")
