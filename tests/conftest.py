"""Fixtures that several test packages share."""

import io

import pytest
from PIL import Image

from bot.jobs import undo
from tests.stores import on_postgres

STORES = ["postgres"] if on_postgres() else ["sqlite", "postgres"]


@pytest.fixture(autouse=True)
def short_undo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let orders by reply wait for a tenth of a second instead of ten. Tests of the wait set their own."""
    monkeypatch.setattr(undo, "UNDO_S", 0.1)


@pytest.fixture
def png_bytes() -> bytes:
    """Return a small PNG."""
    file = io.BytesIO()
    Image.new("RGB", (128, 72), (200, 40, 30)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(params=STORES)
def each_store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test on SQLite and on PostgreSQL."""
    monkeypatch.setenv("STORE", request.param)
