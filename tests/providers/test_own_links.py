"""A link at the account's own address gets the key; a link to any other address never does."""

from pathlib import Path

import pytest

from bot.ports.provider import Ready, Task
from tests.providers.recording_server import RecordingServer
from tests.providers.rigs import LIMITS

KINDS = [("toapis", "toapis"), ("octopusx", "unified"), ("xai", "xai"), ("openai_videos", "plain")]


@pytest.mark.parametrize(("kind", "protocol"), KINDS)
@pytest.mark.parametrize(
    ("place", "keyed"),
    [
        ("{own}/files/clip.mp4", True),
        ("/files/clip.mp4", True),
        ("{own}/files/clip.mp4?id=7", True),
        ("{own}/files/clip.mp4?sig=abc&exp=9", False),
        ("{other}/files/clip.mp4", False),
    ],
)
async def test_the_key_goes_to_the_accounts_own_address_alone(
    tmp_path: Path, kind: str, protocol: str, place: str, keyed: bool
) -> None:
    async with RecordingServer() as own, RecordingServer([(200, b"the clip")]) as other:
        link = place.format(own=own.base_url, other=other.base_url)
        own.responses = [(200, {"id": "t1", "status": "SUCCESS", "fail_reason": link}), (200, b"the clip")]
        provider = own.provider(kind, allow=[f"127.0.0.1:{other.port}"])
        state = await provider.check(Task(task_id="t1", protocol=protocol, endpoint=own.base_url))
        assert isinstance(state, Ready)
        await provider.fetch(state, tmp_path / "clip", LIMITS)
        await provider.close()
        asked = (other.requests or own.requests)[-1]
        assert ("the-key" in str(asked.headers)) is keyed
        assert all("the-key" not in str(request.headers) for request in other.requests)
        assert (tmp_path / "clip").read_bytes() == b"the clip"
