"""What a job cost is said in one way everywhere, and equals the ledger and the provider's books."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.text import job_text, list_text
from bot.chat.text.cost_text import cost_sentence, cost_words
from bot.jobs.cost import Charge, cost_of, is_plausible
from bot.jobs.job import Job, JobMoney, JobTask, Outcome, State
from bot.jobs.limits import Caps, UsageTotals, rejection_for
from bot.jobs.status import Cancelled
from tests.harness import open_harness
from tests.limits.helpers import set_server_settings
from tests.sample_job import JOB

SENT = JobTask(submitted_at=101.0)
HELD = "It may have been charged; I counted $0.10."
CASES: list[tuple[State, dict[str, object], Charge, str, str]] = [
    (State.RECEIVED, {}, Charge.EXPECTED, "≈ $0.10", "≈ $0.10"),
    (State.ACCEPTED, {}, Charge.EXPECTED, "≈ $0.10", "≈ $0.10"),
    (State.POLLING, {"task": SENT}, Charge.EXPECTED, "≈ $0.10", "≈ $0.10"),
    (State.DELIVERED, {"outcome": Outcome.SUCCEEDED}, Charge.CHARGED, "≈ $0.10", "≈ $0.10"),
    (State.KEPT, {"outcome": Outcome.SUCCEEDED}, Charge.CHARGED, "≈ $0.10", "≈ $0.10"),
    (State.REJECTED, {"trouble": "PolicyRefused"}, Charge.NONE, "Not charged.", "not charged"),
    (State.ABANDONED, {}, Charge.NONE, "Not charged.", "not charged"),
    (State.FAILED, {"trouble": "RenderFailed"}, Charge.POSSIBLE, HELD, "may have been charged; counted $0.10"),
    (State.FAILED, {"trouble": "Withheld"}, Charge.POSSIBLE, HELD, "may have been charged; counted $0.10"),
    (State.FAILED, {"trouble": "PolicyStopped"}, Charge.POSSIBLE, HELD, "may have been charged; counted $0.10"),
    (State.FAILED, {"trouble": "RenderFailedFree"}, Charge.NONE, "Not charged.", "not charged"),
    (State.NEEDS_PERSON, {"trouble": "TooSlow"}, Charge.POSSIBLE, HELD, "may have been charged; counted $0.10"),
    (State.CANCELLED, {}, Charge.NONE, "Not charged.", "not charged"),
    (State.CANCELLED, {"task": SENT}, Charge.POSSIBLE, HELD, "may have been charged; counted $0.10"),
    (State.CANCELLED, {"task": JobTask(ambiguous=True)}, Charge.POSSIBLE, HELD, "may have been charged; counted $0.10"),
    (State.CANCELLED, {"outcome": Outcome.UNKNOWN}, Charge.POSSIBLE, HELD, "may have been charged; counted $0.10"),
    (State.CANCELLED, {"outcome": Outcome.FAILED, "task": SENT}, Charge.NONE, "Not charged.", "not charged"),
]


@pytest.mark.parametrize(("state", "changes", "charge", "sentence", "words"), CASES)
def test_every_text_says_the_same_about_a_jobs_cost(
    state: State, changes: dict[str, object], charge: Charge, sentence: str, words: str
) -> None:
    job: Job = replace(JOB, state=state, **{"task": JobTask(), **changes})  # type: ignore[arg-type]
    assert (cost_of(job).charge, cost_sentence(job), cost_words(job)) == (charge, sentence, words)
    listed = list_text.own_jobs([job], ["Grok 3"], 0, 1)
    shown = list_text.details(job, "Grok 3", None)
    assert words in listed
    assert words in shown
    assert ("≈ $0.10" in listed, "≈ $0.10" in shown) == (words.startswith("≈"),) * 2


@pytest.mark.parametrize(
    ("trouble", "state", "sentence"),
    [
        ("PolicyRefused", State.REJECTED, "The earlier request may have been charged; I counted $0.20 for it."),
        ("RenderFailed", State.FAILED, "Every request may have been charged; I counted $0.30 in total."),
    ],
)
def test_the_requests_before_a_resend_count_too(trouble: str, state: State, sentence: str) -> None:
    job = replace(
        JOB, state=state, trouble=trouble, money=JobMoney(price_micros=100_000, resent=2, earlier_micros=200_000)
    )
    assert cost_sentence(job) == sentence


REPORTED = JobMoney(price_micros=100_000, cost_micros=123_400)


@pytest.mark.parametrize(
    ("state", "trouble", "money", "sentence", "words"),
    [
        (State.DELIVERED, None, REPORTED, "The provider charged $0.123.", "$0.123"),
        (State.FAILED, "RenderFailed", REPORTED, "The provider charged $0.123.", "$0.123"),
        (State.NEEDS_PERSON, "ClipUnusable", REPORTED, "The provider charged $0.123.", "$0.123"),
        (State.CANCELLED, None, REPORTED, "The provider charged $0.123.", "$0.123"),
        (State.DELIVERED, None, replace(REPORTED, cost_micros=0), "The provider charged $0.00.", "$0.00"),
        (
            State.FAILED,
            "RenderFailed",
            replace(REPORTED, resent=1, earlier_micros=100_000),
            "The provider charged $0.123. The earlier request may have been charged; I counted $0.10 for it.",
            "≈ $0.223",
        ),
    ],
)
def test_a_reported_cost_is_told_as_certain(
    state: State, trouble: str | None, money: JobMoney, sentence: str, words: str
) -> None:
    job = replace(JOB, state=state, trouble=trouble, money=money, task=SENT)
    assert (cost_sentence(job), cost_words(job)) == (sentence, words)
    assert job_text.result_text(job, "Grok 3", None).splitlines()[1].count("≈") == words.count("≈")


@pytest.mark.parametrize(
    ("reported", "price", "plausible"),
    [
        (0, 100_000, True),
        (100_000, 100_000, True),
        (10_000_000, 100_000, True),
        (10_000_001, 100_000, False),
        (-1, 100_000, False),
        (math.nan, 100_000, False),
        (math.inf, 100_000, False),
        (10**320, 100_000, False),  # too large for a float
        (100_000, 0, True),
        (10_000_001, 0, False),
        (100_000_000, 1_000_000, True),
    ],
)
def test_a_cost_that_cannot_be_right_is_not_plausible(reported: float, price: int, plausible: bool) -> None:
    assert is_plausible(reported, price) is plausible


def test_giving_up_does_not_say_that_the_provider_had_the_request() -> None:
    given_up = replace(JOB, state=State.CANCELLED, outcome=Outcome.UNKNOWN, task=JobTask(ambiguous=True))
    assert job_text.status_text(given_up, "Grok 3", Cancelled(given_up=True)).splitlines()[0] == f"Given up. {HELD}"
    lost = replace(given_up, outcome=None)
    assert job_text.status_text(lost, "Grok 3", Cancelled()).splitlines()[0] == f"Cancelled. {HELD}"
    late = replace(JOB, state=State.CANCELLED, task=SENT)
    accepted = "Cancelled. The provider had already accepted this request."
    assert job_text.status_text(late, "Grok 3", Cancelled(accepted=True)).splitlines()[0] == f"{accepted} {HELD}"


def test_a_lowered_limit_is_not_told_as_more_than_all() -> None:
    used = UsageTotals(member_videos=17, server_videos=30)
    of_member = rejection_for(Caps(member_videos=7), used, 1, 0.0)
    of_server = rejection_for(Caps(server_videos=20), used, 1, 0.0)
    assert of_member is not None
    assert of_server is not None
    assert of_member.sentence().startswith("You have made 17 videos today, and the limit is 7.")
    assert of_server.sentence().startswith("This server has made 30 videos today, and its limit is 20.")
    full = rejection_for(Caps(member_videos=17), used, 1, 0.0)
    assert full is not None
    assert full.sentence().startswith("You have used 17 of 17 videos today.")


async def test_withheld_videos_count_toward_the_budget(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        assert harness.database is not None
        await set_server_settings(harness, budget_day_micros=150_000)
        for number in range(4):
            await harness.bob.slash(harness.channel, "generate", prompt=f"[withhold] a heron {number}", seconds=10)
            if number == 0:
                told = "It was rendered and then withheld (moderation). It may have been charged; I counted $0.10."
                await harness.wait_for_message(told)
        await harness.wait_until(
            lambda: sum("only $0.05 of this server" in m.content for m in harness.discord.all_messages) == 3 or None
        )
        spent = await harness.database.run("SELECT sum(micros) FROM day_use")
        assert spent[0][0] == round(sum(charge.usd for charge in harness.provider.charges) * 1e6) == 100_000
