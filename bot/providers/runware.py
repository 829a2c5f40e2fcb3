"""Runware: one route for all tasks, in lists; the client chooses each task's id and can ask about it afterwards.

Source: runware.ai/docs/models-api (task-polling, task-details, errors, media-storage, account-management) and the types
of its SDK 0.5.24.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from bot.jobs.job import Kind
from bot.jobs.provider_errors import (
    AccountTrouble,
    ClipTooLong,
    RateLimited,
    UnclearAnswer,
    Unreachable,
    UploadFailed,
)
from bot.net.response import bearer_header
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Balance, Draft, KeyAnswer, Missing, Pending, ProviderOrder, Source, Task, TaskState
from bot.ports.provider_capabilities import LostRequest
from bot.providers.account import Account
from bot.providers.adapter import NOT_ABOUT_THE_LIST, Adapter
from bot.providers.json_fields import first_text, get_path
from bot.providers.request_bodies import (
    create_body,
    encode_data_uri,
    follow_up_body,
    order_pictures,
    read_clip_bytes,
    read_picture,
    require_rule,
    require_source,
    set_field,
    source_ids,
)
from bot.providers.runware_answers import find_result, has_task, is_outcome_unknown, read_answer, read_state_of, unwrap
from bot.providers.task_state import StatusResponse
from bot.providers.transport import ProviderTransport

PROTOCOL = "runware"
PATH = "/v1"
FIELD_NAMES = {
    "prompt": "positivePrompt", "seconds": "duration", "aspect": "aspectRatio", "resolution": "resolution",
    "image": "inputs.frameImages[].image", "last_image": "inputs.frameImages[].image",
    "reference": "inputs.referenceImages[]", "video": "inputs.video",
}  # fmt: skip
ITEMS: Mapping[str, Mapping[str, object]] = {"image": {"frame": "first"}, "last_image": {"frame": "last"}}
ALWAYS = {
    "taskType": "videoInference", "deliveryMethod": "async", "outputType": "URL", "outputFormat": "MP4",
    "numberResults": 1, "includeCost": True,
}  # fmt: skip
MAX_CLIP_BYTES = 50_000_000


class Runware(Adapter):
    """One Runware account.

    The id of a task is made from our name for the request, so a lost request is looked up by it. Runware doesn't
    document what it answers for an id that it never got, so finding nothing proves nothing. It documents no
    cancellation. Pictures and clips are stored there first, because its answers may repeat the request.
    """

    echoes_key = False

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        transport = ProviderTransport(
            account, guard, bearer_header(account.key), unwrap=unwrap, is_outcome_unknown=is_outcome_unknown
        )
        super().__init__(account, transport)

    async def draft(self, order: ProviderOrder) -> Draft:
        if order.kind is Kind.GENERATE or order.remix_method == "image":
            return await self._create(order)
        source, rule = require_source(order, self.title), require_rule(order, self.title)
        fields = follow_up_body(order, rule, FIELD_NAMES)
        set_field(fields, {**FIELD_NAMES, **rule.fields}["video"], await self._store_clip(order, source))
        return _draft(fields, source_ids(source))

    async def _create(self, order: ProviderOrder) -> Draft:
        images = []
        for option, picture in order_pictures(order):
            data = await read_picture(picture, order.model, self.title)
            images.append((option, await self._store(data, picture.mime)))
        model = replace(order.model, items={**ITEMS, **order.model.items})
        fields = create_body(replace(order, model=model), FIELD_NAMES, images)
        if isinstance(size := fields.pop("size", None), str):
            width, _, height = size.partition("x")
            fields |= {"width": int(width), "height": int(height)}
        return _draft(fields, {})

    async def _store_clip(self, order: ProviderOrder, source: Source) -> str:
        max_s = order.model.takes_video_s
        if max_s is not None and source.clip_seconds is not None and source.clip_seconds > max_s:
            raise ClipTooLong(provider=self.title, limit=f"{max_s:g}")
        return await self._store(await read_clip_bytes(source.clip, MAX_CLIP_BYTES, self.title), "video/mp4")

    async def _store(self, data: bytes, mime: str) -> str:
        """Store a file in the account, and return its id for use in requests."""
        task = _task("mediaStorage", str(uuid.uuid4())) | {"operation": "upload", "media": encode_data_uri(data, mime)}
        media_id = first_text(await self._transport.upload(PATH, json=[task]), "data.0.mediaUUID")
        if not media_id:
            raise UploadFailed(provider=self.title, reason="the upload gave no id")
        return media_id

    async def submit(self, draft: Draft) -> Task:
        task_id = task_id_of(draft.idempotency_key)
        sent = replace(draft, fields={**draft.fields, "taskUUID": task_id})
        found, _ = await self._transport.request_once(sent, ("data.0.taskUUID",))
        if found != task_id:
            raise UnclearAnswer(provider=self.title)
        return self._new_task(task_id, draft)

    async def check(self, task: Task) -> TaskState:
        """Return the state of a task. One that isn't found among the running ones is looked for among the past ones."""
        response = await self._ask("getResponse", task.task_id, task.endpoint)
        if (state := read_answer(response, task)) is not None:
            return state
        missing = self._says_missing(response)
        details = await self._ask("getTaskDetails", task.task_id, task.endpoint)
        if (result := find_result(details.body, task.task_id)) is not None:
            return read_state_of(result, details, task)
        return Missing() if self._says_missing(details) and missing else Pending()

    def _says_missing(self, response: StatusResponse) -> bool:
        """Return whether an answer says that there is no such task, rather than nothing. Raise the error of another."""
        listed = isinstance(get_path(response.body, "data"), list) and not get_path(response.body, "error")
        if 200 <= response.status < 300 and listed:
            return False
        if (error := self._transport.read_error(response)) is not None:
            raise error
        return True

    async def _ask(self, kind: str, task_id: str, endpoint: str, **options: str) -> StatusResponse:
        return await self._transport.post(PATH, endpoint=endpoint, json=[_task(kind, task_id) | options])

    async def find_tasks(self, lost: LostRequest) -> Sequence[Task] | None:
        """Return the task of a lost request, if Runware knows its id. Raises as `check`."""
        task_id = task_id_of(lost.idempotency_key)
        for kind in ("getResponse", "getTaskDetails"):
            response = await self._ask(kind, task_id, self._transport.endpoint)
            if has_task(response.body, task_id):
                return [Task(task_id=task_id, protocol=lost.protocol, endpoint=self._transport.endpoint)]
            error = self._transport.read_error(response)
            if isinstance(error, AccountTrouble | RateLimited) or not _is_answer(response):
                raise error or Unreachable(provider=self.title, status=response.status)
        return []

    async def check_key(self) -> KeyAnswer:
        account = await self._account()
        return KeyAnswer(expected=first_text(account, "taskType") == "accountManagement")

    async def balance(self) -> Balance | None:
        left = get_path(await self._account(), "balance")
        if isinstance(left, bool) or not isinstance(left, int | float):
            return None
        return Balance(remaining=float(left), unit="US dollars")

    async def _account(self) -> object:
        endpoint = self._transport.endpoint
        response = await self._ask("accountManagement", str(uuid.uuid4()), endpoint, operation="getDetails")
        if 200 <= response.status < 300 and not response.page and not get_path(response.body, "error"):
            return get_path(response.body, "data.0")
        raise self._transport.read_error(response) or Unreachable(provider=self.title, status=response.status)


def task_id_of(idempotency_key: str) -> str:
    """Return the id of a task as Runware takes it, a UUID of version 4: always the same one for a request of ours."""
    if not idempotency_key:
        return str(uuid.uuid4())
    return str(uuid.UUID(bytes=sha256(idempotency_key.encode()).digest()[:16], version=4))


def _is_answer(response: StatusResponse) -> bool:
    """Return whether a response is about the id that was asked for, rather than about the key, the time or the rate."""
    about_id = 200 <= response.status < 300 or 400 <= response.status < 500
    return about_id and response.status not in NOT_ABOUT_THE_LIST and isinstance(response.body, dict)


def _task(kind: str, task_id: str) -> dict[str, object]:
    return {"taskType": kind, "taskUUID": task_id}


def _draft(fields: Mapping[str, object], spare_ids: Mapping[str, str]) -> Draft:
    return Draft(
        method="POST",
        path=PATH,
        protocol=PROTOCOL,
        fields={**ALWAYS, **fields},
        encoding="json_list",
        spare_ids=spare_ids,
    )
