"""Refusals that only the host can end: the host is told why, once an hour, and the member reads whether that's so."""

import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal, cast

import discord
import pytest

from bot.chat.delivery.host_alarm import alarm_text
from bot.jobs.provider_errors import KeyRefused, PolicyRefused, ProviderError, Refused, SourceGone
from bot.jobs.provider_reason import clean_reason
from bot.ports.host_alarm import HostAlert
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalOpenAIVideos, LocalRunway
from bot.sandbox.providers.server import LocalProvider
from bot.worker.host_alarm import is_for_host
from tests.catalogue.bill_worlds import SORA
from tests.harness import BotHarness, open_harness

FOX = "a fox of folded paper"
TOLD, NOT_TOLD = "The host has been told.", "Ask this bot's host."
CREATE = "POST */videos/generations"


@contextlib.asynccontextmanager
async def open_world(data: Path, *others: LocalProvider, **settings: Any) -> AsyncIterator[BotHarness]:
    """Open a harness. Bob owns the bot's application."""
    async with open_harness(data, other_providers=others, **settings) as harness:
        set_owner(harness)
        yield harness


def set_owner(harness: BotHarness) -> None:
    assert harness.bot.application is not None
    harness.bot.application.owner = cast(Any, discord.Object(id=harness.bob.id))


async def generate(harness: BotHarness, prompt: str = FOX, **options: object) -> None:
    await harness.alice.slash(harness.channel, "generate", prompt=prompt, **options)


def alarms(harness: BotHarness) -> list[str]:
    return [message.content for message in harness.bob.dm().messages]


async def test_an_unknown_model_is_reported_with_the_providers_words(tmp_path: Path) -> None:
    async with open_world(tmp_path) as harness:
        harness.provider.retired_models.add("grok-video-3")
        await generate(harness)
        await harness.wait_for_message(f"The provider rejected this request. Not charged. {TOLD}")
        (alarm,) = alarms(harness)
        first, reason, _ = alarm.splitlines()
        assert first == "⚠️ The account **toapis** refused a request for the model **grok-video-3** (HTTP 400)."
        assert reason == "> Unsupported model: grok-video-3"
        assert harness.provider.charges == []


async def test_the_same_reason_is_told_once_an_hour_and_another_at_once(tmp_path: Path) -> None:
    async with open_world(tmp_path) as harness:
        harness.provider.retired_models.add("grok-video-3")
        for number in range(3):
            await generate(harness, f"{FOX} {number}")
        await harness.wait_until(lambda: sum(TOLD in m.content for m in harness.discord.all_messages) == 3 or None)
        assert len(alarms(harness)) == 1
        await harness.restart()
        set_owner(harness)
        await generate(harness, "a boat")
        await harness.wait_until(lambda: sum(TOLD in m.content for m in harness.discord.all_messages) == 4 or None)
        assert len(alarms(harness)) == 1
        harness.provider.wire.fail(Fault(route=CREATE, status=400, body={"message": "duration must be a string"}))
        await generate(harness, "a house")
        await harness.wait_until(lambda: len(alarms(harness)) == 2 or None)
        assert "> duration must be a string" in alarms(harness)[1]


async def test_an_hour_later_it_is_told_again(tmp_path: Path) -> None:
    async with open_world(tmp_path) as harness:
        harness.provider.retired_models.add("grok-video-3")
        await generate(harness)
        await harness.wait_for_message(TOLD)
        assert harness.database is not None
        await harness.database.run("UPDATE fact SET at = at - 3601 WHERE name LIKE 'alarm:%'")
        await generate(harness, "a boat")
        await harness.wait_until(lambda: len(alarms(harness)) == 2 or None)


@contextlib.asynccontextmanager
async def open_gateway_world(
    data: Path, gateway: LocalOpenAIVideos, models: str, **account: str
) -> AsyncIterator[BotHarness]:
    """Open a harness with a gateway's account. `models` is the host's catalogue."""
    (data / "own.toml").write_text(models)
    overrides: dict[str, dict[str, object]] = {"openai_videos": {"price": "0.01", **account}}
    async with open_world(data, gateway, account_overrides=overrides, catalogue=data / "own.toml") as harness:
        yield harness


@pytest.mark.parametrize(
    ("flavour", "served", "model"),
    [("litellm", "litellm", "sora-2"), ("bifrost", "bifrost", "bifrost-sora-2"), ("plain", "openai", "sora-2-pro")],
)
async def test_a_wrong_key_is_reported_in_the_words_of_every_gateway(
    tmp_path: Path, flavour: str, served: Literal["litellm", "bifrost", "openai"], model: str
) -> None:
    gateway = LocalOpenAIVideos(served, render_s=0.1)
    async with open_gateway_world(tmp_path, gateway, SORA, flavour=flavour, key="sk-canary-of-a-key") as harness:
        await generate(harness, model=model)
        await harness.wait_for_message(f"needs its host's attention. Not charged. {TOLD}")
        (alarm,) = alarms(harness)
        assert alarm.startswith("⚠️ The account **openai\\_videos** can't be used: the provider refuses its key (HTTP 4")
        assert "canary" not in alarm
        assert gateway.charges == []


async def test_an_unknown_model_of_a_gateway_is_reported(tmp_path: Path) -> None:
    models = '[openai_videos.sora-2]\nwire = "sora-of-nobody"\noff = false\n'
    async with open_gateway_world(tmp_path, LocalOpenAIVideos("litellm"), models, flavour="litellm") as harness:
        await generate(harness, model="sora-2")
        await harness.wait_for_message(TOLD)
        assert "refused a request for the model **sora-of-nobody** (HTTP 400)" in alarms(harness)[0]
        assert "Invalid model name" in alarms(harness)[0]


async def test_the_alarm_contains_neither_prompt_nor_link_nor_key(tmp_path: Path) -> None:
    prompt = "a canary of yellow paper in a cage of wire"
    said = f"prompt '{prompt.upper()}' with https://host.example/a?sig=canary-sig and sk-canary-123456 is malformed"
    async with open_world(tmp_path) as harness:
        harness.provider.wire.fail(Fault(route=CREATE, status=400, body={"message": said}))
        await generate(harness, prompt)
        await harness.wait_for_message(TOLD)
        (alarm,) = alarms(harness)
        assert "canary" not in alarm.lower()
        assert "is malformed" in alarm


async def test_an_empty_balance_is_reported(tmp_path: Path) -> None:
    async with open_world(tmp_path) as harness:
        harness.provider.no_balance = True
        await generate(harness)
        await harness.wait_for_message(f"needs its host's attention. Not charged. {TOLD}")
        assert "its balance or quota is used up" in alarms(harness)[0]


async def test_a_key_that_is_refused_while_a_video_renders_is_reported(tmp_path: Path) -> None:
    async with open_world(tmp_path, LocalRunway(render_s=60.0)) as harness:
        provider = harness.other_providers[0]
        provider.wire.fail(Fault(route="GET */tasks/*", status=401, body={"error": "no such key"}, times=None))
        await generate(harness, model="gen4.5", seconds=5)
        await harness.wait_until(lambda: alarms(harness) or None)
        assert "The account **runway** can't be used: the provider refuses its key (HTTP 401)" in alarms(harness)[0]


async def test_a_host_who_cannot_be_reached_has_not_been_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_world(tmp_path) as harness:
        harness.bob.user.takes_dms = False
        harness.provider.retired_models.add("grok-video-3")
        with caplog.at_level(logging.ERROR, "retake.jobs"):
            await generate(harness)
            await harness.wait_for_message(f"The provider rejected this request. Not charged. {NOT_TOLD}")
        (record,) = [each for each in caplog.records if each.message == "account needs attention"]
        assert record.__dict__["why"] == "Unsupported model: grok-video-3"
        assert alarms(harness) == []


async def test_alarms_go_to_the_channel_that_the_host_has_set(tmp_path: Path) -> None:
    async with open_harness(tmp_path, start=False) as harness:
        channel = harness.guild.add_channel("host")
        harness.setting_overrides["host_alarm_channel"] = channel.id
        await harness.start()
        set_owner(harness)
        harness.provider.retired_models.add("grok-video-3")
        await generate(harness)
        await harness.wait_for_message(TOLD)
        assert len(channel.messages) == 1
        assert alarms(harness) == []


async def test_without_that_channel_the_owner_gets_a_message(tmp_path: Path) -> None:
    async with open_world(tmp_path, host_alarm_channel=1234567) as harness:
        harness.provider.retired_models.add("grok-video-3")
        await generate(harness)
        await harness.wait_for_message(TOLD)
        assert len(alarms(harness)) == 1


async def test_what_the_host_cannot_mend_is_not_reported(tmp_path: Path) -> None:
    async with open_world(tmp_path) as harness:
        await generate(harness, "[refuse] a fox")
        message = await harness.wait_for_message("The provider rejected this prompt (safety). Not charged.")
        assert "host" not in message.content
        assert alarms(harness) == []


@pytest.mark.parametrize(
    ("error", "for_host"),
    [
        (KeyRefused(), True),
        (Refused(status=400, reason="seconds must be a string"), True),
        (Refused(reason="the picture is gone"), False),  # found here, before a request was sent
        (PolicyRefused(status=400), False),
        (SourceGone(status=404), False),
    ],
)
def test_which_refusals_are_for_the_host(error: ProviderError, for_host: bool) -> None:
    assert is_for_host(error) is for_host


@pytest.mark.parametrize(
    ("reason", "prompt", "cleaned"),
    [
        ("model x not found", "a fox", "model x not found"),
        ("bad prompt 'a fox'", "a fox", "bad prompt '[prompt]'"),
        ("bad: A Fox Of Folded…", "a fox of folded paper", "bad: [prompt]…"),
        ("bad:\na  fox\tof folded paper!", "a fox of\nfolded paper", "bad: [prompt]!"),
        ("see https://a.example/b?c=d now", "x", "see [link] now"),
        ("data:image/png;base64,AAAA is no picture", "a fox", "[link] is no picture"),
        ("key sk-abcd and Bearer abc, hash " + "0f" * 16, "a fox", "key [secret] and [secret] hash [secret]"),
        ("bad words: Anna, Schmidt", "Anna Schmidt on a boat", "bad words: [prompt], [prompt]"),
        ('no "Anna Schm"', "Anna Schmidt on a boat", 'no "[prompt] [prompt]"'),
        ("no \\u8d64\\u3044\\u9ce5", "赤い鳥が飛ぶ", "no [prompt]"),
        ("no &quot;fox&quot; &amp; hen", 'a "fox" & hen', "no[prompt]"),
        ("the model grok is unknown", "a model in the rain", "the model grok is unknown"),
        ("AIzaSyA1234567890 r8_abcdefgh", "a fox", "[secret] [secret]"),
        ("12345678-1234-1234-1234-123456789abc:0123456789abcdef", "a fox", "[secret]"),
        ("", "a fox", ""),
        ("anything", "", "anything"),
    ],
)
def test_reasons_are_cleaned(reason: str, prompt: str, cleaned: str) -> None:
    assert clean_reason(reason, prompt) == cleaned


def test_an_alarm_mentions_nobody_and_shows_no_markup() -> None:
    alert = HostAlert(
        account="a*b", trouble="AccountTrouble", reason="@everyone **hi** <@1>", status=None, model="m", job_code="K7Q2"
    )
    text = alarm_text(alert)
    assert text.startswith("⚠️ The account **a\\*b** can't be used.\n> @\u200beveryone \\*\\*hi\\*\\* \\<@")
