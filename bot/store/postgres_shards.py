"""The shards that gateways hold, as advisory locks of their sessions: no shard is held twice, and all count alike."""

import psycopg

from bot.ports.shards import ShardPlan, ShardRange
from bot.store.postgres_connection import PgRow
from bot.store.postgres_errors import GatewayRuns, ShardCountDiffers, ShardsTaken

GATEWAY_KEY = 727_563_303  # of a gateway that holds all shards; shared by gateways that hold some
_SHARD, _COUNT = 4243, 4244  # the first of two keys; the second is a shard's number, or how many there are

PgConnection = psycopg.Connection[PgRow]


class ShardHold:
    """Takes the shards of a gateway, and the same ones again after its connection was lost. No plan: all of them."""

    def __init__(self, plan: ShardPlan | None = None) -> None:
        self._plan = plan
        self.taken: ShardRange | None = None

    def take(self, connection: PgConnection) -> None:
        """Hold the shards for as long as the connection lasts. Raise PostgresInUse."""
        plan = self._plan
        if plan is None:
            if not _try(connection, "pg_try_advisory_lock(%s)", GATEWAY_KEY):
                raise GatewayRuns
            return
        if not _try(connection, "pg_try_advisory_lock_shared(%s)", GATEWAY_KEY):
            raise GatewayRuns
        _try(connection, "pg_try_advisory_lock_shared(%s, %s)", _COUNT, plan.shards)
        if (other := _other_count(connection, plan.shards)) is not None:
            raise ShardCountDiffers(plan.text, other)
        for block in [self.taken] if self.taken is not None else plan.blocks:
            if _take_block(connection, block):
                self.taken = block
                return
        raise ShardsTaken(plan, self.taken)


def _try(connection: PgConnection, function: str, *keys: int) -> bool:
    ((held,),) = connection.execute(f"SELECT {function}".encode(), keys).fetchall()
    return bool(held)


def _take_block(connection: PgConnection, block: ShardRange) -> bool:
    """Hold every shard of a block, or none. In one order, so that of two gateways that overlap one gets its block."""
    for number in block.numbers:
        if not _try(connection, "pg_try_advisory_lock(%s, %s)", _SHARD, number):
            for held in range(block.first, number):
                _try(connection, "pg_advisory_unlock(%s, %s)", _SHARD, held)
            return False
    return True


def _other_count(connection: PgConnection, shards: int) -> int | None:
    """Return how many shards another gateway counts, if it isn't as many."""
    rows = connection.execute(
        b"SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = %s AND objsubid = 2"
        b" AND objid::bigint <> %s AND granted"
        b" AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1",
        (_COUNT, shards),
    ).fetchall()
    return int(rows[0][0]) if rows else None
