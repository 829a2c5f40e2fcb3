"""Rows of requests for several takes."""

from dataclasses import replace

from bot.catalogue.model import Model, Price
from bot.catalogue.offers import Offers
from bot.jobs.bundle_errors import (
    SameModel,
    StillHidden,
    TakesOverBudget,
    TakesOverHostBudget,
    TakesOverMonth,
    TooManyTakes,
)
from bot.jobs.bundle_limits import rejection_for_takes
from bot.jobs.job import JobBundle, Kind
from bot.jobs.limits import Caps, HostBudget, UsageTotals
from bot.ordering.quote import Quote, Request, quote, rival_of
from tests.limits.service_harness import FakeAccount
from tests.reasons.row import Row, row
from tests.sample_job import JOB

PRICE = 100_000
MODEL = Model(key="fake", kind="fake", title="Fake", wire="fake", family="fake", price=Price(video_micros=PRICE))


def asked(caps: Caps, takes: int) -> object:
    return rejection_for_takes(caps, UsageTotals(), [PRICE] * takes, 1_800_000_000.0)


def caps_row(kind: type, caps: Caps) -> Row:
    """Return the row of a limit with room for two takes: three are asked for, and then two."""
    return row(kind, lambda _: asked(caps, 3), lambda _: asked(caps, 2))


def shown(hidden: bool) -> None:
    """Quote a remix of a take of a comparison."""
    bundle = JobBundle(bundle_id="b", bundle_size=2, compared=True, revealed_at=None if hidden else 1.0)
    source = replace(JOB, bundle=bundle)
    quote(Offers([MODEL], [FakeAccount()]), ("native",), Request(kind=Kind.REMIX, prompt="at night", source=source))


def compared(rival: str) -> Quote:
    """Compare a model with another."""
    offers = Offers([MODEL, replace(MODEL, key="other")], [FakeAccount()])
    first, second = (
        quote(offers, (), Request(kind=Kind.GENERATE, prompt="a boat", model=model)) for model in ("fake", rival)
    )
    return rival_of(first, second)


ROWS = [
    row(StillHidden, lambda _: shown(True), lambda _: shown(False)),
    row(SameModel, lambda _: compared("fake"), lambda _: compared("other")),
    caps_row(TooManyTakes, Caps(member_videos=2)),
    caps_row(TooManyTakes, Caps(server_videos=2)),
    caps_row(TakesOverBudget, Caps(server_day_micros=250_000)),
    caps_row(TakesOverMonth, Caps(server_month_micros=250_000)),
    caps_row(TakesOverHostBudget, Caps(host=HostBudget(day_micros=250_000))),
    caps_row(TakesOverHostBudget, Caps(host=HostBudget(month_micros=250_000))),
]
