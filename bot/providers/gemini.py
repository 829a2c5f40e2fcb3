"""Google's Gemini API: videos are interactions, follow-ups name the interaction before, media are files.

Source: reference/providers-next.md 5.4; ai.google.dev/gemini-api/docs/omni and ai.google.dev/api/files; the types of
Google's SDK 3.6.1.
"""

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bot.catalogue.listed import ModelListing
from bot.jobs.job import Kind
from bot.jobs.provider_errors import ClipTooLong, UploadFailed
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Draft, Failed, KeyAnswer, Pending, ProviderOrder, Ready, Source, Task, TaskState
from bot.ports.provider_capabilities import Cancellation, NotStopped, Stopped, WebhookCall
from bot.providers.account import Account
from bot.providers.adapter import Adapter, quote_id
from bot.providers.error_body import ErrorBody
from bot.providers.gemini_steps import ENDED, file_link, own_fields, read_output
from bot.providers.json_fields import MAX_LISTED, first_text, get_path
from bot.providers.request_bodies import (
    create_body,
    follow_up_body,
    order_pictures,
    read_clip_bytes,
    read_picture,
    require_rule,
    require_source,
    source_ids,
)
from bot.providers.secret_webhooks import decode_secret, read_standard_call
from bot.providers.task_state import StatusResponse, read_state
from bot.providers.transport import ProviderTransport
from bot.providers.vocabulary import Status, normalize_status, status_of

PROTOCOL = "gemini"
REVISION = {"Api-Revision": "2026-05-20"}
INTERACTIONS_PATH, FILES_PATH, UPLOAD_PATH = "/v1beta/interactions", "/v1beta/files", "/upload/v1beta/files"
FIELD_NAMES = {
    "aspect": "response_format.aspect_ratio", "resolution": "response_format.resolution",
    "seconds": "response_format.duration", "image": "images[]", "last_image": "images[]", "reference": "images[]",
}  # fmt: skip
MAX_CLIP_BYTES = 50_000_000  # a file may have 2 GB, but a clip is held in memory
FILE_CHECKS, FILE_PAUSE_S = 30, 1.0  # until an uploaded file can be used
MAX_MODELS = "1000"  # of one page


class Gemini(Adapter):
    """One Gemini API account, for which a paid tier is needed.

    Google documents no idempotency key, no list of interactions and no balance. A remix or an extension of an own video
    names its interaction; a clip from elsewhere is uploaded, which Google doesn't offer in the EEA, Switzerland and the
    UK. Answers repeat the inputs, so pictures are uploaded as well.
    """

    task_id_paths = ("id",)

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        key = {"x-goog-api-key": account.key} if account.key else {}
        super().__init__(account, ProviderTransport(account, guard, key | REVISION))
        self._webhook_key = decode_secret(account.webhook_secret) if account.webhook_secret else b""

    async def draft(self, order: ProviderOrder) -> Draft:
        if order.kind is Kind.GENERATE or order.remix_method == "image":
            return await self._create(order)
        source, rule = require_source(order, self.title), require_rule(order, self.title)
        by_id = order.remix_method == "native" and source.task.protocol == PROTOCOL
        media = [] if by_id else [await self._upload_clip(order, source)]
        task = "extend" if order.kind is Kind.EXTEND else "edit"
        fields = interaction_body(follow_up_body(order, rule, FIELD_NAMES), media, task)
        if by_id:
            fields["previous_interaction_id"] = source.task.task_id
        return _draft(fields, references_task=by_id, source=source)

    async def _create(self, order: ProviderOrder) -> Draft:
        pictures = order_pictures(order)
        media = []
        for _, picture in pictures:
            data = await read_picture(picture, order.model, self.title)
            media.append(await self._upload("image", data, picture.mime))
        options = {option for option, _ in pictures}
        task = "image_to_video" if options - {"reference"} else "reference_to_video" if options else "text_to_video"
        if "last_image" in options:
            order = replace(order, prompt=f"<FIRST_FRAME> <LAST_FRAME> {order.prompt}")
        return _draft(interaction_body(create_body(order, FIELD_NAMES), media, task))

    async def _upload_clip(self, order: ProviderOrder, source: Source) -> dict[str, object]:
        max_s = order.model.takes_video_s
        if max_s is not None and source.clip_seconds is not None and source.clip_seconds > max_s:
            raise ClipTooLong(provider=self.title, limit=f"{max_s:g}")
        data = await read_clip_bytes(source.clip, MAX_CLIP_BYTES, self.title)
        return await self._upload("video", data, "video/mp4")

    async def _upload(self, kind: str, data: bytes, mime: str) -> dict[str, object]:
        """Store a file at Google for 48 hours, and return it as a part of the input once it can be used."""
        start = {
            "X-Goog-Upload-Protocol": "resumable",
            "X-Goog-Upload-Command": "start",
            "X-Goog-Upload-Header-Content-Length": str(len(data)),
            "X-Goog-Upload-Header-Content-Type": mime,
        }
        told = await self._transport.upload_headers(UPLOAD_PATH, json={"file": {}}, headers=start)
        path = told.get("x-goog-upload-url", "").removeprefix(self._transport.endpoint)
        if not path.startswith("/"):  # the key must not go elsewhere
            raise UploadFailed(provider=self.title, reason="the upload gave no address")
        finish = {"X-Goog-Upload-Offset": "0", "X-Goog-Upload-Command": "upload, finalize", "Content-Type": mime}
        file = get_path(await self._transport.upload(path, content=data, headers=finish), "file")
        return {"type": kind, "uri": await self._wait_for_upload(file), "mime_type": mime}

    async def _wait_for_upload(self, file: object) -> str:
        name = first_text(file, "name").removeprefix("files/")
        for _ in range(FILE_CHECKS):
            uri, state = first_text(file, "uri"), first_text(file, "state")
            if not uri or not re.fullmatch(r"[\w-]{1,100}", name) or state == "FAILED":
                break
            if state != "PROCESSING":
                return uri
            await asyncio.sleep(FILE_PAUSE_S)
            file = await self._transport.get_json(f"{FILES_PATH}/{name}")
        raise UploadFailed(provider=self.title, reason="the uploaded file can't be used")

    async def read_webhook(self, headers: Mapping[str, str], body: bytes, now: float) -> WebhookCall | None:
        return read_standard_call(headers, body, self._webhook_key, now)

    async def check(self, task: Task) -> TaskState:
        """Return the state of a task. A finished clip is a file, which may need a moment until it can be fetched."""
        route = (f"{INTERACTIONS_PATH}/{quote_id(task.task_id)}", None)
        state = await self._transport.poll(task, [route], read_interaction)
        if not isinstance(state, Ready) or not state.authorised or ":download" not in state.url:
            return state
        path = state.url.removeprefix(state.endpoint).partition(":download")[0]
        response = await self._transport.get(path, endpoint=state.endpoint)
        match first_text(response.body, "state"):
            case "PROCESSING":
                return Pending(raw_status="PROCESSING")
            case "FAILED":
                return Failed(reason="the file of the finished video failed")
            case _:
                return state

    def can_cancel(self, task: Task) -> bool:
        return True

    async def cancel(self, task: Task) -> Cancellation:
        """Cancel an interaction that runs in the background. Google documents no refund."""
        path = f"{INTERACTIONS_PATH}/{quote_id(task.task_id)}/cancel"
        response = await self._transport.cancel("POST", path, endpoint=task.endpoint)
        return NotStopped() if response is None else Stopped(free=False)

    async def delete_task(self, task: Task) -> bool:
        """Delete an interaction, which can't be followed up any more then."""
        return await self._transport.delete(f"{INTERACTIONS_PATH}/{quote_id(task.task_id)}", endpoint=task.endpoint)

    async def check_key(self) -> KeyAnswer:
        """Ask for the models of the account."""
        body = await self.fetch_model_list(())
        listing = self.read_model_list(body)
        if listing is None:
            return KeyAnswer(expected=isinstance(get_path(body, "models"), list))
        return KeyAnswer(expected=True, models=listing.names if listing.complete else None)

    async def fetch_model_list(self, known: Collection[str]) -> object:
        """Return the list of the account's models, which has neither the options of videos nor prices."""
        return await self._transport.get_json("/v1beta/models", {"pageSize": MAX_MODELS})

    def read_model_list(self, body: object) -> ModelListing | None:
        """Read the names. Source: ai.google.dev/api/models. A page of several tells nothing about what is missing."""
        items = get_path(body, "models")
        if not isinstance(items, list) or len(items) > MAX_LISTED:
            return None
        named = (first_text(item, "name").removeprefix("models/") for item in items)
        names = frozenset(name for name in named if re.fullmatch(r"[\w.-]{1,200}", name, re.ASCII))
        return ModelListing(names=names, complete=not get_path(body, "nextPageToken")) if names else None


def interaction_body(fields: dict[str, object], media: Sequence[object], task: str) -> dict[str, object]:
    """Return the body of a new interaction, which runs in the background and can be followed up."""
    prompt, chosen = fields.pop("prompt"), fields.pop("response_format", None)
    response_format: dict[str, object] = {"type": "video", "delivery": "uri"}
    response_format |= chosen if isinstance(chosen, dict) else {}
    if "duration" in response_format:
        response_format["duration"] = f"{response_format['duration']}s"
    return {
        **fields,
        "input": [*media, {"type": "text", "text": prompt}],
        "response_format": response_format,
        "generation_config": {"video_config": {"task": task}},
        "background": True,
        "store": True,
    }


def _draft(fields: dict[str, object], *, references_task: bool = False, source: Source | None = None) -> Draft:
    return Draft(
        method="POST",
        path=INTERACTIONS_PATH,
        protocol=PROTOCOL,
        fields=fields,
        references_task=references_task,
        spare_ids={} if source is None else source_ids(source),
    )


def read_interaction(response: StatusResponse, task: Task) -> TaskState:
    """Return the state of an interaction, whose body repeats the inputs: only its own output counts.

    A refusal is a finished interaction that has a text in place of a video. Without either it is read again.
    """
    body = response.body
    word, output = first_text(body, "status"), read_output(body)
    error = ErrorBody(code=output.error_code, message=output.error)
    if normalize_status(word) in ENDED:
        return Failed(reason=": ".join(filter(None, (word, error.reason))))
    if status_of(word) is Status.DONE and output.text and not output.uri:
        return Failed(reason=ErrorBody(message=output.text).reason, policy=True)
    own = own_fields(body, output)
    if output.uri:
        own["url"] = file_link(output.uri, task.endpoint)
    return read_state(replace(response, body=own), task)
