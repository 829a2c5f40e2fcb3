"""Which parts of the bot can work now, for `/readyz` and `python -m bot healthy`."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.metrics import Metrics
from bot.store.sql_database import SqlDatabase


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the bot. `says` is empty if it's ready, else one sentence for the host."""

    name: str
    says: str = ""


class Readiness:
    """Looks at the gateway, the database and the run itself. The database is read at most once in 5 s."""

    def __init__(
        self,
        metrics: Metrics,
        stopping: Callable[[], bool],
        database: SqlDatabase | None = None,
        *,
        discord: Callable[[], str] = str,
        remark: Callable[[], str] = str,
        storage: Callable[[], str] | None = None,
    ) -> None:
        self._metrics = metrics
        self._stopping = stopping
        self._database = database
        self._discord = discord  # why Discord isn't connected, if that's known
        self._remark = remark
        self._storage = storage  # of a bucket that passes clips between processes

    async def parts(self) -> list[Part]:
        storage = [Part(name="storage", says=self._storage())] if self._storage is not None else []
        return [
            Part(name="gateway", says=self._gateway()),
            Part(name="store", says=await self._store()),
            Part(name="writable", says=self._database.trouble() if self._database is not None else ""),
            *storage,
            Part(name="working", says="The bot is stopping." if self._stopping() else ""),
        ]

    def remarks(self) -> list[str]:
        """Return what the host should know although the bot can work."""
        rollback = self._database.rollback if self._database is not None else ""
        return [says for says in (rollback, self._remark()) if says]

    async def not_ready(self) -> list[str]:
        """Return a sentence for every part that isn't ready."""
        return [part.says for part in await self.parts() if part.says]

    def _gateway(self) -> str:
        gateway = self._metrics.gateway()
        if gateway is None:
            return self._discord()
        if gateway.up:
            return ""
        if gateway.shards == 0:
            return self._discord() or "Discord isn't connected."
        return f"Discord is connected on {gateway.connected} of {gateway.shards} shards."

    async def _store(self) -> str:
        if self._database is not None and self._database.damaged:
            return "The database is damaged: restore the newest backup."
        return "" if await self._metrics.look() is not None else self._metrics.store_trouble
