"""Whatever speaks /v1/videos: Bifrost, LiteLLM, plain servers. Source: reference/providers.md 3 to 5, seed 003."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bot.jobs.errors import Refused, Unreachable
from bot.jobs.job import Kind
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Balance, Draft, FetchLimits, Pending, ProviderOrder, Ready, Task, TaskState
from bot.ports.provider_capabilities import LostRequest
from bot.providers.account import Account
from bot.providers.json_fields import dig, read_task_id, read_time, text_at
from bot.providers.openai_flavours import FLAVOURS, bifrost_id, head_of
from bot.providers.request_bodies import (
    as_data_uri,
    clean,
    create_body,
    filename,
    not_these,
    picture_bytes,
    picture_of,
    rule_of,
    source_of,
)
from bot.providers.task_state import StatusResponse, read_state
from bot.providers.transport import ProviderTransport

VIDEOS = "/v1/videos"
LISTED = 100
CLOCKS_DIFFER_S = 60.0
NAMES = {"aspect": "aspect_ratio", "seconds": "seconds", "resolution": "resolution", "image": "input_reference"}
ID_PATHS = ("id", "data.id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A task that the gateway lists: what a person needs to tell whether it is theirs."""

    task_id: str
    status: str
    prompt: str
    created_at: float | None
    state: TaskState


class OpenAIVideos:
    """One gateway. Its flavour is stored with a task as the protocol."""

    echoes_ref = False  # its list shows prompts and no reference of ours

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        self.account = account.name
        self.title = account.title
        self.paid_timeout_s = account.paid_timeout_s
        self.jobs_at_once = account.jobs_at_once
        self.requests_per_s = account.requests_per_s
        self._protocol = account.flavour
        self._flavour = FLAVOURS[account.flavour]
        self._encoding = account.encoding or self._flavour.encoding
        headers = self._flavour.headers(account.key)
        self._lists = True
        self._line = ProviderTransport(
            account, guard, headers, not_executed=self._flavour.not_executed, read_cut=head_of
        )

    async def draft(self, order: ProviderOrder) -> Draft:
        if order.rung == "edit" or order.kind is Kind.EXTEND:
            raise Refused(provider=self.title, reason=f"no {order.kind} by {order.rung} over this protocol")
        if order.kind is Kind.GENERATE or order.rung == "image":
            return await self._create(order)
        source = source_of(order, self.title)
        rule_of(order, self.title)
        return Draft(
            method="POST",
            path=f"{VIDEOS}/{quote(source.task.task_id, safe='')}/remix",
            protocol=self._protocol,
            fields={"prompt": clean(order.prompt)},  # everything else is the source's
            follows=True,
            spare_ids=not_these(source),
        )

    async def _create(self, order: ProviderOrder) -> Draft:
        encoding = order.model.encoding or self._encoding
        picture, image = picture_of(order), None
        files: list[tuple[str, str, bytes, str]] = []
        if picture is not None:
            data = await picture_bytes(picture, order.model, self.title)
            if encoding == "multipart":
                files.append(("input_reference", filename(picture.mime), data, picture.mime))
            else:
                image = as_data_uri(data, picture.mime)
        names = NAMES
        if self._protocol != "bifrost":  # a plain server takes {"image_url": …} in JSON, Bifrost the text alone
            names = {**NAMES, "image": "input_reference.image_url"}
        return Draft(
            method="POST",
            path=order.model.path or VIDEOS,
            protocol=self._protocol,
            fields=create_body(order, names, image),
            encoding=encoding,
            files=files,
        )

    async def submit(self, draft: Draft) -> Task:
        task_id, body = await self._line.request_once(draft, ID_PATHS)
        if draft.protocol == "bifrost":
            source_id, model = draft.spare_ids.get("source_id", ""), str(draft.fields.get("model", ""))
            asked_of = source_id.rpartition(":")[2] if draft.follows else model.partition("/")[0]
            task_id = bifrost_id(task_id, body, asked_of)
        return Task(task_id=task_id, protocol=draft.protocol, endpoint=self._line.endpoint, spare_ids=draft.spare_ids)

    async def check(self, task: Task) -> TaskState:
        endpoint = task.endpoint or self._line.endpoint
        path = f"{VIDEOS}/{quote(task.task_id, safe='')}"
        content = Ready(url=f"{endpoint}{path}/content", authorised=True, endpoint=endpoint)
        first = FLAVOURS.get(task.protocol, self._flavour).content_first

        def read(look: StatusResponse, of: Task) -> TaskState:
            return read_state(look, of, content=content, content_first=first)

        return await self._line.state(task, [(path, None)], read)

    async def fetch(self, ready: Ready, into: Path, limits: FetchLimits) -> None:
        await self._line.fetch(ready, into, limits)

    async def forget(self, task: Task) -> bool:
        """Delete, or cancel where the gateway's provider does so (Runway). LiteLLM has no such route."""
        if not FLAVOURS.get(task.protocol, self._flavour).deletes:
            return False
        return await self._line.delete(f"{VIDEOS}/{quote(task.task_id, safe='')}", endpoint=task.endpoint)

    async def find(self, lost: LostRequest) -> Sequence[Task]:
        """Tasks with the prompt of a lost request that are not older than it. Raises as `check`."""
        upstream = lost.wire_model.partition("/")[0] if lost.protocol == "bifrost" else ""
        return [
            Task(task_id=each.task_id, protocol=lost.protocol, endpoint=self._line.endpoint)
            for each in await self.recent(upstream, LISTED)
            if each.prompt == clean(lost.prompt)
            and each.created_at is not None
            and each.created_at >= lost.since - CLOCKS_DIFFER_S
        ]

    async def check_many(self, tasks: Sequence[Task]) -> Mapping[str, TaskState]:
        """Those of the tasks that the newest pages show still running; an end is worth a question of its own."""
        found: dict[str, TaskState] = {}
        here = [each for each in tasks if each.protocol == self._protocol and self._is_here(each)]
        upstreams = {each.task_id.rpartition(":")[2] if self._protocol == "bifrost" else "" for each in here}
        for upstream in upstreams if self._lists else ():
            try:
                listed = await self.recent(upstream, LISTED)
            except Unreachable as error:
                if not 400 <= int(error.facts.get("status", 0)) < 500:
                    raise
                self._lists = False  # this one has no such route: from now on each task is asked about by itself
                return {}
            found |= {each.task_id: each.state for each in listed if isinstance(each.state, Pending)}
        return {each.task_id: found[each.task_id] for each in here if each.task_id in found}

    def _is_here(self, task: Task) -> bool:
        return (task.endpoint or self._line.endpoint) == self._line.endpoint

    async def recent(self, upstream: str = "", limit: int = 20) -> Sequence[Listed]:
        """The newest tasks of the account; gateways want to know of which `upstream`. Raises as `check`."""
        params = {"limit": str(limit)}
        if upstream:
            params["provider" if self._protocol == "bifrost" else "custom_llm_provider"] = upstream
        data = dig(await self._line.read(VIDEOS, params), "data")
        return [
            Listed(
                task_id=bifrost_id(task_id, item, upstream) if self._protocol == "bifrost" else task_id,
                status=text_at(item, "status"),
                prompt=text_at(item, "prompt"),
                created_at=read_time(dig(item, "created_at")),
                state=read_state(
                    StatusResponse(status=200, body=item), Task(task_id=task_id, protocol="", endpoint="")
                ),
            )
            for item in (data if isinstance(data, list) else [])
            if (task_id := read_task_id(item, ID_PATHS))
        ]

    async def balance(self) -> Balance | None:
        """Budgets of a gateway are its admin API's business."""
        return None

    async def close(self) -> None:
        await self._line.close()
