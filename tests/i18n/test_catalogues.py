"""Every catalogue is whole and in step with the code, and no translation breaks what its sentence needs."""

import gettext
import re
import string
from collections import Counter
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog, Message

from bot.chat.text.list_text import HELP
from bot.client import own_commands
from bot.i18n import DOMAIN, ENGLISH, FOLDER
from bot.i18n import languages as spoken_languages
from tests.i18n.catalogues import languages, read, template, untranslated

LANGUAGES = languages()
_TIME = re.compile(r"<t:\{\w+\}(?::\w)?>")
_CODE = re.compile(r"`([^`]+)`")
_COMMAND = re.compile(r"(?<![\w/<])/(\w+)")
_MARKS = ("**", "\n", "[", "](", "-#", "•", "≈", "▸", "·", "🔔")
_LEADING = re.compile(r"^[^\w\s{*`\[(（「„]+ ")  # an emoji by which a status line is told apart


def entries(catalogue: Catalog) -> Iterator[Message]:
    return (each for each in catalogue if each.id)


def pairs(message: Message) -> list[tuple[str, str]]:
    """(English, translation) of every form; the forms of many numbers belong to the English plural."""
    if not isinstance(message.id, list | tuple):
        return [(message.id, str(message.string))]
    one, many = message.id
    forms = list(message.string or ())
    return [(many if len(forms) == 1 else one, forms[0]), *((many, form) for form in forms[1:])]


def word(catalogue: Catalog, english: str, context: str | None = None) -> str:
    found = catalogue.get(english, context)
    assert found is not None, english
    return str(found.string)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def key(message: Message) -> tuple[str | None, object]:
    return message.context, tuple(message.id) if isinstance(message.id, list | tuple) else message.id


def test_there_are_german_and_japanese() -> None:
    assert LANGUAGES == ["de", "ja"]
    assert spoken_languages() == (ENGLISH, *LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_code_is_in_the_catalogue_and_no_other(language: str) -> None:
    in_code, in_catalogue = ({key(each) for each in entries(c)} for c in (template(), read(language)))
    assert in_code - in_catalogue == set(), "run `make words` and translate these"
    assert in_catalogue - in_code == set(), "run `make words`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_left_in_english(language: str) -> None:
    assert untranslated(read(language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    compiled, written = gettext.translation(DOMAIN, FOLDER, [language]), read(language)
    for each in entries(written):
        if isinstance(each.id, list | tuple):
            one, many = each.id
            said = {compiled.ngettext(one, many, count) for count in range(200)}
            assert said == set(each.string or ()), one
        else:
            found = compiled.pgettext(each.context, each.id) if each.context else compiled.gettext(each.id)
            assert found == each.string, f"{each.id}: run `make words`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_placeholder_survives(language: str) -> None:
    for message in entries(read(language)):
        for english, said in pairs(message):
            may = fields(str(message.id[-1])) if isinstance(message.id, list | tuple) else fields(english)
            assert fields(english) <= fields(said) <= may, (english, said)
            said.format(**dict.fromkeys(may, "x"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_timestamps_marks_and_lines_survive(language: str) -> None:
    for message in entries(read(language)):
        for english, said in pairs(message):
            assert Counter(_TIME.findall(said)) == Counter(_TIME.findall(english)), (english, said)
            for mark in _MARKS:
                assert said.count(mark) == english.count(mark), (mark, english, said)
            assert _LEADING.findall(said) == _LEADING.findall(english), (english, said)
            assert said == said.strip(), said
            assert not set("!！") & set(said), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_code_in_a_sentence_is_what_its_reader_types(language: str) -> None:
    """Commands and reply words in backticks are the ones of the language; everything else stays as it is."""
    catalogue = read(language)
    names = {f"/{each}": f"/{word(catalogue, each, 'command')}" for each in own_commands()}
    words = {each: word(catalogue, each, "reply") for each in ("again", "cancel", "info", "delete")}
    words["extend: …"] = f"{word(catalogue, 'extend', 'reply')}: …"
    known = names | words
    for message in entries(catalogue):
        for english, said in pairs(message):
            expected = [known.get(each, each) for each in _CODE.findall(english)]
            assert Counter(_CODE.findall(said)) == Counter(expected), (english, said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_command_in_a_sentence_is_called_as_discord_calls_it(language: str) -> None:
    catalogue = read(language)
    own = own_commands()
    for message in entries(catalogue):
        for english, said in pairs(message):
            wanted = [word(catalogue, each, "command") for each in _COMMAND.findall(english) if each in own]
            assert Counter(_COMMAND.findall(said)) == Counter(wanted), (english, said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_and_menus_in_a_sentence_are_called_as_they_are_labelled(language: str) -> None:
    catalogue = read(language)
    text = word(catalogue, HELP)
    for label in ("Remix", "Details"):
        assert f"[{word(catalogue, label)}]" in text
    assert word(catalogue, "Remix video", "command") in text
