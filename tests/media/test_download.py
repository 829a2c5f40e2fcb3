"""A clip comes whole or not at all, and what was no clip is told in a sentence; nothing of it is posted."""

import functools
from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.ports.provider import FetchLimits
from bot.sandbox.discord import LocalMessage
from bot.sandbox.providers.tasks import LocalTask
from bot.store.jobs import SqlJobStore
from bot.worker.poll_schedule import Timing
from tests.harness import BotHarness, open_harness
from tests.media.films import sample_video
from tests.media.wicked import (
    Misbehaviour,
    drips,
    floods_with_headers,
    hangs_up,
    misbehaving_server,
    never_ends,
    promises_ten_gigabytes,
    says_nothing_of_sense,
    sends_a_bomb,
)

PROMPT = "a clip that is on its way"
UNUSABLE = "The provider's file isn't a video that I can post. It may have been charged; the host can look it up"
TOO_BIG = "The clip is larger than the 2 MB download limit. It may have been charged; the host can look it up"
NOT_HANDED_OVER = (
    "The provider rendered this video but won't let me download it. It may have been charged; the host can"
)


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short pauses between tries, and little patience with slow servers."""
    monkeypatch.setattr("bot.app.Timing", functools.partial(Timing, retry_s=0.01))
    hasty = FetchLimits(max_bytes=2 << 20, timeout_s=5.0, min_bytes_per_s=20_000, grace_s=0.2)
    monkeypatch.setattr("bot.app.FetchLimits", lambda **_: hasty)


async def told(studio: BotHarness, sentence: str) -> LocalMessage:
    """The sentence that the order got, and nothing else: no clip, money held, no file left."""
    await studio.alice.slash(studio.channel, "generate", prompt=PROMPT)
    message = await studio.wait_for_message(sentence)
    assert studio.clips == []
    assert len(studio.provider.charges) == 1
    assert list((studio.data / "clips").iterdir()) == []
    assert studio.database is not None
    job = await SqlJobStore(studio.database).by_message(message.id)
    assert job is not None
    assert job.state is State.NEEDS_PERSON
    return message


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<!doctype html><html><body>Please sign in</body></html>", "text/html"),
        (b"<!doctype html><html><body>Please sign in</body></html>", "video/mp4"),
        (b'{"error": "try again"}', "application/json"),
        (b"", "video/mp4"),
        (sample_video("plain")[:-40], "video/mp4"),
        (sample_video("index at the end")[:-40], "video/mp4"),
        (sample_video("sound only"), "video/mp4"),
    ],
    ids=["a page", "a page named mp4", "JSON", "nothing", "cut off", "cut off before its index", "sound only"],
)
async def test_what_is_no_video_is_not_posted(tmp_path: Path, body: bytes, content_type: str) -> None:
    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = body
        studio.provider.cdn.faults.content_type = content_type
        await told(studio, UNUSABLE)


@pytest.mark.parametrize(
    ("manner", "sentence"),
    [
        (promises_ten_gigabytes, TOO_BIG),
        (never_ends, TOO_BIG),
        (sends_a_bomb, UNUSABLE),
        (drips, NOT_HANDED_OVER),
        (says_nothing_of_sense, NOT_HANDED_OVER),
        (floods_with_headers, NOT_HANDED_OVER),
        (hangs_up, NOT_HANDED_OVER),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
async def test_a_server_without_manners_gets_a_sentence(tmp_path: Path, manner: Misbehaviour, sentence: str) -> None:
    async with misbehaving_server(manner) as port, open_harness(tmp_path, start=False) as studio:
        own = [studio.discord.port, studio.provider.port, port]
        studio.setting_overrides["allow_hosts"] = tuple(f"127.0.0.1:{each}" for each in own)
        studio.provider.cdn.faults.redirect_to = f"http://127.0.0.1:{port}/clip.mp4"
        await studio.start()
        await told(studio, sentence)


async def test_a_link_into_the_hosts_network_is_not_opened(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        studio.provider.cdn.faults.redirect_to = "https://169.254.169.254/latest/meta-data/iam"
        await told(studio, "The provider's link points to a private address, so I won't open it.")


async def test_a_clip_that_came_broken_is_fetched_by_a_fresh_link_until_it_is_whole(tmp_path: Path) -> None:
    served = 0

    def worse_first(_: LocalTask) -> bytes:
        nonlocal served
        served += 1
        return sample_video("plain") if served > 2 else sample_video("plain")[:-100]

    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = worse_first
        await studio.alice.slash(studio.channel, "generate", prompt=PROMPT)
        clip = await studio.wait_for_clip(PROMPT)
        assert clip.attachments[0].data == sample_video("plain")
        assert served == 3
        assert len({each.path for each in studio.provider.wire.requests("GET /cdn/*")}) == 3  # three signatures
        assert len(studio.provider.charges) == 1


async def test_a_server_that_packs_and_cuts_its_files_into_chunks_is_borne_where_it_can_be(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = sample_video("plain")
        studio.provider.cdn.faults.no_length = True
        studio.provider.cdn.faults.redirects = 3
        await studio.alice.slash(studio.channel, "generate", prompt=PROMPT)
        clip = await studio.wait_for_clip(PROMPT)
        assert clip.attachments[0].data == sample_video("plain")
        await studio.wait_until(lambda: (studio.data / "clips").glob("*.mp4") or None)
        (kept,) = (studio.data / "clips").iterdir()
        assert kept.read_bytes() == sample_video("plain")
