"""Limits and budgets as pure functions: what they reject, with which message, on both sides of a day and a month."""

import json
from datetime import UTC, datetime

import pytest

from bot.jobs.errors import BadWish
from bot.jobs.limits import Caps, HostBudget, UsageTotals, budget_warnings, caps_for, day_of, month_days, rejection_for
from bot.jobs.money import amount_field, exact_dollars, parse_dollars
from bot.jobs.server_settings import ReplyMode, ServerSettings, changed_fields, settings_from_dict, settings_to_dict


def timestamp(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


NOON = timestamp("2026-11-21T12:00:00")
MIDNIGHT = int(timestamp("2026-11-22T00:00:00"))
DECEMBER = int(timestamp("2026-12-01T00:00:00"))
CENT = 10_000


@pytest.mark.parametrize(
    ("caps", "used", "sentence"),
    [
        (
            Caps(member_videos=5),
            UsageTotals(member_videos=5),
            f"You have used 5 of 5 videos today. You can request the next one <t:{MIDNIGHT}:R>.",
        ),
        (
            Caps(server_videos=20),
            UsageTotals(server_videos=21),
            "This server has made 21 videos today, and its limit is 20. "
            f"The next one can be requested <t:{MIDNIGHT}:R>.",
        ),
        (
            Caps(server_day_micros=10_000_000),
            UsageTotals(server_day_micros=10_000_000),
            f"This server's video budget for today ($10.00) is spent. It resets <t:{MIDNIGHT}:R>.",
        ),
        (
            Caps(server_day_micros=10_000_000),
            UsageTotals(server_day_micros=9_950_000),
            "This video costs ≈ $0.10, but only $0.05 of this server's $10.00 budget for today is left. "
            f"It resets <t:{MIDNIGHT}:R>.",
        ),
        (
            Caps(server_month_micros=10_000_000),
            UsageTotals(server_month_micros=10_000_000),
            f"This server's video budget for this month ($10.00) is spent. It resets <t:{DECEMBER}:R>.",
        ),
        (
            Caps(server_month_micros=10_000_000),
            UsageTotals(server_month_micros=9_990_000),
            "This video costs ≈ $0.10, but only $0.01 of this server's $10.00 budget for this month is left. "
            f"It resets <t:{DECEMBER}:R>.",
        ),
        (
            Caps(host=HostBudget(day_micros=100)),
            UsageTotals(),
            "This video costs ≈ $0.10, more than is left of this bot's video budget for today. "
            f"It resets <t:{MIDNIGHT}:R>.",
        ),
        (
            Caps(host=HostBudget(month_micros=0)),
            UsageTotals(),
            "This video costs ≈ $0.10, more than is left of this bot's video budget for this month. "
            f"It resets <t:{DECEMBER}:R>.",
        ),
    ],
)
def test_a_limit_states_the_usage_and_the_time_of_the_reset(caps: Caps, used: UsageTotals, sentence: str) -> None:
    error = rejection_for(caps, used, 10 * CENT, NOON)
    assert isinstance(error, BadWish)
    assert error.sentence() == sentence


@pytest.mark.parametrize(
    ("caps", "used"),
    [
        (Caps(), UsageTotals(member_videos=10**6, server_day_micros=10**12, host_month_micros=10**12)),
        (Caps(member_videos=5), UsageTotals(member_videos=4)),
        (Caps(server_day_micros=10 * CENT), UsageTotals()),
        (Caps(server_day_micros=30 * CENT), UsageTotals(server_day_micros=20 * CENT)),
    ],
)
def test_the_last_cent_can_be_spent(caps: Caps, used: UsageTotals) -> None:
    assert rejection_for(caps, used, 10 * CENT, NOON) is None


def test_a_day_and_a_month_end_at_midnight_utc() -> None:
    last, first = timestamp("2026-11-30T23:59:59"), timestamp("2026-12-01T00:00:00")
    assert day_of(first) == day_of(last) + 1
    assert month_days(last)[1] == month_days(first)[0] == day_of(first)
    assert month_days(timestamp("2026-12-31T23:59:59"))[1] == day_of(timestamp("2027-01-01T00:00:00"))
    assert month_days(timestamp("2028-02-29T12:00:00")) == (
        day_of(timestamp("2028-02-01T00:00:00")),
        day_of(timestamp("2028-03-01T00:00")),
    )


def test_a_role_limit_replaces_the_member_limit_and_the_highest_wins() -> None:
    rules = ServerSettings(videos_per_member=3, videos_per_role=((1, 10), (2, 1), (3, 20)))
    assert caps_for(rules, (), HostBudget()).member_videos == 3
    assert caps_for(rules, (2,), HostBudget()).member_videos == 1
    assert caps_for(rules, (1, 2), HostBudget()).member_videos == 10


def test_a_budget_warning_at_80_percent_names_its_period() -> None:
    caps = Caps(server_day_micros=100, server_month_micros=1000, host=HostBudget(day_micros=100))
    assert budget_warnings(caps, UsageTotals(server_day_micros=79, host_day_micros=79), 7, NOON) == []
    near = budget_warnings(caps, UsageTotals(server_day_micros=80, host_day_micros=100), 7, NOON)
    assert [(warning.host, warning.month, warning.used_micros) for warning in near] == [
        (False, False, 80),
        (True, False, 100),
    ]
    tomorrow = budget_warnings(caps, UsageTotals(server_day_micros=80), 7, NOON + 86_400)
    assert tomorrow[0].key != near[0].key


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("10", 10_000_000),
        ("$2.50", 2_500_000),
        ("0,07", 70_000),
        (".5", 500_000),
        ("0", 0),
        ("1.234567", 1_234_567),
        ("1,000.00", 1_000_000_000),
        ("1.000,50", 1_000_500_000),
        ("1 000", 1_000_000_000),
        ("1,234,567", 1_234_567_000_000),
        ("0.125", 125_000),
        ("1.2340", 1_234_000),
    ],
)
def test_an_amount_is_parsed_in_common_notations(text: str, micros: int) -> None:
    assert parse_dollars(text) == micros


@pytest.mark.parametrize(
    "text", ["", "$", "ten", "-1", "1e9", "1.2.3", "99999999", "0.0000001", "١", "1,000", "1.000", "12,500", "1,00,0"]
)
def test_text_that_is_not_an_amount_is_rejected(text: str) -> None:
    assert parse_dollars(text) is None


@pytest.mark.parametrize(
    ("micros", "text"),
    [(100_000, "$0.10"), (2_500, "$0.0025"), (12_345_678_900, "$12,345.6789"), (0, "$0.00"), (-100_000, "-$0.10")],
)
def test_an_amount_is_formatted_without_loss(micros: int, text: str) -> None:
    assert exact_dollars(micros) == text


def test_server_settings_survive_json_and_ignore_unknown_fields() -> None:
    rules = ServerSettings(
        reply_mode=ReplyMode.OFF, channels=(1, 2), videos_per_role=((3, 4),), words=("gun*",), jobs_per_member=None
    )

    plain = json.loads(json.dumps(settings_to_dict(rules)))
    assert settings_from_dict(plain | {"from_the_future": 1}) == rules
    assert settings_to_dict(ServerSettings()) == {}
    assert changed_fields(ServerSettings(), rules)["channels"] == ((), (1, 2))


@pytest.mark.parametrize("micros", [0, 100, 2_500_000, 1_234_000, 125_000, 1_000_000_000, 1_234_567, 7_000_000_000_000])
def test_an_amount_in_a_form_is_read_as_it_was(micros: int) -> None:
    assert parse_dollars(amount_field(micros)) == micros
