"""REST answers that discord.py can't read: the request took effect, so nothing is lost, sent twice or paid twice."""

from pathlib import Path

import pytest

from bot.sandbox.fault_injection import Fault
from tests.harness import BotHarness, open_harness

PROMPT = "a lighthouse in a storm"
UNREADABLE = pytest.mark.parametrize("body", [b"{}", b'{"id": "1", "ch'], ids=repr)


def damage(harness: BotHarness, route: str, body: bytes, skip: int = 0) -> Fault:
    """Let a request take effect, and replace its answer."""
    return harness.discord.wire.fail(Fault(route=route, when="after", status=200, body=body, skip=skip))


@UNREADABLE
@pytest.mark.parametrize("post", ["status", "clip"])
async def test_a_post_with_an_unreadable_answer_is_delivered_once(tmp_path: Path, body: bytes, post: str) -> None:
    async with open_harness(tmp_path) as harness:
        fault = damage(harness, "POST */channels/*/messages", body, skip=int(post == "clip"))
        await harness.alice.slash(harness.channel, "generate", prompt=PROMPT, seconds=5)
        await harness.wait_until(lambda: all_delivered(harness))
        assert fault.hits == 1
        assert len(harness.clips) == len(harness.provider.tasks) == 1


@UNREADABLE
async def test_an_order_with_an_unreadable_answer_is_carried_out(tmp_path: Path, body: bytes) -> None:
    async with open_harness(tmp_path) as harness:
        fault = damage(harness, "POST */interactions/*/callback", body)
        lookup = damage(harness, "GET */webhooks/*/messages/@original", body)
        await harness.alice.slash(harness.channel, "generate", prompt=PROMPT, seconds=5)
        await harness.wait_for_clip(PROMPT)
        assert (fault.hits, lookup.hits) == (1, 1)
        assert len(harness.provider.tasks) == 1


@pytest.mark.parametrize("route", ["GET */users/@me", "GET */oauth2/applications/@me", "GET */gateway/bot"])
async def test_an_unreadable_answer_at_login_is_asked_for_again(tmp_path: Path, route: str) -> None:
    async with open_harness(tmp_path, start=False) as harness:
        fault = damage(harness, route, b"{}")
        await harness.start()
        assert harness.running
        assert fault.hits == 1


def all_delivered(harness: BotHarness) -> bool:
    """Whether the status message of each order is gone, which is the last step of a delivery."""
    messages = harness.channel.messages
    return bool(harness.clips) and all(m.attachments for m in messages if m.is_bot and m.ephemeral_to is None)
