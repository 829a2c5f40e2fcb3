"""What the repositories need of a database, whether SQLite or PostgreSQL."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from bot.ports.clock import Clock
from bot.ports.shards import ShardRange
from bot.store.group_commit import Row, Transaction, Value

T = TypeVar("T")


class SqlDatabase(Protocol):
    """Runs single statements and transactions. See `Database` for what each method promises."""

    restored: bool
    mark_gone: bool  # no mark beside the database could be read
    damaged: bool
    shared: bool  # other workers have it open, too

    @property
    def rollback(self) -> str: ...

    @property
    def held(self) -> str: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def shards(self) -> ShardRange | None: ...

    @property
    def shards_lost(self) -> str: ...

    def trouble(self) -> str: ...

    async def run(self, sql: str, values: Sequence[Value] = (), *, quick: bool = False) -> list[Row]: ...

    async def read(self, work: Callable[[Transaction], T]) -> T: ...

    async def transaction(self, work: Callable[[Transaction], T], *, quick: bool = False) -> T: ...

    async def record_start(self, work: Callable[[Transaction], T], now: float = 0.0) -> T: ...

    async def commit_before_payment(self, work: Callable[[Transaction], T]) -> T: ...

    async def close(self) -> None: ...
