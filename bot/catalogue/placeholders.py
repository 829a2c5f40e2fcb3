"""Placeholders such as `{{prompt}}` in the inputs of a ComfyUI workflow. Pure.

Values are put into the parsed graph, never into its text, and what a member writes isn't searched for placeholders.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

NUMBERS = ("seed", "width", "height", "seconds", "frames", "fps")
FILES = ("image", "video")
NAMES = ("prompt", *NUMBERS, *FILES)
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Where a workflow uses a placeholder. `alone`: it is the whole value."""

    name: str
    node: str
    input: str
    alone: bool


def placeholders_in(graph: Mapping[str, object]) -> Iterator[Use]:
    """Yield each use of a placeholder, whether or not its name is known."""
    for node, inputs in inputs_of(graph):
        for name, value in inputs.items():
            for text in _texts(value):
                yield from (
                    Use(name=match[1], node=node, input=name, alone=match[0] == text)
                    for match in _PLACEHOLDER.finditer(text)
                )


def inputs_of(graph: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the id and the inputs of each node."""
    for node, content in graph.items():
        inputs = content.get("inputs") if isinstance(content, dict) else None
        if isinstance(inputs, dict):
            yield node, inputs


def fill(graph: Mapping[str, object], values: Mapping[str, object]) -> dict[str, object]:
    """Return a copy of the graph with values in place of its placeholders.

    A placeholder that is the whole text becomes the value itself, such as a number.
    """
    filled = {}
    for node, content in graph.items():
        inputs = content.get("inputs") if isinstance(content, dict) else None
        if isinstance(content, dict) and isinstance(inputs, dict):
            content = {**content, "inputs": {name: _filled(value, values) for name, value in inputs.items()}}
        filled[node] = content
    return filled


def _filled(value: object, values: Mapping[str, object]) -> object:
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if isinstance(value, dict):
        return {name: _filled(item, values) for name, item in value.items()}
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value)
    if whole is not None and whole[1] in values:
        return values[whole[1]]
    return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), value)


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for item in value.values():
                yield from _texts(item)
