"""Webhooks of the pretend OpenRouter and Google: signed with a secret as documented, sent again until they are taken.

Sources: OpenRouter's guide to video generation, "Webhooks"; ai.google.dev/gemini-api/docs/webhooks, ai.google.dev/api/
webhooks and the specification of Standard Webhooks.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from bot.sandbox.providers.fields import Field, Fields, check_fields, list_of, read_json

MAX_TRIES, RETRY_S = 10, 0.2
EVENTS = (
    "batch.succeeded", "batch.expired", "batch.failed", "batch.cancelled", "interaction.requires_action",
    "interaction.completed", "interaction.failed", "interaction.cancelled", "video.generated",
)  # fmt: skip


async def deliver(url: str, body: bytes, headers: Callable[[], Mapping[str, str]], answers: list[int]) -> None:
    """Send a call again until a 2xx; each try is signed for itself. `answers` gets the statuses of all tries."""
    async with aiohttp.ClientSession() as session:
        for _ in range(MAX_TRIES):
            try:
                async with session.post(url, data=body, headers=headers()) as response:
                    answers.append(response.status)
                    if 200 <= response.status < 300:
                        return
            except aiohttp.ClientError:
                answers.append(0)
            await asyncio.sleep(RETRY_S)


class OpenRouterWebhooks:
    """The workspace's signing secret, and the calls to `callback_url`.

    `proxy`: where calls to any https address arrive on this machine, such as `http://127.0.0.1:8787`.
    """

    def __init__(self) -> None:
        self.secret = f"workspace-secret-{secrets.token_hex(16)}"
        self.proxy = ""
        self.urls: list[str] = []  # that requests named
        self.answers: list[int] = []

    def headers(self, body: bytes, *, at: float | None = None) -> dict[str, str]:
        """Return the headers of a signed call. `at`: UTC seconds, now if None."""
        sent = str(int(time.time() if at is None else at))
        signature = hmac.new(self.secret.encode(), f"{sent},".encode() + body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "X-OpenRouter-Signature": f"t={sent},v1={signature}"}

    async def send(self, url: str, job_id: str, status: str, data: Mapping[str, object]) -> None:
        """Send the event of a job that has ended."""
        self.urls.append(url)
        content = {"id": job_id, "status": status, **data}
        event = {"type": f"video.generation.{status}", "created_at": "2026-11-27T12:00:00.000Z", "data": content}
        body = json.dumps(event).encode()
        own = {"X-OpenRouter-Idempotency-Key": f"{job_id}-{status}"}
        await deliver(behind(self.proxy, url), body, lambda: self.headers(body) | own, self.answers)


class GeminiWebhooks:
    """The webhooks of a whole Google project, which are registered once: `POST /v1beta/webhooks`. `proxy` as above."""

    def __init__(self) -> None:
        self.secret = ""  # of the webhook that is registered
        self.url = ""
        self.events: list[str] = []
        self.proxy = ""
        self.answers: list[int] = []

    async def register(self, request: web.Request) -> web.Response:
        """Register a webhook. Only this answer has its secret."""
        wanted = await read_json(request)
        check_fields(wanted, REGISTRATION)
        self.url, self.events = str(wanted["uri"]), [str(each) for each in wanted["subscribed_events"]]  # type: ignore[attr-defined]
        self.secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        return web.json_response(
            {
                "id": "local",
                "uri": self.url,
                "subscribed_events": self.events,
                "state": "enabled",
                "new_signing_secret": self.secret,
                "signing_secrets": [{"truncated_secret": self.secret[:10]}],
            }
        )

    def headers(self, body: bytes, *, at: float | None = None, message_id: str = "") -> dict[str, str]:
        """Return the headers of a signed call. `at`: UTC seconds, now if None."""
        sent = str(int(time.time() if at is None else at))
        message_id = message_id or f"msg_{secrets.token_hex(8)}"
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signature = hmac.digest(key, f"{message_id}.{sent}.".encode() + body, "sha256")
        return {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": sent,
            "webhook-signature": "v1," + base64.b64encode(signature).decode(),
        }

    async def send(self, event: str, interaction_id: str) -> None:
        """Send an event, if a webhook is registered for it."""
        if event not in self.events:
            return
        content = {"type": event, "version": "v1", "timestamp": "2026-11-27T12:00:00Z", "data": {"id": interaction_id}}
        body, message_id = json.dumps(content).encode(), f"msg_{secrets.token_hex(8)}"
        await deliver(
            behind(self.proxy, self.url), body, lambda: self.headers(body, message_id=message_id), self.answers
        )


def behind(proxy: str, url: str) -> str:
    """Return where a call to this address arrives on this machine."""
    return proxy + urlsplit(url).path if proxy else url


def _is_event(value: object) -> str | None:
    return None if value in EVENTS else f"unknown event {value}"


REGISTRATION: Fields = {
    "name": Field(type=str),
    "uri": Field(type=str, required=True, check=lambda uri: None if str(uri).startswith("https://") else "needs https"),
    "subscribed_events": Field(type=list, required=True, check=list_of(_is_event, at_least=1, at_most=len(EVENTS))),
}
