"""Loads the catalogue: the shipped file, overridden by the host's own. Reports all problems at once."""

import difflib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.catalogue.kinds import KINDS
from bot.catalogue.model import Model
from bot.catalogue.schema import ModelIn, known_keys

_BOUNDS = {
    "greater_than_equal": "from {ge}",
    "greater_than": "above {gt}",
    "less_than_equal": "up to {le}",
    "less_than": "below {lt}",
    "finite_number": "such as 0.05",
}
_FORMS = {  # by the beginning of the library's name for the problem
    "string": 'text in quotes, such as "Grok 3"',
    "bool": "true or false",
    "int": "a whole number without quotes, such as 5",
    "float": "a number without quotes, such as 0.5",
    "decimal": "a number without quotes, such as 0.05",
    "is_instance": "a number without quotes, such as 0.05",
    "tuple": "a list, such as [5, 10]",
    "model": "a table, such as { most = 1 }",
    "mapping": 'a table, such as { mode = "std" }',
    "dict": 'a table, such as { mode = "std" }',
}
Location = Sequence[int | str]
SHIPPED = Path(__file__).with_name("catalogue.toml")


class CatalogueError(Exception):
    """The catalogue is invalid; `problems` has one line per problem."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


def load_catalogue(override: Path | None = None, shipped: Path = SHIPPED) -> tuple[Model, ...]:
    """Return all models in the order of the file, followed by the host's own models. Raise CatalogueError."""
    problems: list[str] = []
    tables = _read_tables(shipped, problems)
    files: dict[str, str] = dict.fromkeys(tables, shipped.name)
    if override is not None:
        for name, entry in _read_tables(override, problems).items():
            tables[name] = {**tables.get(name, {}), **entry}
            files[name] = override.name
    models = [
        replace(model, from_host=override is not None and files[name] == override.name)
        for name, entry in tables.items()
        if (model := _build_model(name, entry, files[name], problems)) is not None
    ]
    if problems:
        raise CatalogueError(problems)
    return tuple(models)


def _read_tables(path: Path, problems: list[str]) -> dict[str, dict[str, object]]:
    """Return the tables of a file by `kind.key`."""
    try:
        with path.open("rb") as file:
            kinds = tomllib.load(file, parse_float=Decimal)
    except OSError as error:
        problems.append(f"{path.name}: cannot be read ({error.strerror})")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path.name}: is not TOML: {error}")
        return {}
    tables: dict[str, dict[str, object]] = {}
    for kind, entries in kinds.items():
        if kind == "comfy":
            problems.append(f"{path.name}: comfy: has no models here; they are the files of the account's WORKFLOWS")
            continue
        if kind not in KINDS or not isinstance(entries, dict):
            problems.append(f"{path.name}: {kind}: {_unknown_key(kind, tuple(KINDS))}")
            continue
        for key, entry in entries.items():
            if isinstance(entry, dict):
                tables[f"{kind}.{key}"] = entry
            else:
                problems.append(f'{path.name}: {kind}.{key}: is not a model; one begins with [{kind}."{key}"]')
    return tables


def _build_model(name: str, entry: Mapping[str, object], file: str, problems: list[str]) -> Model | None:
    kind, _, key = name.partition(".")
    try:
        return ModelIn.model_validate(entry).build(kind, key)
    except ValidationError as errors:
        problems += [
            f"{file}: {name}{problem_path(error)}: {describe_problem(error)}"
            for error in errors.errors(include_url=False)
        ]
        return None


def problem_path(error: ErrorDetails) -> str:
    """Return where a value is in its table: `.seconds[0]`."""
    steps = [step for step in error["loc"] if step != "[key]"]
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def describe_problem(error: ErrorDetails, known: Callable[[Location], Sequence[str]] = known_keys) -> str:
    """Return what is wrong with a value and what would be right. `known` are the keys of a table at a location."""
    location, context = error["loc"], error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return _unknown_key(str(location[-1]), known(location[:-1]))
        case "missing":
            return "is missing"
        case "value_error":
            return error["msg"].removeprefix("Value error, ")
        case "literal_error":
            return f"is {_written(error['input'])}; it takes {str(context['expected']).replace(chr(39), '')}"
        case "string_pattern_mismatch":
            form = 'an aspect such as "16:9"' if "aspect" in str(location) else 'a path such as "/v1/videos"'
            return f"is {_written(error['input'])}; it takes {form}"
        case "greater_than_equal" | "greater_than" | "less_than_equal" | "less_than" | "finite_number":
            return f"is {_written(error['input'])}; it takes a number {_BOUNDS[error['type']].format(**context)}"
        case "string_too_short" | "string_too_long":
            return "is empty" if error["type"] == "string_too_short" else f"is longer than {context['max_length']}"
        case kind:
            form = next((form for prefix, form in _FORMS.items() if kind.startswith(prefix)), "another value")
            return f"is {_written(error['input'])}; it takes {form}"


def _written(value: object) -> str:
    """Return a value as a TOML file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _unknown_key(key: str, known: Sequence[str]) -> str:
    matches = difflib.get_close_matches(key, known, 1)
    return f"unknown key; did you mean {matches[0]}?" if matches else f"unknown key; known are {', '.join(known)}"
