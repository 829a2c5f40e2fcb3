from pathlib import Path

from tests.harness import open_studio


async def test_what_is_said_to_be_counted_is_counted(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await studio.bob.slash(studio.channel, "generate", prompt="[fail] a fox of paper", seconds=5)
        await studio.said("It may have been charged; I counted $0.05.")
        assert studio._database is not None
        kinds = {row[0] for row in await studio._database.run("SELECT kind FROM ledger")}
        assert kinds == {"reserve", "capture"}
