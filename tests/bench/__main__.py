"""`make bench`: run all benchmarks, print a table and write build/bench.jsonl with one object per line."""

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
from tests.bench.measurement import Measurement

OUTPUT = Path("build/bench.jsonl")


def find_benchmarks(only: list[str]) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the benchmark modules with their `measure` functions."""
    for found in pkgutil.iter_modules(tests.bench.__path__):
        if found.name.startswith("__") or (only and found.name not in only):
            continue
        module = importlib.import_module(f"tests.bench.{found.name}")
        measure = getattr(module, "measure", None)
        if measure is not None:
            yield found.name, measure


def run_benchmark(measure: Callable[[], object]) -> list[Measurement]:
    """Run one benchmark, synchronous or asynchronous, and return its measurements."""
    found = measure()
    if inspect.iscoroutine(found):
        found = asyncio.run(found)
    if not isinstance(found, list):
        raise TypeError("measure() must return a list of Measurement")
    return found


def main(only: list[str]) -> int:
    console = Console(width=130)
    numbers: list[Measurement] = []
    for name, measure in find_benchmarks(only):
        console.print(f"[dim]measuring {name} …[/]")
        numbers += run_benchmark(measure)
    table = Table(box=None)
    for title in ("name", "value", "unit", "ratio", "against"):
        table.add_column(title, justify="right" if title in ("value", "ratio") else "left")
    for measurement in numbers:
        ratio = "" if measurement.ratio is None else f"{measurement.ratio:.2f}"
        table.add_row(
            measurement.name,
            f"{measurement.value:.3g}" if measurement.value < 1000 else f"{measurement.value:.0f}",
            measurement.unit,
            ratio,
            measurement.against,
        )
    console.print(table)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text("".join(json.dumps(asdict(measurement)) + "\n" for measurement in numbers))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
