"""Tests of clip downloads: incomplete or invalid files are never posted, and the member gets an error message."""

import functools
from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.media.mp4.reader import read_bytes
from bot.ports.provider import FetchLimits
from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers.tasks import LocalTask
from bot.store.jobs import SqlJobStore
from bot.worker.poll_schedule import Timing
from tests.harness import BotHarness, open_harness
from tests.media.misbehaving_server import (
    Misbehaviour,
    announces_ten_gigabytes,
    closes_early,
    misbehaving_server,
    sends_endless_body,
    sends_gzip_bomb,
    sends_invalid_http,
    sends_slowly,
    sends_too_many_headers,
)
from tests.media.sample_videos import OTHER_CONTAINERS, other_container, sample_video

PROMPT = "a clip that is on its way"
NOTES = {
    "remix": "The provider made 1.0 s, not 5 s.",
    "extend": "The provider's clip has 1.0 s, less than the video that it continues.",
}
UNUSABLE = "The provider's file isn't a video that I can post. The host can look it up"
TOO_BIG = "The clip is larger than the 2 MB download limit. The host can look it up"
DOWNLOAD_FAILED = "The provider rendered this video, but I couldn't download it. The host can"


@pytest.fixture(autouse=True)
def _short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the retry delay and the limits for slow servers."""
    monkeypatch.setattr("bot.job_context.Timing", functools.partial(Timing, retry_s=0.01))
    limits = FetchLimits(max_bytes=2 << 20, timeout_s=5.0, min_bytes_per_s=20_000, grace_s=0.2)
    monkeypatch.setattr("bot.job_context.FetchLimits", lambda **_: limits)


async def assert_error_message(studio: BotHarness, sentence: str, kept: bytes = b"") -> LocalMessage:
    """Require that the order ends with an error message: no clip is posted, and money is held.

    Only a file that isn't a video remains, for the host.
    """
    await studio.alice.slash(studio.channel, "generate", prompt=PROMPT)
    message = await studio.wait_for_message(sentence)
    assert studio.clips == []
    assert len(studio.provider.charges) == 1
    assert studio.database is not None
    job = await SqlJobStore(studio.database).by_message(message.id)
    assert job is not None
    assert job.state is State.NEEDS_PERSON
    received = studio.data / "clips" / f"{job.id}.received"
    assert [path for path in (studio.data / "clips").iterdir() if path != received] == []
    assert (received.read_bytes() if received.exists() else b"") == kept
    return message


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<!doctype html><html><body>Please sign in</body></html>", "text/html"),
        (b"<!doctype html><html><body>Please sign in</body></html>", "video/mp4"),
        (b'{"error": "try again"}', "application/json"),
        (b"", "video/mp4"),
        (sample_video("index at the end")[:9000], "video/mp4"),
        (sample_video("sound only"), "video/mp4"),
    ],
    ids=["a page", "a page named mp4", "JSON", "nothing", "cut off before its index", "sound only"],
)
async def test_a_file_that_is_not_a_video_is_not_posted(tmp_path: Path, body: bytes, content_type: str) -> None:
    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = body
        studio.provider.cdn.faults.content_type = content_type
        await assert_error_message(studio, UNUSABLE, body if content_type == "video/mp4" else b"")


async def test_a_clip_that_ends_early_is_fetched_once_more_and_then_posted_as_far_as_it_plays(tmp_path: Path) -> None:
    served = 0

    def cut_off(_: LocalTask) -> bytes:
        nonlocal served
        served += 1
        return sample_video("long")[:-30_000]

    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = cut_off
        await studio.alice.slash(studio.channel, "generate", prompt=PROMPT, seconds=5)
        clip = await studio.wait_for_clip(PROMPT)
        assert served == 2
        facts = read_bytes(clip.attachments[0].data)
        assert 1.0 < facts.duration_s < 5.0
        sentence = "The provider's file ends early, also when I download it again."
        assert f"{sentence} {facts.duration_s:.1f} s of it can be played." in clip.content
        assert len(studio.provider.charges) == 1


@pytest.mark.parametrize("whole_at", [2, None], ids=["then whole", "short again"])
async def test_a_clip_that_is_much_too_short_is_fetched_once_more(tmp_path: Path, whole_at: int | None) -> None:
    served = 0

    def short(_: LocalTask) -> bytes:
        nonlocal served
        served += 1
        return sample_video("long" if served == whole_at else "plain")

    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = short
        await studio.alice.slash(studio.channel, "generate", prompt=PROMPT, seconds=5)
        clip = await studio.wait_for_clip(PROMPT)
        assert served == 2
        assert ("The provider made 1.0 s, not 5 s." in clip.content) is (whole_at is None)
        assert len(studio.provider.charges) == 1


async def test_a_clip_that_was_short_before_a_restart_is_fetched_once_more_in_all(tmp_path: Path) -> None:
    """As by another worker that takes the job over."""
    served, held = 0, Fault(route="GET /v1/videos/*", status=503, times=None)

    def short(_: LocalTask) -> bytes:
        nonlocal served
        served += 1
        if served == 1:
            studio.provider.wire.fail(held)  # so that there's no new link before the restart
        return sample_video("plain")

    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = short
        await studio.alice.slash(studio.channel, "generate", prompt=PROMPT, seconds=5)
        await studio.wait_until(lambda: held.hits or None)
        await studio.restart()
        studio.provider.wire.clear(held)
        clip = await studio.wait_for_clip(PROMPT)
        assert served == 2
        assert "The provider made 1.0 s, not 5 s." in clip.content


@pytest.mark.parametrize("kind", list(NOTES))
async def test_a_remix_and_an_extension_are_measured_too(tmp_path: Path, kind: str) -> None:
    """An extension of unknown length is measured against its source."""
    served = 0

    def short(_: LocalTask) -> bytes:
        nonlocal served
        served += 1
        return sample_video("long" if served == 1 else "plain")

    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = short
        await studio.alice.slash(studio.channel, "generate", prompt=PROMPT, seconds=5)
        clip = await studio.wait_for_clip(PROMPT)
        assert "The provider made" not in clip.content
        await studio.bob.slash(studio.channel, kind, prompt="now at night", video=clip.link)
        second = await studio.wait_for_clip("now at night")
        assert served == 3
        assert NOTES[kind] in second.content
        assert len(studio.provider.charges) == 2


@pytest.mark.parametrize("kind", list(OTHER_CONTAINERS))
async def test_a_clip_in_another_container_is_converted(tmp_path: Path, kind: str) -> None:
    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = other_container(kind)
        await studio.alice.slash(studio.channel, "generate", prompt=PROMPT)
        clip = await studio.wait_for_clip(PROMPT)
        facts = read_bytes(clip.attachments[0].data)
        assert facts.plays_inline
        assert (facts.width, facts.height) == (128, 72)
        assert facts.duration_s == pytest.approx(1.0, abs=0.1)
        assert facts.has_audio is (kind in ("WebM", "MKV", "MPEG-TS"))


async def test_a_playlist_is_not_converted(tmp_path: Path) -> None:
    body = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = body
        await assert_error_message(studio, UNUSABLE, body)


@pytest.mark.parametrize(
    ("misbehaviour", "sentence"),
    [
        (announces_ten_gigabytes, TOO_BIG),
        (sends_endless_body, TOO_BIG),
        (sends_gzip_bomb, UNUSABLE),
        (sends_slowly, DOWNLOAD_FAILED),
        (sends_invalid_http, DOWNLOAD_FAILED),
        (sends_too_many_headers, DOWNLOAD_FAILED),
        (closes_early, DOWNLOAD_FAILED),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
async def test_a_misbehaving_server_gives_an_error_message(
    tmp_path: Path, misbehaviour: Misbehaviour, sentence: str
) -> None:
    async with misbehaving_server(misbehaviour) as port, open_harness(tmp_path, start=False) as studio:
        own_ports = [studio.discord.port, studio.provider.port, port]
        studio.setting_overrides["allow_hosts"] = tuple(f"127.0.0.1:{own_port}" for own_port in own_ports)
        studio.provider.cdn.faults.redirect_to = f"http://127.0.0.1:{port}/clip.mp4"
        await studio.start()
        await assert_error_message(studio, sentence)


async def test_a_link_to_a_private_address_is_not_opened(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        studio.provider.cdn.faults.redirect_to = "https://169.254.169.254/latest/meta-data/iam"
        await assert_error_message(studio, "The provider's link points to a private address, so I won't open it.")


async def test_a_broken_clip_is_fetched_again_by_a_new_link(tmp_path: Path) -> None:
    served = 0

    def broken_twice(_: LocalTask) -> bytes:
        nonlocal served
        served += 1
        return sample_video("long") if served > 2 else bytes(1000)

    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = broken_twice
        await studio.alice.slash(studio.channel, "generate", prompt=PROMPT, seconds=5)
        clip = await studio.wait_for_clip(PROMPT)
        assert clip.attachments[0].data == sample_video("long")
        assert served == 3
        assert len({request.path for request in studio.provider.wire.requests("GET /cdn/*")}) == 3  # three signatures
        assert len(studio.provider.charges) == 1


async def test_a_chunked_response_after_redirects_is_accepted(tmp_path: Path) -> None:
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
