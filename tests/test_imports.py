"""The direction of imports, and other rules of the house, held by machine."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "cogs").rglob("*.py")])
STANDARD_OR_OURS = frozenset({"bot"})


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module


def room(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def importers(package: str, *, outside: tuple[str, ...] = ("bot/sandbox/",)) -> set[str]:
    return {
        room(path)
        for path in FILES
        if not room(path).startswith(outside) and any(name.split(".")[0] == package for name in imports(path))
    }


def test_httpx_is_known_to_one_module() -> None:
    assert importers("httpx") == {"bot/net/client.py"}


def test_aiosqlite_is_known_to_one_module() -> None:
    assert importers("aiosqlite") == {"bot/store/database.py"}


def test_sqlite_is_known_to_the_store_only() -> None:
    assert {name for name in importers("sqlite3") if not name.startswith("bot/store/")} <= {"bot/cli/doctor.py"}


def test_discord_is_known_to_the_chat_side_only() -> None:
    knowing = importers("discord")
    allowed = ("bot/chat/", "cogs/", "bot/client.py", "bot/app.py", "bot/cli/run.py")
    assert {name for name in knowing if not name.startswith(allowed)} == set()


def test_production_never_imports_the_local_world() -> None:
    knowing = {
        room(path)
        for path in FILES
        if not room(path).startswith("bot/sandbox/") and any(name.startswith("bot.sandbox") for name in imports(path))
    }
    assert knowing == {"bot/__main__.py"}


@pytest.mark.parametrize(
    ("folder", "may_know"),
    [
        ("bot/i18n/", set()),
        ("bot/jobs/", {"bot.jobs", "bot.i18n"}),
        ("bot/catalogue/", {"bot.catalogue", "bot.jobs", "bot.i18n"}),
        ("bot/providers/", {"bot.providers", "bot.net", "bot.jobs", "bot.ports", "bot.catalogue"}),
        ("bot/store/", {"bot.store", "bot.jobs", "bot.ports", "bot.worker"}),
        ("bot/media/", {"bot.media", "bot.jobs", "bot.ports"}),
    ],
)
def test_a_room_knows_only_the_rooms_below_it(folder: str, may_know: set[str]) -> None:
    strangers = {
        f"{room(path)} imports {name}"
        for path in FILES
        if room(path).startswith(folder)
        for name in imports(path)
        if name.split(".")[0] in ("bot", "cogs") and not any(name == k or name.startswith(f"{k}.") for k in may_know)
    }
    assert strangers == set()


def test_the_core_knows_no_library() -> None:
    import sys

    strangers = {
        f"{room(path)} imports {name}"
        for path in FILES
        if room(path).startswith("bot/jobs/")
        for name in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names | STANDARD_OR_OURS
    }
    assert strangers == set()


def test_every_module_says_what_it_is() -> None:
    silent = {
        room(path) for path in FILES if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    }
    assert silent == set()


def test_every_error_has_a_sentence_for_people() -> None:
    from bot.jobs.errors import RetakeError, by_name

    def family(kind: type[RetakeError]) -> list[type[RetakeError]]:
        return [kind, *(each for child in kind.__subclasses__() for each in family(child))]

    for kind in family(RetakeError):
        words = kind.__doc__ or ""
        assert words.endswith((".", "{why}")), kind
        assert "!" not in words, kind
        assert kind().sentence(), kind
        assert by_name(kind.__name__) is kind
