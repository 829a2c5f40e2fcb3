"""The side panel: charges of the providers, jobs in the bot's database, and the bot's requests."""

import asyncio
import contextlib
import os
import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from bot.sandbox.discord.errors import Json
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import FaultInjector, RecordedRequest
from bot.sandbox.providers.server import LocalProvider
from bot.sandbox.web.processes import ProcessList

JOBS, TASKS, REQUESTS = 12, 12, 60
CUT = 80
TOKEN = re.compile(r"[\w-]{30,}")
JOB_SQL = """
SELECT id, code, kind, state, outcome, trouble, task_id, attempt, price_micros, prompt, created_at
FROM job ORDER BY created_at DESC LIMIT ?
"""
EVENT_SQL = "SELECT job_id, at, to_state, why FROM event WHERE job_id IN ({}) ORDER BY seq"


Run = Callable[[str, Sequence[Any]], Sequence[Any]]  # runs a statement and returns rows that are read by name


@dataclass(frozen=True, kw_only=True)
class ClusterView:
    """What the page shows of a bot that is several processes. `read_jobs` returns the newest jobs."""

    processes: ProcessList
    read_jobs: Callable[[], list[Json]]


class Inspector:
    """Reads; a look costs a few milliseconds and changes nothing. `cluster`: the bot is several processes."""

    def __init__(self, world: LocalEnvironment, cluster: ClusterView | None = None) -> None:
        self._world = world
        self._cluster = cluster

    async def view(self) -> Json:
        if self._cluster is not None:
            processes = await self._cluster.processes.view()
            who: Json = {"processes": processes, "page": os.getpid(), "gateway": self._gateway()}
            jobs = await asyncio.to_thread(self._cluster.read_jobs)
        else:
            bot = self._world.bot
            who = {"bot": {"running": bot.running, "pid": bot.pid if bot.running else None, "gateway": self._gateway()}}
            jobs = await asyncio.to_thread(jobs_in_file, self._world.data / "retake.sqlite3")
        return {
            **who,
            "jobs": jobs,
            "providers": [provider_view(provider) for provider in self._world.providers],
            "wire": self._requests(),
        }

    def _gateway(self) -> Json:
        gateway = self._world.discord.gateway
        return {
            "connected": bool(gateway.connected),
            "shards": len({session.shard for session in gateway.connected}),
            "identified": gateway.identified,
            "resumed": gateway.resumed,
        }

    def _requests(self) -> list[Json]:
        """Return the latest requests of the bot to Discord and providers, newest first."""
        wires: list[tuple[str, FaultInjector]] = [("discord", self._world.discord.wire)]
        wires += [(provider.name, provider.wire) for provider in self._world.providers]
        latest = chain.from_iterable(((who, seen) for seen in wire.seen[-REQUESTS:]) for who, wire in wires)
        shown = sorted(latest, key=lambda pair: pair[1].at, reverse=True)[:REQUESTS]
        return [_request(who, seen) for who, seen in shown]


def _request(who: str, seen: RecordedRequest) -> Json:
    path = TOKEN.sub(lambda found: found[0][:6] + "…", seen.path.split("?")[0])
    return {"at": seen.at, "who": who, "method": seen.method, "path": path, "status": seen.status}


def provider_view(provider: LocalProvider) -> Json:
    tasks = list(provider.tasks.values())[-TASKS:]
    return {
        "name": provider.name,
        "balance": round(provider.balance_usd, 2),
        "charged": round(sum(charge.usd for charge in provider.charges), 2),
        "charges": len(provider.charges),
        "complaints": provider.complaints[-3:],
        "tasks": [
            {
                "id": task.id,
                "kind": task.kind,
                "state": task.state,
                "progress": round(task.progress),
                "usd": round(task.usd, 2),
                "polls": task.polls,
                "prompt": task.prompt[:CUT],
            }
            for task in reversed(tasks)
        ],
    }


def jobs_in_file(file: Path) -> list[Json]:
    """Return the newest jobs of an SQLite file. Empty while there is none, or it is busy."""
    if not file.exists():
        return []
    try:
        with contextlib.closing(
            sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=0.2)
        ) as database:
            database.row_factory = sqlite3.Row
            return read_jobs(lambda sql, values: database.execute(sql, values).fetchall())
    except sqlite3.Error:
        return []


def read_jobs(run: Run) -> list[Json]:
    """Return the newest jobs and the states they went through."""
    rows = run(JOB_SQL, (JOBS,))
    if not rows:
        return []
    marks = ",".join("?" * len(rows))
    steps = run(EVENT_SQL.format(marks), [row["id"] for row in rows])
    return [
        {
            **{key: row[key] for key in row.keys() if key not in ("id", "prompt")},  # noqa: SIM118 - a Row is no dict
            "prompt": row["prompt"][:CUT],
            "steps": [
                {"at": step["at"], "to": step["to_state"], "why": step["why"]}
                for step in steps
                if step["job_id"] == row["id"]
            ],
        }
        for row in rows
    ]
