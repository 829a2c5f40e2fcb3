"""Tags are erased from a file in place: a workflow that ComfyUI has written into it reaches nobody."""

import asyncio
import io
from pathlib import Path

import pytest

from bot.media.mp4.reader import read_bytes, read_facts
from bot.media.mp4.tags import erase_tags, erase_tags_of
from bot.sandbox.providers.comfy_runs import with_metadata
from tests.media.sample_videos import KINDS, sample_video, with_credentials

WORKFLOW = {"prompt": {"5": {"class_type": "CLIPTextEncode", "inputs": {"text": "a secret prompt"}}}}


def test_a_workflow_is_erased_and_the_video_stays_as_it_is(tmp_path: Path) -> None:
    tagged = asyncio.run(with_metadata(sample_video("plain"), WORKFLOW))
    assert b"a secret prompt" in tagged
    path = tmp_path / "clip.mp4"
    path.write_bytes(tagged)
    erase_tags(path)
    clean = path.read_bytes()
    assert b"secret" not in clean
    assert b"CLIPTextEncode" not in clean
    assert len(clean) == len(tagged)
    assert read_facts(path) == read_bytes(tagged)


def erased(video: bytes) -> bytes:
    """Return a video in memory without its tags."""
    file = io.BytesIO(video)
    erase_tags_of(file, len(video))
    return file.getvalue()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("sound only", "long")])
def test_every_kind_of_video_stays_readable(kind: str) -> None:
    assert read_bytes(erased(sample_video(kind))) == read_bytes(sample_video(kind))


def test_content_credentials_stay() -> None:
    video = with_credentials(sample_video("plain"))
    assert read_bytes(erased(video)).has_credentials


def test_an_incomplete_box_behind_the_video_changes_nothing() -> None:
    video = sample_video("plain")
    assert erased(video + b"\x00\x00\x10\x00free") == erased(video) + b"\x00\x00\x10\x00free"
