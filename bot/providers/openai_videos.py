"""Gateways with the API /v1/videos: Bifrost, LiteLLM, others. Source: reference/providers.md 3 to 5, seed 003."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bot.jobs.job import Kind
from bot.jobs.provider_errors import Refused, Unreachable
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Draft, Pending, ProviderOrder, Task, TaskState
from bot.ports.provider_capabilities import LostRequest
from bot.providers.account import Account
from bot.providers.adapter import Adapter, quote_id
from bot.providers.json_fields import first_text, get_path, read_task_id, read_time
from bot.providers.openai_flavours import FLAVOURS, Flavour, bifrost_task_id, read_truncated_body
from bot.providers.request_bodies import clean_prompt, create_draft, require_rule, require_source, source_ids
from bot.providers.task_state import StatusResponse, read_state
from bot.providers.transport import ProviderTransport

VIDEOS_PATH = "/v1/videos"
LIST_LIMIT = 100
CLOCK_SKEW_S = 60.0
FIELD_NAMES = {"aspect": "aspect_ratio", "seconds": "seconds", "resolution": "resolution", "image": "input_reference"}
BIFROST = "bifrost"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTask:
    """A task in a gateway's list, with what a person needs to recognise it."""

    task_id: str
    status: str
    prompt: str
    created_at: float | None
    state: TaskState


class OpenAIVideos(Adapter):
    """One gateway. A task stores the gateway's flavour as its protocol."""

    task_id_paths = ("id", "data.id")
    echoes_key = False  # the list contains prompts but no idempotency keys

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        flavour = FLAVOURS[account.flavour]
        transport = ProviderTransport(
            account,
            guard,
            flavour.auth_headers(account.key),
            not_executed=flavour.not_executed,
            read_truncated=read_truncated_body,
        )
        super().__init__(account, transport)
        self._protocol = account.flavour
        self._flavour = flavour
        self._encoding = account.encoding or flavour.encoding
        self._supports_list = True

    async def draft(self, order: ProviderOrder) -> Draft:
        if order.remix_method == "edit" or order.kind is Kind.EXTEND:
            raise Refused(provider=self.title, reason=f"no {order.kind} by {order.remix_method} over this protocol")
        if order.kind is Kind.GENERATE or order.remix_method == "image":
            return await self._create(order)
        source = require_source(order, self.title)
        require_rule(order, self.title)
        return Draft(
            method="POST",
            path=f"{VIDEOS_PATH}/{quote_id(source.task.task_id)}/remix",
            protocol=self._protocol,
            fields={"prompt": clean_prompt(order.prompt)},  # everything else is inherited from the source
            references_task=True,
            spare_ids=source_ids(source),
        )

    async def _create(self, order: ProviderOrder) -> Draft:
        names = FIELD_NAMES
        if self._protocol != BIFROST:  # in JSON a plain server accepts {"image_url": …}, Bifrost only the text
            names = {**FIELD_NAMES, "image": "input_reference.image_url"}
        return await create_draft(
            order,
            path=order.model.path or VIDEOS_PATH,
            protocol=self._protocol,
            names=names,
            encoding=order.model.encoding or self._encoding,
            provider=self.title,
        )

    async def submit(self, draft: Draft) -> Task:
        task_id, body = await self._transport.request_once(draft, self.task_id_paths)
        if draft.protocol == BIFROST:
            source_id, model = draft.spare_ids.get("source_id", ""), str(draft.fields.get("model", ""))
            provider = source_id.rpartition(":")[2] if draft.references_task else model.partition("/")[0]
            task_id = bifrost_task_id(task_id, body, provider)
        return self._new_task(task_id, draft)

    async def check(self, task: Task) -> TaskState:
        read = partial(
            read_state,
            content=self._content_route(task),
            content_first=self._flavour_of(task).prefers_content_route,
        )
        return await self._transport.poll(task, [(f"{VIDEOS_PATH}/{quote_id(task.task_id)}", None)], read)

    async def delete_task(self, task: Task) -> bool:
        """Delete the task, or cancel it if the gateway's provider does that (Runway). LiteLLM has no such route."""
        if not self._flavour_of(task).supports_delete:
            return False
        return await self._transport.delete(f"{VIDEOS_PATH}/{quote_id(task.task_id)}", endpoint=task.endpoint)

    async def find_tasks(self, lost: LostRequest) -> Sequence[Task]:
        """Return the tasks with the prompt of a lost request that aren't older than it. Raises as `check`."""
        upstream = lost.wire_model.partition("/")[0] if lost.protocol == BIFROST else ""
        return [
            Task(task_id=listed.task_id, protocol=lost.protocol, endpoint=self._transport.endpoint)
            for listed in await self.list_tasks(upstream, LIST_LIMIT)
            if listed.prompt == clean_prompt(lost.prompt)
            and listed.created_at is not None
            and listed.created_at >= lost.since - CLOCK_SKEW_S
        ]

    async def check_many(self, tasks: Sequence[Task]) -> Mapping[str, TaskState]:
        """Return the tasks that the newest pages show as running. Poll the others with `check`."""
        states: dict[str, TaskState] = {}
        own = [task for task in tasks if task.protocol == self._protocol and self._is_own_endpoint(task)]
        upstreams = {task.task_id.rpartition(":")[2] if self._protocol == BIFROST else "" for task in own}
        for upstream in upstreams if self._supports_list else ():
            try:
                listed_tasks = await self.list_tasks(upstream, LIST_LIMIT)
            except Unreachable as error:
                if not 400 <= int(error.facts.get("status", 0)) < 500:
                    raise
                self._supports_list = False  # this gateway has no list route: poll each task from now on
                return {}
            states |= {listed.task_id: listed.state for listed in listed_tasks if isinstance(listed.state, Pending)}
        return {task.task_id: states[task.task_id] for task in own if task.task_id in states}

    def _flavour_of(self, task: Task) -> Flavour:
        return FLAVOURS.get(task.protocol, self._flavour)

    def _is_own_endpoint(self, task: Task) -> bool:
        return (task.endpoint or self._transport.endpoint) == self._transport.endpoint

    async def list_tasks(self, upstream: str = "", limit: int = 20) -> Sequence[ListedTask]:
        """Return the newest tasks of the account at one `upstream`, which gateways require. Raises as `check`."""
        params = {"limit": str(limit)}
        if upstream:
            params["provider" if self._protocol == BIFROST else "custom_llm_provider"] = upstream
        items = get_path(await self._transport.get_json(VIDEOS_PATH, params), "data")
        return [
            ListedTask(
                task_id=bifrost_task_id(task_id, item, upstream) if self._protocol == BIFROST else task_id,
                status=first_text(item, "status"),
                prompt=first_text(item, "prompt"),
                created_at=read_time(get_path(item, "created_at")),
                state=read_state(
                    StatusResponse(status=200, body=item), Task(task_id=task_id, protocol="", endpoint="")
                ),
            )
            for item in (items if isinstance(items, list) else [])
            if (task_id := read_task_id(item, self.task_id_paths))
        ]
