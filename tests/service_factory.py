"""Build services for tests that have no client."""

from collections.abc import Callable
from functools import partial

from bot.jobs.job import Job, RequestOrigin
from bot.jobs.limits import HostBudget
from bot.ordering.quote import Request
from bot.ordering.service import JobService
from bot.ports.provider import RemixMethod
from bot.worker.cancellation import can_cancel
from bot.worker.context import JobContext


def job_service_of(
    context: JobContext,
    wake: Callable[[], None] = lambda: None,
    *,
    host_budget: HostBudget | None = None,
    remix_methods: tuple[RemixMethod, ...] = ("native", "edit", "image"),
) -> JobService:
    """Return a job service over the worker's dependencies."""
    return JobService(
        store=context.store,
        clock=context.clock,
        offers=context.offers,
        remix_methods=remix_methods,
        servers=context.servers,
        host_budget=host_budget or HostBudget(),
        lease_s=context.timing.lease_s,
        wake=wake,
        drop_poll=context.poll_queue.drop,
        can_cancel=partial(can_cancel, context),
    )


async def create(service: JobService, origin: RequestOrigin, request: Request) -> Job | None:
    """Prepare a request under the server's settings and create its job."""
    return await service.create(origin, service.prepare(await service.settings(origin.guild_id), request))
