"""SIGSTOP at the moments that matter: while a paid request waits for its slot, and before the intent to pay.

All workers but one stand still until the one that is left has carried their videos to the end. Then they go on where
they stood, and must pay nothing.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from bot.store.postgres_connection import connect
from tests.cluster.storm import Storm
from tests.faults.real_processes import ENDED
from tests.pictures.helpers import upload
from tests.shards.gateways import Place

ORDERS = 6
SLOT_WAIT_S = 6.5  # that a paid request waits for its slot
UPLOAD_S = 4.0
READY_S, ENDS_S = 20.0, 90.0
SETTLE_S = 3.0  # in which a worker that goes on would have paid
SEND_AGAIN = "Send again (may cost twice)"
_SLOTS = """
INSERT INTO pace (account, next_at) VALUES ('toapis', extract(epoch FROM clock_timestamp()) + %s)
ON CONFLICT (account) DO UPDATE SET next_at = excluded.next_at
"""


async def stop_while_paying(storm: Storm, turn: int) -> None:
    """The intents are committed, so that no row refuses them. The member presses *Send again* for each."""
    prompt = f"waiting {turn} "
    place = storm.places[turn % len(storm.places)]

    async def is_ready() -> bool:
        return await _count(storm, prompt, "state = 'submitting'") > 0

    async def end() -> bool:
        return await _have_ended(storm, prompt) and not await _send_again(storm, place, prompt)

    await asyncio.to_thread(_delay_slots, storm)
    await _order(storm, place, prompt)
    await _stop_until(storm, is_ready, end)


async def stop_while_uploading(storm: Storm, turn: int) -> None:
    """The pictures are uploaded, and nothing is committed yet."""
    prompt, place = f"drawn {turn} ", storm.places[turn % len(storm.places)]
    held = Fault(route="POST /v1/uploads/images", delay_s=UPLOAD_S, times=ORDERS)
    storm.provider.wire.faults = [held, *storm.provider.wire.faults]

    async def is_ready() -> bool:
        return held.hits > 0

    await _order(storm, place, prompt, image=upload("blue"))
    await _stop_until(storm, is_ready, lambda: _have_ended(storm, prompt))
    storm.provider.wire.clear(held)


def _delay_slots(storm: Storm) -> None:
    with contextlib.closing(connect(storm.location.database_url)) as connection:
        connection.execute(_SLOTS.encode(), (SLOT_WAIT_S,))


async def _order(storm: Storm, place: Place, prompt: str, **options: object) -> None:
    orders = (place.alice.slash(place.channel, "generate", prompt=f"{prompt}{n}", **options) for n in range(ORDERS))
    await asyncio.gather(*orders, return_exceptions=True)  # a gateway may just be dead


async def _stop_until(
    storm: Storm, is_ready: Callable[[], Awaitable[bool]], is_over: Callable[[], Awaitable[bool]]
) -> None:
    """Let all workers but the last stand still from a moment on until another one."""
    if not await _becomes(is_ready, READY_S):
        return
    still = [each for each in storm.workers[:-1] if each.running]
    storm.spared |= set(still)
    for worker in still:
        storm.stops += 1
        with contextlib.suppress(ProcessLookupError):
            worker.stand_still()
    await _becomes(is_over, ENDS_S)
    for worker in still:
        with contextlib.suppress(ProcessLookupError):
            worker.go_on()
    await asyncio.sleep(SETTLE_S)
    storm.spared -= set(still)


async def _becomes(condition: Callable[[], Awaitable[bool]], within_s: float) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if await condition():
            return True
        await asyncio.sleep(0.1)
    return False


async def _count(storm: Storm, prompt: str, where: str) -> int:
    rows = await storm.rows(f"SELECT count(*) FROM job WHERE prompt LIKE ? AND {where}", (f"{prompt}%",))  # noqa: S608
    return int(rows[0][0]) if rows else 0


async def _have_ended(storm: Storm, prompt: str) -> bool:
    stored = await _count(storm, prompt, "TRUE")
    return stored > 0 and await _count(storm, prompt, f"state IN {ENDED}") == stored


async def _send_again(storm: Storm, place: Place, prompt: str) -> int:
    """Let the member send those again for which no request has arrived, as the provider's books say.

    Return how many those are.
    """
    paid = {storm.provider.tasks[charge.task_id].prompt for charge in storm.provider.charges}
    held = await storm.rows(
        "SELECT id, prompt FROM job WHERE state = 'needs_person' AND prompt LIKE ?", (f"{prompt}%",)
    )
    unpaid = [str(row[0]) for row in held if str(row[1]) not in paid]
    for asked in filter(None, (_question(place, job_id) for job_id in unpaid)):
        with contextlib.suppress(Exception):  # its gateway may just be dead
            await place.alice.press(asked, SEND_AGAIN)
    return len(unpaid)


def _question(place: Place, job_id: str) -> LocalMessage | None:
    messages = [message for message in place.channel.messages if message.is_bot and not message.deleted]
    return next(
        (each for each in messages if job_id in str(each.components) and "Send again" in str(each.components)), None
    )
