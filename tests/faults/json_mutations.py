"""Damage JSON values: remove, null, retype and add fields. The same random numbers give the same damage."""

import copy
import random
from collections.abc import Callable
from typing import Any

MAX_CHANGES = 3
Container = dict[str, Any] | list[Any]
# Values of other types, and of the right type but out of range.
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 7, 2**63, 10**30, 1.5, "", "x", "0", "-1", "99999999999999999999999", "2020-13-45T99:99",
    [], [None], ["x"], [[]], [{}], {}, {"id": None}, {"id": "x"}, {"0": None},
)  # fmt: skip


def mutate(value: Any, rng: random.Random) -> Any:
    """Return a damaged copy of a JSON value."""
    damaged = copy.deepcopy(value)
    if not isinstance(damaged, dict | list) or not damaged or rng.random() < 0.02:
        return _odd_value(rng)
    for _ in range(rng.randint(1, MAX_CHANGES)):
        rng.choice(CHANGES)(rng.choice(list(_containers(damaged))), rng)
    return damaged


def _odd_value(rng: random.Random) -> Any:
    return copy.deepcopy(rng.choice(ODD_VALUES))


def _containers(value: Container) -> list[Container]:
    """Return a value and everything in it that has fields or items."""
    inner = value.values() if isinstance(value, dict) else value
    return [value, *(deep for each in inner if isinstance(each, dict | list) for deep in _containers(each))]


def _place(container: Container, rng: random.Random) -> Any:
    """Return a key or an index, or None if there is none."""
    if not container:
        return None
    return rng.choice(list(container)) if isinstance(container, dict) else rng.randrange(len(container))


def _remove(container: Container, rng: random.Random) -> None:
    if (place := _place(container, rng)) is not None:
        del container[place]


def _null(container: Container, rng: random.Random) -> None:
    if (place := _place(container, rng)) is not None:
        container[place] = None


def _retype(container: Container, rng: random.Random) -> None:
    if (place := _place(container, rng)) is None:
        return
    old = container[place]
    container[place] = _of_another_type(old) if rng.random() < 0.5 else _odd_value(rng)


def _of_another_type(value: Any) -> Any:
    match value:
        case str():
            return int(value) if value.isdecimal() else [value]
        case dict():
            return list(value)
        case list():
            return {}
    return str(value)


def _add(container: Container, rng: random.Random) -> None:
    new = _odd_value(rng)
    if isinstance(container, dict):
        container[rng.choice(("new_field", "type", "id", "guild_id", "member", "user", "flags", "data"))] = new
    else:
        container.insert(rng.randint(0, len(container)), new)


CHANGES: tuple[Callable[[Container, random.Random], None], ...] = (_remove, _null, _retype, _add)
