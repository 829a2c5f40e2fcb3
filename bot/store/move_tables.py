"""What a move copies: the tables of the schema, read and written in pages of bounded size, and sums to compare."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from bot.store.group_commit import Transaction, Value
from bot.store.migrations import upgrade
from bot.store.moved import FLAGS

Page = list[tuple[Value, ...]]
MAX_ROWS = 500
_MAX_VALUES = 30_000  # SQLite takes 32,766 in a statement
_WITH_ROWID = ("event", "ledger")  # their order of insertion counts
_SEEDED = ("fact", "span_width", "pace", "turn", "member_turn", "presence")  # nobody's data, or in every new one
# Flags that stay where they are: those of the move, and how often the host has adopted this PostgreSQL database.
_NOT_OURS = ", ".join(f"'{name}'" for name in (*FLAGS, "adoptions"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`key` is unique, and both databases sort it alike."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    def key_of(self, row: Sequence[Value]) -> tuple[Value, ...]:
        return tuple(row[self.columns.index(column)] for column in self.key)


def list_tables() -> list[Table]:
    """Return every table of the newest schema."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        upgrade(connection)
        rows = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        ).fetchall()
        return [_table(connection, name) for (name,) in rows]


def _table(connection: sqlite3.Connection, name: str) -> Table:
    rows = connection.execute("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", (name,)).fetchall()
    columns = tuple(row[0] for row in rows)
    if name in _WITH_ROWID:
        return Table(name=name, columns=("rowid", *columns), key=("rowid",))
    key = sorted((place, column) for column, place in rows if place)
    return Table(name=name, columns=columns, key=tuple(column for _, column in key))


def read_page(tx: Transaction, table: Table, after: Sequence[Value]) -> Page:
    """Return the next rows after a key, in the key's order; an empty key is before all rows."""
    key, limit = ", ".join(table.key), max(1, min(MAX_ROWS, _MAX_VALUES // len(table.columns)))
    where = f"({key}) > ({', '.join('?' * len(after))})" if after else "1 = 1"
    sql = f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {where}{_own(table)} ORDER BY {key} LIMIT {limit}"  # noqa: S608
    return [tuple(row) for row in tx.run(sql, after)]


def write_page(tx: Transaction, table: Table, page: Page) -> None:
    marks = f"({', '.join('?' * len(table.columns))})"
    sql = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES {', '.join([marks] * len(page))}"  # noqa: S608
    tx.run(sql, [value for row in page for value in row])


def delete_rows(tx: Transaction, tables: Sequence[Table]) -> None:
    """Delete all rows except the flags of the move. The database holds nothing together meanwhile."""
    for table in tables:
        tx.run(f"DELETE FROM {table.name} WHERE 1 = 1{_own(table)}")  # noqa: S608


def is_empty(tx: Transaction, tables: Sequence[Table]) -> bool:
    """Return whether a database has nothing but what every new one has. A start of the bot alone adds flags."""
    return not any(
        tx.run(f"SELECT 1 FROM {table.name} LIMIT 1")  # noqa: S608
        for table in tables
        if table.name not in _SEEDED
    )


def read_figures(tx: Transaction, tables: Sequence[Table]) -> dict[str, int]:
    """Return the rows of every table, the ledger's sums by kind and accounts, and the jobs of every state."""
    figures = {
        f"{table.name}: rows": int(tx.run(f"SELECT count(*) FROM {table.name} WHERE 1 = 1{_own(table)}")[0][0])  # noqa: S608
        for table in tables
    }
    for kind, debit, credit, micros in tx.run(
        "SELECT kind, debit, credit, sum(micros) FROM ledger GROUP BY kind, debit, credit"
    ):
        figures[f"ledger: {kind} {debit} {credit}"] = int(micros)
    for state, jobs in tx.run("SELECT state, count(*) FROM job GROUP BY state"):
        figures[f"job: {state}"] = int(jobs)
    return figures


def _own(table: Table) -> str:
    return f" AND name NOT IN ({_NOT_OURS})" if table.name == "fact" else ""
