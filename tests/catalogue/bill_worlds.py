"""The local providers whose bills are compared with the bot's ledger, and what each is asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.providers import (
    LocalFal,
    LocalGemini,
    LocalOctopusX,
    LocalOpenAIVideos,
    LocalOpenRouter,
    LocalRunware,
    LocalRunway,
    LocalToAPIs,
    LocalXAI,
)
from bot.sandbox.providers.server import LocalProvider

SORA = """
[openai_videos.sora-2]
off = false
[openai_videos.sora-2-pro]
off = false
[openai_videos.bifrost-sora-2]
off = false
price = { second_usd = 0.1 }
"""
# Every term that a provider may bill, each with another amount.
ALL_TERMS = """
[toapis.grok-video-3]
price = { video_usd = 0.05, second_usd = 0.011, image_usd = 0.0031, input_second_usd = 0.0007 }
[octopusx.grok-video-3]
price = { by_resolution_usd = { 720P = 0.012, 1080P = 0.023 }, image_usd = 0.0032, input_second_usd = 0.0008 }
[xai.grok-imagine-video]
price = { by_resolution_usd = { 480p = 0.05, 720p = 0.07 }, image_usd = 0.002, input_second_usd = 0.0009 }
[fal.grok-imagine-video]
price = { by_resolution_usd = { 480p = 0.051, 720p = 0.071 }, image_usd = 0.0021, input_second_usd = 0.0011 }
[runway."gemini_omni_flash_1.1"]
price.by_resolution_usd = { 360p = 0.034, 720p = 0.1, 1080p = 0.15, 4k = 0.3 }
price.image_usd = 0.0036
price.input_second_usd = 0.0012
price.minimum_usd = 0.45
[gemini."gemini-omni-1.2-flash"]
price.by_resolution_usd = { 360p = 0.023, 720p = 0.07, 1080p = 0.105, 4k = 0.21 }
price.image_usd = 0.0038
price.input_second_usd = 0.0013
[runware."gemini-omni-flash-1.1"]
price.by_resolution_usd = { 360p = 0.031, 720p = 0.101, 1080p = 0.151, 4k = 0.301 }
price.image_usd = 0.0039
price.input_second_usd = 0.0014
[openai_videos.sora-2]
off = false
price = { second_usd = 0.1, image_usd = 0.0033, input_second_usd = 0.0006 }
[openai_videos.sora-2-pro]
off = false
price = { by_resolution_usd = { 720p = 0.3, 1024p = 0.5 }, image_usd = 0.0034, input_second_usd = 0.0005 }
[openrouter.flux-3-video]
price = { by_resolution_usd = { 720p = 0.17, 1080p = 0.29 }, image_usd = 0.0036, input_second_usd = 0.0003 }
[openrouter.flux-3-video-extend]
price = { by_resolution_usd = { 720p = 0.41, 1080p = 0.53 }, image_usd = 0.0037, input_second_usd = 0.0002 }
[openai_videos.bifrost-sora-2]
off = false
price = { second_usd = 0.1, image_usd = 0.0035, input_second_usd = 0.0004 }
"""


@dataclass(frozen=True, kw_only=True)
class BillWorld:
    """One local provider with one model, and the options that are requested of it."""

    make: Callable[[], LocalProvider]
    model: str
    seconds: tuple[int, ...]  # the first is the length of the source of remixes
    resolutions: tuple[str | None, ...] = (None,)
    account: dict[str, object] = field(default_factory=dict)
    extends: bool = True

    def provider(self, host_catalogue: Path) -> LocalProvider:
        provider = self.make()
        provider.host_catalogue = host_catalogue
        return provider


WORLDS: dict[str, BillWorld] = {
    "toapis": BillWorld(make=lambda: LocalToAPIs(render_s=0.1), model="grok-video-3", seconds=(5, 10)),
    "octopusx": BillWorld(
        make=lambda: LocalOctopusX(render_s=0.1), model="grok-video-3", seconds=(6, 10),
        resolutions=(None, "720p", "1080p"), account={"protocol": "unified"},
    ),
    "octopusx-openai": BillWorld(
        make=lambda: LocalOctopusX(render_s=0.1), model="grok-video-3", seconds=(6, 10),
        resolutions=(None, "720p", "1080p"), account={"protocol": "openai"},
    ),
    "openrouter": BillWorld(
        make=lambda: LocalOpenRouter(render_s=0.1), model="flux-3-video", seconds=(5, 7),
        resolutions=(None, "720p", "1080p"),
    ),
    "xai": BillWorld(
        make=lambda: LocalXAI(render_s=0.1), model="grok-imagine-video", seconds=(2, 5),
        resolutions=(None, "480p", "720p"),
    ),
    "fal": BillWorld(
        make=lambda: LocalFal(render_s=0.1), model="grok-imagine-video", seconds=(3, 5),
        resolutions=(None, "720p"),  # the local xAI takes every clip from elsewhere for 720p
    ),
    "runway": BillWorld(
        make=lambda: LocalRunway(render_s=0.1), model="gemini_omni_flash_1.1", seconds=(3, 5),
        resolutions=(None, "720p"),
    ),
    "runware": BillWorld(
        make=lambda: LocalRunware(render_s=0.1), model="gemini-omni-flash-1.1", seconds=(3, 5),
        resolutions=(None, "720p"), extends=False,
    ),
    "gemini": BillWorld(
        make=lambda: LocalGemini(render_s=0.1), model="gemini-omni-1.2-flash", seconds=(3, 5),
        resolutions=(None, "720p", "1080p"),
    ),
    "bifrost": BillWorld(
        make=lambda: LocalOpenAIVideos("bifrost", render_s=0.1), model="bifrost-sora-2", seconds=(4, 8),
        account={"flavour": "bifrost"}, extends=False,
    ),
    "litellm": BillWorld(
        make=lambda: LocalOpenAIVideos("litellm", render_s=0.1), model="sora-2", seconds=(4, 8),
        account={"flavour": "litellm", "encoding": "multipart"}, extends=False,
    ),
    "plain": BillWorld(
        make=lambda: LocalOpenAIVideos("openai", render_s=0.1), model="sora-2-pro", seconds=(4, 8),
        resolutions=(None, "720p"), account={"flavour": "plain", "encoding": "multipart"}, extends=False,
    ),
}  # fmt: skip
