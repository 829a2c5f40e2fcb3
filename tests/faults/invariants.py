"""Compare the provider's ledger, the channel and the database, and count violations. Source: reliability.md 4."""

from dataclasses import dataclass, field

from bot.jobs.cost import cost_of
from bot.jobs.job import TRANSITIONS, Job, State
from bot.store.group_commit import Row
from tests.faults.process_runs import FaultEnvironment

GIVEN_UP_STATES = frozenset({State.REJECTED, State.FAILED, State.ABANDONED})


@dataclass
class Tally:
    """Counts of the five safety violations, and other errors."""

    jobs: int = 0
    kills: int = 0
    server_crashes: int = 0  # of PostgreSQL
    stops: int = 0  # SIGSTOP
    partitions: int = 0  # of workers from PostgreSQL
    wrong_clocks: int = 0
    promotions: int = 0  # of a standby without the last commits
    jobs_per_s: float = 0.0
    lost: int = 0
    charged_twice: int = 0
    doubled: int = 0
    false_delivered: int = 0
    charged_but_refunded: int = 0
    errors: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)

    def __add__(self, other: "Tally") -> "Tally":
        total = Tally(errors=self.errors + other.errors)
        for name in ("jobs", *FAULTS, *VIOLATIONS):
            setattr(total, name, getattr(self, name) + getattr(other, name))
        for state in self.states.keys() | other.states.keys():
            total.states[state] = self.states.get(state, 0) + other.states.get(state, 0)
        return total

    @property
    def clean(self) -> bool:
        return not self.errors and not any(getattr(self, name) for name in VIOLATIONS)

    def summary(self, seed: int) -> str:
        faults = "".join(f"{name}={count} " for name in FAULTS if (count := getattr(self, name)) or name == "kills")
        ends = f"needs_person={self.states.get(State.NEEDS_PERSON.value, 0)}"
        zeros = " ".join(f"{name}={getattr(self, name)}" for name in VIOLATIONS)
        speed = f" jobs_per_s={self.jobs_per_s:.1f}" if self.jobs_per_s else ""
        return f"faults: jobs={self.jobs} {faults}{ends} {zeros}{speed} seed={seed}"


FAULTS = ("kills", "server_crashes", "stops", "partitions", "wrong_clocks", "promotions")
VIOLATIONS = ("lost", "charged_twice", "doubled", "false_delivered", "charged_but_refunded")


async def check_invariants(environment: FaultEnvironment) -> Tally:
    """Check every stored job."""
    tally = Tally(kills=environment.kills, server_crashes=environment.server_crashes)
    rows = await environment.database.run("SELECT id, bundle_id, bundle_place FROM job")
    leads = {row["bundle_id"]: row["id"] for row in rows if row["bundle_id"] is not None and row["bundle_place"] == 1}
    ledger = await _rows_by_job(environment, "SELECT * FROM ledger ORDER BY rowid")
    events = await _rows_by_job(environment, "SELECT * FROM event ORDER BY job_id, seq")
    charges = environment.provider_ledger.charges_by_job()
    clips: dict[str, list[bool]] = {}
    for message in environment.channel.messages.values():
        for job_id in message.job_ids if message.has_clip else ():
            clips.setdefault(job_id, []).append(message.deleted)
    for row in rows:
        job = await environment.store().job(row["id"])
        if job is None:
            continue
        tally.jobs += 1
        tally.states[job.state.value] = tally.states.get(job.state.value, 0) + 1
        posted = clips.get(job.id, [])
        tally.doubled += posted.count(False) > 1 or len(environment.channel.statuses.get(job.id, [])) > 1
        tally.false_delivered += job.state is State.DELIVERED and not posted
        tally.charged_twice += max(0, charges.get(job.id, 0) - 1 - environment.accepted_resends.get(job.id, 0))
        tally.charged_but_refunded += _released_too_much(ledger.get(job.id, []), charges.get(job.id, 0))
        tally.lost += _is_lost(job, leads.get(job.bundle.bundle_id or "", job.id), environment, charges.get(job.id, 0))
        tally.errors += _cancellation_errors(job, posted)
        tally.errors += _ledger_and_state_errors(job, ledger.get(job.id, []), events.get(job.id, []))
    tally.errors += [
        f"{job_id} was charged without an intent" for job_id in _charged_without_intent(environment, events)
    ]
    if blind := environment.provider_ledger.blind_cancellations:
        tally.errors.append(f"{blind} cancellations without a check")
    return tally


async def _rows_by_job(environment: FaultEnvironment, sql: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in await environment.database.run(sql):
        found.setdefault(row["job_id"], []).append(row)
    return found


def _released_too_much(ledger: list[Row], charges: int) -> bool:
    """Return whether a charged amount was released."""
    kinds = [row["kind"] for row in ledger]
    return "release" in kinds and charges > kinds.count("reserve") - kinds.count("release")


def _is_lost(job: Job, answered_id: str, environment: FaultEnvironment, charges: int) -> bool:
    """Return whether a confirmed job never ended, or a paid video is never looked for again.

    `answered_id`: the job that has the answer to the command, which is the first of its takes.
    """
    answered = answered_id in environment.channel.responses
    if answered and not job.ended:
        return True
    if answered and job.state is State.ABANDONED:
        # Nobody can know of an answer whose token has expired before it was stored: the member is told.
        return answered_id not in environment.channel.apologies
    # Resending a job gives up the result of its first request.
    return charges > environment.accepted_resends.get(job.id, 0) and job.state in GIVEN_UP_STATES


def _cancellation_errors(job: Job, posted: list[bool]) -> list[str]:
    """A job that was cancelled while it rendered ends as cancelled, and its clip isn't posted."""
    if job.cancel_requested_at is None or (job.state is State.CANCELLED and not posted):
        return []
    return [f"{job.code}: it was cancelled, is {job.state.value} and has {len(posted)} clips"]


def _ledger_and_state_errors(job: Job, ledger: list[Row], events: list[Row]) -> list[str]:
    """Check invariants I5 and I9."""
    wrong: list[str] = []
    states = [None, *(State(row["to_state"]) for row in events)]
    for row, before in zip(events, states, strict=False):
        after = State(row["to_state"])
        if row["from_state"] != (before.value if before else None) or (before and after not in TRANSITIONS[before]):
            wrong.append(f"{job.code}: {row['from_state']} -> {after.value} follows {before}")
    accounts: dict[str, int] = {}
    for row in ledger:
        accounts[row["debit"]] = accounts.get(row["debit"], 0) - row["micros"]
        accounts[row["credit"]] = accounts.get(row["credit"], 0) + row["micros"]
    context = {name: accounts.get(name, 0) for name in ("spent", "held", "reserved")}
    released = sum(row["micros"] for row in ledger if row["kind"] == "release")
    reserved = sum(row["micros"] for row in ledger if row["kind"] == "reserve")
    adjusted = sum(
        row["micros"] if row["debit"] == "free" else -row["micros"] for row in ledger if row["kind"] == "adjust"
    )
    if sum(context.values()) + released != reserved + adjusted or min(context.values()) < 0:
        wrong.append(f"{job.code}: {reserved} reserved and {adjusted} adjusted became {context}, {released} released")
    counted = cost_of(job).counted_micros
    if counted != sum(context.values()):
        wrong.append(f"{job.code}: {job.state.value} is told as {counted} counted, the ledger has {context}")
    if job.ended and context["reserved"]:
        wrong.append(f"{job.code}: ended as {job.state.value} with reserved money")
    return wrong


def _charged_without_intent(environment: FaultEnvironment, events: dict[str, list[Row]]) -> list[str]:
    """Check invariant I6: no more paid requests than stored intents."""
    paid: dict[str, int] = {}
    for task in environment.provider_ledger.tasks.values():
        paid[task.job_id] = paid.get(task.job_id, 0) + 1
    intents = {job_id: sum(row["to_state"] == "submitting" for row in rows) for job_id, rows in events.items()}
    return [job_id for job_id, count in paid.items() if count > intents.get(job_id, 0)]
