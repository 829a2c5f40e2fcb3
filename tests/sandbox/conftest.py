"""Fixtures of the sandbox's own tests."""

from collections.abc import AsyncIterator

import pytest

from bot.sandbox.discord import LocalDiscord
from tests.sandbox.studio import Studio, furnished, point_at


@pytest.fixture
async def studio(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Studio]:
    """A furnished local Discord without rate limits."""
    async with LocalDiscord(rate_limits=False) as discord:
        point_at(discord, monkeypatch)
        yield furnished(discord)
