"""Prints the contract as a matrix, cases by dialects: `python -m tests.providers.matrix [pytest options]`."""

import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
MARKS = {"passed": "[green]✓[/]", "failed": "[red]✗[/]", "skipped": "–"}


def dialects() -> list[str]:
    """Return the columns. Imported late, because pytest must import its plugins first and anyio is one."""
    from tests.providers.rigs import DIALECTS

    return [dialect.name for dialect in DIALECTS]


class Listener:
    """Collects the outcome of each test by row and column."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        row, column = place(report.nodeid)
        outcomes = self.rows.setdefault(row, {})
        if report.when == "call" or report.outcome != "passed":  # a fixture that fails counts as well
            outcomes[column] = "failed" if "failed" in (outcomes.get(column), report.outcome) else report.outcome


def place(nodeid: str) -> tuple[str, str]:
    """Return the row and column: "create: 402" and "bifrost" for `…::test_create[402-bifrost]`."""
    name, _, parameters = nodeid.rpartition("::")[2].removesuffix("]").partition("[")
    column = next((name for name in dialects() if f"-{parameters}".endswith(f"-{name}")), "")
    case = parameters.removesuffix(column).removesuffix("-")
    row = name.removeprefix("test_").replace("_", " ")
    return (f"{row}: {case}" if case else row), column


def matrix(rows: dict[str, dict[str, str]]) -> Table:
    table = Table("case", title="Every answer of a provider × every dialect")
    columns = dialects()
    for name in columns:
        table.add_column(name, justify="center")
    for row, outcomes in rows.items():
        table.add_row(row, *(MARKS.get(outcomes.get(name, ""), "") for name in columns))
    return table


def main() -> int:
    listener = Listener()
    tests = [str(HERE / name) for name in ("test_contract.py", "test_contract_fetch.py")]
    code = pytest.main([*tests, "-q", "--no-header", *sys.argv[1:]], plugins=[listener])
    cells = [outcome for row in listener.rows.values() for outcome in row.values()]
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(matrix(listener.rows))
    console.print(f"{cells.count('passed')} of {len(cells)} cells as the contract has them")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
