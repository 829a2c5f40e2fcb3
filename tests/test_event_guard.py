"""Gateway events that discord.py can't read are logged without their content, and a shard recovers from any error."""

import logging
from pathlib import Path

import pytest

from bot.chat.event_guard import shape
from bot.sandbox.discord import LocalMessage
from bot.sandbox.discord.payloads.interactions import interaction_payload
from tests.harness import BotHarness, open_harness, skip_pauses

SECRET = "a prompt that is no one's business"


async def order_is_answered(harness: BotHarness, prompt: str) -> None:
    answer = await (await harness.alice.slash(harness.channel, "generate", prompt=prompt, seconds=5)).answer()
    assert isinstance(answer, LocalMessage)
    await harness.wait_for_clip(prompt)


async def test_an_unreadable_event_is_logged_by_its_shape_and_dropped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_harness(tmp_path) as harness:
        (session,) = harness.discord.gateway.connected
        command = await harness.alice.slash(harness.channel, "generate", prompt=SECRET, seconds=5)
        await command.answer()
        without_limit = interaction_payload(harness.discord.world, command)
        del without_limit["attachment_size_limit"]
        session.push("INTERACTION_CREATE", without_limit)
        message = {"id": "1", "channel_id": str(harness.channel.id), "content": SECRET, "author": {"id": "2"}}
        session.push("MESSAGE_CREATE", message)
        await order_is_answered(harness, "after the storm")
        assert harness.running
        assert harness.discord.gateway.identified == 1
    dropped = {record.event_id: record.why for record in caplog.records if "dropped an event" in record.message}  # type: ignore[attr-defined]
    assert dropped.keys() == {"INTERACTION_CREATE", "MESSAGE_CREATE"}
    assert "KeyError" in dropped["INTERACTION_CREATE"]
    assert "author: {id: str}" in dropped["MESSAGE_CREATE"]
    assert SECRET not in str(dropped)


async def test_options_that_cant_be_read_are_logged_by_their_shape(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_harness(tmp_path) as harness:
        (session,) = harness.discord.gateway.connected
        command = await harness.alice.slash(harness.channel, "generate", prompt=SECRET, seconds=5)
        await command.answer()
        payload = interaction_payload(harness.discord.world, command)
        session.push("INTERACTION_CREATE", {**payload, "data": {"id": "1", "type": 1, "options": [SECRET]}})
        await order_is_answered(harness, "after the storm")
    assert "dropped an event that can't be read" in caplog.messages
    assert not [record for record in caplog.records if record.name == "asyncio" and record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    "frame",
    [
        "no JSON",
        "[]",
        '{"op": 0, "t": "READY", "s": 9, "d": {"session_id": "x", "resume_gateway_url": "ws://x"}}',
        '{"op": 0, "t": "RESUMED", "s": 9, "d": null}',
        '{"op": 10, "s": null, "t": null, "d": null}',
    ],
)
async def test_a_shard_that_fails_starts_a_new_session(tmp_path: Path, frame: str) -> None:
    async with open_harness(tmp_path) as harness:
        first = harness.discord.gateway.connected
        skip_pauses(harness)
        first[0].outbox.put_nowait(frame)  # type: ignore[union-attr]
        gateway = harness.discord.gateway
        await harness.wait_until(lambda: gateway.identified == 2 and not first[0].connected and gateway.connected)
        await order_is_answered(harness, "after the storm")
        assert harness.running
        assert len(gateway.connected) == 1


def test_a_shape_names_fields_and_types_only() -> None:
    event = {
        "id": "1",
        "members": [{"nick": "x"}, {}],
        "resolved": {"175928847299117063": {"bot": True}},
        "flags": None,
    }
    assert shape(event) == "{id: str, members: [2 × {nick: str}], resolved: {…: {bot: bool}}, flags: null}"
    assert shape({"a": {"b": {"c": {"d": 1}}}}) == "{a: {b: {c: dict}}}"
