from pathlib import Path

from tests.harness import open_harness


async def test_an_amount_reported_as_counted_is_in_the_ledger(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.bob.slash(harness.channel, "generate", prompt="[fail] a fox of paper", seconds=5)
        await harness.wait_for_message("It may have been charged; I counted $0.05.")
        assert harness.database is not None
        kinds = {row[0] for row in await harness.database.run("SELECT kind FROM ledger")}
        assert kinds == {"reserve", "capture"}
