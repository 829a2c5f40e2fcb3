"""Every catalogue is complete and in step with the code, and translations keep placeholders and markup."""

import gettext
import re
import string
from collections import Counter
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog, Message

from bot.chat.text.help_text import BUTTON, MARK
from bot.client import own_commands
from bot.i18n import DOMAIN, ENGLISH, FOLDER
from bot.i18n import languages as spoken_languages
from tests.i18n.catalogues import languages, read, template, untranslated

LANGUAGES = languages()
_TIME = re.compile(r"<t:\{\w+\}(?::\w)?>")
_CODE = re.compile(r"`([^`]+)`")
_COMMAND = re.compile(r"(?<![\w/<])/(\w+)")
_MARKS = ("**", "\n", "[", "](", "-#", "•", "≈", "▸", "·", "🔔")
_LEADING = re.compile(r"^[^\w\s{*`\[(（「„]+ ")  # the emoji that identifies a status


def entries(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def pairs(message: Message) -> list[tuple[str, str]]:
    """Return (English, translation) for every form. All plural forms pair with the English plural."""
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


def test_there_are_german_and_japanese_catalogues() -> None:
    assert LANGUAGES == ["de", "ja"]
    assert spoken_languages() == (ENGLISH, *LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_exactly_the_messages_of_the_code(language: str) -> None:
    in_code, in_catalogue = ({key(message) for message in entries(c)} for c in (template(), read(language)))
    assert in_code - in_catalogue == set(), "run `make words` and translate these"
    assert in_catalogue - in_code == set(), "run `make words`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(language: str) -> None:
    assert untranslated(read(language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_matches_its_source(language: str) -> None:
    compiled, written = gettext.translation(DOMAIN, FOLDER, [language]), read(language)
    for message in entries(written):
        if isinstance(message.id, list | tuple):
            one, many = message.id
            translation = {compiled.ngettext(one, many, count) for count in range(200)}
            assert translation == set(message.string or ()), one
        else:
            found = compiled.pgettext(message.context, message.id) if message.context else compiled.gettext(message.id)
            assert found == message.string, f"{message.id}: run `make words`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_placeholder_survives(language: str) -> None:
    for message in entries(read(language)):
        for english, translation in pairs(message):
            may = fields(str(message.id[-1])) if isinstance(message.id, list | tuple) else fields(english)
            assert fields(english) <= fields(translation) <= may, (english, translation)
            translation.format(**dict.fromkeys(may, "x"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_timestamps_markup_and_lines_survive(language: str) -> None:
    for message in entries(read(language)):
        for english, translation in pairs(message):
            assert Counter(_TIME.findall(translation)) == Counter(_TIME.findall(english)), (english, translation)
            for mark in _MARKS:
                assert translation.count(mark) == english.count(mark), (mark, english, translation)
            assert _LEADING.findall(translation) == _LEADING.findall(english), (english, translation)
            assert translation == translation.strip(), translation
            assert not set("!！") & set(translation), translation


@pytest.mark.parametrize("language", LANGUAGES)
def test_inline_code_is_what_the_reader_types(language: str) -> None:
    """Commands and reply words in backticks are localized. All other code stays as it is."""
    catalogue = read(language)
    names = {f"/{command}": f"/{word(catalogue, command, 'command')}" for command in own_commands()}
    reply_words = {reply: word(catalogue, reply, "reply") for reply in ("again", "cancel", "info", "delete")}
    reply_words["extend: …"] = f"{word(catalogue, 'extend', 'reply')}: …"
    style = word(catalogue, "style", "reply")
    reply_words |= {"style: …": f"{style}: …", "style: {name}": f"{style}: {{name}}"}
    for command, child in (("/style", "save"), ("/contest", "end")):
        names[f"{command} {child}"] = f"{names[command]} {word(catalogue, child, 'command')}"
    known = names | reply_words | {"style": word(catalogue, "style", "option")}
    for message in entries(catalogue):
        for english, translation in pairs(message):
            expected = [known.get(code, code) for code in _CODE.findall(english)]
            assert Counter(_CODE.findall(translation)) == Counter(expected), (english, translation)


@pytest.mark.parametrize("language", LANGUAGES)
def test_commands_in_messages_have_their_localized_names(language: str) -> None:
    catalogue = read(language)
    own = own_commands()
    for message in entries(catalogue):
        for english, translation in pairs(message):
            wanted = [word(catalogue, command, "command") for command in _COMMAND.findall(english) if command in own]
            assert Counter(_COMMAND.findall(translation)) == Counter(wanted), (english, translation)


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_and_menus_in_messages_have_their_localized_labels(language: str) -> None:
    catalogue = read(language)
    assert f"[{word(catalogue, 'Remix')}]" in word(catalogue, BUTTON)
    for label in ("Details", "Not for remixing"):
        assert f"[{word(catalogue, label)}]" in word(catalogue, MARK)
    assert word(catalogue, "Remix video", "command") in word(catalogue, BUTTON)
