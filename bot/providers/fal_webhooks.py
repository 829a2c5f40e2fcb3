"""Signatures of fal's webhooks: ED25519 over the request's id, the user, the time and the body's hash.

Source: docs.fal.ai, Model APIs, Webhooks: "Verifying Your Webhook".
"""

import base64
import binascii
import hashlib
from collections.abc import Awaitable, Callable, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.jobs.errors import RetakeError
from bot.providers.json_fields import get_path
from bot.providers.secret_webhooks import is_recent

PREFIX = "x-fal-webhook-"
KEYS_FOR_S, KEYS_RETRY_S = 24 * 3600.0, 60.0
MAX_KEYS, MAX_HEADER = 10, 200


class FalSignatures:
    """Verifies the signatures of webhooks with fal's public keys, which are read once a day.

    A signature of an unknown key reads them again, at most once a minute: forged ones cost no more.
    """

    def __init__(self, fetch: Callable[[], Awaitable[object]]) -> None:
        self._fetch = fetch
        self._keys: list[Ed25519PublicKey] = []
        self._read_at: float | None = None
        self._tried_at: float | None = None

    async def is_genuine(self, headers: Mapping[str, str], body: bytes, now: float) -> bool:
        """Return whether fal signed this request. `now` is in UTC seconds. Never raises RetakeError."""
        signature = _signature(headers)
        if signature is None:
            return False
        message = signed_message(headers, body)
        if self._read_at is None or now - self._read_at > KEYS_FOR_S:
            await self._read_keys(now)
        if any(_verifies(key, signature, message) for key in self._keys):
            return True
        if self._tried_at is not None and now - self._tried_at < KEYS_RETRY_S:
            return False
        await self._read_keys(now)
        return any(_verifies(key, signature, message) for key in self._keys)

    async def _read_keys(self, now: float) -> None:
        """Read the keys. If that fails, the known ones stay."""
        if self._tried_at is not None and now - self._tried_at < KEYS_RETRY_S:
            return
        self._tried_at = now
        try:
            keys = read_keys(await self._fetch())
        except RetakeError:
            return
        if keys:
            self._keys, self._read_at = keys, now


def is_fresh(headers: Mapping[str, str], now: float) -> bool:
    """Return whether the request was signed within the last five minutes, or is at most as far ahead."""
    return is_recent(headers.get(PREFIX + "timestamp", ""), now)


def webhook_request_id(headers: Mapping[str, str]) -> str:
    """Return the id of the finished request, or an empty text."""
    return headers.get(PREFIX + "request-id", "")[:MAX_HEADER]


def signed_message(headers: Mapping[str, str], body: bytes) -> bytes:
    """Return what fal signs."""
    parts = [headers.get(PREFIX + name, "")[:MAX_HEADER] for name in ("request-id", "user-id", "timestamp")]
    return "\n".join([*parts, hashlib.sha256(body).hexdigest()]).encode()


def read_keys(body: object) -> list[Ed25519PublicKey]:
    """Return the ED25519 keys of a JSON Web Key Set."""
    items = get_path(body, "keys")
    keys = []
    for item in items[:MAX_KEYS] if isinstance(items, list) else []:
        text = get_path(item, "x")
        try:
            raw = base64.urlsafe_b64decode(f"{text}==") if isinstance(text, str) else b""
            keys.append(Ed25519PublicKey.from_public_bytes(raw))
        except (ValueError, binascii.Error):
            continue
    return keys


def _signature(headers: Mapping[str, str]) -> bytes | None:
    try:
        raw = bytes.fromhex(headers.get(PREFIX + "signature", ""))
    except ValueError:
        return None
    return raw if len(raw) == 64 else None


def _verifies(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
