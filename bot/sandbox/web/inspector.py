"""The side panel: charges of the providers, jobs in the bot's database, and the bot's requests."""

import asyncio
import contextlib
import re
import sqlite3
from itertools import chain
from pathlib import Path

from bot.sandbox.discord.errors import Json
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import FaultInjector, RecordedRequest
from bot.sandbox.providers.server import LocalProvider

JOBS, TASKS, REQUESTS = 12, 12, 60
CUT = 80
TOKEN = re.compile(r"[\w-]{30,}")
JOB_SQL = """
SELECT id, code, kind, state, outcome, trouble, task_id, attempt, price_micros, prompt, created_at
FROM job ORDER BY created_at DESC LIMIT ?
"""
EVENT_SQL = "SELECT job_id, at, to_state, why FROM event WHERE job_id IN ({}) ORDER BY seq"


class Inspector:
    """Reads; a look costs a few milliseconds and changes nothing."""

    def __init__(self, world: LocalEnvironment) -> None:
        self._world = world

    async def view(self) -> Json:
        bot = self._world.bot
        return {
            "bot": {"running": bot.running, "pid": bot.pid if bot.running else None, "gateway": self._gateway()},
            "jobs": await asyncio.to_thread(jobs, self._world.data / "retake.sqlite3"),
            "providers": [provider_view(provider) for provider in self._world.providers],
            "wire": self._requests(),
        }

    def _gateway(self) -> Json:
        gateway = self._world.discord.gateway
        return {
            "connected": bool(gateway.connected),
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


def jobs(file: Path) -> list[Json]:
    """The newest jobs and the states they went through. Empty while there is no database, or it is busy."""
    if not file.exists():
        return []
    try:
        with contextlib.closing(
            sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=0.2)
        ) as database:
            database.row_factory = sqlite3.Row
            rows = database.execute(JOB_SQL, (JOBS,)).fetchall()
            marks = ",".join("?" * len(rows))
            steps = database.execute(EVENT_SQL.format(marks), [row["id"] for row in rows]).fetchall()
    except sqlite3.Error:
        return []
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
