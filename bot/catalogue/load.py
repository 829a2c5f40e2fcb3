"""Loads the catalogue: the shipped file, overridden by the host's own. Reports all problems at once."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from bot.catalogue.model import Model
from bot.catalogue.schema import KINDS, ModelIn, known_keys

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
        model
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
        if kind not in KINDS or not isinstance(entries, dict):
            problems.append(f"{path.name}: {kind}: {_unknown_key(kind, KINDS)}")
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
        for error in errors.errors(include_url=False, include_context=False):
            path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"])
            problems.append(f"{file}: {name}{path}: {_describe_problem(error['type'], error['msg'], error['loc'])}")
        return None


def _describe_problem(error_type: str, message: str, location: Sequence[int | str]) -> str:
    match error_type:
        case "extra_forbidden":
            return _unknown_key(str(location[-1]), known_keys(location[:-1]))
        case "missing":
            return "is missing"
        case _:
            return message.removeprefix("Value error, ")


def _unknown_key(key: str, known: Sequence[str]) -> str:
    matches = difflib.get_close_matches(key, known, 1)
    return f"unknown key; did you mean {matches[0]}?" if matches else f"unknown key; known are {', '.join(known)}"
