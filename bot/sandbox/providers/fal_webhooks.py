"""The webhooks of the pretend fal: signed as the real ones, and sent again until they are taken."""

import base64
import hashlib
import json
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.sandbox.providers.webhook_calls import deliver

USER_ID = "auth0|local"


class WebhookSender:
    """Signs and sends webhooks. `answers` are the statuses of all calls."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.answers: list[int] = []

    def key_set(self) -> dict[str, object]:
        """Return the JSON Web Key Set with the public key."""
        raw = self.key.public_key().public_bytes_raw()
        text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": text, "kid": "local"}]}

    def headers(self, task_id: str, body: bytes, *, at: float | None = None) -> dict[str, str]:
        """Return the signed headers of a call. `at`: UTC seconds, now if None."""
        sent = str(int(time.time() if at is None else at))
        message = "\n".join([task_id, USER_ID, sent, hashlib.sha256(body).hexdigest()]).encode()
        return {
            "Content-Type": "application/json",
            "X-Fal-Webhook-Request-Id": task_id,
            "X-Fal-Webhook-User-Id": USER_ID,
            "X-Fal-Webhook-Timestamp": sent,
            "X-Fal-Webhook-Signature": self.key.sign(message).hex(),
        }

    async def send(self, url: str, task_id: str, *, ok: bool, payload: object) -> None:
        """Send the webhook of a finished request, again until a 2xx."""
        status = "OK" if ok else "ERROR"
        content = {"request_id": task_id, "gateway_request_id": task_id, "status": status, "payload": payload}
        body = json.dumps(content).encode()
        await deliver(url, body, lambda: self.headers(task_id, body), self.answers)
