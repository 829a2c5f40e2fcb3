"""Checks a member's own video, and makes it an mp4 that every provider reads."""

import asyncio
import os
from pathlib import Path

from bot.media.convert import convert, find_container
from bot.media.ffmpeg import FfmpegFailed
from bot.media.mp4.reader import NotAVideo, VideoFacts, read_facts

MAX_SECONDS = 300.0
CONVERT_TIMEOUT_S = 120.0
_CONTAINERS = ("mov", "matroska")  # mp4 and QuickTime; WebM


class TooLong(Exception):
    """The video is longer than MAX_SECONDS."""


async def make_mp4(file: Path) -> VideoFacts:
    """Replace a file by an mp4 of its video if it isn't one that plays everywhere. Raise NotAVideo or TooLong.

    The length is checked before anything is converted, if the file states it.
    """
    container = await asyncio.to_thread(find_container, file)
    if container not in _CONTAINERS:
        raise NotAVideo
    try:
        facts = await asyncio.to_thread(read_facts, file)
    except NotAVideo:
        facts = None  # a WebM, or an mp4 that ends early
    if facts is not None and facts.duration_s > MAX_SECONDS:
        raise TooLong
    if facts is None or not facts.plays_inline:
        facts = await _converted(file, container)
    if facts.duration_s > MAX_SECONDS:
        raise TooLong
    return facts


async def _converted(file: Path, container: str) -> VideoFacts:
    into = file.with_name(f"{file.name}.mp4.part")
    try:
        facts = await convert(file, into, container, most_s=MAX_SECONDS + 1.0, timeout_s=CONVERT_TIMEOUT_S)
        await asyncio.to_thread(into.replace, file)
    except FfmpegFailed as error:
        raise NotAVideo from error
    finally:
        await asyncio.to_thread(into.unlink, missing_ok=True)
    return facts


def keep(part: Path, clip: Path) -> int:
    """Sync a finished file to disk and rename it. Return its size in bytes."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(clip)
    folder = os.open(clip.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return clip.stat().st_size
