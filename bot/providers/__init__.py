"""Adapters for video providers, one per dialect."""

from collections.abc import Callable, Mapping

from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Provider
from bot.providers.account import Account
from bot.providers.octopusx import OctopusX
from bot.providers.openai_videos import OpenAIVideos
from bot.providers.toapis import ToAPIs
from bot.providers.xai import XAI

__all__ = ["Account", "build_provider"]

_ADAPTERS: Mapping[str, Callable[[Account, SsrfGuard], Provider]] = {
    "toapis": ToAPIs,
    "octopusx": OctopusX,
    "openai_videos": OpenAIVideos,
    "xai": XAI,
}


def build_provider(account: Account, guard: SsrfGuard) -> Provider:
    """Build the adapter of an account. `guard` checks the links that the provider returns, not the account's host."""
    return _ADAPTERS[account.kind](account, guard)
