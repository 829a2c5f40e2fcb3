"""A row: the class of a sentence, the scene in which it is said, and a near one in which it must not be said."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bot.jobs.errors import RetakeError

Scene = Callable[[Path], Awaitable[RetakeError | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Both scenes get an empty folder."""

    kind: type[RetakeError]
    said: Scene
    not_said: Scene


def scene(work: Callable[[Path], object]) -> Scene:
    """Return a scene from a function: the error that it raises or returns, or None if all goes well."""

    async def play(folder: Path) -> RetakeError | None:
        try:
            result = work(folder)
            if inspect.isawaitable(result):
                result = await result
        except RetakeError as error:
            return error
        return result if isinstance(result, RetakeError) else None

    return play


def row(kind: type[RetakeError], said: Callable[[Path], object], not_said: Callable[[Path], object]) -> Row:
    """Return a row from two functions, as `scene` takes them."""
    return Row(kind=kind, said=scene(said), not_said=scene(not_said))
