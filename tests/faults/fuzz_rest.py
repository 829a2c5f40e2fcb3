"""Damage Discord's REST answers while orders are placed. The bot must stay up, and no paid video may be lost."""

import asyncio
import contextlib
import json
import random
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from bot.jobs.job import Job, State
from bot.sandbox.discord import LocalMessage
from bot.store.jobs import SqlJobStore
from tests.faults.fuzz_gateway import prepare
from tests.faults.json_mutations import mutate
from tests.harness import BotHarness, open_harness

BATCH_ORDERS, ANSWERS_PER_ORDER = 60, 13
REQUESTS_PER_ORDER = 8
DAMAGED_SHARE = 0.9
LISTS = ("jobs", "history", "models", "help", "usage")
IDS = re.compile(r"/\d{5,}|/[A-Za-z0-9_-]{40,}")
DRAINED_WITHIN_S, LOOK_AGAIN_AFTER_S = 300.0, 0.2
SETTLED_WITHIN_S, PLACED_EVERY_S = 2.0, 0.02
PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
COPIED = ("X-RateLimit-", "Via", "Retry-After")


@dataclass(kw_only=True)
class RestFuzz:
    """What a run counted. `routes` counts the damaged answers."""

    seed: int
    routes: Counter[str] = field(default_factory=Counter)
    exits: int = 0
    orders: int = 0
    logins: int = 0
    waiting: int = 0  # logins that no session was left for
    stuck: int = 0  # logins that failed otherwise
    paid: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    paid_twice: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        return not (self.exits or self.stuck or self.lost or self.doubled or self.paid_twice)

    def line(self) -> str:
        ends = ", ".join(f"{count} {state}" for state, count in self.states.most_common())
        return (
            f"REST answers: {self.routes.total()} damaged ({len(self.routes)} routes), {self.exits} exits, "
            f"{self.logins} logins ({self.waiting} told to wait, {self.stuck} stuck), {self.orders} orders, "
            f"{self.paid} paid, {len(self.lost)} lost, "
            f"{len(self.doubled)} posted twice, {len(self.paid_twice)} paid twice ({ends}), seed {self.seed}: "
            f"{'clean' if self.clean else 'NOT CLEAN'}"
        )


class AnswerDamage:
    """Rewrites a share of the answers of the REST API while `on`."""

    def __init__(self, result: RestFuzz, rng: random.Random) -> None:
        self._result, self._rng = result, rng
        self.left = 0  # answers to damage; 0: none

    def __call__(self, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
        damaged = isinstance(response, web.Response) and request.path.startswith("/api/") and response.status < 400
        if not (self.left and damaged) or self._rng.random() > DAMAGED_SHARE:
            return response
        assert isinstance(response, web.Response)
        self.left -= 1
        self._result.routes[f"{request.method} {IDS.sub('/ID', request.path)}"] += 1
        headers = {name: value for name, value in response.headers.items() if name.startswith(COPIED)}
        kind = "application/json"
        match self._rng.randrange(20):
            case 0:
                kind, body = "text/html", PAGE.encode()
            case 1:
                body = b"" if response.body is None else bytes(response.body)[:-1]  # type: ignore[arg-type]
            case _:
                value = json.loads(response.body or b"null")  # type: ignore[arg-type]
                body = json.dumps(mutate(value, self._rng)).encode()
        return web.Response(status=200, body=body, headers={"Content-Type": kind, **headers})


async def fuzz_rest(count: int, seed: int) -> RestFuzz:
    """Place orders until `count` answers were damaged, in batches; after each, let every job end undisturbed."""
    result, rng = RestFuzz(seed=seed), random.Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="retake-fuzz-") as folder:
        async with open_harness(Path(folder)) as harness:
            await harness.alice.slash(harness.channel, "generate", prompt="the first", seconds=5)
            await harness.wait_for_clip("the first")
            await prepare(harness)
            damage = AnswerDamage(result, rng)
            harness.discord.wire.rewrite = damage
            harness.discord.limits.whole_bot = None  # the rate of the test, not the bot's
            while result.routes.total() < count and harness.running:
                damage.left = count
                await _place_orders(harness, min(BATCH_ORDERS, 1 + count // ANSWERS_PER_ORDER), rng, result)
                damage.left = 0
                await _drain(harness)
                await _log_in(harness, damage, rng, result)
            result.exits += not harness.running
            await _check(harness, result)
    return result


async def _place_orders(harness: BotHarness, count: int, rng: random.Random, result: RestFuzz) -> None:
    """Place orders with commands and replies, and press buttons, until the batch has settled."""
    first = harness.clips[0]
    for _ in range(count):
        result.orders += 1
        member = harness.guild.add_member(f"member {result.orders}")
        if rng.random() < 0.5:
            await member.slash(harness.channel, "generate", prompt=f"film {result.orders}.", seconds=5)
        else:
            await member.reply(first, f"make it film {result.orders}.")
        for _ in range(REQUESTS_PER_ORDER):
            if rng.random() < 0.3:
                await member.press(first, rng.choice(("Details", "Remix", "Again")))
            else:
                await member.slash(harness.channel, rng.choice(LISTS))
        await asyncio.sleep(PLACED_EVERY_S)
    with contextlib.suppress(TimeoutError):  # some of the answers are lost for good
        async with asyncio.timeout(SETTLED_WITHIN_S):
            await _drain(harness)


async def _log_in(harness: BotHarness, damage: AnswerDamage, rng: random.Random, result: RestFuzz) -> None:
    """Restart the bot while the first answers are damaged: login, application, gateway, commands.

    A damaged answer may still be a valid one, such as "no sessions are left today"; then the bot waits as it's told.
    """
    await harness.stop()
    damage.left = rng.randint(1, 2)
    result.logins += 1
    try:
        await harness.start()
    except TimeoutError:
        told = harness.running and harness.bot.identifies.exhausted_until is not None
        result.waiting += told
        result.stuck += not told
    damage.left = 0
    result.exits += not harness.running
    if harness.running and not harness.discord.gateway.connected:
        await harness.restart()


async def _drain(harness: BotHarness) -> None:
    """Wait until every job has ended."""
    async with asyncio.timeout(DRAINED_WITHIN_S):
        while harness.running and any(not job.ended for job in await _jobs(harness)):
            await harness.discord.world.next_event(LOOK_AGAIN_AFTER_S)


async def _jobs(harness: BotHarness) -> list[Job]:
    assert harness.database is not None
    store = SqlJobStore(harness.database)
    rows = await harness.database.run("SELECT id FROM job")
    return [job for row in rows if (job := await store.job(row["id"])) is not None]


async def _check(harness: BotHarness, result: RestFuzz) -> None:
    """Compare the provider's tasks with the posted clips and the stored jobs."""
    jobs = await _jobs(harness)
    result.states.update(job.state.value for job in jobs)
    owned = {job.task.task_id for job in jobs}
    result.paid = len(harness.provider.tasks)
    result.paid_twice += [task_id for task_id in harness.provider.tasks if task_id not in owned]
    clips = Counter(_job_id(clip) for clip in harness.clips if not clip.deleted)
    result.doubled += [job_id for job_id, count in clips.items() if count > 1]
    for job in jobs:
        if job.task.task_id is not None and (job.state is not State.DELIVERED or not clips[job.id]):
            result.lost.append(f"{job.code} {job.state.value}")


def _job_id(clip: LocalMessage) -> str:
    return str(clip.components[0]["components"][0]["custom_id"]).split(":")[1]
