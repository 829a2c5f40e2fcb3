"""`make bench`: every measure, one after the other, as a table and as an object a line in build/bench.jsonl."""

import asyncio
import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

import tests.bench
from tests.bench.measurement import Measure

OUT = Path("build/bench.jsonl")


def benchmarks(only: list[str]) -> Iterator[tuple[str, Callable[[], object]]]:
    """The modules here that measure something."""
    for found in pkgutil.iter_modules(tests.bench.__path__):
        if found.name.startswith("__") or (only and found.name not in only):
            continue
        module = importlib.import_module(f"tests.bench.{found.name}")
        measures = getattr(module, "measures", None)
        if measures is not None:
            yield found.name, measures


def taken(measures: Callable[[], object]) -> list[Measure]:
    """The numbers of one module, whether it is asynchronous or not."""
    found = measures()
    if inspect.iscoroutine(found):
        found = asyncio.run(found)
    if not isinstance(found, list):
        raise TypeError("measures() returns a list of Measure")
    return found


def main(only: list[str]) -> int:
    console = Console(width=130)
    numbers: list[Measure] = []
    for name, measures in benchmarks(only):
        console.print(f"[dim]measuring {name} …[/]")
        numbers += taken(measures)
    table = Table(box=None)
    for title in ("name", "value", "unit", "ratio", "against"):
        table.add_column(title, justify="right" if title in ("value", "ratio") else "left")
    for each in numbers:
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
        table.add_row(
            each.name, f"{each.value:.3g}" if each.value < 1000 else f"{each.value:.0f}", each.unit, ratio, each.against
        )
    console.print(table)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("".join(json.dumps(asdict(each)) + "\n" for each in numbers))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
