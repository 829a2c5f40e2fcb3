"""A server's budgets after its database was lost or replaced: they start from what the mark beside it knows."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.server_settings import ServerSettings
from bot.sandbox.providers import LocalToAPIs
from bot.store.database import Database
from bot.store.epoch_file import MOST_SERVERS, Epoch, EpochFile, ServerSpending
from bot.store.server_settings import SqlServerRepository
from tests.maintenance.test_rollback import (
    DATABASE,
    Change,
    copy_database,
    delete_all,
    delete_wal,
    free_port,
    put_back,
    request_two,
    studio,
)


async def allow(data: Path, guild_id: int, budget: str) -> None:
    """Give a server a budget of $0.20 while the bot is stopped, as its manager would after the settings were lost."""
    database = await Database.open(data / DATABASE)
    settings = replace(ServerSettings(), **{budget: 200_000})  # type: ignore[arg-type]
    await SqlServerRepository(database).save_settings(guild_id, settings)
    await database.close()


@pytest.mark.parametrize(
    ("change", "budget", "says"),
    [
        (delete_all, "budget_day_micros", "This server's video budget for today ($0.20) is spent."),
        (delete_wal, "budget_month_micros", "This server's video budget for this month ($0.20) is spent."),
        (lambda data: put_back(data, data / "copy"), "budget_month_micros", "this month ($0.20) is spent."),
    ],
    ids=["file deleted", "wal deleted", "older copy"],
)
async def test_a_servers_budget_starts_from_what_the_mark_knows(
    tmp_path: Path, change: Change, budget: str, says: str
) -> None:
    provider, port = LocalToAPIs(render_s=60.0), free_port()
    async with studio(tmp_path, provider, port, host_usd=50.0) as (world, channel, alice):
        other = world.discord.add_guild("Another studio")
        elsewhere, bob = other.add_channel("videos"), other.add_member("bob")
        copy_database(tmp_path, tmp_path / "copy")
        await request_two(world, channel, alice, provider)
        await world.bot.kill()
        change(tmp_path)
        for guild_id in (channel.guild.id if channel.guild else 0, other.id):
            await allow(tmp_path, guild_id, budget)
        await world.start_bot()
        await alice.slash(channel, "generate", prompt="a third boat of paper", seconds=10)
        await world.discord.wait_for(lambda: [m for m in world.discord.all_messages if says in m.content])
        await bob.slash(elsewhere, "generate", prompt="a boat of another server", seconds=10)
        await world.discord.wait_for(lambda: len(provider.charges) == 3)
        assert "$0.20 that it forgot count toward the host's budgets, $0.20 of them" in world.bot.words()


def test_the_mark_keeps_one_record_per_server_of_this_month(tmp_path: Path) -> None:
    sidecar = EpochFile(tmp_path / DATABASE)
    day = 20_789  # the last of November 2026 is 20,787
    mark = Epoch(boots=1, day=day)

    def spent(guild_id: int, on: int, micros: int = 7) -> ServerSpending:
        return ServerSpending(guild_id=guild_id, day=on, day_micros=micros, month_micros=micros)

    sidecar.write(mark, [spent(guild_id, day - 30) for guild_id in (1, 2, 3)])
    sidecar.write(mark, [spent(2, day), spent(4, day)])
    sidecar.write(mark)
    reopened = EpochFile(tmp_path / DATABASE)
    reopened.write(mark, [spent(2, day, 9), spent(5, day), spent(6, day)])
    assert EpochFile(tmp_path / DATABASE).read() == mark
    servers = EpochFile(tmp_path / DATABASE).servers()
    assert servers == {1: spent(4, day), 2: spent(2, day, 9), 3: spent(5, day), 4: spent(6, day)}
    reopened.write(mark, [spent(guild_id, day) for guild_id in range(100, 100 + 2 * MOST_SERVERS)])
    assert len(EpochFile(tmp_path / DATABASE).servers()) == MOST_SERVERS
    assert (tmp_path / f"{DATABASE}.mark").stat().st_size == (MOST_SERVERS + 1) * 128


def test_a_damaged_record_of_a_server_leaves_the_others_readable(tmp_path: Path) -> None:
    sidecar = EpochFile(tmp_path / DATABASE)
    two = [ServerSpending(guild_id=guild_id, day=20_789, day_micros=5, month_micros=9) for guild_id in (1, 2)]
    sidecar.write(Epoch(boots=3), two)
    with (tmp_path / f"{DATABASE}.mark").open("r+b") as file:
        file.seek(128)
        file.write(b"\x00" * 128)
    assert sidecar.read() == Epoch(boots=3)
    assert list(sidecar.servers().values()) == two[1:]
