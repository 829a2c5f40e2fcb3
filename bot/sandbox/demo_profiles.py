"""Profiles of the demo: the provider to use and the settings that the bot needs for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.environment import ROOT
from bot.sandbox.providers import (
    LocalComfy,
    LocalFal,
    LocalGemini,
    LocalOctopusX,
    LocalOpenAIVideos,
    LocalOpenRouter,
    LocalOwnServer,
    LocalRunware,
    LocalRunway,
    LocalToAPIs,
    LocalXAI,
)
from bot.sandbox.providers.server import LocalProvider

SECOND_USD = 0.01  # of the gateways' models


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoProfile:
    """The providers of a demo. `lead` renders requests, `others` are fallbacks; `catalogue` has the host's changes.

    `moderates`: the lead refuses a prompt. `films`: its default model begins with a picture, so a film is made.
    """

    lead: Callable[[float], LocalProvider]
    others: tuple[Callable[[float], LocalProvider], ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    catalogue: str = ""
    other_model: str | None = None  # what another provider's remix is ordered with
    moderates: bool = True
    films: bool = False


def _gateway(model: str) -> str:
    """Sora at OpenAI is gone; a gateway's own server behind the same dialect may well remix."""
    return f'[openai_videos.{model}]\noff = false\nprice = {{ second_usd = {SECOND_USD}, source = "the demo" }}\n'


def _own_server(flavour: str) -> dict[str, str]:
    return {"RETAKE_ACCOUNTS__OPENAI_VIDEOS__FLAVOUR": flavour, "RETAKE_ACCOUNTS__OPENAI_VIDEOS__PRICE": "free"}


DEMO_PROFILES: dict[str, DemoProfile] = {
    "toapis": DemoProfile(
        lead=lambda render_s: LocalToAPIs(render_s=render_s),
        others=(lambda render_s: LocalXAI(render_s=render_s),),
        other_model="grok-imagine-video",
        films=True,
    ),
    "octopusx": DemoProfile(
        lead=lambda render_s: LocalOctopusX(render_s=render_s), env={"RETAKE_ACCOUNTS__OCTOPUSX__PROTOCOL": "unified"}
    ),
    "octopusx-openai": DemoProfile(
        lead=lambda render_s: LocalOctopusX(render_s=render_s), env={"RETAKE_ACCOUNTS__OCTOPUSX__PROTOCOL": "openai"}
    ),
    "bifrost": DemoProfile(
        lead=lambda render_s: LocalOpenAIVideos("bifrost", render_s=render_s, second_usd=SECOND_USD),
        env={"RETAKE_ACCOUNTS__OPENAI_VIDEOS__FLAVOUR": "bifrost", "RETAKE_DEFAULT_MODEL": "bifrost-sora-2"},
        catalogue=_gateway("bifrost-sora-2"),
    ),
    "litellm": DemoProfile(
        lead=lambda render_s: LocalOpenAIVideos("litellm", render_s=render_s, second_usd=SECOND_USD),
        env={"RETAKE_ACCOUNTS__OPENAI_VIDEOS__FLAVOUR": "litellm", "RETAKE_DEFAULT_MODEL": "sora-2"},
        catalogue=_gateway("sora-2"),
    ),
    "plain": DemoProfile(
        lead=lambda render_s: LocalOpenAIVideos("openai", render_s=render_s, second_usd=SECOND_USD),
        env={"RETAKE_ACCOUNTS__OPENAI_VIDEOS__FLAVOUR": "plain", "RETAKE_DEFAULT_MODEL": "sora-2"},
        catalogue=_gateway("sora-2"),
    ),
    "vllm": DemoProfile(
        lead=lambda render_s: LocalOwnServer("vllm", render_s=render_s),
        env={**_own_server("vllm"), "RETAKE_DEFAULT_MODEL": "vllm-cosmos3-nano"},
    ),
    "sglang": DemoProfile(
        lead=lambda render_s: LocalOwnServer("sglang", render_s=render_s),
        env={**_own_server("sglang"), "RETAKE_DEFAULT_MODEL": "wan2.2-ti2v-5b"},
    ),
    "runway": DemoProfile(
        lead=lambda render_s: LocalRunway(render_s=render_s), env={"RETAKE_DEFAULT_MODEL": "gemini_omni_flash_1.1"}
    ),
    "runware": DemoProfile(
        lead=lambda render_s: LocalRunware(render_s=render_s),
        env={"RETAKE_DEFAULT_MODEL": "gemini-omni-flash-1.1"},
        catalogue='[runware."gemini-omni-flash-1.1"]\ndefault_seconds = 3\n',  # a remix by reply isn't confirmed then
    ),
    "gemini": DemoProfile(lead=lambda render_s: LocalGemini(render_s=render_s)),
    "xai": DemoProfile(lead=lambda render_s: LocalXAI(render_s=render_s)),
    "openrouter": DemoProfile(
        lead=lambda render_s: LocalOpenRouter(render_s=render_s), env={"RETAKE_DEFAULT_MODEL": "seedance-2.0-fast"}
    ),
    "fal": DemoProfile(lead=lambda render_s: LocalFal(render_s=render_s)),
    "comfy": DemoProfile(
        lead=lambda render_s: LocalComfy(render_s=render_s),
        env={
            "RETAKE_ACCOUNTS__COMFY__WORKFLOWS": str(ROOT / "docs" / "workflows"),
            "RETAKE_ACCOUNTS__COMFY__PRICE": "free",
            "RETAKE_DEFAULT_MODEL": "wan2.2-5b",
        },
        moderates=False,
    ),
}


def written(profile: DemoProfile, folder: Path) -> dict[str, str]:
    """The bot's environment for a profile; its catalogue goes into a file of this folder."""
    if not profile.catalogue:
        return dict(profile.env)
    path = folder.resolve() / "catalogue.toml"  # the bot runs in a folder of its own
    path.write_text(profile.catalogue)
    return {**profile.env, "RETAKE_CATALOGUE": str(path)}
