"""`make cluster`: gateways, workers, PostgreSQL, a bucket, a local Discord with a page and a provider, until Ctrl-C."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.sandbox.discord.errors import Json
from bot.sandbox.postgres import LocalPostgres
from bot.sandbox.web.origin_check import RealToken, refuse_real_token
from bot.sandbox.web.play import EXIT_CONFIG, until_signal
from bot.sandbox.web.server import PORT, Page
from tests.cluster.local_cluster import LocalCluster, local_cluster
from tests.cluster.local_processes import SHARDS, ClusterProcess

MAX_GATEWAYS, MAX_WORKERS = 8, 20
LOOK_EVERY_S = 1.0
SAID = {"ended": "[red]has ended[/]", "connecting": "connects to Discord", "running": "[green]runs[/]"}

console = Console(highlight=False)


def main(
    gateways: Annotated[int, typer.Option(min=1, max=MAX_GATEWAYS, help="They share 16 shards.")] = 3,
    workers: Annotated[int, typer.Option(min=1, max=MAX_WORKERS)] = 5,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the page.")] = PORT,
    restart: Annotated[bool, typer.Option(help="Start a gateway or worker that has ended again.")] = False,
) -> None:
    """Run a whole cluster on this machine, with a page that shows its processes and can kill them. It costs nothing."""
    try:
        refuse_real_token(os.environ)
    except RealToken as error:
        console.print(f"[red]{type(error).__doc__}[/]")
        sys.exit(EXIT_CONFIG)
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(LocalPostgres()) as server:
        sys.exit(asyncio.run(_run(server, gateways, workers, port, restart=restart)))


async def _run(server: LocalPostgres, gateways: int, workers: int, port: int, *, restart: bool) -> int:
    """Run everything until a signal. Return 78 if the page's port is taken."""
    ended = until_signal()
    serving = asyncio.create_task(_serve(server, gateways, workers, port, restart=restart))
    either: set[asyncio.Future[Any]] = {serving, ended}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        console.print("Ending all processes, PostgreSQL, the bucket and the page.")
        serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        return await serving
    return 0


async def _serve(server: LocalPostgres, gateways: int, workers: int, port: int, *, restart: bool) -> int:
    async with local_cluster(server, gateways=gateways, workers=workers) as cluster:
        try:
            page = await Page(cluster.world, cluster.stage, cluster.view()).start(port)
        except OSError:
            console.print(f"[red]Port {port} of 127.0.0.1 is taken. Is the page open already?[/]")
            return EXIT_CONFIG
        async with page:
            console.print(f"Open [bold]{page.address}[/] in a browser, and [bold]Inspector[/] there for the processes.")
            console.print(f"It costs nothing. Ctrl-C ends everything. Logs until then: {cluster.world.data}")
            console.print(f"Starting {gateways} gateways with {SHARDS} shards, and {workers} workers.")
            for each in cluster.bots:
                await cluster.processes.act(each.name, "start")
            await _report(cluster, restart=restart)
    return 0


async def _report(cluster: LocalCluster, *, restart: bool) -> None:
    """Print what changes, and start a gateway or worker that has ended again if that's wanted."""
    began = time.monotonic()
    before: dict[str, str] = {}
    was_up = False
    while True:
        shown = await cluster.processes.view()
        for each in shown:
            if each["state"] in SAID and before.get(each["name"]) not in (None, each["state"]):
                _print_state(each)
            before[each["name"]] = each["state"]
        if not was_up and all(each["state"] == "running" for each in shown):
            was_up = True
            console.print(f"Everything runs, after {time.monotonic() - began:.0f} s.")
        for bot in cluster.bots:
            if restart and starts_again(bot):
                await cluster.processes.act(bot.name, "start")
        await asyncio.sleep(LOOK_EVERY_S)


def starts_again(bot: ClusterProcess) -> bool:
    """Return whether a process has ended and would run again, because its settings weren't the reason."""
    return not bot.running and bot.exit_code != EXIT_CONFIG


def _print_state(shown: Json) -> None:
    name, pid = shown["name"], f" (pid {shown['pid']})" if shown["pid"] else ""
    says = SAID[shown["state"]] + (f": {shown['detail']}" if shown["state"] == "ended" else "")
    console.print(f"[dim]{time.strftime('%H:%M:%S')}[/] {name}{pid} {says}")


if __name__ == "__main__":
    typer.run(main)
