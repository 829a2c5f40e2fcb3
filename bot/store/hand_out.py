"""Hand due jobs to procrastinate: its tables, the trigger that defers a job, and the net for forgotten ones.

The rows of `job` are the truth. procrastinate's tables only say who looks at a row next, and may be lost at any time.
"""

import asyncio
import contextlib
from hashlib import sha256
from importlib import resources

from bot.store.group_commit import Transaction
from bot.store.postgres_connection import PgTransaction, connect, run_transaction
from bot.store.postgres_owner import UPGRADE_KEY
from bot.store.sql_database import SqlDatabase

_NET_KEY = 727_563_304
_AT_ONCE = 1000
_DEFER_DUE = f"""
INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args)
SELECT 'videos', 'carry', id, jsonb_build_object('job_id', id) FROM job
WHERE due_at <= ? AND (lease_until IS NULL OR lease_until <= ?)
AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = job.id AND status = 'todo')
ORDER BY due_at LIMIT {_AT_ONCE}
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING RETURNING id
"""  # noqa: S608
_PRESENT = "SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class')"
_DROP = b"""
DO $$
DECLARE
    found RECORD;
BEGIN
    DROP TRIGGER IF EXISTS hand_out ON job;
    DROP FUNCTION IF EXISTS retake_hand_out();
    FOR found IN SELECT oid::regclass AS name FROM pg_class
        WHERE relkind = 'r' AND relname LIKE 'procrastinate\\_%' AND relnamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('DROP TABLE %s CASCADE', found.name);
    END LOOP;
    FOR found IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE proname LIKE 'procrastinate\\_%' AND pronamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', found.name);
    END LOOP;
    FOR found IN SELECT oid::regtype AS name FROM pg_type
        WHERE typname LIKE 'procrastinate\\_%' AND typnamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('DROP TYPE %s CASCADE', found.name);
    END LOOP;
END;
$$
"""


class HandOut:
    """Defers rows that are due. `url`: where the engine connects to."""

    def __init__(self, database: SqlDatabase, url: str) -> None:
        self._database = database
        self.url = url

    async def prepare(self, schema: str) -> None:
        """Create the engine's tables from its SQL, once per version. Raise CannotOpen or psycopg's errors.

        Those of another version are dropped: the net writes their rows again.
        """
        await asyncio.to_thread(_prepare, self.url, schema)

    async def defer_due(self) -> list[int] | None:
        """Defer the rows that are due, whose lease is over, and that nothing else hands out: return the new ids.

        Return None if another worker is doing that.
        """
        now = self._database.clock.now()
        return await self._database.transaction(lambda tx: _defer_due(tx, now))


def _defer_due(tx: Transaction, now: float) -> list[int] | None:
    ((is_ours,),) = tx.run("SELECT pg_try_advisory_xact_lock(?)", (_NET_KEY,))
    return [int(row[0]) for row in tx.run(_DEFER_DUE, (now, now))] if is_ours else None


def _prepare(url: str, schema: str) -> None:
    trigger = (resources.files("bot.store") / "hand_out.sql").read_text()
    version = f"of Retake: {sha256(f'{schema}{trigger}'.encode()).hexdigest()[:16]}"
    with contextlib.closing(connect(url)) as connection:

        def steps(_: Transaction) -> None:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (UPGRADE_KEY,))
            ((present,),) = PgTransaction(connection).run(_PRESENT)
            if present == version:
                return
            connection.execute(_DROP)
            connection.execute(schema.encode())
            connection.execute(trigger.encode())
            connection.execute(f"COMMENT ON TABLE procrastinate_jobs IS '{version}'".encode())

        run_transaction(connection, steps)
