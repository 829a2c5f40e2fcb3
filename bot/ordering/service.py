"""Takes orders: checks a request against the catalogue and makes the row that everything else hangs on."""

import contextlib
from dataclasses import replace

from bot.jobs.errors import DECIDABLE, BadWish
from bot.jobs.job import Job, JobChanges, JobMoney, RequestOrigin, State, new_code, new_job_id
from bot.jobs.limits import Caps, caps_for
from bot.jobs.server_settings import ServerSettings
from bot.ordering.quote import Quote, Request, quote
from bot.ports.job_store import Money
from bot.worker.context import JobContext, log

ANSWER_WITHIN_S = 20.0  # then the loop asks Discord what became of the answer


class JobService:
    """The front of the engine: what cogs call. Every method is quick and costs nothing."""

    def __init__(self, context: JobContext) -> None:
        self._context = context

    async def create(self, asked: RequestOrigin, request: Request) -> Job | None:
        """Check a request and write it down; None where this Discord event is an order already.

        Raises BadWish with the sentence to answer. The job waits for `accepted` before anything is spent.
        """
        rules = await self._rules(asked.guild_id)
        request = request.under(rules)
        job = self._job(asked, request, self.quote(request))
        taken = await self._context.store.insert(job, caps_for(rules, asked.role_ids, self._context.host_budget))
        if taken is not None:
            log.info("order", extra={"job": taken.code, "kind": taken.kind.value, "model": taken.model})
        return taken

    def _job(self, asked: RequestOrigin, request: Request, quote: Quote) -> Job:
        """The row of an order."""
        source, offer, choice = request.source, quote.step.offer, quote.choice
        now, job_id = self._context.clock.now(), new_job_id()
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

    async def _rules(self, guild_id: int) -> ServerSettings:
        if self._context.servers is None:
            return ServerSettings()
        rules = await self._context.servers.rules(guild_id)
        if rules.default_model is not None and self._context.offers.find(rules.default_model) is None:
            return replace(rules, default_model=None)  # the host has taken it out since
        return rules

    def quote(self, request: Request) -> Quote:
        """What a request would become and cost; nothing is written. Raises BadWish with the sentence to answer."""
        return quote(self._context.offers, self._context.remix_methods, request)

    async def check(self, guild_id: int, request: Request) -> None:
        """Whether this could be ordered on that server. Raises BadWish with the sentence to answer."""
        self.quote(request.under(await self._rules(guild_id)))

    async def alternatives(self, guild_id: int, request: Request, but: str) -> list[Quote]:
        """What else could make this, on a server: a quote for each other offer than the one of this key."""
        request = replace(request, aspect=None, seconds=None, resolution=None).under(await self._rules(guild_id))
        found: list[Quote] = []
        for offer in self._context.offers.enabled():
            with contextlib.suppress(BadWish):
                quote = self.quote(replace(request, model=offer.key))
                if quote.step.offer.key not in {but, *(each.step.offer.key for each in found)}:
                    found.append(quote)
        return found

    async def confirm(self, job: Job, status_message_id: int) -> Job | None:
        """Discord has our answer: the job may go on. None where the loop has decided meanwhile."""
        now = self._context.clock.now()
        return await self._context.store.transition(
            job, State.ACCEPTED, now=now, why="answered", status_message_id=status_message_id,
            interaction_token=None, due_at=now,
        )  # fmt: skip

    async def attach_late_status(self, job_id: str, status_message_id: int) -> None:
        """The answer reached Discord after its job was cancelled: the line still gets its last word."""
        context, now = self._context, self._context.clock.now()
        job = await context.store.take_over(job_id, (State.CANCELLED,), now, context.timing.lease_s)
        if job is not None:
            await context.store.update(
                job, status_message_id=job.post.status_message_id or status_message_id, due_at=now, lease_until=None
            )

    async def cancel(self, job_id: str, *, only_unsent: bool = False) -> Job | None:
        """Stop a job. Free before it was sent; afterwards the provider may still charge. None: too late."""
        context = self._context
        now = context.clock.now()
        unsent = (State.RECEIVED, State.ACCEPTED)
        sent = () if only_unsent else (State.SUBMIT_UNKNOWN, State.POLLING, State.DOWNLOADING)
        job = await context.store.take_over(job_id, (*unsent, *sent), now, context.timing.lease_s)
        if job is None:
            return None
        context.poll_queue.drop(job_id)
        money: Money = "release" if job.state in unsent and not job.task.ambiguous else "capture"
        return await context.store.transition(
            job, State.CANCELLED, now=now, why="cancelled", money=money, due_at=now, lease_until=None
        )

    async def resend(self, job_id: str) -> Job | None:
        """A person accepts that it may cost twice: back to the queue. None where that was decided already.

        What may have been charged counts, and the second request is reserved anew: raises BudgetSpent where that is
        more than there is.
        """
        return await self._decided(job_id, State.ACCEPTED, "a person sends it again", "again")

    async def give_up(self, job_id: str) -> Job | None:
        """A person lets an unknown outcome be; its price stays counted. None where that was decided already."""
        return await self._decided(job_id, State.CANCELLED, "a person gave up", "capture")

    async def _decided(self, job_id: str, to: State, why: str, money: Money) -> Job | None:
        context, now = self._context, self._context.clock.now()
        job = await context.store.take_over(job_id, (State.NEEDS_PERSON,), now, context.timing.lease_s)
        if job is None or job.trouble not in DECIDABLE:
            return None
        caps: Caps | None = None
        changes: JobChanges = {
            "trouble": None, "facts": "{}", "outcome": None, "due_at": now, "lease_until": None,
        }  # fmt: skip
        if money == "again":
            caps = await self._budgets(job.guild_id)
            changes |= {"resent": job.money.resent + 1, "ambiguous": False}
        try:
            return await context.store.transition(job, to, now=now, why=why, money=money, caps=caps, **changes)
        except BadWish:
            await context.store.update(job, lease_until=None)
            raise

    async def _budgets(self, guild_id: int) -> Caps:
        """What holds where no further video is asked for, but more money."""
        caps = caps_for(await self._rules(guild_id), (), self._context.host_budget)
        return replace(caps, member_videos=None, server_videos=None)

    async def record_deletion(self, job_id: str) -> None:
        """The result message is gone; the row stays, so that lineage and limits stay true."""
        context, now = self._context, self._context.clock.now()
        job = await context.store.take_over(job_id, (State.DELIVERED,), now, context.timing.lease_s)
        if job is not None:
            await context.store.update(job, deleted_at=job.post.deleted_at or now, lease_until=None)

    async def set_remixable(self, job: Job, *, no_remix: bool) -> bool:
        """Set or take away `not for remixing`. False where the job moved meanwhile."""
        return await self._context.store.update(job, no_remix=no_remix) is not None

    async def retry_delivery(self, job_id: str) -> Job | None:
        """Try once more to post a video that is kept. None where it is not kept any more."""
        context, now = self._context, self._context.clock.now()
        job = await context.store.take_over(job_id, (State.KEPT,), now, context.timing.lease_s)
        if job is None:
            return None
        return await context.store.transition(
            job, State.DELIVERING, now=now, why="a person asked to post it again", due_at=now, lease_until=None,
            post_epoch=job.post.post_epoch + 1, post_first_at=None, post_last_at=None,
        )  # fmt: skip
