"""Pretend video providers on 127.0.0.1 for tests, the demo and load tests. Production code never imports them."""

from bot.sandbox.providers.octopusx import LocalOctopusX
from bot.sandbox.providers.openai_videos import LocalOpenAIVideos
from bot.sandbox.providers.tasks import Charge, LocalTask
from bot.sandbox.providers.toapis import LocalToAPIs
from bot.sandbox.providers.xai import LocalXAI

__all__ = ["Charge", "LocalOctopusX", "LocalOpenAIVideos", "LocalTask", "LocalToAPIs", "LocalXAI"]
