"""Fixtures for the tests of the provider adapters."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports.provider import Picture
from bot.sandbox.test_clips import ClipSpec, render
from tests.providers.rigs import ProviderRig, start_rig

SHORT_TIMEOUT_S, LONG_TIMEOUT_S = 0.4, 20.0


@pytest.fixture
def picture_file(tmp_path: Path, png_bytes: bytes) -> Picture:
    """Return a member's picture on disk."""
    path = tmp_path / "picture"
    path.write_bytes(png_bytes)
    return Picture(path=path, mime="image/png")


@pytest.fixture(scope="session")
def sample_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a real mp4 of one second."""
    spec = ClipSpec(prompt="a clip", aspect="16:9", seconds=1.0, long_side_px=160)
    return asyncio.run(render(spec, cache=tmp_path_factory.mktemp("clips")))


@pytest.fixture
async def rig(request: pytest.FixtureRequest, sample_clip: Path) -> AsyncIterator[ProviderRig]:
    """Start an adapter and its local provider. Use a short timeout only in tests that wait for it."""
    name = request.node.name
    waits_for_timeout = any(word in name for word in ("timeout", "lost"))
    paid_timeout_s = request_timeout_s = LONG_TIMEOUT_S
    if waits_for_timeout and name.startswith("test_check"):
        request_timeout_s = SHORT_TIMEOUT_S
    elif waits_for_timeout:
        paid_timeout_s = SHORT_TIMEOUT_S
    async with start_rig(
        request.param, sample_clip, paid_timeout_s=paid_timeout_s, request_timeout_s=request_timeout_s
    ) as started:
        yield started
