"""The fault matrix of reference/reliability.md 5: the test id is row and column."""

import asyncio
import inspect
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import (
    matrix_delivery,
    matrix_download,
    matrix_interactions,
    matrix_lifecycle,
    matrix_limits,
    matrix_poll,
    matrix_submit,
)

Cell = Callable[..., Any]
MODULES: tuple[Any, ...] = (
    matrix_limits,
    matrix_interactions,
    matrix_delivery,
    matrix_download,
    matrix_lifecycle,
    matrix_submit,
    matrix_poll,
)
POSSIBLE_CELLS = {
    "A": "K1 K2 RL PX DK CK ZO HX", "B": "K1 K2 TO 5X RL PX DK CK ZO", "C": "K1 K2 PX DK CK ZO HX",
    "D": "K1 K2 DK CK ZO", "E": "K1 K2 TO 5X RL PX DK ZO HX", "F": "K1 K2 TO 5X RL PX DK CK ZO HX",
    "G": "K1 K2 TO 5X RL PX DK ZO HX", "H": "K1 K2 TO DK ZO HX", "I": "K1 K2 TO 5X RL PX DK CK ZO HX",
    "J": "K1 K2 TO 5X RL PX HX", "K": "K1 K2 DK ZO", "L": "K1 K2 PX DK ZO HX",
}  # fmt: skip


def cells() -> Iterator[tuple[str, Cell]]:
    """Yield every cell with its id. Cells of row E run once per provider capability."""
    for module in MODULES:
        yield from module.CELLS.items()
    for name, cell in matrix_submit.CELLS_PER_CAPABILITY.items():
        for capability in ("none", "list", "key"):
            yield f"{name}-{capability}", lambda cell=cell, capability=capability: cell(capability)


ALL_CELLS = sorted({name: cell for name, cell in cells()}.items())


@pytest.mark.parametrize("cell", [pytest.param(cell, id=name) for name, cell in ALL_CELLS])
def test_job_survives_fault(cell: Cell, tmp_path: Path) -> None:
    logging.disable(logging.CRITICAL)
    try:
        if inspect.iscoroutinefunction(cell):
            asyncio.run(cell(tmp_path))
        else:
            cell()
    finally:
        logging.disable(logging.NOTSET)


def test_every_possible_cell_of_the_matrix_has_a_test() -> None:
    live = {f"{row}-{column}" for row, columns in POSSIBLE_CELLS.items() for column in columns.split()}
    assert {name[:4].rstrip("-") for name, _ in ALL_CELLS} == live
    assert len(live) == 90
