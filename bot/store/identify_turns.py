"""Discord's limits on IDENTIFY in the flags of the database, for all gateways on it."""

import json
from dataclasses import asdict, replace

from bot.ports.identifies import GatewayFacts
from bot.store.flags import write_flag
from bot.store.group_commit import Transaction
from bot.store.sql_database import SqlDatabase

KEPT_S = 600.0  # facts that Discord was asked for
ASKING_S = 15.0  # after this another gateway asks
_FACTS, _ASKED, _TURN = "gateway-facts", "gateway-asked", "identify"


class SqlIdentifyTurns:
    """One flag with what Discord said, and one for each bucket with its latest turn."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def facts(self, now: float) -> GatewayFacts | None:
        return await self._db.read(lambda tx: _fresh_facts(tx, now))

    async def may_ask(self, now: float) -> bool:
        def claim(tx: Transaction) -> bool:
            tx.lock(_FACTS)
            rows = tx.run("SELECT at FROM fact WHERE name = ?", (_ASKED,))
            is_asking = bool(rows) and abs(now - rows[0][0]) < ASKING_S  # by clocks that differ a little
            if is_asking or _fresh_facts(tx, now) is not None:  # another gateway has stored them meanwhile
                return False
            write_flag(tx, _ASKED, "", now)
            return True

        return await self._db.transaction(claim)

    async def store(self, facts: GatewayFacts, now: float) -> None:
        def write(tx: Transaction) -> None:
            tx.lock(_FACTS)
            write_flag(tx, _FACTS, json.dumps(asdict(facts)), now)
            tx.run("DELETE FROM fact WHERE name = ?", (_ASKED,))

        await self._db.transaction(write)

    async def take(self, bucket: int, now: float, spacing_s: float) -> float:
        def take(tx: Transaction) -> float:
            tx.lock(_FACTS)
            name = f"{_TURN}:{bucket}"
            rows = tx.run("SELECT at FROM fact WHERE name = ?", (name,))
            at = max(now, rows[0][0] + spacing_s) if rows else now
            write_flag(tx, name, "", at)
            if (found := _read_facts(tx)) is not None:
                facts, asked_at = found
                left = replace(facts, remaining=max(0, facts.remaining - 1))
                write_flag(tx, _FACTS, json.dumps(asdict(left)), asked_at)
            return at

        return await self._db.transaction(take)


def _fresh_facts(tx: Transaction, now: float) -> GatewayFacts | None:
    found = _read_facts(tx)
    if found is None or found[1] < now - KEPT_S or now >= found[0].resets_at:
        return None
    return found[0]


def _read_facts(tx: Transaction) -> tuple[GatewayFacts, float] | None:
    rows = tx.run("SELECT value, at FROM fact WHERE name = ?", (_FACTS,))
    return (GatewayFacts(**json.loads(rows[0][0])), float(rows[0][1])) if rows else None
