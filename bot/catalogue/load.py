"""Reads the catalogue: the shipped file, and over it the host's own. Every mistake is named, all at once."""

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
    """What is wrong with the catalogue, a line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


def load_catalogue(override: Path | None = None, shipped: Path = SHIPPED) -> tuple[Model, ...]:
    """Every model, in the file's order; the host's own ones last. Raises CatalogueError."""
    problems: list[str] = []
    tables = _read(shipped, problems)
    changed: dict[str, str] = dict.fromkeys(tables, shipped.name)
    if override is not None:
        for name, entry in _read(override, problems).items():
            tables[name] = {**tables.get(name, {}), **entry}
            changed[name] = override.name
    models = [
        model for name, entry in tables.items() if (model := _model(name, entry, changed[name], problems)) is not None
    ]
    if problems:
        raise CatalogueError(problems)
    return tuple(models)


def _read(path: Path, problems: list[str]) -> dict[str, dict[str, object]]:
    """`kind.key` -> its table."""
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
            problems.append(f"{path.name}: {kind}: {_unknown(kind, KINDS)}")
            continue
        for key, entry in entries.items():
            if isinstance(entry, dict):
                tables[f"{kind}.{key}"] = entry
            else:
                problems.append(f'{path.name}: {kind}.{key}: is not a model; one begins with [{kind}."{key}"]')
    return tables


def _model(name: str, entry: Mapping[str, object], file: str, problems: list[str]) -> Model | None:
    kind, _, key = name.partition(".")
    try:
        return ModelIn.model_validate(entry).made(kind, key)
    except ValidationError as errors:
        for error in errors.errors(include_url=False, include_context=False):
            where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"])
            problems.append(f"{file}: {name}{where}: {_said(error['type'], error['msg'], error['loc'])}")
        return None


def _said(kind: str, message: str, where: Sequence[int | str]) -> str:
    match kind:
        case "extra_forbidden":
            return _unknown(str(where[-1]), known_keys(where[:-1]))
        case "missing":
            return "is missing"
        case _:
            return message.removeprefix("Value error, ")


def _unknown(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, 1)
    return f"unknown key; did you mean {near[0]}?" if near else f"unknown key; known are {', '.join(known)}"
