"""`make play`: a local Discord with a page, local providers and the unmodified bot, until Ctrl-C."""

import asyncio
import os
import signal

from rich.console import Console

from bot.sandbox.demo_guild import DemoGuild
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.providers.writer import LocalWriter
from bot.sandbox.web.origin_check import RealToken, refuse_real_token
from bot.sandbox.web.server import PORT, Page

RENDER_S = 8.0
EXIT_CONFIG = 78  # sysexits.h


async def serve(port: int = PORT) -> int:
    """Serve a fresh world. 0 after Ctrl-C; 78 where it must not or cannot start."""
    console = Console(highlight=False)
    provider = LocalToAPIs(render_s=RENDER_S)
    provider.camera.varied = True
    async with LocalWriter() as writer, LocalEnvironment(provider, env=writer.env()) as world:
        return await show(world, DemoGuild.built(world.discord), console, port=port)


async def show(world: LocalEnvironment, stage: DemoGuild, console: Console, *, port: int = PORT) -> int:
    """Serve the page and keep the bot running until the process is stopped."""
    try:
        refuse_real_token(os.environ)
        page = await Page(world, stage).start(port)
    except RealToken as error:
        console.print(f"[red]{type(error).__doc__}[/]")
        return EXIT_CONFIG
    except OSError:
        console.print(f"[red]Port {port} of 127.0.0.1 is taken. Is the page open already?[/]")
        return EXIT_CONFIG
    async with page:
        ended = until_signal()
        console.print(f"Open [bold]{page.address}[/] in a browser. It costs nothing. Ctrl-C ends it.")
        if not world.bot.running:
            starting = asyncio.create_task(world.start_bot())
            await asyncio.wait({starting, ended}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done() and (failure := starting.exception()) is not None:
                console.print(f"[red]{failure}[/]")
            starting.cancel()
        await ended
        console.print("Ending the bot, the providers and the page.")
    return 0


def until_signal() -> "asyncio.Future[None]":
    """Return when this process receives a signal to end."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(sign, end)
    return ended
