"""Pretend video providers on 127.0.0.1 for tests, the demo and load tests. Production code never imports them."""

from bot.sandbox.providers.comfy import LocalComfy
from bot.sandbox.providers.comfy_v2 import LocalComfyV2
from bot.sandbox.providers.fal import LocalFal
from bot.sandbox.providers.gemini import LocalGemini
from bot.sandbox.providers.octopusx import LocalOctopusX
from bot.sandbox.providers.openai_videos import LocalOpenAIVideos
from bot.sandbox.providers.openrouter import LocalOpenRouter
from bot.sandbox.providers.own_servers import LocalOwnServer
from bot.sandbox.providers.runware import LocalRunware
from bot.sandbox.providers.runway import LocalRunway
from bot.sandbox.providers.tasks import Charge, LocalTask
from bot.sandbox.providers.toapis import LocalToAPIs
from bot.sandbox.providers.xai import LocalXAI

__all__ = [
    "Charge",
    "LocalComfy",
    "LocalComfyV2",
    "LocalFal",
    "LocalGemini",
    "LocalOctopusX",
    "LocalOpenAIVideos",
    "LocalOpenRouter",
    "LocalOwnServer",
    "LocalRunware",
    "LocalRunway",
    "LocalTask",
    "LocalToAPIs",
    "LocalXAI",
]
