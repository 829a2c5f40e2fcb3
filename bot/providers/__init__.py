"""Accounts at video providers: one adapter a dialect, chosen by kind."""

from collections.abc import Callable, Mapping

from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Provider
from bot.providers.account import Account
from bot.providers.octopusx import OctopusX
from bot.providers.openai_videos import OpenAIVideos
from bot.providers.toapis import ToAPIs
from bot.providers.xai import XAI

__all__ = ["Account", "build_provider"]

_KINDS: Mapping[str, Callable[[Account, SsrfGuard], Provider]] = {
    "toapis": ToAPIs,
    "octopusx": OctopusX,
    "openai_videos": OpenAIVideos,
    "xai": XAI,
}


def build_provider(account: Account, guard: SsrfGuard) -> Provider:
    """The adapter of an account. `guard` watches over links that the provider gives; the account's own host is free."""
    return _KINDS[account.kind](account, guard)
