"""Pause the polls of an account: in this process, or in all workers that share it."""

from bot.ports.account_pauses import AccountPauses
from bot.worker.context import JobContext, log

FIRST_PAUSE_S = 30.0  # after a refused key or an empty balance
MAX_PAUSE_S = 600.0
READ_EVERY_S = 5.0


async def pause_account(context: JobContext, account: str) -> float | None:
    """Stop polling an account, each time twice as long. Return the seconds, or None if it's paused already."""
    queue, now = context.poll_queue, context.clock.monotonic()
    if queue.is_paused(account, now):
        return None
    for_s = queue.pause_account(account, now, first_s=FIRST_PAUSE_S, max_s=MAX_PAUSE_S)
    if context.account_pauses is None:
        return for_s
    wall = context.clock.now()
    try:
        until, is_new = await context.account_pauses.pause(account, wall, first_s=FIRST_PAUSE_S, max_s=MAX_PAUSE_S)
    except Exception as error:  # noqa: BLE001
        # Kept alive: the poll. This worker pauses, and the others find out as it did.
        _log_failure(account, error)
        return for_s
    queue.pause_until(account, now + until - wall)
    return until - wall if is_new else None


async def wait_as_asked(context: JobContext, account: str, retry_after_s: float) -> None:
    """Stop polling an account in all workers for as long as it asked one of them to wait."""
    if context.account_pauses is None:
        return  # a process alone makes only this job wait
    for_s = min(retry_after_s, MAX_PAUSE_S)
    context.poll_queue.pause_until(account, context.clock.monotonic() + for_s)
    try:
        await context.account_pauses.wait_until(account, context.clock.now() + for_s)
    except Exception as error:  # noqa: BLE001
        # Kept alive: the poll. The others are asked to wait too.
        _log_failure(account, error)


async def resume_account(context: JobContext, account: str) -> None:
    """End the pauses of an account, after it has answered as it should."""
    was_paused = context.poll_queue.resume_account(account)
    if not was_paused or context.account_pauses is None:
        return
    try:
        await context.account_pauses.end(account)
    except Exception as error:  # noqa: BLE001
        # Kept alive: the poll's answer. The pause ends later.
        _log_failure(account, error)


async def follow_pauses(context: JobContext) -> None:
    """Pause and resume accounts as the other workers do, until cancelled. A process alone has nothing to follow."""
    while context.account_pauses is not None:
        await read_pauses(context, context.account_pauses)
        await context.clock.sleep(READ_EVERY_S)


async def read_pauses(context: JobContext, pauses: AccountPauses) -> None:
    """Pause the accounts that any worker has paused, and resume all others."""
    try:
        now = context.clock.now()
        ends = await pauses.ends(now)
    except Exception as error:  # noqa: BLE001
        # Kept alive: the loop. The database may come back.
        log.warning("the pauses of accounts couldn't be read", extra={"why": type(error).__name__})
        return
    context.poll_queue.pause_only({name: context.clock.monotonic() + at - now for name, at in ends.items()})


def _log_failure(account: str, error: Exception) -> None:
    log.warning("a pause couldn't be shared", extra={"account": account, "why": type(error).__name__})
