"""A pretend LiteLLM, as strict as litellm[proxy] 1.108.7 was when measured in front of an OpenAI server."""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping

from aiohttp import web

from bot.sandbox.providers.fields import Field, Fields, whole
from bot.sandbox.providers.openai_flavours import OPENAI_ERRORS, PROMPT, bearer, size
from bot.sandbox.providers.tasks import LocalTask, Reason, Refused

NO_KEY = "No api key passed in."
KEY_HEADER = "x-litellm-api-key"
RETRIES_HEADER = "x-litellm-num-retries"
ERROR_NAMES: Mapping[int, str] = {
    400: "BadRequestError",
    401: "AuthenticationError",
    404: "NotFoundError",
    429: "RateLimitError",
}
ITS_OWN: frozenset[Reason] = frozenset({"no_list"})  # errors that it finds before it asks the upstream


def no_file(value: object) -> str:
    """It reads every `input_reference` of a JSON body as a file."""
    return f"'{type(value).__name__}' object has no attribute 'read'"


class LiteLLM:
    """LiteLLM: ids are long and name the upstream, and errors quote the upstream's; an unsupported remix is a 500.

    The ids end in `=` and change at the first poll, as those of 1.106.2 did: 1.108.7 keeps them.
    """

    prefix = ""
    roots: tuple[str, ...] = ("/v1", "")
    encodings = frozenset({"json", "form"})
    deletes = False
    new_key = "sk-"

    def __init__(self, models: Mapping[str, str]) -> None:
        self.models = dict(models)

    def keys(self, request: web.Request) -> list[str]:
        keys = [key for key in (*bearer(request), request.headers.get(KEY_HEADER, "")) if key]
        if not keys:
            raise Refused("unauthorized", NO_KEY)
        return keys

    def provider_of(self, model: str) -> str | None:
        if model not in self.models:
            hint = "Call `/v1/models` to view available models for your key."
            raise Refused("bad_request", f"/videos: Invalid model name passed in model={model}. {hint}")
        return self.models[model]

    def fields(self, provider: str, *, form: bool) -> Fields:
        fields = {
            "prompt": PROMPT,
            "model": Field(type=str, required=True),
            "seconds": Field(type=str, check=whole(1, 60)),
            "size": Field(type=str, check=size),
        }
        return fields if form else {**fields, "input_reference": Field(type=object, check=no_file)}

    def native_id(self, provider: str) -> str:
        return f"video_{secrets.token_hex(16)}"

    def shown_id(self, task: LocalTask, *, polled: bool) -> str:
        parts = f"litellm:custom_llm_provider:{task.family};model_id:{task.model};video_id:{task.spare_id}"
        if polled:
            parts += f";served_model:{task.model};deployment_id:{task.cdn_name}"
        parts += ";" * (len(parts) % 3 == 0)  # so that the id ends in `=`
        return f"video_{base64.b64encode(parts.encode()).decode()}"

    def read_id(self, raw: str) -> str:
        """Return the upstream's id. One without the upstream's name goes to OpenAI, which has no key there."""
        try:
            parts = base64.b64decode(raw.removeprefix("video_"), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            parts = ""
        if not parts.startswith("litellm:"):
            raise Refused("upstream_key", "You didn't provide an API key.")
        return parts.partition("video_id:")[2].partition(";")[0]

    def remixes(self, provider: str) -> bool:
        return provider in ("openai", "azure", "hosted_vllm", "edenai")

    def list_error(self, provider: str | None) -> Refused | None:
        """Return why there is no list: it asks OpenAI itself, without the key of the upstream."""
        if provider is None:
            return Refused("no_list", "LLM Provider NOT provided. Pass in the LLM provider you are trying to call.")
        return Refused("upstream_key", "You didn't provide an API key.")

    def refusal(self, refused: Refused) -> web.Response:
        if refused.reason == "unauthorized":
            return _key_refusal(refused)
        if refused.reason in ("no_such_route", "no_such_method"):
            found = refused.reason == "no_such_method"
            return web.json_response(
                {"detail": "Method Not Allowed" if found else "Not Found"}, status=405 if found else 404
            )
        status, kind, code = OPENAI_ERRORS[refused.reason]
        upstream = {"message": refused.message, "type": kind, "param": refused.param, "code": code}
        if refused.reason == "unsupported":
            return _error(500, f"NotImplementedError: {refused.message}", "None")
        if refused.reason in ITS_OWN:
            return _error(status, f"litellm.BadRequestError: {refused.message}", kind)
        if refused.reason == "bad_request":
            return _error(status, refused.message, kind, refused.param)
        name = ERROR_NAMES[status]
        quoted = f"litellm.{name}: {name}: OpenAIException - {json.dumps({'error': upstream})}"
        end = "LiteLLM: model group 'sora-2' failed with the error above. No fallback was attempted."
        return _error(status, f"{quoted}\n\n{end}", "throttling_error" if status == 429 else "invalid_request_error")


def _key_refusal(refused: Refused) -> web.Response:
    """Without a database it looks an unknown key up in vain, and a request without one fails."""
    if refused.message == NO_KEY:
        return web.Response(status=500, text="Internal Server Error")
    return _error(400, "No connected db.", "no_db_connection")


def _error(status: int, message: str, kind: str, param: str | None = None) -> web.Response:
    error = {"message": message, "type": kind, "param": param, "code": str(status)}
    return web.json_response({"error": error}, status=status)
