"""The direction of imports and other rules about modules. Imports that only a type checker sees count too."""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "cogs").rglob("*.py")])
SHARED = {"bot.background", "bot.connection_errors", "bot.foreground"}  # standard library only

# What each package may import of ours, besides itself and SHARED. `app` and `cli` may import everything.
TABLE: dict[str, set[str]] = {
    "bot.i18n": set(),
    "bot.jobs": {"bot.i18n"},
    "bot.catalogue": {"bot.i18n", "bot.jobs"},
    "bot.ports": {"bot.i18n", "bot.jobs", "bot.catalogue"},
    "bot.ordering": {"bot.i18n", "bot.jobs", "bot.catalogue", "bot.ports"},
    "bot.media": {"bot.jobs", "bot.ports"},
    "bot.store": {"bot.jobs", "bot.ports"},
    "bot.scale": {"bot.jobs", "bot.ports", "bot.store"},
    "bot.net": {"bot.i18n", "bot.jobs", "bot.ports"},
    "bot.providers": {"bot.jobs", "bot.ports", "bot.net", "bot.catalogue"},
    "bot.worker": {"bot.i18n", "bot.jobs", "bot.ports", "bot.media", "bot.catalogue"},
    "bot.chat": {"bot.i18n", "bot.jobs", "bot.ports", "bot.media", "bot.catalogue", "bot.ordering"},
    "bot.client": {"bot.i18n", "bot.jobs", "bot.ports", "bot.chat"},
    "bot.account_notices": {"bot.catalogue", "bot.providers", "bot.setting_errors"},
    "bot.settings": {
        "bot.account_notices",
        "bot.catalogue",
        "bot.jobs",
        "bot.providers",
        "bot.scale_settings",
        "bot.setting_errors",
        "bot.settings_check",
        "bot.writer_settings",
    },
    "bot.scale_settings": {"bot.writer_settings"},
    "bot.writer_settings": {"bot.setting_errors", "bot.settings_check"},
    "bot.setting_errors": {"bot.catalogue"},
    "bot.settings_check": {"bot.catalogue", "bot.net", "bot.ports", "bot.providers"},
    "bot.sandbox": set(),
    "cogs": {"bot.i18n", "bot.jobs", "bot.catalogue", "bot.ordering", "bot.chat", "bot.client"},
}


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, wherever in it. `from a import b` yields `a.b` if that's a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            assert node.level == 0, f"{path} has a relative import"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in FILES}


def importers(package: str, *, outside: str = "bot.sandbox") -> set[str]:
    """Return the modules that import a package, without those of the local Discord."""
    return {
        module
        for module, path in MODULES.items()
        if not within(module, outside) and any(name.split(".")[0] == package for name in imports(path))
    }


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("httpx", ("bot.net",)),
        ("httpcore", ("bot.net",)),
        ("aiosqlite", ("bot.store",)),
        ("psycopg", ("bot.store",)),
        ("procrastinate", ("bot.scale",)),
        ("sqlite3", ("bot.store", "bot.cli")),
        ("PIL", ("bot.media", "bot.chat.views.thumbnails")),
        ("discord", ("bot.chat", "bot.client", "bot.app", "bot.cli.run", "cogs")),
    ],
)
def test_a_library_is_imported_in_its_package_only(library: str, allowed: tuple[str, ...]) -> None:
    found = importers(library)
    assert found
    assert {module for module in found if not any(within(module, package) for package in allowed)} == set()


@pytest.mark.parametrize("package", TABLE)
def test_a_package_imports_only_what_the_table_allows(package: str) -> None:
    allowed = {package, *SHARED, *TABLE[package]}
    modules = {module: path for module, path in MODULES.items() if within(module, package)}
    assert modules
    wrong = {
        f"{module} imports {name}"
        for module, path in modules.items()
        for name in imports(path)
        if name.split(".")[0] in ("bot", "cogs") and not any(within(name, known) for known in allowed)
    }
    assert wrong == set()


def test_every_package_is_in_the_table() -> None:
    packages = {module for module, path in MODULES.items() if path.name == "__init__.py" and module.count(".") == 1}
    assert packages - set(TABLE) == {"bot.cli"}


def test_chat_and_worker_do_not_import_each_other() -> None:
    chat_side = ("bot.chat", "bot.client", "bot.ordering", "cogs")
    for module, path in MODULES.items():
        names = list(imports(path))
        if any(within(module, package) for package in chat_side):
            assert not [name for name in names if within(name, "bot.worker")], module
        if within(module, "bot.worker"):
            assert not [name for name in names if any(within(name, package) for package in chat_side)], module


def test_only_the_command_line_imports_the_local_discord() -> None:
    users = {
        module
        for module, path in MODULES.items()
        if not within(module, "bot.sandbox") and any(within(name, "bot.sandbox") for name in imports(path))
    }
    assert users == {"bot.__main__"}


def edges(depth: int | None = None) -> dict[str, set[str]]:
    """Return the import graph of our modules, or of packages cut at a depth of dots."""

    def node(module: str) -> str:
        return module if depth is None else ".".join(module.split(".")[:depth])

    graph: dict[str, set[str]] = defaultdict(set)
    for module, path in MODULES.items():
        if path.name == "__init__.py" and depth is None:
            continue
        for name in imports(path):
            if name in MODULES and node(name) != node(module):
                graph[node(module)].add(node(name))
    return graph


def cycle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_a_cycle_is_detected() -> None:
    assert cycle({"a": ["b"], "b": ["c"], "c": ["a"]})
    assert not cycle({"a": ["b", "c"], "b": ["c"]})


@pytest.mark.parametrize("depth", [2, 3, 4, None])
def test_there_is_no_cycle_between_packages_or_modules(depth: int | None) -> None:
    assert cycle(edges(depth)) == []


def test_the_domain_imports_the_standard_library_only() -> None:
    libraries = {
        f"{module} imports {name}"
        for module, path in MODULES.items()
        if within(module, "bot.jobs") or module in SHARED
        for name in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names | {"bot"}
    }
    assert libraries == set()


def test_every_module_has_a_docstring() -> None:
    without = {
        module
        for module, path in MODULES.items()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    }
    assert without == set()


def test_every_error_has_a_message_for_users() -> None:
    from bot.jobs.errors import RetakeError
    from bot.jobs.stored_errors import by_name

    def subclasses(kind: type[RetakeError]) -> list[type[RetakeError]]:
        return [kind, *(descendant for child in kind.__subclasses__() for descendant in subclasses(child))]

    for kind in subclasses(RetakeError):
        text = kind.__doc__ or ""
        assert text.endswith((".", "?", "{why}")), kind
        assert "!" not in text, kind
        assert kind().sentence(), kind
        assert by_name(kind.__name__) is kind
