"""Webhooks that a provider signs with a secret that the host has from it: HMAC-SHA256 over the time and the body.

Sources: OpenRouter's guide to video generation, "Verifying Signatures"; ai.google.dev/gemini-api/docs/webhooks and the
specification of Standard Webhooks, to which it keeps. Google's webhooks of single requests are signed in another way,
for which it documents neither the audience nor whether the signature covers the body: they aren't asked for.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from bot.ports.provider_capabilities import WebhookCall
from bot.providers.json_fields import MAX_ID_LENGTH, first_text, parse_json

MAX_AGE_S = 300.0
PREFIX = "whsec_"  # of a secret of Standard Webhooks
MAX_SIGNATURES = 10  # of one call, while secrets are changed


def is_recent(sent: str, now: float) -> bool:
    """Return whether a time in UTC seconds is within the last five minutes, or at most as far ahead."""
    return sent.isascii() and sent.isdigit() and len(sent) < 13 and abs(now - int(sent)) <= MAX_AGE_S


def decode_secret(text: str) -> bytes:
    """Return the key in a secret of Standard Webhooks. Raise ValueError if there is none."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise ValueError("not a secret of Standard Webhooks")
    return key


def read_openrouter_call(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> WebhookCall | None:
    """Return a genuine and recent call of OpenRouter, or None. An account without a secret gets none.

    `X-OpenRouter-Signature: t=<seconds>,v1=<hex>` signs the time, a comma and the body.
    """
    parts = dict(part.partition("=")[::2] for part in headers.get("x-openrouter-signature", "").split(","))
    sent = parts.get("t", "")
    signed = f"{sent},".encode() + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    if not secret or not is_recent(sent, now) or not _is_same(parts.get("v1", ""), expected):
        return None
    return WebhookCall(task_id=_task_id(body), signed=signed)


def read_standard_call(headers: Mapping[str, str], body: bytes, key: bytes, now: float) -> WebhookCall | None:
    """Return a genuine and recent call of Standard Webhooks, or None. An account without a key gets none.

    `webhook-signature` is a list of `v1,<base64>` with blanks between, each over the id, the time and the body.
    """
    message_id, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signed = f"{message_id}.{sent}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    given = headers.get("webhook-signature", "").split()[:MAX_SIGNATURES]
    if not key or not message_id or not is_recent(sent, now) or not any(_is_same(each, expected) for each in given):
        return None
    return WebhookCall(task_id=_task_id(body), signed=signed, of_whole_account=True)


def _is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _task_id(body: bytes) -> str:
    """Return the id of the task that a signed call is about, or an empty text."""
    task_id = first_text(parse_json(body), "data.id")
    return task_id if len(task_id) <= MAX_ID_LENGTH else ""
