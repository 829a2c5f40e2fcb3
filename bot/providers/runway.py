"""Runway: text, pictures and clips to video, each clip by data URI or upload. Source: providers-next.md 5.2.

Also docs.dev.runwayml.com (api, assets/inputs, errors, guides/pricing) and the types of its SDK 5.24.0.
"""

from dataclasses import replace
from decimal import Decimal

from bot.jobs.job import Kind
from bot.jobs.provider_errors import ClipTooLong, UploadFailed
from bot.net.response import bearer_header
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Balance, Draft, Failed, KeyAnswer, Pending, ProviderOrder, Source, Task, TaskState
from bot.ports.provider_capabilities import Cancellation, NotStopped, Stopping
from bot.providers.account import Account
from bot.providers.adapter import Adapter, quote_id
from bot.providers.error_body import ErrorBody
from bot.providers.json_fields import first_text, get_path, read_amount
from bot.providers.request_bodies import (
    create_body,
    encode_data_uri,
    follow_up_body,
    order_pictures,
    picture_filename,
    read_clip_bytes,
    read_picture,
    require_rule,
    require_source,
    set_field,
    source_ids,
)
from bot.providers.task_state import StatusResponse, read_state, with_cost
from bot.providers.transport import ProviderTransport

PROTOCOL = "runway"
VERSION_HEADER = {"X-Runway-Version": "2024-11-06"}  # a request without it is refused
FIELD_NAMES = {
    "prompt": "promptText", "size": "ratio", "aspect": "ratio", "seconds": "duration", "resolution": "resolution",
    "image": "promptImage", "video": "videoUri",
}  # fmt: skip
MAX_DATA_URI_LENGTH = 5_000_000  # of the encoded text: the documentation doesn't say which size its 5 MB are
MAX_CLIP_BYTES = 50_000_000  # uploads accept 200 MB, but a clip is held in memory
CREDIT_MICROS = Decimal(10_000)  # $0.01 a credit, guides/quickstart


class Runway(Adapter):
    """One Runway account. Runway documents no idempotency key, no list of tasks and no webhook.

    Every remix and extension sends the clip itself, so its source may be from any provider. Prompts are moderated in
    the task, not in the response to the request.
    """

    task_id_paths = ("id",)

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        super().__init__(account, ProviderTransport(account, guard, bearer_header(account.key) | VERSION_HEADER))

    async def draft(self, order: ProviderOrder) -> Draft:
        if order.kind is Kind.GENERATE or order.remix_method == "image":
            return await self._create(order)
        source, rule = require_source(order, self.title), require_rule(order, self.title)
        fields = follow_up_body(order, rule, FIELD_NAMES)
        set_field(fields, {**FIELD_NAMES, **rule.fields}["video"], await self._send_clip(order, source))
        return _draft("/v1/video_to_video", fields, source)

    async def _create(self, order: ProviderOrder) -> Draft:
        pictures = order_pictures(order)
        images = []
        for option, picture in pictures:
            data = await read_picture(picture, order.model, self.title)
            images.append((option, await self._as_uri(data, picture.mime, picture_filename(picture.mime))))
        has_frame = any(option != "reference" for option, _ in pictures)
        path = "/v1/image_to_video" if has_frame else "/v1/text_to_video"
        return _draft(path, create_body(order, FIELD_NAMES, images), None)

    async def _send_clip(self, order: ProviderOrder, source: Source) -> str:
        max_s = order.model.takes_video_s
        if max_s is not None and source.clip_seconds is not None and source.clip_seconds > max_s:
            raise ClipTooLong(provider=self.title, limit=f"{max_s:g}")
        data = await read_clip_bytes(source.clip, MAX_CLIP_BYTES, self.title)
        return await self._as_uri(data, "video/mp4", "video.mp4")

    async def _as_uri(self, data: bytes, mime: str, filename: str) -> str:
        """Return a file as a data URI, or upload it and return its `runway://` address, which is valid for a day.

        The upload goes to the given address without the key.
        """
        if len(data) * 4 // 3 + 100 <= MAX_DATA_URI_LENGTH:
            return encode_data_uri(data, mime)
        body = await self._transport.upload("/v1/uploads", json={"filename": filename, "type": "ephemeral"})
        upload_url, uri, fields = first_text(body, "uploadUrl"), first_text(body, "runwayUri"), get_path(body, "fields")
        if not upload_url or not uri.startswith("runway://") or not isinstance(fields, dict):
            raise UploadFailed(provider=self.title, reason="the upload gave no address")
        await self._transport.store(upload_url, data, mime, {str(name): str(value) for name, value in fields.items()})
        return uri

    async def check(self, task: Task) -> TaskState:
        """Return the state of a task. Its links expire after 24 to 48 h; each check returns fresh ones."""
        return await self._transport.poll(task, [(f"/v1/tasks/{quote_id(task.task_id)}", None)], read_task)

    def can_cancel(self, task: Task) -> bool:
        return True

    async def cancel(self, task: Task) -> Cancellation:
        """Cancel a task. Credits come back only if Runway didn't find it running; `check` tells how many it cost.

        The same request deletes a task that has ended, and its video with it.
        """
        response = await self._transport.cancel("DELETE", f"/v1/tasks/{quote_id(task.task_id)}", endpoint=task.endpoint)
        return NotStopped() if response is None else Stopping()

    async def delete_task(self, task: Task) -> bool:
        """Cancel or delete a task, which can't be fetched any more then. Deleting a finished one refunds nothing."""
        return await self._transport.delete(f"/v1/tasks/{quote_id(task.task_id)}", endpoint=task.endpoint)

    async def check_key(self) -> KeyAnswer:
        """Ask about the key's organization, which names the models of its tier."""
        body = await self._transport.get_json("/v1/organization")
        models = get_path(body, "tier.models")
        return KeyAnswer(
            expected=isinstance(get_path(body, "creditBalance"), int | float),
            models=frozenset(models) if isinstance(models, dict) else None,
        )

    async def balance(self) -> Balance | None:
        credits_left = get_path(await self._transport.get_json("/v1/organization"), "creditBalance")
        if isinstance(credits_left, bool) or not isinstance(credits_left, int | float):
            return None
        return Balance(remaining=float(credits_left), unit="credits")


def _draft(path: str, fields: dict[str, object], source: Source | None) -> Draft:
    spare_ids = {} if source is None else source_ids(source)
    return Draft(method="POST", path=path, protocol=PROTOCOL, fields=fields, spare_ids=spare_ids)


def read_task(response: StatusResponse, task: Task) -> TaskState:
    """Return the state of a task. `SAFETY.INPUT` codes are refused inputs, `SAFETY.OUTPUT` codes withheld clips."""
    state, body = read_state(response, task), response.body
    match state:
        case Pending():
            return replace(state, progress=_read_progress(body, state.progress))
        case Failed():
            code, failure = first_text(body, "failureCode"), first_text(body, "failure")
            withheld = code.startswith("SAFETY.OUTPUT")
            failed = replace(
                state,
                reason=ErrorBody(message=": ".join(filter(None, (code, failure)))).reason or state.reason,
                policy=state.policy or code.startswith("SAFETY"),
                withheld=state.withheld or withheld,
            )
            return with_cost(failed, read_cost(body))
        case _:
            return with_cost(state, read_cost(body))


def _read_progress(body: object, percent: float | None) -> float | None:
    """Return percent from `progress`, which is a number from 0 to 1.

    Source: docs.dev.runwayml.com/api as read by others on 2026-10-04; the SDK gives no range.
    """
    progress = get_path(body, "progress")
    if isinstance(progress, bool) or not isinstance(progress, int | float):
        return percent
    return progress * 100.0 if 0 <= progress <= 1 else None


def read_cost(body: object) -> float | None:
    """Return what an ended task cost in millionths of a dollar, after refunds, as `read_amount`."""
    return read_amount(get_path(body, "cost.credits"), CREDIT_MICROS)
