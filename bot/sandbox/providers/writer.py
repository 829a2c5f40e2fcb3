"""A pretend chat-completions server that rewrites prompts, in OpenAI's dialect: strict fields, its errors, its usage.

Source: OpenAI's API reference, Chat Completions. `local-writer` takes `max_tokens`; `local-reasoner` refuses it
and asks for `max_completion_tokens`, as newer models do. Prompts with `[refuse]` are refused in the answer.
"""

import asyncio
import json
import re
import secrets
import time
from typing import Any, Self

from aiohttp import web

from bot.sandbox.fault_injection import drop

MODELS = ("local-writer", "local-reasoner")
FIELDS = {"model", "messages", "max_tokens", "max_completion_tokens", "stream", "temperature", "user"}
ADDED = ", golden evening light, slow dolly-in, shallow depth of field"
ADDED_JA = "、夕暮れの光、ゆっくり近づくカメラ"
TRANSLATED = "A paper boat drifts across a still pond, golden evening light, slow dolly-in"
REFUSED = "I'm sorry, but I can't help with that."
PATH = "/v1/chat/completions"


class BadRequest(Exception):
    """A request that the dialect doesn't have."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.body = {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}
        self.status = status


class LocalWriter:
    """A writer on 127.0.0.1. `answer` replaces its words, `status` its outcome; `silent` never answers."""

    def __init__(self, *, model: str = "local-writer") -> None:
        self.api_key = f"sk-local-{secrets.token_hex(8)}"
        self.model = model
        self.answer: str | None = None
        self.finish_reason = "stop"
        self.refusal: str | None = None
        self.status = 200
        self.body: bytes | None = None  # in place of every answer
        self.silent = False
        self.dropped = False
        self.usage = True
        self.requests: list[dict[str, Any]] = []  # those that were carried out
        self.complaints: list[str] = []
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def env(self) -> dict[str, str]:
        """Return the settings of a bot that uses it."""
        return {
            "RETAKE_WRITER_URL": self.url,
            "RETAKE_WRITER_KEY": self.api_key,
            "RETAKE_WRITER_MODEL": self.model,
        }

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes([web.post(PATH, self._complete), web.get("/v1/models", self._models)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _refuse_key(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") == f"Bearer {self.api_key}":
            return None
        error = {"message": "Incorrect API key provided", "type": "invalid_request_error", "code": "invalid_api_key"}
        return web.json_response({"error": error}, status=401)

    async def _models(self, request: web.Request) -> web.Response:
        data = [{"id": name, "object": "model", "created": 1, "owned_by": "local"} for name in MODELS]
        return self._refuse_key(request) or web.json_response({"object": "list", "data": data})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refuse_key(request)) is not None:
            return refused
        if self.dropped:
            drop(request)
        if self.silent:
            await asyncio.sleep(60)
        if self.body is not None or self.status != 200:
            error = {"error": {"message": "The server had an error", "type": "server_error"}}
            return web.Response(
                status=self.status, body=self.body or json.dumps(error).encode(), content_type="application/json"
            )
        try:
            fields = check_request(await request.json())
        except BadRequest as error:
            if error.body["error"]["param"] != "max_tokens":
                self.complaints.append(str(error))
            return web.json_response(error.body, status=error.status)
        self.requests.append(fields)
        return web.json_response(self._completion(fields))

    def _completion(self, fields: dict[str, Any]) -> dict[str, Any]:
        system, words = (message["content"] for message in fields["messages"])
        text = self.answer if self.answer is not None else rewrite(words, english="Write in English." in system)
        usage = {"prompt_tokens": len(system + words) // 4, "completion_tokens": max(1, len(text) // 4)}
        return {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": fields["model"],
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text, "refusal": self.refusal},
                    "logprobs": None,
                    "finish_reason": self.finish_reason,
                }
            ],
            **({"usage": {**usage, "total_tokens": sum(usage.values())}} if self.usage else {}),
        }


def rewrite(words: str, *, english: bool) -> str:
    """Return better words for a prompt: its own and a look, or in English if it has other letters."""
    if "[refuse]" in words:
        return REFUSED
    if re.search(r"[^\W\d_a-zA-Z\u00c0-\u024f]", words):
        return TRANSLATED if english else words + ADDED_JA
    return words.rstrip(".") + ADDED


def check_request(fields: object) -> dict[str, Any]:
    """Return the fields of a request. Raise BadRequest for anything that the dialect doesn't have."""
    if not isinstance(fields, dict):
        raise BadRequest("We could not parse the JSON body of your request.")
    if unknown := sorted(fields.keys() - FIELDS):
        raise BadRequest(f"Unrecognized request argument supplied: {unknown[0]}", unknown[0])
    if fields.get("model") not in MODELS:
        raise BadRequest(f"The model `{fields.get('model')}` does not exist", "model", "model_not_found", 404)
    if fields["model"] == "local-reasoner" and "max_tokens" in fields:
        raise BadRequest(
            "Unsupported parameter: 'max_tokens' is not supported with this model."
            " Use 'max_completion_tokens' instead.", "max_tokens", "unsupported_parameter",
        )  # fmt: skip
    for name in ("max_tokens", "max_completion_tokens"):
        if name in fields and not (type(fields[name]) is int and fields[name] > 0):
            raise BadRequest(f"Invalid type for '{name}': expected an integer.", name)
    messages = fields.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("Missing required parameter: 'messages'.", "messages")
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or message.keys() != {"role", "content"}:
            raise BadRequest(f"Invalid value for 'messages[{number}]'.", "messages")
        if message["role"] not in ("system", "user", "assistant") or not isinstance(message["content"], str):
            raise BadRequest(f"Invalid value for 'messages[{number}]'.", "messages")
    if type(fields.get("stream", False)) is not bool:
        raise BadRequest("Invalid type for 'stream': expected a boolean.", "stream")
    return fields
