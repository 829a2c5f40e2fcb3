"""Gateways with the API /v1/videos: Bifrost, LiteLLM, others. Source: reference/providers.md 3 to 5, seed 003."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bot.catalogue.listed import ModelListing
from bot.catalogue.model import Model
from bot.jobs.job import Kind
from bot.jobs.provider_errors import ClipTooLong, NoBalance, NotPossible, Unreachable
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Draft, Pending, ProviderOrder, Task, TaskState
from bot.ports.provider_capabilities import Cancellation, LostRequest, NotStopped, Stopped
from bot.providers.account import Account, Encoding
from bot.providers.adapter import Adapter, is_no_list, quote_id
from bot.providers.json_fields import first_text, get_path, listed_names, read_task_id, read_time
from bot.providers.openai_flavours import FLAVOURS, Flavour, bifrost_task_id, read_truncated_body
from bot.providers.request_bodies import (
    clean_prompt,
    create_body,
    create_draft,
    order_pictures,
    read_clip_bytes,
    require_rule,
    require_source,
    source_ids,
)
from bot.providers.task_state import StatusResponse, read_state
from bot.providers.transport import ProviderTransport

VIDEOS_PATH, MODELS_PATH = "/v1/videos", "/v1/models"
LIST_LIMIT = 100
CLOCK_SKEW_S = 60.0
MAX_CLIP_BYTES = 100_000_000  # vLLM-Omni documents 512 MiB for the uploads that it streams, and none for this one
FIELD_NAMES = {"aspect": "aspect_ratio", "seconds": "seconds", "resolution": "resolution", "image": "input_reference"}
BIFROST = "bifrost"
OWN_SERVERS = ("vllm", "sglang")  # they serve video models only
USUAL_SECONDS = (5,)  # sent with models of which only the name is known


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
    lists_models = True
    echoes_key = False  # the list contains prompts but no idempotency keys

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        flavour = FLAVOURS[account.flavour]
        transport = ProviderTransport(
            account,
            guard,
            flavour.headers(account.key),
            not_executed=flavour.not_executed,
            read_truncated=read_truncated_body,
        )
        super().__init__(account, transport)
        self._protocol = account.flavour
        self._flavour = flavour
        self._encoding = account.encoding or flavour.encoding
        self._supports_list = True

    async def draft(self, order: ProviderOrder) -> Draft:
        if self._remakes_clip(order):
            return await self._remake(order)
        if order.kind is Kind.GENERATE or order.remix_method == "image":
            return await self._create(order)
        if order.remix_method == "edit" or order.kind is Kind.EXTEND:
            raise NotPossible(provider=self.title, reason=f"no {order.kind} by {order.remix_method} over this protocol")
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
            encoding=self._encoding_of(order),
            provider=self.title,
        )

    def _remakes_clip(self, order: ProviderOrder) -> bool:
        takes_clips = self._flavour.takes_clips and order.model.takes_video_s is not None
        return takes_clips and order.kind is Kind.REMIX and order.remix_method != "image"

    async def _remake(self, order: ProviderOrder) -> Draft:
        """Build a new video from a clip, which is sent as a file."""
        source, rule = require_source(order, self.title), require_rule(order, self.title)
        max_s = order.model.takes_video_s or 0.0
        if source.clip_seconds is not None and source.clip_seconds > max_s:
            raise ClipTooLong(provider=self.title, limit=f"{max_s:g}")
        data = await read_clip_bytes(source.clip, MAX_CLIP_BYTES, self.title)
        fields = create_body(order, {**FIELD_NAMES, **rule.fields})
        return Draft(
            method="POST",
            path=order.model.path or VIDEOS_PATH,
            protocol=self._protocol,
            fields={**fields, **rule.constants, "model": rule.model or order.model.wire},
            encoding="multipart",
            files=[(rule.fields.get("video", FIELD_NAMES["image"]), "clip.mp4", data, "video/mp4")],
            spare_ids=source_ids(source),
        )

    def _encoding_of(self, order: ProviderOrder) -> Encoding:
        with_file = self._flavour.multipart_files and bool(order_pictures(order))
        return order.model.encoding or ("multipart" if with_file else self._encoding)

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

    def can_cancel(self, task: Task) -> bool:
        return self._flavour_of(task).stops_task(task.task_id)

    async def cancel(self, task: Task) -> Cancellation:
        """Stop a task by the request that deletes it. Its cost isn't documented."""
        response = await self._transport.cancel(
            "DELETE", f"{VIDEOS_PATH}/{quote_id(task.task_id)}", endpoint=task.endpoint
        )
        return NotStopped() if response is None else Stopped(free=False)

    async def delete_task(self, task: Task) -> bool:
        """Delete the task, or cancel it if the gateway's provider does that (Runway). LiteLLM has no such route."""
        if not self._flavour_of(task).supports_delete:
            return False
        return await self._transport.delete(f"{VIDEOS_PATH}/{quote_id(task.task_id)}", endpoint=task.endpoint)

    async def find_tasks(self, lost: LostRequest) -> Sequence[Task] | None:
        """Return the tasks with the prompt of a lost request that aren't older than it. Raises as `check`.

        Return None if the gateway has no list, or one without prompts (SGLang).
        """
        upstream = lost.wire_model.partition("/")[0] if lost.protocol == BIFROST else ""
        listed_tasks = await self.list_tasks(upstream, LIST_LIMIT)
        if listed_tasks is None or (listed_tasks and not any(listed.prompt for listed in listed_tasks)):
            return None
        return [
            Task(task_id=listed.task_id, protocol=lost.protocol, endpoint=self._transport.endpoint)
            for listed in listed_tasks
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
            listed_tasks = await self.list_tasks(upstream, LIST_LIMIT)
            if listed_tasks is None:
                self._supports_list = False  # poll each task from now on
                return {}
            states |= {listed.task_id: listed.state for listed in listed_tasks if isinstance(listed.state, Pending)}
        return {task.task_id: states[task.task_id] for task in own if task.task_id in states}

    async def fetch_model_list(self, known: Collection[str]) -> object:
        """Return the list of models, which has their names only."""
        return await self._transport.get_json(MODELS_PATH)

    def read_model_list(self, body: object) -> ModelListing | None:
        """Read the names. The servers of a host list what they serve: a video model each, without its options.

        A gateway's wildcard and a page of several may hide models. Bifrost can't list those of every provider.
        """
        names = listed_names(body)
        if names is None:
            return None
        paged = get_path(body, "has_more") is True or bool(get_path(body, "next_page_token"))
        hidden = paged or any("*" in name for name in names) or self._protocol == BIFROST
        serves = sorted(names) if self._protocol in OWN_SERVERS else []
        return ModelListing(names=names, models=tuple(map(_bare_model, serves)), complete=not hidden)

    def _flavour_of(self, task: Task) -> Flavour:
        return FLAVOURS.get(task.protocol, self._flavour)

    def _is_own_endpoint(self, task: Task) -> bool:
        return (task.endpoint or self._transport.endpoint) == self._transport.endpoint

    async def list_tasks(self, upstream: str = "", limit: int = 20) -> Sequence[ListedTask] | None:
        """Return the newest tasks of the account at one `upstream`, which gateways require. Raises as `check`.

        Return None if the gateway has no such list: a 4xx that is neither about the key nor about time or rate.
        """
        params = {"limit": str(limit)}
        if upstream:
            params["provider" if self._protocol == BIFROST else "custom_llm_provider"] = upstream
        try:
            items = get_path(await self._transport.get_json(VIDEOS_PATH, params), "data")
        except (Unreachable, NoBalance) as error:
            if is_no_list(error):
                return None
            raise
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


def _bare_model(name: str) -> Model:
    key = re.sub(r"[^\w.+-]", "-", name.rpartition("/")[2])
    return Model(
        key=key,
        kind="openai_videos",
        title=key[:40],
        wire=name,
        family=name,
        seconds=USUAL_SECONDS,
        default_seconds=USUAL_SECONDS[0],
    )
