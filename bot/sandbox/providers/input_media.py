"""Load input videos from links and data URIs. Fetch from this machine only."""

import asyncio
import hashlib
from pathlib import Path

import aiohttp
from yarl import URL

from bot.sandbox.providers.fields import bad, decoded
from bot.sandbox.test_clips import ClipError, ClipFacts, cache_folder, probe

HERE = ("127.0.0.1", "localhost", "::1")


async def load_clip(video: str, *, field: str, limit_bytes: int) -> tuple[Path, ClipFacts]:
    """Save a video; return its path and facts. Raise Refused if it is missing, too large or not a video."""
    uri = decoded(video)
    if uri is not None and uri[0] != "video/mp4":
        raise bad(f"{field} must be video/mp4, got {uri[0]}", field)
    data = uri[1] if uri is not None else await _fetched(video, field)
    if len(data) > limit_bytes:
        raise bad(f"{field} has more than {limit_bytes} bytes", field)
    if data[4:8] != b"ftyp":
        raise bad(f"{field} is not an MP4", field)
    place = cache_folder() / f"input-{hashlib.sha256(data).hexdigest()[:24]}.mp4"
    await asyncio.to_thread(_save, place, data)
    try:
        return place, await probe(place)
    except ClipError as error:
        raise bad(f"{field} cannot be read as a film", field) from error


def _save(place: Path, data: bytes) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.write_bytes(data)


async def _fetched(link: str, field: str) -> bytes:
    url = URL(link)
    if url.scheme not in ("http", "https") or url.host not in HERE:
        raise bad(f"{field} cannot be fetched: {url.host}", field)
    try:
        async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
            data = await answer.read()
    except aiohttp.ClientError as error:
        raise bad(f"{field} cannot be fetched: {error}", field) from error
    if answer.status != 200:
        raise bad(f"{field} cannot be fetched: HTTP {answer.status}", field)
    return data
