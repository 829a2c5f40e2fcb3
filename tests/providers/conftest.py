"""Fixtures of the adapters' tests."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports.provider import Picture
from bot.sandbox.test_clips import ClipSpec, render
from tests.providers.stands import Rig, start_rig

HASTY_S, PATIENT_S = 0.4, 20.0


@pytest.fixture
def a_picture_file(tmp_path: Path, png_bytes: bytes) -> Picture:
    """A member's picture on disk."""
    path = tmp_path / "picture"
    path.write_bytes(png_bytes)
    return Picture(path=path, mime="image/png")


@pytest.fixture(scope="session")
def a_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real mp4 of one second."""
    spec = ClipSpec(prompt="a film", aspect="16:9", seconds=1.0, long_side_px=160)
    return asyncio.run(render(spec, cache=tmp_path_factory.mktemp("films")))


@pytest.fixture
async def a_stand(request: pytest.FixtureRequest, a_film: Path) -> AsyncIterator[Rig]:
    """A dialect and its counterpart, running. Patient, but where a test waits for this very timeout."""
    name = request.node.name
    waits = any(word in name for word in ("timeout", "lost"))
    asks = waits and name.startswith("test_check")
    timeouts = {"paid_s": HASTY_S if waits and not asks else PATIENT_S, "ask_s": HASTY_S if asks else PATIENT_S}
    async with start_rig(request.param, a_film, **timeouts) as running:
        yield running
