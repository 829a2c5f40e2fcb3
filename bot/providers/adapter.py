"""Base class of the provider adapters."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from bot.jobs.provider_errors import NoBalance, Unreachable
from bot.ports.provider import Balance, Draft, FetchLimits, KeyAnswer, Missing, Ready, Task, TaskState
from bot.providers.account import Account
from bot.providers.json_fields import TASK_ID_PATHS, first_text, get_path
from bot.providers.transport import ProviderTransport

NOT_ABOUT_THE_LIST = (401, 403, 408, 429)  # about the key, the time or the rate
LISTED_MODELS_PATH = "/v1/models"
UNKNOWN_TASK = "00000000-0000-0000-0000-000000000000"  # some providers take nothing but a UUID for an id


class Adapter(ABC):
    """What all adapters share: the account's limits, submitting, asking about the key, downloading and closing.

    By default an adapter can neither delete tasks nor report a balance.
    """

    lists_models: ClassVar[bool] = False  # at LISTED_MODELS_PATH
    task_id_paths: ClassVar[Sequence[str]] = TASK_ID_PATHS

    def __init__(self, account: Account, transport: ProviderTransport) -> None:
        self.account = account.name
        self.title = account.title
        self.paid_timeout_s = account.paid_timeout_s
        self.jobs_at_once = account.jobs_at_once
        self.requests_per_s = account.requests_per_s
        self._transport = transport
        self._protocol = account.protocol

    async def submit(self, draft: Draft) -> Task:
        task_id, _ = await self._transport.request_once(draft, self.task_id_paths)
        return self._new_task(task_id, draft)

    @abstractmethod
    async def check(self, task: Task) -> TaskState: ...

    async def check_key(self) -> KeyAnswer:
        """Ask for the models, or for a task that doesn't exist if the dialect or this server has no list."""
        if self.lists_models:
            try:
                return await self._list_models()
            except (Unreachable, NoBalance) as error:
                if not is_no_list(error):
                    raise
        task = Task(task_id=UNKNOWN_TASK, protocol=self._protocol, endpoint=self._transport.endpoint)
        return KeyAnswer(expected=isinstance(await self.check(task), Missing))

    async def _list_models(self, path: str = LISTED_MODELS_PATH) -> KeyAnswer:
        """Ask for the account's models, `data[].id`. Raises as `check_key`."""
        body = await self._transport.get_json(path)
        items = get_path(body, "data")
        if not isinstance(items, list):
            return KeyAnswer(expected=False)
        if get_path(body, "has_more") is True or first_text(body, "next_page_token"):
            return KeyAnswer(expected=True)  # one page doesn't tell what is missing
        return KeyAnswer(expected=True, models=frozenset(name for item in items if (name := first_text(item, "id"))))

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


def is_no_list(error: Unreachable | NoBalance) -> bool:
    """Return whether the server has no such list: a 4xx that is neither about the key nor about time or rate."""
    status = int(error.facts.get("status", 0))
    return 400 <= status < 500 and status not in NOT_ABOUT_THE_LIST
