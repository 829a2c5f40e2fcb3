"""The kinds of accounts: titles, addresses, flavours and protocols, and what the name of an account says about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

KindName = Literal[
    "toapis", "octopusx", "openai_videos", "xai", "openrouter", "fal", "runway", "gemini", "runware", "comfy"
]  # fmt: skip
FlavourName = Literal["bifrost", "litellm", "vllm", "sglang", "plain"]
ProtocolName = Literal["unified", "openai", "classic", "v2"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountKind:
    """One kind of account. `base_url` is "" if every host has an address of their own.

    `webhook_secrets`: how the secret is written with which its webhooks are signed, if hosts get one.
    `flavours` are the servers that share a protocol, by the title that people read; the first is the default.
    """

    title: str
    base_url: str = ""
    needs_key: bool = True
    webhook_secrets: Literal["none", "text", "base64"] = "none"
    flavours: Mapping[str, str] = field(default_factory=dict)
    protocols: tuple[str, ...] = ()


KINDS: Mapping[str, AccountKind] = {
    "toapis": AccountKind(title="ToAPIs", base_url="https://toapis.com"),
    "octopusx": AccountKind(title="OctopusX", base_url="https://octopusx.ai", protocols=("unified", "openai")),
    "xai": AccountKind(title="xAI", base_url="https://api.x.ai/v1"),
    "openrouter": AccountKind(
        title="OpenRouter", base_url="https://openrouter.ai/api/v1", webhook_secrets="text"
    ),
    "fal": AccountKind(title="fal", base_url="https://queue.fal.run"),
    "runway": AccountKind(title="Runway", base_url="https://api.dev.runwayml.com"),
    "gemini": AccountKind(
        title="Google Gemini", base_url="https://generativelanguage.googleapis.com", webhook_secrets="base64"
    ),
    "runware": AccountKind(title="Runware", base_url="https://api.runware.ai/v1"),
    "comfy": AccountKind(
        title="ComfyUI",
        base_url="http://127.0.0.1:8188",
        needs_key=False,
        protocols=("classic", "v2"),
    ),
    "openai_videos": AccountKind(
        title="Gateway",
        needs_key=False,  # a private gateway may have none
        flavours={
            "bifrost": "Bifrost", "litellm": "LiteLLM", "vllm": "vLLM-Omni", "sglang": "SGLang", "plain": "Gateway",
        },
    ),
}  # fmt: skip
# Prefixes of account names beside the kinds and the flavours.
_OTHER_NAMES = {"openai": ("openai_videos", None), "google": ("gemini", None)}


def infer(name: str) -> tuple[str | None, str | None]:
    """Return the kind and the flavour that an account's name begins with: `litellm-eu` gives openai_videos, litellm."""
    known: dict[str, tuple[str, str | None]] = {kind: (kind, None) for kind in KINDS}
    known |= {flavour: (kind, flavour) for kind, entry in KINDS.items() for flavour in entry.flavours}
    known |= _OTHER_NAMES
    prefixes = sorted((prefix for prefix in known if name.startswith(prefix)), key=len)
    return known[prefixes[-1]] if prefixes else (None, None)
