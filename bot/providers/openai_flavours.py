"""Differences between the gateways behind /v1/videos: authentication, task ids, errors before execution. Stateless."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.net.response import bearer_header
from bot.providers.account import Encoding
from bot.providers.json_fields import first_text

# Source: reference/providers.md 3.6. An id that ends in one of these already has its provider.
_BIFROST_PROVIDERS = ("openai", "azure", "gemini", "vertex", "runway", "replicate", "runware", "volcengine", "minimax")
_LITELLM_NOT_EXECUTED = re.compile(r"notimplemented|not supported|not implemented")
_BIFROST_NOT_EXECUTED = re.compile(r"unsupported[_ ]operation|operation is (not supported|unsupported)")
_STATUS = re.compile(rb'"status"\s*:\s*"([a-z_]{1,20})"')
_BASE64 = re.compile(rb'"base64"\s*:\s*"[^"]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """One kind of gateway. `not_executed` decides from an error text that a request never reached a provider.

    `stops_task`: deleting the task with this id stops it, while it renders.
    """

    encoding: Encoding  # the default for new videos
    supports_delete: bool
    prefers_content_route: bool  # over a link in the body
    headers: Callable[[str], Mapping[str, str]]
    takes_clips: bool = False  # an mp4 as `input_reference` is a video to remake
    multipart_files: bool = False  # a request with a file is multipart although others are JSON
    not_executed: Callable[[str], bool] = lambda _text: False
    stops_task: Callable[[str], bool] = lambda _task_id: False


def _bifrost_header(key: str) -> dict[str, str]:
    """Return the only header that accepts keys without their usual prefix (3.1)."""
    return {"x-bf-vk": key} if key else {}


def _litellm_headers(key: str) -> dict[str, str]:
    """Return the key, and that a request is sent once: by default LiteLLM repeats a paid one that failed or got lost.

    The header overrides the proxy's own `num_retries`. Measured with 1.108.7.
    """
    return {**bearer_header(key), "x-litellm-num-retries": "0"}


def _litellm_not_executed(text: str) -> bool:
    """Return whether LiteLLM failed while it built the remix request (5), before any call.

    Only for errors about a remix: on a create the same words may quote the response of an upstream.
    """
    words = text.lower()
    return "remix" in words and _LITELLM_NOT_EXECUTED.search(words) is not None


def _bifrost_not_executed(text: str) -> bool:
    """Return whether Bifrost rejected an operation that its client for the provider lacks (3.6)."""
    return _BIFROST_NOT_EXECUTED.search(text.lower()) is not None


FLAVOURS: Mapping[str, Flavour] = {
    "plain": Flavour(encoding="multipart", supports_delete=True, prefers_content_route=False, headers=bearer_header),
    "litellm": Flavour(
        encoding="multipart",
        supports_delete=False,
        prefers_content_route=True,
        headers=_litellm_headers,
        not_executed=_litellm_not_executed,
    ),
    # The host's own servers: vLLM-Omni reads only forms, SGLang needs a form just for a file.
    # Source: reference/providers-next.md 4.
    "vllm": Flavour(
        encoding="multipart",
        takes_clips=True,
        supports_delete=True,
        prefers_content_route=True,
        headers=bearer_header,
        stops_task=lambda _task_id: True,  # it aborts the generation. Source: its Videos API
    ),
    "sglang": Flavour(
        encoding="json",
        multipart_files=True,
        supports_delete=True,
        prefers_content_route=True,
        headers=bearer_header,
    ),
    # A link in Bifrost's bodies is the upstream's, and some require the upstream's key (3.5: always use /content).
    "bifrost": Flavour(
        encoding="json",
        supports_delete=True,
        prefers_content_route=True,
        headers=_bifrost_header,
        not_executed=_bifrost_not_executed,
        stops_task=lambda task_id: task_id.endswith(":runway"),  # others delete nothing but ended tasks (3.2)
    ),
}


def bifrost_task_id(task_id: str, body: object, default_provider: str) -> str:
    """Return the id in the form that Bifrost's paths require, `id:provider`. Some versions omit the provider (3.3)."""
    provider = first_text(body, "extra_fields.provider") or default_provider
    if not provider or task_id.rpartition(":")[2] in {provider, *_BIFROST_PROVIDERS}:
        return task_id
    return f"{task_id}:{provider}"


def read_truncated_body(body: bytes) -> dict[str, object] | None:
    """Read a body that is truncated inside a base64 clip: its status, and that it has a clip. None if it has none."""
    if _BASE64.search(body) is None:
        return None
    match = _STATUS.search(body)
    status = match[1].decode() if match else "completed"
    return {"status": status, "videos": [{"type": "base64", "base64": "cut"}]}
