"""A database of another user is no damaged one: nothing is said of a backup."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import EXIT_CONFIG
from bot.cli import run
from bot.settings import Settings
from bot.store.database import Database
from bot.store.location import DATABASE
from bot.store.maintenance import foreign_file

NOBODY = 65534


@contextlib.contextmanager
def another_user(data: Path) -> Iterator[None]:
    """Act as a user whom the files don't belong to."""
    database = data / DATABASE
    if os.geteuid() != 0:
        database.chmod(0)
        yield
        database.chmod(0o600)
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_a_file_of_another_user_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    await (await Database.open(tmp_path / DATABASE)).close()
    (tmp_path / DATABASE).chmod(0o600)
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    assert foreign_file(tmp_path) is None
    with another_user(tmp_path):
        assert foreign_file(tmp_path) == tmp_path / DATABASE
        code = await run.run(Settings.model_validate({"discord_token": "x", "data": tmp_path}))
    said = capfd.readouterr().err
    assert code == EXIT_CONFIG
    assert "belongs to another user" in said
    assert "backup" not in said
