"""/usage and `python -m bot usage`: both equal the ledger to the cent."""

import csv
import io
import re
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from bot.catalogue.offers import Offers
from bot.chat.views.usage_report import table
from bot.cli.usage import cli, usage_lines
from bot.jobs.limits import date_of, day_of
from bot.ports.repositories import UsageRow
from bot.sandbox.discord import Interaction, LocalMessage
from tests.harness import open_harness
from tests.limits.helpers import LIGHTHOUSE, add_manager, database_of, set_server_settings
from tests.limits.service_harness import NOON, open_service_harness
from tests.stores import location_in


async def open_usage(interaction: Interaction) -> LocalMessage:
    answer = await interaction.answer(10)
    assert isinstance(answer, LocalMessage)
    return answer


async def test_members_see_their_own_usage_only(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await set_server_settings(harness, videos_per_member=5)
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        await harness.wait_for_clip(LIGHTHOUSE)
        await harness.bob.slash(harness.channel, "generate", prompt="a boat")
        await harness.wait_for_clip("a boat")
        answer = await open_usage(await harness.alice.slash(harness.channel, "usage"))
        assert answer.ephemeral_to == harness.alice.id
        assert answer.content.splitlines()[0] == "**You** · today 1 of 5 videos, $0.10"
        assert "The last 30 days: 1 video, $0.10" in answer.content
        assert "This server" not in answer.content
        assert answer.attachments == []


async def test_managers_see_the_servers_usage_with_a_chart_and_a_csv_file(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await set_server_settings(harness, budget_day_micros=1_000_000)
        maud = add_manager(harness)
        for member, prompt in ((harness.alice, "one"), (harness.bob, "two"), (harness.alice, "[refuse] three")):
            await member.slash(harness.channel, "generate", prompt=f"boat {prompt}")
        await harness.wait_until(lambda: len(harness.clips) == 2 or None)
        await harness.wait_for_message("The provider rejected this prompt (safety).")
        answer = await open_usage(await maud.slash(harness.channel, "usage", days=7))
        assert "**This server** · today 2 videos, $0.20 of $1.00 · this month $0.20" in answer.content
        chart, sheet = answer.attachments
        with Image.open(io.BytesIO(chart.data)) as picture:
            assert picture.width > 500
        rows = list(csv.DictReader(io.StringIO(sheet.data.decode("utf-8-sig"))))
        assert {row["member"] for row in rows} == {"alice", "bob"} | ({"alice"} if len(rows) == 3 else set())
        assert round(sum(float(row["usd"]) for row in rows) * 1_000_000) == 200_000
        report = usage_lines(location_in(harness.data), harness.app._clock.now() if harness.app else 0.0, 7)
        assert report[-1] == "total $0.20"
        ledger = await database_of(harness).run(
            "SELECT sum(CASE 'free' WHEN debit THEN micros WHEN credit THEN -micros ELSE 0 END) FROM ledger"
        )
        assert ledger[0][0] == 200_000


async def test_the_hosts_report_equals_the_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_service_harness(tmp_path, price=33_333) as harness:
        for n in range(30):
            harness.clock.current = NOON - 86_400.0 * (n % 5)
            job = await harness.create_job(1 + n % 3, 1 + n % 2)
            if n % 4 == 0:
                await harness.finish_job(job, money="release")
            elif n % 4 == 1:
                await harness.finish_job(job, money="capture")
        exact = await harness.ledger_total()
        report = usage_lines(location_in(tmp_path), NOON, 31)
        assert report[-1] == f"total ${exact / 1_000_000}"
        for name in ("server", "model", "day"):
            sums = [line.rsplit("$", 1)[1] for line in report if line.startswith(f"{name} ")]
            assert round(sum(float(amount) for amount in sums) * 1_000_000) == exact
        used = await harness.repositories.usage.totals(1, 1, NOON)
        assert used.host_month_micros == exact
    monkeypatch.setenv("RETAKE_DATA", str(tmp_path))
    monkeypatch.setenv("RETAKE_DATABASE_URL", location_in(tmp_path).database_url)
    printed = CliRunner().invoke(cli, ["--days", "3650"])
    assert printed.exit_code == 0
    assert re.search(r"^total \$[\d.,]+$", printed.output, re.MULTILINE)
    monkeypatch.setenv("RETAKE_DATA", str(tmp_path / "nowhere"))
    monkeypatch.delenv("RETAKE_DATABASE_URL")
    assert CliRunner().invoke(cli).exit_code == 1


def test_a_name_in_the_csv_file_is_never_a_formula() -> None:
    spent = [UsageRow(day=date_of(day_of(NOON)), user_id=7, model="m", account="a", videos=1, micros=2_500)]
    text = table(spent, {7: '=HYPERLINK("x")'}, Offers((), ()))
    row = list(csv.reader(io.StringIO(text)))[1]
    assert row == ["2026-11-21", "7", '\'=HYPERLINK("x")', "m", "a", "1", "0.0025", "0.00", "0.0025"]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("＝1", "'＝1"),
        ("bob;=1+1", "bob;'=1+1"), ("bob; \"=1", "bob;' \"=1"), (";;@x;-y", ";;'@x;'-y"), (" =1", "'=1"),
        ("\t=1", "'=1"), ("\r=1", "'=1"), ("\"=1", "'\"=1"), ("a-b = c", "a-b = c"), ("\u200b=1", "'=1"),
        ("\u202ebob", "bob"), ("\u200b", "7"),
    ],
)  # fmt: skip
def test_no_name_is_a_formula_in_a_spreadsheet(name: str, cell: str) -> None:
    spent = [UsageRow(day=date_of(day_of(NOON)), user_id=7, model="m", account="a", videos=1, micros=2_500)]
    rows = list(csv.reader(io.StringIO(table(spent, {7: name}, Offers((), ())))))
    assert rows[1][2] == cell
    assert len(rows) == 2


def test_titles_and_accounts_are_no_formulas_either() -> None:
    spent = [UsageRow(day=date_of(day_of(NOON)), user_id=7, model="=m", account="\t@a", videos=1, micros=2_500)]
    row = list(csv.reader(io.StringIO(table(spent, {7: "bob"}, Offers((), ())))))[1]
    assert row[3:5] == ["'=m", "'\t@a"]
