"""Every language fits Discord's limits: names, descriptions, labels, titles and messages."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.catalogue.load import load_catalogue
from bot.catalogue.offers import Offers, describe_offer
from bot.chat import data_deletion
from bot.chat.components.buttons import JobAction, JobButton, page_buttons
from bot.chat.components.prompt_modal import PromptModal
from bot.chat.settings_panel import items
from bot.chat.settings_panel.forms import form_for
from bot.chat.settings_panel.pages import PAGES, PanelState, panel
from bot.chat.text import job_text, list_text
from bot.chat.text.help_text import Allowed, Topic, help_text
from bot.i18n import _, languages, use_locale
from bot.jobs.errors import RetakeError
from bot.jobs.job import Job, JobPost, JobTask, Kind, State
from bot.jobs.limits import Caps
from bot.jobs.server_settings import ServerSettings
from bot.jobs.stored_errors import by_name
from bot.ports.repositories import Block
from bot.sandbox.discord.application.commands import MOST_CHARACTERS, characters, checked
from tests.harness import open_harness
from tests.limits.service_harness import FakeAccount

Json = dict[str, Any]
LANGUAGES = languages()
_NAME = re.compile(r"[-_'\w]{1,32}")
# Characters. Source: reference/discord.md 1 and 2
LABEL, TITLE, FIELD, HINT, OPTION = 80, 45, 45, 100, 100

JOB = Job(
    id="a" * 22,
    code="K7Q2MNPR",
    state=State.POLLING,
    kind=Kind.REMIX,
    user_id=10**19,
    guild_id=10**19,
    channel_id=10**19,
    prompt="x" * 2000,
    model="grok-video-3",
    account="toapis",
    created_at=1.0,
    updated_at=1.0,
    due_at=None,
    aspect="16:9",
    seconds=10,
    parent_id="b" * 22,
    task=JobTask(finished_at=1000.0),
    post=JobPost(result_message_id=10**19),
)


def walk_components(thing: object) -> Iterator[Json]:
    """Yield every component of a payload, recursively."""
    if isinstance(thing, dict):
        yield thing
        for child in thing.values():
            yield from walk_components(child)
    elif isinstance(thing, list):
        for child in thing:
            yield from walk_components(child)


def check_lengths(components: object) -> None:
    for part in walk_components(components):
        limit = FIELD if part.get("type") == 18 else LABEL if part.get("type") == 2 else OPTION
        for name, most in (("label", limit), ("description", HINT), ("placeholder", HINT), ("title", TITLE)):
            text = part.get(name)
            assert text is None or 1 <= len(text) <= most, (name, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_titles_and_hints_fit(language: str) -> None:
    rules = ServerSettings(videos_per_role=((7, 3),))
    scene = PanelState(rules=rules, blocks=[Block(user_id=7, until=None)], names={7: "alice"}, note="x")
    with use_locale(language):
        check_lengths([JobButton(JOB.id, verb, named="K7Q2MNPR").item.to_component_dict() for verb in JobAction])
        check_lengths(page_buttons(discord.ui.View(timeout=None), "history", 0, 1, 3).to_components())
        for page in PAGES:
            check_lengths(panel(page, scene).to_components())  # type: ignore[no-untyped-call]
        for what in ("limits", "money", "above", "words", "days", "role", "block", "stars"):
            form = form_for(what, rules, "7", "a name")
            assert len(form.title) < TITLE  # it would be truncated
            check_lengths(form.to_dict())
        check_lengths(PromptModal(JOB, _model(), JobAction.EDIT).to_dict())
        check_lengths(PromptModal(JOB, _model(), JobAction.REMIX).to_dict())
        for label in ("Delete my data", "Delete data and videos", "Delete data, keep videos"):
            check_lengths(items.button("mydata", "ask", _(label)).item.to_component_dict())


def test_a_label_that_is_too_long_is_detected() -> None:
    with pytest.raises(AssertionError):
        check_lengths([items.button("top", "pause", "x" * 81).item.to_component_dict()])
    with pytest.raises(AssertionError):
        check_lengths({"title": "x" * 46, "components": []})


def _model() -> Any:
    return next(model for model in load_catalogue() if model.remix is not None and len(model.remix.aspects) > 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_fit_and_keep_their_prompt(language: str) -> None:
    parent = replace(JOB, id="b" * 22, code="J2M9")
    with use_locale(language):
        assert len(_(data_deletion.QUESTION)) <= job_text.CONTENT_LIMIT
        for text in (
            job_text.result_text(replace(JOB, note="x" * 300), "Grok 3", parent),
            list_text.details(JOB, "Grok 3", parent, remixes=7, for_host=True),
        ):
            assert len(text) <= job_text.CONTENT_LIMIT
            assert text.count("x") > 1000
        for seller_model in load_catalogue():
            offers = Offers([seller_model], [_account(seller_model.kind)])
            assert all(1 <= len(describe_offer(offer)) <= OPTION for offer in offers.all())
        assert len(list_text.suggestion(JOB, "a name", 1e9)) <= list_text.CHOICE_LIMIT


def _account(kind: str) -> FakeAccount:
    seller = FakeAccount()
    seller.kind = kind
    return seller


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_a_message_in_every_language(language: str) -> None:
    def family(kind: type[RetakeError]) -> list[type[RetakeError]]:
        return [kind, *(error for child in kind.__subclasses__() for error in family(child))]

    for kind in family(RetakeError):
        if not kind.__module__.startswith("bot."):
            continue
        english = kind().sentence()
        with use_locale(language):
            translation = by_name(kind.__name__)().sentence()
        assert 1 <= len(translation) <= 400
        assert (translation == english) is (language == "en"), translation


async def test_registered_commands_are_localized(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        commands: list[Json] = harness.discord.world.commands
        checked(commands)  # Discord's rules for names, descriptions and choices, localized ones included
        for language in LANGUAGES[1:]:
            names = [_names_and_descriptions(command, language) for command in commands]
            assert len(set(names)) == len(names)
            for command in commands:
                assert characters(command) <= MOST_CHARACTERS
                for thing in walk_components(command):
                    _check_named(thing, language)


def _names_and_descriptions(thing: Json, language: str) -> tuple[int, str]:
    return int(thing.get("type", 1)), str((thing.get("name_localizations") or {}).get(language, thing["name"]))


def _check_named(thing: Json, language: str) -> None:
    options = [_names_and_descriptions(option, language)[1] for option in thing.get("options") or []]
    assert len(set(options)) == len(options), options
    if thing.get("description"):
        translation = (thing.get("description_localizations") or {}).get(language)
        assert translation is not None, thing["description"]
        assert len(translation) <= OPTION
        name = _names_and_descriptions(thing, language)[1]
        assert _NAME.fullmatch(name), name
        assert name == name.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_help_fits(language: str) -> None:
    many = tuple(range(10**18, 10**18 + 25))
    allowed = Allowed(
        rules=ServerSettings(paused=True, channels=many, roles=many),
        caps=Caps(member_videos=10),
        default=_model(),
        models=99,
        remixes=True,
        extends=True,
        pictures=True,
        manages=True,
    )
    with use_locale(language):
        for topic in Topic:
            assert len(help_text(topic, allowed)) <= job_text.CONTENT_LIMIT
