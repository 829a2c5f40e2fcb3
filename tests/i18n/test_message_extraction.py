"""Every text of the chat package is marked for translation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "bot" / "chat").rglob("*.py"), *(ROOT / "cogs").glob("*.py"), ROOT / "bot" / "client.py"])
HOST_SIDE = {
    "host_alarm.py",
    "diagnostics.py",
    "discord_errors.py",
    "command_sync.py",
    "connection.py",
    "rest_client.py",
}  # for the host, in English
MARKERS = {"_", "N_", "ngettext", "pgettext", "fact", "ContextMenu"}
# Not visible to users, or extracted from the commands by discord.py.
NOT_USER_VISIBLE = {
    "debug",
    "info",
    "warning",
    "error",
    "exception",
    "command",
    "describe",
    "Group",
    "compile",
    "_any",  # patterns of replies
    "run_every",
    "fullmatch",
}
NOT_USER_VISIBLE |= {"set_flag_once_per", "ValueError", "TypeError", "create_task", "quote", "Request"}
_SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")


def unmarked_sentences(node: ast.AST) -> Iterator[str]:
    """Yield string constants that look like English sentences outside marking calls."""
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in MARKERS | NOT_USER_VISIBLE:
            return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SENTENCE.search(node.value):
        yield node.value
    for child in ast.iter_child_nodes(node):
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if not is_docstring:
            yield from unmarked_sentences(child)


def test_every_sentence_is_marked_for_translation() -> None:
    found = {
        f"{path.name}: {sentence}"
        for path in FILES
        if path.name not in HOST_SIDE
        for sentence in unmarked_sentences(ast.parse(path.read_text()))
    }
    assert found == set()


def test_unmarked_sentences_are_found() -> None:
    assert list(unmarked_sentences(ast.parse('send(f"{n} videos are here")'))) == [" videos are here"]
    assert list(unmarked_sentences(ast.parse('send("There are videos here")'))) == ["There are videos here"]
    assert list(unmarked_sentences(ast.parse('send(_("There are videos here"))'))) == []
