"""How Bifrost and plain OpenAI differ: keys, ids, fields, refusals. Source: reference/providers.md 3 to 5."""

import secrets
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote, unquote

from aiohttp import web

from bot.sandbox.providers.fields import (
    Field,
    Fields,
    at_most_chars,
    bad,
    is_data_uri,
    is_url_or_data,
    list_of,
    not_empty,
    whole,
)
from bot.sandbox.providers.tasks import LocalTask, Reason, Refused

PROMPT = Field(type=str, required=True, check=at_most_chars(32000))
OPENAI_ERRORS: Mapping[Reason, tuple[int, str, str | None]] = {
    "bad_request": (400, "invalid_request_error", None),
    "not_ready": (400, "invalid_request_error", "video_not_ready"),
    "content_policy": (400, "invalid_request_error", "moderation_blocked"),
    "unauthorized": (401, "authentication_error", "invalid_api_key"),
    "no_such_model": (404, "invalid_request_error", "model_not_found"),
    "not_found": (404, "not_found_error", None),
    "no_such_route": (404, "invalid_request_error", "unknown_url"),
    "no_balance": (429, "insufficient_quota", "insufficient_quota"),
    "unsupported": (400, "invalid_request_error", "unsupported_operation"),
    "no_list": (400, "invalid_request_error", None),
    "no_such_method": (405, "invalid_request_error", None),
    "upstream_key": (401, "authentication_error", "invalid_api_key"),
}


def size(value: object) -> str | None:
    wide, _, high = str(value).partition("x")
    return None if wide.isdigit() and high.isdigit() else "must be WxH"


def bearer(request: web.Request) -> list[str]:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return [key] if scheme.lower() == "bearer" else []


class Flavour(Protocol):
    """One gateway's answers to what the protocol leaves open."""

    prefix: str  # of base_url
    roots: tuple[str, ...]  # where /videos hangs below it
    encodings: frozenset[str]
    deletes: bool
    new_key: str

    @property
    def models(self) -> Mapping[str, str]:  # name to upstream provider
        ...

    def keys(self, request: web.Request) -> list[str]: ...
    def provider_of(self, model: str) -> str | None: ...
    def fields(self, provider: str, *, form: bool) -> Fields: ...
    def native_id(self, provider: str) -> str: ...
    def shown_id(self, task: LocalTask, *, polled: bool) -> str: ...
    def read_id(self, raw: str) -> str: ...
    def remixes(self, provider: str) -> bool: ...
    def list_error(self, provider: str | None) -> Refused | None: ...
    def refusal(self, refused: Refused) -> web.Response: ...


class OpenAI:
    """The protocol as OpenAI spoke it. Models: name to upstream provider."""

    prefix = "/v1"
    roots: tuple[str, ...] = ("/v1",)
    encodings = frozenset({"json", "form"})
    deletes = True
    new_key = "sk-proj-"

    def __init__(self, models: Mapping[str, str]) -> None:
        self.models = dict(models)

    def keys(self, request: web.Request) -> list[str]:
        return bearer(request)

    def provider_of(self, model: str) -> str | None:
        return self.models.get(model)

    def fields(self, provider: str, *, form: bool) -> Fields:
        sizes = ("720x1280", "1280x720", "1024x1792", "1792x1024")
        fields = {
            "prompt": PROMPT,
            "model": Field(type=str),
            "seconds": Field(type=str, one_of=("4", "8", "12")),
            "size": Field(type=str, one_of=sizes),
        }
        return fields if form else {**fields, "input_reference": Field(type=dict)}

    def native_id(self, provider: str) -> str:
        return f"video_{secrets.token_hex(16)}"

    def shown_id(self, task: LocalTask, *, polled: bool) -> str:
        return task.spare_id

    def read_id(self, raw: str) -> str:
        return raw

    def remixes(self, provider: str) -> bool:
        return True

    def list_error(self, provider: str | None) -> Refused | None:
        return None

    def refusal(self, refused: Refused) -> web.Response:
        status, kind, code = OPENAI_ERRORS[refused.reason]
        error = {"message": refused.message, "type": kind, "param": refused.param, "code": code}
        return web.json_response({"error": error}, status=status)


class Bifrost:
    """JSON only, models are `provider/name`, ids are `native:provider` with the native part escaped.

    `suffixed_ids=False` answers with native ids, as the OpenAPI text has it: the caller appends the provider.
    """

    prefix = ""
    roots: tuple[str, ...] = ("/v1",)
    encodings = frozenset({"json"})
    deletes = True
    new_key = "sk-bf-"
    models: Mapping[str, str] = {"openai/sora-2": "openai"}
    upstream = ("openai", "azure", "gemini", "vertex", "runway", "replicate", "runware")
    extras: Mapping[str, tuple[str, ...]] = {
        "gemini": ("aspectRatio", "resolution", "lastFrame", "reference_images"),
        "vertex": ("aspectRatio", "resolution"),
        "runway": ("references", "content_moderation", "ratio"),
        "replicate": ("webhook", "webhook_events_filter", "aspect_ratio", "duration", "resolution"),
    }

    def __init__(self, *, suffixed_ids: bool = True) -> None:
        self.suffixed_ids = suffixed_ids

    def keys(self, request: web.Request) -> list[str]:
        others = [request.headers.get(name, "") for name in ("x-api-key", "x-goog-api-key", "api-key")]
        virtual = [key for key in (*bearer(request), *others) if key.startswith("sk-bf-")]
        return [request.headers.get("x-bf-vk", ""), *virtual]

    def provider_of(self, model: str) -> str | None:
        provider, _, name = model.partition("/")
        return provider if name and provider in self.upstream else None

    def fields(self, provider: str, *, form: bool) -> Fields:
        picture = is_data_uri if provider in ("openai", "gemini", "vertex", "azure") else is_url_or_data
        return {
            "prompt": PROMPT,
            "model": Field(type=str, required=True),
            "seconds": Field(type=str, check=whole(1, 60)),
            "size": Field(type=str, check=size),
            "input_reference": Field(type=str, check=picture),
            "negative_prompt": Field(type=str),
            "seed": Field(type=int),
            "audio": Field(type=bool),
            "video_uri": Field(type=str, check=not_empty),
            "fallbacks": Field(type=list, check=list_of(lambda f: None if self.provider_of(str(f)) else "unknown")),
            **{name: Field(type=object) for name in self.extras.get(provider, ())},
        }

    def native_id(self, provider: str) -> str:
        if provider in ("gemini", "vertex"):
            return f"models/veo-3.1-generate-preview/operations/{secrets.token_hex(6)}"
        return f"video_{secrets.token_hex(12)}"

    def shown_id(self, task: LocalTask, *, polled: bool) -> str:
        escaped = quote(task.spare_id, safe="")
        return f"{escaped}:{task.family}" if self.suffixed_ids else escaped

    def read_id(self, raw: str) -> str:
        native, colon, provider = raw.partition(":")
        if not colon or provider not in self.upstream:
            raise bad("video_id must be in id:provider format", "video_id")
        return unquote(native)

    def remixes(self, provider: str) -> bool:
        return provider == "openai"

    def list_error(self, provider: str | None) -> Refused | None:
        return bad("provider is required", "provider") if provider is None else None

    def refusal(self, refused: Refused) -> web.Response:
        status, kind, code = OPENAI_ERRORS[refused.reason]
        extra = {"provider": "openai", "request_type": "video_generation"}
        body = {
            "event_id": secrets.token_hex(8),
            "is_bifrost_error": False,
            "status_code": status,
            "error": {"type": kind, "code": code, "message": refused.message, "param": refused.param},
            "extra_fields": extra,
        }
        return web.json_response(body, status=status)
