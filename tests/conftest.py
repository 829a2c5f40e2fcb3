"""Fixtures that several test packages share."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from bot.jobs import undo
from tests.stores import drop_databases, on_postgres, only_sqlite

STORES = ["postgres"] if on_postgres() else ["sqlite", "postgres"]
ON_BOTH = ("tests.limits.", "tests.remix.", "tests.regressions.")
OPENS_DATABASE = ("tests.harness", "tests.stores", "tests.limits.service_harness")


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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of these packages on both databases, if their module uses one."""
    names = [getattr(each, "__module__", "") for each in vars(metafunc.module).values()]
    if metafunc.module.__name__.startswith(ON_BOTH) and any(name in OPENS_DATABASE for name in names):
        reads_file = only_sqlite.mark in metafunc.definition.iter_markers()
        metafunc.parametrize("store_kind", ["sqlite"] if reads_file else STORES, indirect=True)


@pytest.fixture(autouse=True)
def store_kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the database of a test that runs on both, and drop what it created in PostgreSQL."""
    if hasattr(request, "param"):
        monkeypatch.setenv("STORE", request.param)
    yield
    drop_databases()


@pytest.fixture(params=STORES)
def each_store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test of another package on SQLite and on PostgreSQL."""
    monkeypatch.setenv("STORE", request.param)
