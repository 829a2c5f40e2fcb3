"""`python -m bot run` with short leases, for tests. Production code has none of these switches.

ABLATE names rules that it goes without. `fence`: the comparison of a row's state and fence, and its turn. `stop`: that
a worker which stood still, or couldn't renew its leases, pays and posts nothing.

CLOCK_READ_S: how often it reads PostgreSQL's clock and whether the database is held, instead of once a minute; also for
a gateway. WORKER_NAME: how it names itself at the provider and at Discord. CLOCK_FILE and CLOCK_S: the wall clock is
wrong by so many seconds while the file exists.
"""

import math
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

LEASE_S, RENEW_EVERY_S, STOP_AFTER_S, SETTLE_S = 6.0, 1.5, 4.0, 5.0
PAID_TIMEOUT_S, LEASE_MARGIN_S, MAX_WAIT_S, MAX_LATE_S = 4.0, 12.0, 8.0, 1.0


def set_clock_wrong(file: Path, by_s: float) -> None:
    """Let every wall clock of this process be wrong once the file exists."""
    true_time = time.time
    time.time = lambda: true_time() + (by_s if file.exists() else 0.0)


def set_name(name: str) -> None:
    """Let every request to the provider and to Discord say whose it is."""
    from discord.http import HTTPClient

    from bot.net import client

    client._HEADERS["User-Agent"] = name
    begin = HTTPClient.__init__

    def begin_with_name(self: HTTPClient, *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        self.user_agent = f"{self.user_agent} {name}"

    HTTPClient.__init__ = begin_with_name  # type: ignore[method-assign]


def shorten() -> None:
    """Shorten the leases, and what they are measured by."""
    from bot import job_context
    from bot.net import client, rate_limit, shared_rate_limit
    from bot.providers.account import Account
    from bot.settings import AccountSettings
    from bot.worker import leases, submit

    for module in (leases, job_context):
        module.LEASE_S = LEASE_S  # type: ignore[attr-defined]
    leases.RENEW_EVERY_S, leases.STOP_AFTER_S, leases.RETRY_S = RENEW_EVERY_S, STOP_AFTER_S, 0.5
    leases.RENEW_TIMEOUT_S = 2.0
    for each in (client, rate_limit, shared_rate_limit, submit):
        each.MAX_PRIORITY_WAIT_S = MAX_WAIT_S  # type: ignore[attr-defined]
    client._MAX_LATE_S, submit.LEASE_MARGIN_S = MAX_LATE_S, LEASE_MARGIN_S
    timing_of, account_of = job_context._timing, AccountSettings.account
    job_context._timing = lambda settings: replace(timing_of(settings), settle_s=SETTLE_S)

    def account(settings: AccountSettings, name: str) -> Account:
        return replace(account_of(settings, name), paid_timeout_s=PAID_TIMEOUT_S)

    AccountSettings.account = account  # type: ignore[method-assign, assignment]


def read_clock_every(read_s: float) -> None:
    from bot.store import postgres_clock

    postgres_clock.READ_EVERY_S = read_s


def ablate(rule: str) -> None:
    """Take one rule away."""
    from bot.net import client, shared_rate_limit
    from bot.store import jobs, rows
    from bot.worker.context import JobContext

    if rule == "fence":
        guarded = rows.guarded_update

        def unguarded(*args: Any, **options: Any) -> tuple[str, list[Any]]:
            sql, values = guarded(*args, **options)
            return sql.replace(" AND state = ? AND fence = ?", ""), values[:-2]

        jobs.guarded_update = unguarded  # type: ignore[attr-defined]
        jobs.use_turn = lambda *_: None  # type: ignore[attr-defined]
    elif rule == "stop":
        JobContext.may_act = lambda *_: True  # type: ignore[method-assign]
        client._MAX_LATE_S = shared_rate_limit.MAX_LATE_S = math.inf
    else:
        raise SystemExit(f"there is no rule {rule}")


def main() -> None:
    if file := os.environ.get("CLOCK_FILE"):
        set_clock_wrong(Path(file), float(os.environ["CLOCK_S"]))
    from bot.__main__ import cli

    shorten()
    if read_s := os.environ.get("CLOCK_READ_S"):
        read_clock_every(float(read_s))
    if name := os.environ.get("WORKER_NAME"):
        set_name(name)
    for rule in filter(None, os.environ.get("ABLATE", "").split(",")):
        ablate(rule)
    sys.argv = ["bot", "run"]
    cli()


if __name__ == "__main__":
    main()
