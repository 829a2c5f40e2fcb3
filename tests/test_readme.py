"""README: its pictures exist, its price example loads, its steps name the budget, and its defaults are real ones."""

import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from bot.catalogue.load import load_catalogue
from bot.jobs.money import exact_dollars
from bot.jobs.server_settings import ServerSettings
from bot.settings import load

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)


def test_every_picture_of_the_page_exists_and_the_first_screen_has_some() -> None:
    pictures = re.findall(r"(?:\(|src(?:set)?=\")(docs/img/[\w.-]+)", TEXT)
    assert [each for each in pictures if not (ROOT / each).is_file()] == []
    assert len(pictures) >= 8
    assert TEXT[: TEXT.index("## Try it")].count("docs/img/") >= 4


def test_the_example_of_a_price_is_a_catalogue(tmp_path: Path) -> None:
    (example,) = (text for language, text in BLOCKS if language == "toml")
    file = tmp_path / "prices.toml"
    file.write_text(example)
    shipped, own = load_catalogue(), load_catalogue(file)
    assert len(own) == len(shipped)  # the example adds no model by a misspelt name
    (model,) = (model for model in own if (model.kind, model.key) == ("toapis", "grok-video-3"))
    assert model.price is not None
    assert model.price.source == "my contract"


def test_the_steps_name_the_budget_and_the_limits_of_a_new_server() -> None:
    steps = " ".join(TEXT[TEXT.index("## Run the real bot") : TEXT.index("## Use it")].split())
    defaults = ServerSettings()
    assert defaults.budget_day_micros is not None
    assert "`RETAKE_BUDGET_DAY_USD`" in steps
    assert f"can spend {exact_dollars(defaults.budget_day_micros)} a day" in steps
    assert f"can request {defaults.videos_per_member} videos a day" in steps


def test_the_budget_of_the_example_file_is_the_one_that_readme_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETAKE_DISCORD_TOKEN", "token.of.the-bot")
    monkeypatch.setenv("RETAKE_ACCOUNTS__TOAPIS__KEY", "key-of-toapis")
    assert load(ROOT / ".env.example").budget_day_usd == 10
    assert "It's $10 in the example file." in TEXT


def test_an_image_can_be_pulled_by_name_or_built() -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["retake"]
    assert service["image"] == "${IMAGE:-retake}"
    assert service["build"] == "."
    assert "IMAGE=OWNER/retake:latest docker compose pull" in TEXT


def test_every_page_has_the_same_placeholder_for_the_address_of_the_repository() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    clones = [each for page in pages for each in re.findall(r"git clone (\S+)", page.read_text())]
    assert len(clones) >= 3
    assert set(clones) == {"CLONE-ADDRESS"}
