"""Create jobs from prepared requests, and carry out what people decide about them."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.catalogue.offers import Offers
from bot.jobs.errors import BadWish
from bot.jobs.ids import new_code, new_job_id
from bot.jobs.job import Job, JobChanges, JobMoney, RequestOrigin, State
from bot.jobs.limits import Caps, HostBudget, caps_for
from bot.jobs.server_settings import ServerSettings, ServerSettingsReader
from bot.jobs.stored_errors import DECIDABLE
from bot.ordering.quote import PreparedRequest, Quote, Request, quote
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore, Money
from bot.ports.provider import RemixMethod

log = logging.getLogger("retake.jobs")

ANSWER_WITHIN_S = 20.0  # after this the worker asks Discord whether our answer arrived
DEFER_S = 1.0


class JobService:
    """Creates, confirms, cancels, resends and deletes jobs. No method sends anything to a provider.

    `wake` tells the worker that a job may be due; `drop_poll` removes a job from its poll queue. Without `servers`
    no server has settings, and only the host's budget applies.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        clock: Clock,
        offers: Offers,
        remix_methods: Sequence[RemixMethod],
        servers: ServerSettingsReader | None,
        host_budget: HostBudget,
        lease_s: float,
        wake: Callable[[], None],
        drop_poll: Callable[[str], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._offers = offers
        self._remix_methods = remix_methods
        self._servers = servers
        self._host_budget = host_budget
        self._lease_s = lease_s
        self._wake = wake
        self._drop_poll = drop_poll

    async def settings(self, guild_id: int) -> ServerSettings:
        """Read a server's settings. Its default model is dropped if the host no longer offers it."""
        if self._servers is None:
            return ServerSettings()
        settings = await self._servers.settings(guild_id)
        if settings.default_model is not None and self._offers.find(settings.default_model) is None:
            return replace(settings, default_model=None)
        return settings

    def prepare(self, settings: ServerSettings, request: Request) -> PreparedRequest:
        """Apply a server's settings to a request and quote it; write nothing. Raise BadWish if it can't be made."""
        request = request.under(settings)
        return PreparedRequest(request=request, quote=self.quote(request), settings=settings)

    async def create(self, asked: RequestOrigin, prepared: PreparedRequest) -> Job | None:
        """Insert a job and reserve its price. Return None if this Discord event already has a job.

        Raise LimitReached or BudgetSpent if a cap would be exceeded. The job waits for `confirm` before money is spent.
        """
        job = self._job(asked, prepared.request, prepared.quote)
        caps = caps_for(prepared.settings, asked.role_ids, self._host_budget)
        taken = await self._store.insert(job, caps)
        if taken is not None:
            log.info("order", extra={"job": taken.code, "kind": taken.kind.value, "model": taken.model})
        return taken

    def _job(self, asked: RequestOrigin, request: Request, quote: Quote) -> Job:
        """Build the row of a new job."""
        source, offer, choice = request.source, quote.step.offer, quote.choice
        now, job_id = self._clock.now(), new_job_id()
        return Job(
            id=job_id,
            code=new_code(),
            state=State.RECEIVED,
            kind=request.kind,
            user_id=asked.user_id,
            guild_id=asked.guild_id,
            channel_id=asked.channel_id,
            prompt=request.prompt.strip(),
            model=offer.model.key,
            account=offer.account,
            created_at=now,
            updated_at=now,
            due_at=now + ANSWER_WITHIN_S,
            why="asked",
            aspect=choice.aspect,
            seconds=choice.seconds,
            resolution=choice.resolution,
            note=choice.note,
            image_url=request.image_url,
            image_file=request.image_file,
            parent_id=source.id if source is not None else None,
            root_id=(source.root_id or source.id) if source is not None else job_id,
            interaction_id=asked.interaction_id,
            interaction_token=asked.interaction_token,
            source_message_id=asked.source_message_id,
            rung=quote.step.rung if source is not None else None,
            locale=asked.locale,
            money=JobMoney(price_micros=quote.price_micros),
        )

    def quote(self, request: Request) -> Quote:
        """Return what a request would become and cost. Nothing is written. Raise BadWish if it can't be made."""
        return quote(self._offers, self._remix_methods, request)

    async def alternatives(self, guild_id: int, request: Request, but: str) -> list[Quote]:
        """Quote a request for every other offer that a server allows; `but` is the key of the one to leave out."""
        request = replace(request, aspect=None, seconds=None, resolution=None).under(await self.settings(guild_id))
        quotes: list[Quote] = []
        for offer in self._offers.enabled():
            with contextlib.suppress(BadWish):
                quote = self.quote(replace(request, model=offer.key))
                if quote.step.offer.key not in {but, *(known.step.offer.key for known in quotes)}:
                    quotes.append(quote)
        return quotes

    async def confirm(self, job: Job, status_message_id: int) -> Job | None:
        """Accept a job because Discord has our answer. Return None if the worker has decided in the meantime."""
        now = self._clock.now()
        accepted = await self._store.transition(
            job, State.ACCEPTED, now=now, why="answered", status_message_id=status_message_id,
            interaction_token=None, due_at=now,
        )  # fmt: skip
        self._wake()
        return accepted

    async def defer(self, job: Job) -> None:
        """Leave it to the worker to ask Discord whether our answer arrived."""
        await self._store.update(job, due_at=self._clock.now() + DEFER_S, lease_until=None)
        self._wake()

    async def attach_late_status(self, job_id: str, status_message_id: int) -> None:
        """Attach a status message that reached Discord after its job was cancelled, so that it's concluded too."""
        now = self._clock.now()
        job = await self._store.take_over(job_id, (State.CANCELLED,), now, self._lease_s, patient=True)
        if job is not None:
            await self._store.update(
                job, status_message_id=job.post.status_message_id or status_message_id, due_at=now, lease_until=None
            )
            self._wake()

    async def cancel(self, job_id: str, *, only_unsent: bool = False) -> Job | None:
        """Cancel a job. Return None if it's too late.

        Before the request is sent it's free; afterwards the provider may still charge, so the price counts.
        """
        now = self._clock.now()
        unsent = (State.RECEIVED, State.ACCEPTED)
        sent = () if only_unsent else (State.SUBMIT_UNKNOWN, State.POLLING, State.DOWNLOADING)
        job = await self._store.take_over(job_id, (*unsent, *sent), now, self._lease_s)
        if job is None:
            return None
        self._drop_poll(job_id)
        money: Money = "release" if job.state in unsent and not job.task.ambiguous else "capture"
        cancelled = await self._store.transition(
            job, State.CANCELLED, now=now, why="cancelled", money=money, due_at=now, lease_until=None
        )
        self._wake()
        return cancelled

    async def resend(self, job_id: str, settings: ServerSettings) -> Job | None:
        """Queue a job of unknown outcome again; it may cost twice. Return None if it was decided already.

        The first request counts as spent and the second is reserved in addition: raise BudgetSpent if that exceeds a
        budget.
        """
        budgets = replace(caps_for(settings, (), self._host_budget), member_videos=None, server_videos=None)
        return await self._decide(job_id, State.ACCEPTED, "a person sends it again", "again", budgets)

    async def give_up(self, job_id: str) -> Job | None:
        """End a job of unknown outcome; its price stays counted. Return None if it was decided already."""
        return await self._decide(job_id, State.CANCELLED, "a person gave up", "capture")

    async def _decide(self, job_id: str, to: State, why: str, money: Money, caps: Caps | None = None) -> Job | None:
        now = self._clock.now()
        job = await self._store.take_over(job_id, (State.NEEDS_PERSON,), now, self._lease_s)
        if job is None or job.trouble not in DECIDABLE:
            return None
        changes: JobChanges = {
            "trouble": None, "facts": "{}", "outcome": None, "due_at": now, "lease_until": None,
        }  # fmt: skip
        if money == "again":
            changes |= {"resent": job.money.resent + 1, "ambiguous": False}
        try:
            decided = await self._store.transition(job, to, now=now, why=why, money=money, caps=caps, **changes)
        except BadWish:
            await self._store.update(job, lease_until=None)
            raise
        self._wake()
        return decided

    async def record_deletion(self, job_id: str) -> None:
        """Record that the result message was deleted. The row stays: lineage and limits depend on it."""
        now = self._clock.now()
        job = await self._store.take_over(job_id, (State.DELIVERED,), now, self._lease_s, patient=True)
        if job is not None:
            await self._store.update(job, deleted_at=job.post.deleted_at or now, lease_until=None)

    async def set_remixable(self, job: Job, *, no_remix: bool) -> bool:
        """Set or clear `not for remixing`. Return False if the job changed in the meantime."""
        return await self._store.update(job, no_remix=no_remix) is not None

    async def retry_delivery(self, job_id: str) -> Job | None:
        """Post a kept video again. Return None if it's no longer kept."""
        now = self._clock.now()
        job = await self._store.take_over(job_id, (State.KEPT,), now, self._lease_s)
        if job is None:
            return None
        delivering = await self._store.transition(
            job, State.DELIVERING, now=now, why="a person asked to post it again", due_at=now, lease_until=None,
            post_epoch=job.post.post_epoch + 1, post_first_at=None, post_last_at=None,
        )  # fmt: skip
        self._wake()
        return delivering

    async def retry_parked(self, guild_id: int) -> None:
        """Retry the posts that a server's permissions prevented. Source: reference/reliability.md 2.5."""
        if await self._store.mark_parked_due(guild_id, self._clock.now()):
            self._wake()
