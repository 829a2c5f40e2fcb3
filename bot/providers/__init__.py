"""Adapters for video providers, one per dialect."""

from collections.abc import Callable, Mapping

from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Provider
from bot.providers.account import Account
from bot.providers.comfy import Comfy
from bot.providers.fal import Fal
from bot.providers.gemini import Gemini
from bot.providers.octopusx import OctopusX
from bot.providers.openai_videos import OpenAIVideos
from bot.providers.openrouter import OpenRouter
from bot.providers.runware import Runware
from bot.providers.runway import Runway
from bot.providers.toapis import ToAPIs
from bot.providers.xai import XAI

__all__ = ["Account", "build_provider"]

_ADAPTERS: Mapping[str, Callable[[Account, SsrfGuard], Provider]] = {
    "toapis": ToAPIs,
    "octopusx": OctopusX,
    "openai_videos": OpenAIVideos,
    "xai": XAI,
    "runway": Runway,
    "runware": Runware,
    "openrouter": OpenRouter,
    "fal": Fal,
    "gemini": Gemini,
    "comfy": Comfy,
}


def build_provider(account: Account, guard: SsrfGuard) -> Provider:
    """Build the adapter of an account. `guard` checks the links that the provider returns, not the account's host."""
    return _ADAPTERS[account.kind](account, guard)
