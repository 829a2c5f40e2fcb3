"""Fixtures of the tests that use PostgreSQL."""

from collections.abc import Iterator

import pytest

from bot.sandbox.postgres import LocalPostgres
from bot.store import move_tables
from tests.stores import new_url


@pytest.fixture
def server() -> Iterator[LocalPostgres]:
    """A PostgreSQL server that no other test uses."""
    server = LocalPostgres(fast=True)
    yield server
    server.close()


@pytest.fixture
def url() -> str:
    """Return the address of an empty PostgreSQL database."""
    return new_url()


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a move copy a few rows at a time, so that it has many moments to end at."""
    monkeypatch.setattr(move_tables, "MAX_ROWS", 4)
