"""Where a bot's data is: a folder, and the database in it or on a PostgreSQL server."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

DATABASE = "retake.sqlite3"
Role = Literal["all", "gateway", "worker"]  # what a process does: answer people, carry jobs, or both


@dataclass(frozen=True, slots=True)
class StoreLocation:
    """`database_url` is PostgreSQL's address, which is a secret; empty for the SQLite file in the folder."""

    data: Path
    database_url: str = field(default="", repr=False)

    @property
    def file(self) -> Path:
        """The SQLite file, whether or not it's the database that is used."""
        return self.data / DATABASE
