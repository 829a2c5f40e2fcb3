"""The language rule of CONTRIBUTING.md: no archaic or vague words in docstrings, comments and messages."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
FORBIDDEN = re.compile(
    r"\b(whoever|whatever|anew|none where|so long|one's|by itself|was said|come about|keeps nothing|knows no)\b",
    re.IGNORECASE,
)
SOURCES = sorted(path for folder in ("bot", "cogs", "tests") for path in (ROOT / folder).rglob("*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PAGE_SOURCES = sorted((ROOT / "bot/sandbox/web/static").glob("*.js"))
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def prose(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and text of every docstring and comment."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node)) is not None:
            yield node.body[0].lineno, text
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


@pytest.mark.parametrize("folder", ["bot", "cogs", "tests"])
def test_docstrings_and_comments_are_plain_english(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {match[0]}"
        for path in SOURCES
        if path.is_relative_to(ROOT / folder)
        for line, text in prose(path.read_text())
        if (match := FORBIDDEN.search(text)) is not None
    ]
    assert found == []


def test_messages_are_plain_english() -> None:
    with (ROOT / "bot/i18n/locale/de/LC_MESSAGES/retake.po").open("rb") as file:
        messages = [message.id for message in read_po(file) if message.id]
    texts = [text for message in messages for text in ([message] if isinstance(message, str) else message)]
    assert len(texts) > 400
    assert [text for text in texts if FORBIDDEN.search(text)] == []


@pytest.mark.parametrize("page", [*PAGES, *PAGE_SOURCES], ids=lambda path: path.name)
def test_a_page_is_plain_english(page: Path) -> None:
    quoted = "CONTRIBUTING.md"  # lists the forbidden words
    if page.name != quoted:
        assert FORBIDDEN.findall(page.read_text()) == []


def test_a_forbidden_word_is_found() -> None:
    assert [match[0] for _, text in prose('"""Whoever asks."""\n') if (match := FORBIDDEN.search(text))] == ["Whoever"]
    assert FORBIDDEN.search("whose") is None
