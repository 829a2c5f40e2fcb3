"""Create jobs from prepared requests, and carry out what people decide about them."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.catalogue.offers import Offers
from bot.jobs.cost import cost_of
from bot.jobs.errors import BadWish
from bot.jobs.film_plan import FilmStep
from bot.jobs.job import ANSWERED, CANCELLABLE, Job, JobChanges, Outcome, RequestOrigin, State
from bot.jobs.limits import Caps, HostBudget, caps_for
from bot.jobs.model_errors import UnknownOption
from bot.jobs.rejections import OwnVideosOnly
from bot.jobs.server_settings import NO_SERVER_LIMITS, ServerSettings, ServerSettingsReader
from bot.jobs.stored_errors import DECIDABLE
from bot.jobs.undo import UNDELETE_S, undo_until
from bot.ordering.new_job import new_job
from bot.ordering.prompt_options import read_prompt_options
from bot.ordering.quote import PreparedRequest, Quote, Request, quote, quote_styled, rival_of
from bot.ordering.takes import abandon_others, accept_others, new_takes
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore, Money
from bot.ports.provider import RemixMethod

log = logging.getLogger("retake.jobs")

DEFER_S = 1.0
UPDATE_TRIES = 5


class JobService:
    """Creates, confirms, cancels, resends and deletes jobs. No method sends anything to a provider.

    `wake` tells the worker that a job may be due; `drop_poll` removes a job from its poll queue; `can_cancel` returns
    whether the provider can stop a job. Without `servers` no server has settings, and only the host's budget applies.
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
        can_cancel: Callable[[Job], bool],
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
        self._can_cancel = can_cancel
        self._cancelling = asyncio.Lock()  # of two presses, the second sees what the first did

    async def settings(self, guild_id: int) -> ServerSettings:
        """Read a server's settings. Its default model is dropped if the host no longer offers it."""
        if self._servers is None:
            return NO_SERVER_LIMITS
        settings = await self._servers.settings(guild_id)
        if settings.default_model is not None and self._offers.find(settings.default_model) is None:
            return replace(settings, default_model=None)
        return settings

    def prepare(self, settings: ServerSettings, request: Request) -> PreparedRequest:
        """Apply a server's settings to a request and quote it; write nothing. Raise BadWish if it can't be made.

        Options in the prompt are read; one that no model has is refused by its name.
        """
        if request.source is not None and request.source.imported and not settings.any_video:
            raise OwnVideosOnly
        options = read_prompt_options(request.under(settings))
        quote = quote_styled(self._offers, self._remix_methods, options.request)
        if options.unknown is not None:
            raise UnknownOption(option=options.unknown)
        rival = None
        if options.request.rival is not None:
            rival_request = replace(options.request, model=options.request.rival)
            rival = rival_of(quote, quote_styled(self._offers, self._remix_methods, rival_request))
        return PreparedRequest(request=options.request, quote=quote, settings=settings, rival=rival)

    async def create(self, asked: RequestOrigin, prepared: PreparedRequest, step: FilmStep | None = None) -> Job | None:
        """Insert a job and reserve its price. Return None if this Discord event already has a job.

        Several takes are several jobs, inserted together; the first is returned. `step` is what the job is to a plan
        of a film. A reply waits before it's sent if the server's settings say so; the wait begins with `confirm`.

        Raise LimitReached, BudgetSpent or TooManyTakes if a cap would be exceeded. The job waits for `confirm` before
        money is spent.
        """
        now, caps = self._clock.now(), caps_for(prepared.settings, asked.role_ids, self._host_budget)
        if prepared.request.takes > 1 or prepared.rival is not None:
            takes = await self._store.bundles.insert(new_takes(asked, prepared, now), caps, prepared.request.pictures)
            taken = takes[0] if takes is not None else None
        else:
            taken = await self._store.insert(new_job(asked, prepared, now), caps, prepared.request.pictures, step=step)
        if taken is not None:
            log.info("order", extra={"job": taken.code, "kind": taken.kind.value, "model": taken.model})
        return taken

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

    async def record_answer(self, job: Job, answer_id: int) -> Job | None:
        """Store that Discord has our private answer, so that the job goes on whenever this process ends.

        Return None if the worker or a person has decided in the meantime.
        """
        answered = await self._store.update(job, status_message_id=answer_id, interaction_token=ANSWERED)
        if answered is None:
            await self.attach_late_status(job.id, answer_id, private=True)
        return answered

    async def confirm(self, job: Job, status_message_id: int) -> Job | None:
        """Accept a job because Discord has our answer. Return None if the worker has decided in the meantime."""
        now = self._clock.now()
        send_after = undo_until(now) if job.send_after is not None else None
        accepted = await self._store.transition(
            job, State.ACCEPTED, now=now, why="answered", status_message_id=status_message_id,
            interaction_token=None, due_at=send_after or now, send_after=send_after,
        )  # fmt: skip
        if accepted is not None and accepted.bundle.bundle_id is not None:
            await accept_others(self._store, accepted, now)
        self._wake()
        return accepted

    async def defer(self, job: Job) -> None:
        """Leave it to the worker to ask Discord whether our answer arrived."""
        await self._store.update(job, due_at=self._clock.now() + DEFER_S, lease_until=None)
        self._wake()

    async def abandon(self, job: Job) -> None:
        """End a new job because Discord has certainly not taken our answer. Nothing was sent or charged."""
        now = self._clock.now()
        await self._store.transition(
            job, State.ABANDONED, now=now, why="no answer of ours", money="release", interaction_token=None,
            due_at=now, lease_until=None,
        )  # fmt: skip
        if job.bundle.bundle_id is not None:
            await abandon_others(self._store, job, now)
        self._wake()

    async def attach_late_status(self, job_id: str, status_message_id: int, *, private: bool = False) -> None:
        """Attach a status message that reached Discord after its job was cancelled, so that it's concluded too.

        A private answer takes the place of none.
        """
        now = self._clock.now()
        job = await self._store.take_over(job_id, (State.CANCELLED,), now, self._lease_s, patient=True)
        if job is not None:
            kept_id = job.post.status_message_id if private else None
            await self._store.update(job, status_message_id=kept_id or status_message_id, due_at=now, lease_until=None)
            self._wake()

    async def cancel(self, job_id: str, *, only_unsent: bool = False) -> Job | None:
        """Cancel a job, or return one that is cancelled already. Return None if it's too late.

        Before the request is sent it's free; afterwards the provider may still charge, so the price counts. A job that
        renders stays POLLING if its provider can stop it: the worker does so and ends it by the provider's answer.
        """
        async with self._cancelling:
            return await self._cancel(job_id, only_unsent=only_unsent)

    async def _cancel(self, job_id: str, *, only_unsent: bool) -> Job | None:
        now = self._clock.now()
        unsent = (State.RECEIVED, State.ACCEPTED)
        job = await self._store.take_over(job_id, unsent if only_unsent else CANCELLABLE, now, self._lease_s)
        if job is None:
            ended = await self._store.job(job_id)
            return ended if ended is not None and ended.state is State.CANCELLED else None
        if job.state is State.POLLING and self._can_cancel(job):
            asked_at = job.cancel_requested_at or now
            asked = await self._store.update(job, cancel_requested_at=asked_at, due_at=now, lease_until=None)
            self._wake()
            return asked
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
            "trouble": None, "facts": "{}", "outcome": Outcome.UNKNOWN, "due_at": now, "lease_until": None,
        }  # fmt: skip
        if money == "again":  # nothing is known about the new request, and it hasn't been sent
            changes |= {"ambiguous": False, "outcome": None, "submitted_at": None, "cancel_requested_at": None}
            changes |= {"resent": job.money.resent + 1, "earlier_micros": cost_of(job).counted_micros}
            changes["cost_micros"] = None
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
        job = await self._store.take_over(job_id, (State.DELIVERED, State.IMPORTED), now, self._lease_s, patient=True)
        if job is not None:
            await self._store.update(job, deleted_at=job.post.deleted_at or now, lease_until=None)

    async def restore_deleted(self, job_id: str) -> Job | None:
        """Post a video again whose message was just deleted. Return None if its minute is over."""
        now = self._clock.now()
        job = await self._store.take_over(job_id, (State.DELIVERED,), now, self._lease_s)
        if job is None:
            return None
        deleted_at = job.post.deleted_at
        if deleted_at is None or not 0.0 <= now - deleted_at <= UNDELETE_S:
            await self._store.update(job, lease_until=None)
            return None
        posting = await self._store.transition(
            job, State.DELIVERING, now=now, why="a person undid the deletion", due_at=now, lease_until=None,
            post_epoch=job.post.post_epoch + 1, post_first_at=None, post_last_at=None, result_message_id=None,
            delivered_at=None, deleted_at=None, shared_message_id=None, posted_with=job.id,
        )  # fmt: skip
        self._wake()
        return posting

    async def set_remixable(self, job: Job, *, no_remix: bool) -> bool:
        """Set or clear `not for remixing`, also if the job changes meanwhile. Return False if that takes too long."""
        for _again in range(UPDATE_TRIES):
            if await self._store.update(job, no_remix=no_remix) is not None:
                return True
            job = await self._store.job(job.id) or job
        return False

    async def retry_delivery(self, job_id: str) -> Job | None:
        """Post a kept video again. Return None if it's no longer kept."""
        now = self._clock.now()
        job = await self._store.take_over(job_id, (State.KEPT,), now, self._lease_s)
        if job is None:
            return None
        delivering = await self._store.transition(
            job, State.DELIVERING, now=now, why="a person asked to post it again", due_at=now, lease_until=None,
            post_epoch=job.post.post_epoch + 1, post_first_at=None, post_last_at=None, posted_with=job.id,
        )  # fmt: skip
        self._wake()
        return delivering

    async def resume_messages(self) -> None:
        """Continue the jobs that wait for Discord."""
        if await self._store.mark_messages_due(self._clock.now()):
            self._wake()

    async def retry_parked(self, guild_id: int) -> None:
        """Retry the posts that a server's permissions prevented. Source: reference/reliability.md 2.5."""
        if await self._store.mark_parked_due(guild_id, self._clock.now()):
            self._wake()
