"""Without free file descriptors the bot logs one line about it and goes on; its files are its owner's only."""

import contextlib
import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from tests.monitoring.test_health import free_port

TOO_MANY = "too many open files"


@contextlib.contextmanager
def no_free_files(pid: int) -> Iterator[None]:
    """Lower the limit of a process to what it has open."""
    before, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    highest = max(int(each.name) for each in Path(f"/proc/{pid}/fd").iterdir())
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (highest + 1, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (before, hard))


async def test_a_bot_without_free_files_logs_one_line_and_delivers_later(tmp_path: Path) -> None:
    port = free_port()
    provider = LocalToAPIs(render_s=3.0)
    async with LocalEnvironment(provider, data=tmp_path, env={"RETAKE_HEALTH_PORT": str(port)}) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        await alice.slash(channel, "generate", prompt="a boat at sea")
        await world.discord.wait_for(lambda: provider.tasks)
        with no_free_files(world.bot.pid), contextlib.ExitStack() as visitors:
            for _ in range(8):
                visitor = visitors.enter_context(socket.socket())
                visitor.setblocking(False)
                visitor.connect_ex(("127.0.0.1", port))
            await world.discord.wait_for(lambda: TOO_MANY in world.bot.words())
        await world.discord.wait_for(lambda: [m for m in world.discord.all_messages if m.attachments], 60)
        assert world.bot.words().count(TOO_MANY) == 1
        assert len(world.bot.words().splitlines()) < 200
        assert len(provider.charges) == 1


def modes_in(data: Path) -> dict[str, str]:
    """Return the permissions of the bot's files and folders."""
    return {path.name: oct(path.stat().st_mode & 0o777) for path in data.iterdir() if path.name != "bot.log"}


async def test_every_file_of_the_data_folder_is_the_owners_only_under_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        async with LocalEnvironment(LocalToAPIs(render_s=0.1), data=tmp_path) as world:
            await world.start_bot()
            await world.discord.wait_for((tmp_path / "alive").exists)
    finally:
        os.umask(before)
    modes = modes_in(tmp_path)
    assert "alive" in modes
    assert {name: mode for name, mode in modes.items() if mode not in ("0o600", "0o700")} == {}
