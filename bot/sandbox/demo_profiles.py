"""Profiles of the demo: the provider to use and the settings that the bot needs for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.providers import LocalOctopusX, LocalOpenAIVideos, LocalToAPIs, LocalXAI
from bot.sandbox.providers.server import LocalProvider


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoProfile:
    """The providers of a demo. `lead` renders requests, `others` are fallbacks; `catalogue` has the host's changes."""

    lead: Callable[[float], LocalProvider]
    others: tuple[Callable[[float], LocalProvider], ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    catalogue: str = ""
    other_model: str | None = None  # what another provider's remix is ordered with


def _gateway(model: str) -> str:
    """Sora at OpenAI is gone; a gateway's own server behind the same dialect may well remix."""
    return f'[openai_videos.{model}]\noff = false\nprice = {{ second_usd = 0.01, source = "the demo" }}\n'


DEMO_PROFILES: dict[str, DemoProfile] = {
    "toapis": DemoProfile(
        lead=lambda render_s: LocalToAPIs(render_s=render_s),
        others=(lambda render_s: LocalXAI(render_s=render_s),),
        other_model="grok-imagine-video",
    ),
    "octopusx": DemoProfile(
        lead=lambda render_s: LocalOctopusX(render_s=render_s), env={"RETAKE_ACCOUNTS__OCTOPUSX__PROTOCOL": "unified"}
    ),
    "octopusx-openai": DemoProfile(
        lead=lambda render_s: LocalOctopusX(render_s=render_s), env={"RETAKE_ACCOUNTS__OCTOPUSX__PROTOCOL": "openai"}
    ),
    "bifrost": DemoProfile(
        lead=lambda render_s: LocalOpenAIVideos("bifrost", render_s=render_s),
        env={"RETAKE_ACCOUNTS__OPENAI_VIDEOS__FLAVOUR": "bifrost", "RETAKE_DEFAULT_MODEL": "bifrost-sora-2"},
        catalogue=_gateway("bifrost-sora-2"),
    ),
    "litellm": DemoProfile(
        lead=lambda render_s: LocalOpenAIVideos("litellm", render_s=render_s),
        env={"RETAKE_ACCOUNTS__OPENAI_VIDEOS__FLAVOUR": "litellm", "RETAKE_DEFAULT_MODEL": "sora-2"},
        catalogue=_gateway("sora-2"),
    ),
    "plain": DemoProfile(
        lead=lambda render_s: LocalOpenAIVideos("openai", render_s=render_s),
        env={"RETAKE_ACCOUNTS__OPENAI_VIDEOS__FLAVOUR": "plain", "RETAKE_DEFAULT_MODEL": "sora-2"},
        catalogue=_gateway("sora-2"),
    ),
    "xai": DemoProfile(lead=lambda render_s: LocalXAI(render_s=render_s)),
}


def written(profile: DemoProfile, folder: Path) -> dict[str, str]:
    """The bot's environment for a profile; its catalogue goes into a file of this folder."""
    if not profile.catalogue:
        return dict(profile.env)
    path = folder.resolve() / "catalogue.toml"  # the bot runs in a folder of its own
    path.write_text(profile.catalogue)
    return {**profile.env, "RETAKE_CATALOGUE": str(path)}
