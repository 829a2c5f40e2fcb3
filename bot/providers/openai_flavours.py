"""How the gateways behind /v1/videos differ: keys, ids, what they refuse before anything is sent on. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.providers.account import Encoding
from bot.providers.json_fields import text_at

# Source: reference/providers.md 3.6. An id that ends in one of these has its provider already.
_BIFROST_PROVIDERS = ("openai", "azure", "gemini", "vertex", "runway", "replicate", "runware", "volcengine", "minimax")
_LITELLM_NEVER_SENT = re.compile(r"notimplemented|not supported|not implemented")
_BIFROST_NEVER_SENT = re.compile(r"unsupported[_ ]operation|operation is (not supported|unsupported)")
_STATUS = re.compile(rb'"status"\s*:\s*"([a-z_]{1,20})"')
_BASE64 = re.compile(rb'"base64"\s*:\s*"[^"]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """One kind of gateway."""

    encoding: Encoding  # of a create, where the account says nothing
    deletes: bool
    content_first: bool  # its content route rather than a link in the body
    headers: Callable[[str], Mapping[str, str]]
    not_executed: Callable[[str], bool] = lambda _text: False


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def _bifrost_key(key: str) -> dict[str, str]:
    """Keys without their usual prefix work in this header alone (3.1)."""
    return {"x-bf-vk": key} if key else {}


def _litellm_never_sent(text: str) -> bool:
    """LiteLLM asks a provider's class to write the remix request first, and that is what raises (5): no call yet.

    Only where it speaks of a remix: on a create the same words may quote an upstream's answer.
    """
    words = text.lower()
    return "remix" in words and _LITELLM_NEVER_SENT.search(words) is not None


def _bifrost_never_sent(text: str) -> bool:
    """Bifrost's own refusal of an operation that a provider's client does not have (3.6)."""
    return _BIFROST_NEVER_SENT.search(text.lower()) is not None


FLAVOURS: Mapping[str, Flavour] = {
    "plain": Flavour(encoding="multipart", deletes=True, content_first=False, headers=_bearer),
    "litellm": Flavour(
        encoding="multipart", deletes=False, content_first=True, headers=_bearer, not_executed=_litellm_never_sent
    ),
    # A link in Bifrost's bodies is the upstream's, and some want the upstream's key (3.5: always use /content).
    "bifrost": Flavour(
        encoding="json", deletes=True, content_first=True, headers=_bifrost_key, not_executed=_bifrost_never_sent
    ),
}


def bifrost_id(task_id: str, body: object, asked_of: str) -> str:
    """The id as its paths want it, `id:provider`; some versions answer with it, some without (3.3)."""
    provider = text_at(body, "extra_fields.provider") or asked_of
    if not provider or task_id.rpartition(":")[2] in {provider, *_BIFROST_PROVIDERS}:
        return task_id
    return f"{task_id}:{provider}"


def head_of(body: bytes) -> dict[str, object] | None:
    """What can be told of a body that is cut off inside a base64 clip: its status, and that the clip is there."""
    if _BASE64.search(body) is None:
        return None
    status = _STATUS.search(body)
    word = status[1].decode() if status else "completed"
    return {"status": word, "videos": [{"type": "base64", "base64": "cut"}]}
