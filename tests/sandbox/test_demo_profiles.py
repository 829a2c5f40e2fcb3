"""The demo's profiles: the bot's settings work in any working directory."""

from pathlib import Path

import pytest

from bot.sandbox.demo_profiles import DEMO_PROFILES, written


@pytest.mark.parametrize("name", DEMO_PROFILES)
def test_a_catalogue_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    env = written(DEMO_PROFILES[name], Path())
    path = Path(env.get("RETAKE_CATALOGUE", tmp_path))
    assert path.is_absolute()
    assert path.exists()
