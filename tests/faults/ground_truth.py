"""The true state at the provider and in Discord, which the bot can't see. The invariants compare against it."""

from dataclasses import dataclass, field

NONCE_LIFETIME_S = 300.0
TOKEN_LIFE_S = 900.0  # of an interaction: its answer can be looked up until then
MAX_CHECK_AGE_S = 1.0  # between a check and the cancellation that follows it
REPORTED_MICROS = (None, 100_000, 40_000, 0, 250_000, -1, 100_000_000)  # the last two can't be right


@dataclass(kw_only=True)
class ChargedTask:
    """A task that the provider accepted and charged."""

    task_id: str
    job_id: str
    ref: str
    at: float
    done_at: float
    fails: bool = False
    refunded: bool = False
    cancelled: bool = False
    deleted: bool = False
    cost_micros: int | None = None  # what the provider reports once it has ended


@dataclass(kw_only=True)
class PostedMessage:
    """A message of the bot. `job_ids`: the jobs whose clips it has, or the one that it's about."""

    message_id: int
    job_ids: tuple[str, ...]
    at: float
    has_clip: bool
    deleted: bool = False


@dataclass
class ProviderLedger:
    """Every paid request that arrived at the provider."""

    tasks: dict[str, ChargedTask] = field(default_factory=dict)
    by_ref: dict[str, list[str]] = field(default_factory=dict)
    cancellations: list[str] = field(default_factory=list)  # ids of the tasks
    blind_cancellations: int = 0  # of a task that had ended before the last check could be sent

    def receive(self, *, job_id: str, ref: str, at: float, render_s: float, fails: bool, by_key: bool) -> ChargedTask:
        """Record a paid request and return its task. A repeated idempotency key returns the existing task."""
        if by_key and ref in self.by_ref:
            return self.tasks[self.by_ref[ref][0]]
        number = len(self.tasks)
        task = ChargedTask(
            task_id=f"task-{number}",
            job_id=job_id,
            ref=ref,
            at=at,
            done_at=at + render_s,
            fails=fails,
            cost_micros=REPORTED_MICROS[number % len(REPORTED_MICROS)],
        )
        self.tasks[task.task_id] = task
        self.by_ref.setdefault(ref, []).append(task.task_id)
        return task

    def cancel(self, task: ChargedTask, at: float, *, free: bool) -> None:
        """Stop a running task, or delete one that has ended."""
        self.cancellations.append(task.task_id)
        if at < task.done_at:
            task.cancelled, task.refunded, task.done_at = True, free, at
            return
        self.blind_cancellations += at - task.done_at > MAX_CHECK_AGE_S
        task.deleted = True

    def charges(self, job_id: str) -> int:
        return sum(task.job_id == job_id and not task.refunded for task in self.tasks.values())

    def charges_by_job(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for task in self.tasks.values():
            found[task.job_id] = found.get(task.job_id, 0) + (not task.refunded)
        return found


@dataclass
class DiscordChannel:
    """The messages of a channel and the nonces that Discord remembers."""

    messages: dict[int, PostedMessage] = field(default_factory=dict)
    nonces: dict[str, PostedMessage] = field(default_factory=dict)
    responses: dict[str, int] = field(default_factory=dict)  # job id -> message id of the private interaction response
    statuses: dict[str, list[int]] = field(default_factory=dict)  # job id -> message ids of its status messages
    apologies: set[str] = field(default_factory=set)  # ids of the jobs that the channel was told were never started

    def post(self, *, job_ids: tuple[str, ...], nonce: str, at: float) -> PostedMessage:
        """Record posted clips. A nonce repeated within its lifetime returns the existing message."""
        known = self.nonces.get(nonce)
        if known is not None and at - known.at < NONCE_LIFETIME_S:
            return known
        message = self._new(job_ids, at, has_clip=True)
        self.nonces[nonce] = message
        return message

    def respond(self, job_id: str, at: float) -> int:
        if job_id not in self.responses:
            self.responses[job_id] = self._new((job_id,), at, has_clip=False).message_id
        return self.responses[job_id]

    def response(self, job_id: str, at: float) -> int | None:
        """Return the private response to a job's command, if its token still works and Discord has it."""
        message_id = self.responses.get(job_id)
        works = message_id is not None and at - self.messages[message_id].at < TOKEN_LIFE_S
        return message_id if works else None

    def post_status(self, job_id: str, at: float) -> int:
        """Record a status message. Its nonce repeated within its lifetime returns the existing message."""
        known = self.nonces.get(f"{job_id}s0")
        if known is None or at - known.at >= NONCE_LIFETIME_S:
            known = self.nonces[f"{job_id}s0"] = self._new((job_id,), at, has_clip=False)
            self.statuses.setdefault(job_id, []).append(known.message_id)
        return known.message_id

    def _new(self, job_ids: tuple[str, ...], at: float, *, has_clip: bool) -> PostedMessage:
        message = PostedMessage(message_id=len(self.messages) + 1, job_ids=job_ids, at=at, has_clip=has_clip)
        self.messages[message.message_id] = message
        return message

    def clips(self, job_id: str) -> list[PostedMessage]:
        return [message for message in self.messages.values() if job_id in message.job_ids and message.has_clip]
