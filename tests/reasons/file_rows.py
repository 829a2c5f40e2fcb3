"""Rows of files: members' pictures, clips on the disk, and downloads."""

import io
from collections.abc import Awaitable, Callable
from pathlib import Path

from PIL import Image

from bot.chat.delivery.attachments import VIDEO_LIMIT_MB, Attachments
from bot.jobs.errors import (
    HeavyPicture,
    MovingPicture,
    NotAnImage,
    PictureGone,
    PictureNotFetched,
    PictureNotSaved,
    PictureTooLarge,
    RetakeError,
    TooManyPixels,
)
from bot.jobs.picture_errors import PictureTooSmall
from bot.jobs.provider_errors import (
    AddressBlocked,
    ClipMissing,
    ClipTooBig,
    ClipTooHeavy,
    ClipUnreadable,
    ClipUnusable,
    DiskFailed,
    LinkDead,
    LinkRefused,
    NoSpace,
    PictureLost,
    PictureTooHeavy,
    PictureUnreadable,
    Unreachable,
)
from bot.jobs.rejections import NotAVideoFile, VideoLost, VideoNotCopied, VideoTooLarge
from bot.media.images import mark_of
from bot.media.mp4.reader import NotAVideo
from bot.net.downloads import Downloads
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import FetchLimits, Picture
from bot.providers.request_bodies import read_clip_bytes, read_picture
from bot.worker.download import last_error
from bot.worker.submit_errors import picture_error
from tests.media.sample_videos import sample_video
from tests.providers.models import model_of
from tests.providers.recording_server import RecordingServer
from tests.reasons.row import row

GROK = model_of("toapis/grok-video-3")
FULL_DISK = Path("/dev/full")
LIMITS = FetchLimits(max_bytes=1 << 20, timeout_s=20.0, min_bytes_per_s=1)
Refresh = Callable[[str], Awaitable[str | None]]


def picture(file_format: str = "PNG", width: int = 64, height: int = 64, **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, file_format, **options)
    return file.getvalue()


def moving() -> bytes:
    other = Image.new("RGB", (64, 64), (200, 0, 0))
    return picture(save_all=True, append_images=[other], duration=50)


async def attached(
    folder: Path,
    body: bytes,
    *,
    status: int = 200,
    fresh_status: int | None = None,
    killed: bool = False,
    video: bool = False,
) -> None:
    """Download an attachment and open it. With `fresh_status`, Discord signs a link that has expired again."""
    responses = [(status, body), (fresh_status or status, body)]
    async with RecordingServer(responses) as server:
        host = f"127.0.0.1:{server.port}"
        url = f"{server.base_url}/attachments/1/2/cat.png"
        into = folder / "picture"
        if killed:
            mark_of(into).touch()
        downloads = Downloads(SsrfGuard([host]))
        try:
            attachments = Attachments(downloads, host)
            work = attachments.video if video else attachments.download
            await work(url, into, lambda _: _signed(url, fresh_status))
        finally:
            await downloads.close()


async def sent_video(folder: Path, body: bytes, status: int = 200, *, fresh_status: int | None = None) -> None:
    """Copy a member's own video."""
    await attached(folder, body, status=status, fresh_status=fresh_status, video=True)


async def _signed(url: str, fresh_status: int | None) -> str | None:
    return f"{url}?ex=1" if fresh_status is not None else None


async def given_up(folder: Path) -> RetakeError:
    """Give up on a picture for the last reason for which it could not be downloaded."""
    try:
        await attached(folder, picture())
    except Unreachable as error:
        return picture_error(error)
    raise AssertionError("it was downloaded")


async def fetched(
    into: Path, url: str = "", *, status: int = 200, body: bytes = b"clip", content_type: str = "video/mp4"
) -> None:
    """Download a clip from a link, or from a server that answers like this."""
    async with RecordingServer([(status, body)], headers={"Content-Type": content_type}) as server:
        downloads = Downloads(SsrfGuard([f"127.0.0.1:{server.port}"]))
        try:
            await downloads.fetch(url or f"{server.base_url}/clip.mp4", into, LIMITS)
        finally:
            await downloads.close()


async def clip(folder: Path, size_bytes: int | None, *, is_folder: bool = False) -> bytes:
    """Read a clip of this size for a model that takes 1000 bytes."""
    path = folder / "clip.mp4"
    _make(path, size_bytes, is_folder=is_folder)
    return await read_clip_bytes(path, 1000_000, "ToAPIs")


async def start_picture(folder: Path, size_bytes: int | None, *, is_folder: bool = False) -> bytes:
    """Read the picture of a request."""
    path = folder / "picture"
    _make(path, size_bytes, is_folder=is_folder)
    return await read_picture(Picture(path=path, mime="image/png"), GROK, "ToAPIs")


def _make(path: Path, size_bytes: int | None, *, is_folder: bool) -> None:
    if is_folder:  # what can't be read for another reason than its size
        path.mkdir()
    elif size_bytes is not None:
        path.write_bytes(bytes(size_bytes))


VIDEO_MAX = VIDEO_LIMIT_MB * 1_000_000
MAX = GROK.image.max_bytes

ROWS = [
    row(NotAnImage, lambda f: attached(f, b"only text"), lambda f: attached(f, picture())),
    row(PictureGone, lambda f: attached(f, b"", status=404), lambda f: attached(f, b"", status=404, fresh_status=403)),
    row(
        PictureNotFetched,
        lambda f: attached(f, b"", status=403, fresh_status=403),
        lambda f: attached(f, b"", status=403, fresh_status=404),
    ),
    row(PictureTooLarge, lambda f: attached(f, bytes(10_000_001)), lambda f: attached(f, bytes(10_000_000))),
    row(PictureNotSaved, lambda f: given_up(f / "missing"), lambda f: picture_error(Unreachable(provider="Discord"))),
    row(MovingPicture, lambda f: attached(f, moving()), lambda f: attached(f, picture("WEBP"))),
    row(
        TooManyPixels,
        lambda f: attached(f, picture(width=4000, height=4000)),
        lambda f: attached(f, picture("JPEG", width=4000, height=4000)),
    ),
    row(PictureTooSmall, lambda f: attached(f, picture(height=63)), lambda f: attached(f, picture())),
    row(HeavyPicture, lambda f: attached(f, picture(), killed=True), lambda f: attached(f, picture())),
    row(NotAVideoFile, lambda f: sent_video(f, b"only text"), lambda f: sent_video(f, sample_video("plain"))),
    row(VideoTooLarge, lambda f: sent_video(f, bytes(VIDEO_MAX + 1)), lambda f: sent_video(f, bytes(VIDEO_MAX))),
    row(VideoLost, lambda f: sent_video(f, b"", status=404), lambda f: sent_video(f, b"", 403, fresh_status=403)),
    row(
        VideoNotCopied,
        lambda f: sent_video(f, b"", 403, fresh_status=403),
        lambda f: sent_video(f, b"", 403, fresh_status=404),
    ),
    row(ClipMissing, lambda f: clip(f, None), lambda f: clip(f, 1_000_001)),
    row(ClipTooHeavy, lambda f: clip(f, 1_000_001), lambda f: clip(f, 0, is_folder=True)),
    row(ClipUnreadable, lambda f: clip(f, 0, is_folder=True), lambda f: clip(f, None)),
    row(PictureLost, lambda f: start_picture(f, None), lambda f: start_picture(f, MAX + 1)),
    row(PictureTooHeavy, lambda f: start_picture(f, MAX + 1), lambda f: start_picture(f, MAX)),
    row(PictureUnreadable, lambda f: start_picture(f, 0, is_folder=True), lambda f: start_picture(f, None)),
    row(LinkDead, lambda f: fetched(f / "clip", status=404), lambda f: fetched(f / "clip", status=503)),
    row(Unreachable, lambda f: fetched(f / "clip", status=503), lambda f: fetched(f / "clip", status=404)),
    row(
        ClipUnusable,
        lambda f: fetched(f / "clip", content_type="text/html"),
        lambda f: fetched(f / "clip", content_type=""),
    ),
    row(ClipUnusable, lambda _: last_error(NotAVideo("junk")), lambda _: last_error(Unreachable())),
    row(
        ClipTooBig,
        lambda f: fetched(f / "clip", body=bytes((1 << 20) + 1)),
        lambda f: fetched(f / "clip", body=bytes(1 << 20)),
    ),
    row(
        AddressBlocked,
        lambda f: fetched(f / "clip", "https://127.0.0.1/clip.mp4"),
        lambda f: fetched(f / "clip", "http://127.0.0.1/clip.mp4"),
    ),
    row(
        LinkRefused,
        lambda f: fetched(f / "clip", "http://127.0.0.1/clip.mp4"),
        lambda f: fetched(f / "clip", "https://127.0.0.1/clip.mp4"),
    ),
    row(NoSpace, lambda _: fetched(FULL_DISK), lambda f: fetched(f / "missing" / "clip")),
    row(DiskFailed, lambda f: fetched(f / "missing" / "clip"), lambda _: fetched(FULL_DISK)),
]
