"""Commands that a text names are mentions of them once their ids are known."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.chat.text.command_mentions import learn, with_mentions
from bot.i18n import use_locale
from tests.harness import open_harness
from tests.limits.helpers import set_server_settings

COMMANDS: list[dict[str, Any]] = [
    {"id": "11", "name": "generate", "type": 1, "options": [{"name": "prompt", "type": 3}]},
    {"id": "12", "name": "jobs", "type": 1},
    {"id": "13", "name": "style", "options": [{"name": "save", "type": 1}, {"name": "list", "type": 1}]},
    {"id": "14", "name": "settings", "options": [{"name": "panel", "type": 1}, {"name": "audit", "type": 1}]},
    {"id": "15", "name": "Remix video", "type": 3},
]


@pytest.fixture
def known() -> Iterator[None]:
    learn(COMMANDS)
    yield
    learn([])


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`/generate` makes a video.", "</generate:11> makes a video."),
        ("Use /generate to make one.", "Use </generate:11> to make one."),
        ("You can get it from /jobs.", "You can get it from </jobs:12>."),
        ("Save one with /style save.", "Save one with /style save."),
        ("Save one with `/style save`.", "Save one with </style save:13>."),
        ("`/style` shows them", "`/style` shows them"),
        ("change this in /settings; the host", "change this in </settings panel:14>; the host"),
        ("https://example.org/jobs and and/or /v1/jobs", "https://example.org/jobs and and/or /v1/jobs"),
        ("`/nothing` and /nothing", "`/nothing` and /nothing"),
        ("</jobs:12> as it is", "</jobs:12> as it is"),
    ],
)
def test_a_command_that_is_known_becomes_a_mention(text: str, shown: str) -> None:
    assert with_mentions(text) == shown


@pytest.mark.usefixtures("known")
def test_a_translated_name_becomes_the_mention_of_its_command() -> None:
    with use_locale("ja"):
        assert with_mentions("`/生成` で動画を作ります。") == "</generate:11> で動画を作ります。"
    assert with_mentions("`/生成`") == "`/生成`"


def test_without_ids_a_text_stays_as_it_is() -> None:
    learn([])
    assert with_mentions("`/generate` and /jobs") == "`/generate` and /jobs"


async def test_help_and_refusals_mention_the_commands_that_discord_has(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        ids = {command["name"]: command["id"] for command in harness.discord.commands}
        await harness.alice.slash(harness.channel, "help")
        await harness.wait_for_message(f"</generate:{ids['generate']}> makes a video.")
        await set_server_settings(harness, videos_per_member=0)
        await harness.alice.slash(harness.channel, "generate", prompt="a boat of paper")
        await harness.wait_for_message(f"can change it in </settings panel:{ids['settings']}>.")
