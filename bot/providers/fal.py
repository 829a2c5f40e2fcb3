"""fal's queue: a route per model, links to follow, clips at a CDN. Source: reference/providers-next.md 5.3.

The model's id is the path. A remix or an extension uploads the clip, so its source may be from any provider.
"""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import quote, urlencode, urlsplit

from bot.catalogue.listed import ModelListing
from bot.jobs.job import Kind
from bot.jobs.provider_errors import ClipTooLong, UploadFailed
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Draft, Failed, Missing, Pending, ProviderOrder, Ready, Source, Task, TaskState
from bot.ports.provider_capabilities import Cancellation, NotStopped, Stopped, WebhookCall
from bot.providers import error_words
from bot.providers.account import Account
from bot.providers.adapter import Adapter, quote_id
from bot.providers.clip_links import find_url
from bot.providers.error_body import parse_error
from bot.providers.fal_lists import MODELS_SERVER, merge_answers, model_requests, read_list
from bot.providers.fal_webhooks import FalSignatures, is_fresh, signed_message, webhook_request_id
from bot.providers.json_fields import first_text, get_path, read_status
from bot.providers.request_bodies import (
    create_body,
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
from bot.providers.task_state import StatusResponse, has_state, read_state
from bot.providers.transport import ProviderTransport
from bot.providers.vocabulary import Status

PROTOCOL = "fal"
FIELD_NAMES = {
    "aspect": "aspect_ratio", "seconds": "duration", "resolution": "resolution", "image": "image_url",
    "video": "video_url",
}  # fmt: skip
STORAGE = "https://rest.fal.ai"
STORAGE_PATH = "/storage/upload/initiate"
KEYS_SERVER, KEYS_PATH = "https://rest.alpha.fal.ai", "/.well-known/jwks.json"  # of the webhooks' signatures
MAX_CLIP_BYTES = 50_000_000
LINKS = ("status_url", "response_url", "cancel_url")
DEFAULT_ROUTES = {"status_url": "{id}/status", "response_url": "{id}", "cancel_url": "{id}/cancel"}
ANY_APP = "xai/grok-imagine-video"  # of a request that no submit has named, such as the one that checks the key
COMPLETED = Pending(raw_status="COMPLETED")
# Request errors of the platform, 500 to 504. Its FAQ: "Server errors (HTTP 500+) are never charged."
SERVER_ERRORS = frozenset(
    {
        "request_timeout", "startup_timeout", "runner_scheduling_failure", "runner_connection_timeout",
        "runner_disconnected", "runner_connection_refused", "runner_connection_error", "runner_incomplete_response",
        "runner_server_error", "internal_error",
    }
)  # fmt: skip


class Fal(Adapter):
    """One fal account. fal documents no idempotency key, no list of requests and no balance for API keys."""

    task_id_paths = ("request_id",)

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        headers = {"Authorization": f"Key {account.key}"} if account.key else {}
        super().__init__(account, ProviderTransport(account, guard, headers))
        self._storage = storage_address(account.endpoint)
        self._webhook_url = account.webhook_url
        self._keys_server = KEYS_SERVER if self._storage == STORAGE else account.endpoint
        self._signatures = FalSignatures(self._fetch_keys)

    async def draft(self, order: ProviderOrder) -> Draft:
        if order.kind is Kind.GENERATE or order.remix_method == "image":
            pictures = [
                (option, await read_picture(picture, order.model, self.title), picture.mime)
                for option, picture in order_pictures(order)
            ]
            images = [
                (option, await self._upload(picture_filename(mime), data, mime)) for option, data, mime in pictures
            ]
            return _draft(create_body(order, FIELD_NAMES, images), {})
        source, rule = require_source(order, self.title), require_rule(order, self.title)
        max_s = order.model.takes_video_s or math.inf
        fields = follow_up_body(order, rule, FIELD_NAMES)
        set_field(fields, {**FIELD_NAMES, **rule.fields}["video"], await self._upload_clip(source, max_s))
        return _draft(fields, source_ids(source))

    async def _upload_clip(self, source: Source, max_s: float) -> str:
        if source.clip_seconds is not None and source.clip_seconds > max_s:
            raise ClipTooLong(provider=self.title, limit=f"{max_s:g}")
        data = await read_clip_bytes(source.clip, MAX_CLIP_BYTES, self.title)
        return await self._upload("video.mp4", data, "video/mp4")

    async def _upload(self, name: str, data: bytes, mime: str) -> str:
        """Store a file at fal and return its link. The file goes to the given link without the key."""
        body = await self._transport.upload(
            STORAGE_PATH,
            base_url=self._storage,
            params={"storage_type": "gcs"},
            json={"file_name": name, "content_type": mime},
        )
        upload_url, file_url = first_text(body, "upload_url"), find_url({"file_url": get_path(body, "file_url")})
        if not upload_url or file_url is None:
            raise UploadFailed(provider=self.title, reason="the upload gave no link")
        await self._transport.store(upload_url, data, mime)
        return file_url

    async def submit(self, draft: Draft) -> Task:
        sent = draft
        if self._webhook_url:
            sent = replace(draft, path=f"{draft.path}?{urlencode({'fal_webhook': self._webhook_url})}")
        request_id, body = await self._transport.request_once(sent, self.task_id_paths)
        links = {name: own_route(first_text(body, name), self._transport.endpoint, request_id) for name in LINKS}
        app = "/".join(draft.path.split("/")[1:3])  # the queue's links end after owner and app
        known = {name: route for name, route in links.items() if route}
        return self._new_task(request_id, draft, {**draft.spare_ids, "app": app, **known})

    async def read_webhook(self, headers: Mapping[str, str], body: bytes, now: float) -> WebhookCall | None:
        task_id = webhook_request_id(headers)
        if not task_id or not is_fresh(headers, now) or not await self._signatures.is_genuine(headers, body, now):
            return None
        return WebhookCall(task_id=task_id, signed=signed_message(headers, body))

    async def _fetch_keys(self) -> object:
        response = await self._transport.get(KEYS_PATH, endpoint=self._keys_server)
        return response.body

    async def check(self, task: Task) -> TaskState:
        state = await self._transport.poll(task, [(_route(task, "status_url"), None)], read_queue)
        if state != COMPLETED and not isinstance(state, Failed):
            return state
        response = await self._transport.get(_route(task, "response_url"), endpoint=task.endpoint)
        failed = state if isinstance(state, Failed) else None
        if (result := read_result(response, task, failed)) is not None:
            return result
        if (error := self._transport.read_error(response)) is not None:
            raise error
        return Missing()

    async def fetch_model_list(self, known: Collection[str]) -> object:
        """Return what fal says about these models."""
        server = MODELS_SERVER if self._storage == STORAGE else self._transport.endpoint
        answers = [await self._transport.get_json(path, endpoint=server) for path in model_requests(known)]
        return merge_answers(known, answers)

    def read_model_list(self, body: object) -> ModelListing | None:
        return read_list(body)

    def can_cancel(self, task: Task) -> bool:
        return True

    async def cancel(self, task: Task) -> Cancellation:
        """Cancel a request. fal removes a queued one and only signals a running one, and the answer is the same.

        fal doesn't document whether a cancelled request is billed.
        """
        response = await self._transport.cancel("PUT", _route(task, "cancel_url"), endpoint=task.endpoint)
        taken = response is not None and first_text(response.body, "status") in ("OK", "CANCELLATION_REQUESTED")
        return Stopped(free=False) if taken else NotStopped()

    async def delete_task(self, task: Task) -> bool:
        """Cancel a request; fal deletes none."""
        return isinstance(await self.cancel(task), Stopped)


def storage_address(endpoint: str) -> str:
    """Return the address for uploads: fal's own, or the account's if it is somebody else's server."""
    host = urlsplit(endpoint).hostname or ""
    return STORAGE if host.endswith((".fal.run", ".falrun.com")) else endpoint


def own_route(link: str, endpoint: str, request_id: str) -> str:
    """Return the route of a link at the account's own address, with `{id}` for the request's id.

    Return "" for a link to anywhere else: the key must not go there.
    """
    path = link.removeprefix(endpoint)
    own_id = quote_id(request_id)
    if path == link or not re.fullmatch(r"/[\w/.~%-]{1,500}", path, re.ASCII) or path.count(own_id) != 1:
        return ""
    return path.replace(own_id, "{id}")


def _route(task: Task, name: str) -> str:
    app = task.spare_ids.get("app") or ANY_APP
    route = task.spare_ids.get(name) or f"/{app}/requests/{DEFAULT_ROUTES[name]}"
    return route.replace("{id}", quote_id(task.task_id))


def _draft(fields: dict[str, object], spare_ids: Mapping[str, str]) -> Draft:
    path = "/" + quote(str(fields.pop("model")), safe="/")
    return Draft(method="POST", path=path, protocol=PROTOCOL, fields=fields, spare_ids=spare_ids)


def read_queue(response: StatusResponse, task: Task) -> TaskState:
    """Return the state of a request in the queue: COMPLETED if its result can be fetched.

    HTTP 202 is the answer for IN_QUEUE and IN_PROGRESS alike.
    """
    body, raw = response.body, first_text(response.body, "status")
    if read_status(raw) is Status.DONE:
        return _read_failure(response) if get_path(body, "error") else COMPLETED
    return read_state(replace(response, status=200), task) if raw else read_state(response, task)


def read_result(response: StatusResponse, task: Task, failed: Failed | None) -> TaskState | None:
    """Return the result of a completed request, or None if the response doesn't tell it.

    `failed` is what the queue said. A failure of the model is a 4xx response with the type of its error.
    """
    if has_state(response, task):
        state = read_state(response, task)
        return state if failed is None or isinstance(state, Ready | Failed) else failed
    named = bool(_error_type(response)) and response.status not in (401, 403, 404, 408, 410, 429)
    if named and 400 <= response.status < 500:
        return _read_failure(response)
    return failed


def _read_failure(response: StatusResponse) -> Failed:
    error, error_type = parse_error(response.body), _error_type(response)
    names = (*error.names, *error_words.names_of("", error_type))
    return Failed(
        reason=error.reason or error_type or "COMPLETED with an error",
        policy=error_words.is_policy(names, error.message),
        free=error_type in SERVER_ERRORS,
    )


def _error_type(response: StatusResponse) -> str:
    header = response.headers.get("x-fal-error-type", "")
    return first_text(response.body, "error_type", "detail.0.type") or header
