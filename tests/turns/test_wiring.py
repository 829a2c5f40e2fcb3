"""Real worker processes with RETAKE_WORKERS share what an account allows. One alone decides in its memory."""

from pathlib import Path

from bot.sandbox.providers.tasks import LocalTask
from tests.roles.processes import eventually, process, roles

JOBS_AT_ONCE, ORDERS = 2, 8


async def test_two_workers_share_the_jobs_at_once_of_an_account(tmp_path: Path) -> None:
    several = {"RETAKE_WORKERS": "2", "RETAKE_ACCOUNTS__TOAPIS__JOBS_AT_ONCE": str(JOBS_AT_ONCE)}
    async with roles(tmp_path, start=False) as found:
        most: list[int] = []

        def render_s(_: LocalTask) -> float:
            running = [each for each in found.provider.tasks.values() if each.state in ("queued", "running")]
            most.append(len(running) + 1)
            return 0.5

        found.provider.render_s = render_s
        found.worker, other = (process(found.world, "worker", **several) for _ in range(2))
        members = [found.guild.add_member(f"member{number}") for number in range(ORDERS)]
        try:
            await found.worker.start()
            await other.start()
            await found.world.start_bot()
            for member in members:
                await member.slash(found.channel, "generate", prompt="a paper boat")
            await eventually(lambda: len(found.clips) == ORDERS, found)
        finally:
            await other.end()
        assert len(found.provider.charges) == ORDERS
        assert max(most) <= JOBS_AT_ONCE
        for worker in (found.worker, other):
            assert "couldn't be read" not in worker.words()
