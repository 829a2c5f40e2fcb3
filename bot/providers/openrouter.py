"""OpenRouter's video API: pictures as lists of objects, follow-ups by job id, edits of any clip, real costs.

Source: reference/providers-next.md 5.1; openrouter.ai/docs/api_reference/videos; the types of its SDK 1.3.84.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial

from bot.catalogue.listed import ModelListing
from bot.jobs.job import Kind
from bot.jobs.provider_errors import AccountTrouble, ClipTooLong, RateLimited, Unreachable
from bot.net.response import bearer_header
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Balance, Draft, KeyAnswer, ProviderOrder, Ready, Source, Task, TaskState
from bot.ports.provider_capabilities import WebhookCall
from bot.providers.account import Account
from bot.providers.adapter import Adapter, quote_id
from bot.providers.json_fields import get_path, listed_names, read_amount
from bot.providers.openrouter_models import read_models
from bot.providers.request_bodies import (
    create_draft,
    encode_data_uri,
    follow_up_body,
    read_clip,
    read_picture,
    require_rule,
    require_source,
    set_field,
    source_ids,
)
from bot.providers.secret_webhooks import read_openrouter_call
from bot.providers.task_state import StatusResponse, read_state, with_cost
from bot.providers.transport import ProviderTransport

PROTOCOL = "openrouter"
VIDEOS_PATH, KEY_PATH, MODELS_PATH = "/v1/videos", "/v1/key", "/v1/videos/models"
FIELD_NAMES = {
    "aspect": "aspect_ratio", "seconds": "duration", "resolution": "resolution",
    "image": "frame_images[].image_url.url", "last_image": "frame_images[].image_url.url",
    "reference": "input_references[].image_url.url", "video": "input_references[].video_url.url",
}  # fmt: skip
ITEMS = {
    "image": {"type": "image_url", "frame_type": "first_frame"},
    "last_image": {"type": "image_url", "frame_type": "last_frame"},
    "reference": {"type": "image_url"},
}
VIDEO_ITEM = {"type": "video_url"}
MAX_CLIP_BYTES = 40_000_000  # OpenRouter documents no limit; a clip of 10 s has a tenth of this
DOLLAR_MICROS = Decimal(1_000_000)


class OpenRouter(Adapter):
    """One OpenRouter account.

    OpenRouter documents no list of jobs, no cancellation, no deletion and no idempotency key. It documents data URLs of
    pictures and clips for chats; for videos it documents URLs, and clients send data URLs.
    """

    def __init__(self, account: Account, guard: SsrfGuard) -> None:
        super().__init__(account, ProviderTransport(account, guard, bearer_header(account.key)))
        is_usable = account.webhook_secret and account.webhook_url.startswith("https://")  # it calls no other address
        self._callback_url = account.webhook_url if is_usable else ""
        self._webhook_secret = account.webhook_secret

    async def draft(self, order: ProviderOrder) -> Draft:
        if order.kind is Kind.GENERATE or order.remix_method == "image":
            return await self._create(order)
        source, rule = require_source(order, self.title), require_rule(order, self.title)
        fields = follow_up_body(order, rule, FIELD_NAMES)
        by_id = order.model.takes_video_s is None
        if by_id:
            fields["previous_job_id"] = source.task.task_id
        else:
            clip = await self._read_clip(source, order.model.takes_video_s)
            set_field(fields, rule.fields.get("video", FIELD_NAMES["video"]), clip, VIDEO_ITEM)
            for picture in order.references:
                data = await read_picture(picture, order.model, self.title)
                set_field(fields, FIELD_NAMES["reference"], encode_data_uri(data, picture.mime), ITEMS["reference"])
        return Draft(
            method="POST",
            path=VIDEOS_PATH,
            protocol=PROTOCOL,
            fields=_with_user(fields, order),
            references_task=by_id,
            spare_ids=source_ids(source),
        )

    async def _create(self, order: ProviderOrder) -> Draft:
        model = replace(order.model, items={**ITEMS, **order.model.items})
        draft = await create_draft(
            replace(order, model=model),
            path=model.path or VIDEOS_PATH,
            protocol=PROTOCOL,
            names=FIELD_NAMES,
            provider=self.title,
        )
        return replace(draft, fields=_with_user(dict(draft.fields), order))

    async def _read_clip(self, source: Source, max_s: float | None) -> str:
        if max_s is not None and source.clip_seconds is not None and source.clip_seconds > max_s:
            raise ClipTooLong(provider=self.title, limit=f"{max_s:g}")
        return await read_clip(source.clip, MAX_CLIP_BYTES, self.title)

    async def submit(self, draft: Draft) -> Task:
        if self._callback_url:
            draft = replace(draft, fields={**draft.fields, "callback_url": self._callback_url})
        return await super().submit(draft)

    async def read_webhook(self, headers: Mapping[str, str], body: bytes, now: float) -> WebhookCall | None:
        return read_openrouter_call(headers, body, self._webhook_secret, now)

    async def check(self, task: Task) -> TaskState:
        """Return the state of a task. Its clip is at a signed link, or else at a route that requires the key."""
        route = (f"{VIDEOS_PATH}/{quote_id(task.task_id)}", None)
        return await self._transport.poll(task, [route], partial(_read_job, content=self._content_route(task)))

    async def fetch_model_list(self, known: Collection[str]) -> object:
        """Return the list of video models, with their options and prices."""
        return await self._transport.get_json(MODELS_PATH)

    def read_model_list(self, body: object) -> ModelListing | None:
        names = listed_names(body)
        return None if names is None else ModelListing(names=names, models=read_models(body))

    async def check_key(self) -> KeyAnswer:
        """Ask about the key itself, because anybody may read the list of models."""
        about = get_path(await self._transport.get_json(KEY_PATH), "data")
        try:
            models = (await self._list_models(f"{VIDEOS_PATH}/models")).models
        except (Unreachable, RateLimited, AccountTrouble):
            models = None
        return KeyAnswer(expected=isinstance(about, dict), models=models)

    async def balance(self) -> Balance | None:
        """Return what is left of the key's own limit, or None without one: a key can't read the account's credits."""
        remaining = get_path(await self._transport.get_json(KEY_PATH), "data.limit_remaining")
        if isinstance(remaining, bool) or not isinstance(remaining, int | float):
            return None
        return Balance(remaining=float(remaining), unit="US dollars of this key's limit")


def _read_job(response: StatusResponse, task: Task, content: Ready) -> TaskState:
    if task.spare_ids.get("source_id") == task.task_id and isinstance(response.body, dict):
        own = {name: value for name, value in response.body.items() if name != "unsigned_urls"}
        response = replace(response, body=own)  # those are links to the source, since they hold the job's id
    return with_cost(read_state(response, task, content=content), read_cost(response.body))


def _with_user(fields: dict[str, object], order: ProviderOrder) -> dict[str, object]:
    """Add the end user's id, which OpenRouter logs for the host and doesn't send to the model's provider."""
    return {**fields, "user": order.user_tag} if order.user_tag else fields


def read_cost(body: object) -> float | None:
    """Return what a job cost in millionths of a dollar (`usage.cost`, US dollars), as `read_amount`.

    With a key of the host's own at the model's provider (`usage.is_byok`), that provider bills the host as well, so the
    cost here isn't all: None.
    """
    if get_path(body, "usage.is_byok") is True:
        return None
    return read_amount(get_path(body, "usage.cost"), DOLLAR_MICROS)
