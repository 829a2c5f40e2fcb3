"""Send damaged gateway events to the running bot. It must stay up, and answer an order after each batch."""

import asyncio
import random
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.jobs.server_settings import NO_SERVER_LIMITS
from bot.store.server_settings import SqlServerRepository
from tests.faults.discord_events import Events, record_events
from tests.faults.json_mutations import mutate
from tests.harness import BotHarness, open_harness, skip_pauses

BATCH_EVENTS = 250
# After one of these that can't be read, the shard starts a new session and drops what is queued in the old one.
SESSION_EVENTS = ("READY", "RESUMED")
OFTEN = ("INTERACTION_CREATE", "MESSAGE_CREATE", "GUILD_CREATE")
OFTEN_TIMES = 4
PROBE, PROBE_AGAIN_S, HANG_S = "A_PROBE", 0.2, 60.0


@dataclass(kw_only=True)
class GatewayFuzz:
    """What a run counted. `problems` is empty if the bot passed."""

    seed: int
    sent: Counter[str] = field(default_factory=Counter)  # by type
    sessions: int = 0
    exits: int = 0
    answered: int = 0
    batches: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.problems and self.exits == 0 and self.answered == self.batches

    def line(self) -> str:
        return (
            f"gateway events: {self.sent.total()} damaged ({len(self.sent)} types), {self.exits} exits, "
            f"{self.sessions} sessions, {self.answered} of {self.batches} orders answered, seed {self.seed}: "
            f"{'clean' if self.clean else 'NOT CLEAN'}"
        )


async def fuzz_gateway(count: int, seed: int) -> GatewayFuzz:
    """Send `count` damaged events in batches."""
    result, rng = GatewayFuzz(seed=seed), random.Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="retake-fuzz-") as folder:
        async with open_harness(Path(folder)) as harness:
            skip_pauses(harness)
            events = await record_events(harness)
            harness.discord.gateway.identifies.total = count + 1000
            await prepare(harness)
            while result.sent.total() < count and not result.exits:
                await _run_batch(harness, events, min(BATCH_EVENTS, count - result.sent.total()), rng, result)
            result.sessions = harness.discord.gateway.identified
    return result


async def prepare(harness: BotHarness) -> None:
    """Let later renders serve the first clip, so that an order takes a moment only, and set no budget."""
    film = harness.data / "film.mp4"
    film.write_bytes(harness.clips[0].attachments[0].data)
    harness.provider.camera.reuse = film
    assert harness.database is not None
    await SqlServerRepository(harness.database).save_settings(harness.guild.id, NO_SERVER_LIMITS)


async def _run_batch(harness: BotHarness, events: Events, count: int, rng: random.Random, result: GatewayFuzz) -> None:
    """Send a batch of damaged events, those of the session last, then place an order."""
    names = [name for name in events if name not in SESSION_EVENTS]
    names += [name for name in OFTEN for _ in range(OFTEN_TIMES - 1)]
    for name in [*(rng.choice(names) for _ in range(count - len(SESSION_EVENTS))), *SESSION_EVENTS]:
        if name in SESSION_EVENTS or not harness.discord.gateway.connected:
            await _read(harness)
        damaged = mutate(rng.choice(events[name]), rng)
        harness.discord.gateway.connected[0].push(name, damaged)
        result.sent[name] += 1
    await _read(harness)
    result.batches += 1
    prompt = f"order {result.batches}"
    member = harness.guild.add_member(f"member {result.batches}")
    try:
        await (await member.slash(harness.channel, "generate", prompt=prompt, seconds=5)).answer()
        await harness.wait_for_clip(prompt)
    except TimeoutError as error:
        result.problems.append(f"batch {result.batches}: {error}")
    else:
        result.answered += 1
    result.exits += not harness.running


async def _read(harness: BotHarness) -> None:
    """Wait until the bot has read everything that was sent: repeat an event that it doesn't know until it is heard."""
    async with asyncio.timeout(HANG_S):
        while harness.running:
            heard = asyncio.ensure_future(harness.bot.wait_for("socket_event_type", check=PROBE.__eq__))
            for session in harness.discord.gateway.connected:
                session.push(PROBE, {})
            await asyncio.wait({heard}, timeout=PROBE_AGAIN_S)
            if heard.done():
                return
            heard.cancel()
