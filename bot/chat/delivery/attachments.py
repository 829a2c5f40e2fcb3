"""Download members' pictures and videos, and our own clips, from Discord's CDN."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from bot.i18n import fact
from bot.jobs.errors import (
    HeavyPicture,
    MovingPicture,
    NotAnImage,
    PictureGone,
    PictureNotFetched,
    PictureTooLarge,
    RetakeError,
    TooManyPixels,
)
from bot.jobs.ids import new_code
from bot.jobs.picture_errors import PictureTooSmall
from bot.jobs.pictures import MIN_SIDE
from bot.jobs.provider_errors import (
    OWN_DISK,
    AddressBlocked,
    ClipTooBig,
    ClipUnusable,
    LinkDead,
    NoSpace,
    Unreachable,
)
from bot.jobs.rejections import NotAVideoFile, VideoLost, VideoNotCopied, VideoTooLarge, VideoTooLong
from bot.media.images import UnreadableImage, refuse_if_it_killed, sanitize_image
from bot.media.imported import MAX_SECONDS, TooLong, keep, make_mp4
from bot.media.mp4.reader import NotAVideo, VideoFacts
from bot.ports.downloads import FileDownloads
from bot.ports.provider import FetchLimits, Picture

LIMIT_MB = 10
_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_LIMITS = FetchLimits(max_bytes=LIMIT_MB * 1_000_000, timeout_s=30.0, min_bytes_per_s=10_000)
VIDEO_LIMIT_MB = 100
_VIDEO_LIMITS = FetchLimits(max_bytes=VIDEO_LIMIT_MB * 1_000_000, timeout_s=90.0, min_bytes_per_s=50_000)
_CLIP_LIMITS = FetchLimits(max_bytes=500 << 20, timeout_s=240.0, min_bytes_per_s=20_000)


class Attachments:
    """Downloads from Discord's CDN only. `extra_host` is the CDN of a local Discord, as `name:port`."""

    def __init__(self, downloads: FileDownloads, extra_host: str | None = None) -> None:
        self._downloads = downloads
        self._hosts = _HOSTS | ({extra_host} if extra_host else frozenset())

    async def clip(self, url: str, into: Path) -> bool:
        """Download a clip from Discord. Return False if Discord doesn't have it. Raise Unreachable.

        The link is fresh, so one that doesn't work leads to nothing. `into` appears when the clip is whole: others may
        read or download it meanwhile, and the process may be killed.
        """
        if urlsplit(url).netloc.lower() not in self._hosts:
            return False
        part = into.with_name(f"{into.stem}.{new_code()}.part")
        try:
            await self._downloads.fetch(url, part, _CLIP_LIMITS)
            await asyncio.to_thread(keep, part, into)
        except (LinkDead, ClipUnusable, AddressBlocked) as error:
            if not isinstance(error, AddressBlocked) and not _is_blocked(error):
                return False
            raise Unreachable(provider="Discord") from error
        except (NoSpace, OSError) as error:
            raise Unreachable(provider=OWN_DISK) from error
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return True

    async def video(self, url: str, into: Path, refresh: Callable[[str], Awaitable[str | None]]) -> VideoFacts:
        """Download a member's video and make it an mp4. Raise NotAVideoFile, VideoLost or VideoNotCopied.

        `refresh` is as for `download`.
        """
        name = file_name(url)
        if urlsplit(url).netloc.lower() not in self._hosts:
            raise VideoNotCopied(filename=name)
        try:
            await self._fetch(url, into, refresh, _VIDEO_LIMITS)
            return await make_mp4(into)
        except LinkDead as error:
            raise (VideoNotCopied if _is_blocked(error) else VideoLost)(filename=name) from error
        except ClipTooBig as error:
            raise VideoTooLarge(filename=name, limit_mb=VIDEO_LIMIT_MB) from error
        except TooLong as error:
            raise VideoTooLong(filename=name, limit=int(MAX_SECONDS)) from error
        except (ClipUnusable, NotAVideo) as error:
            raise NotAVideoFile(filename=name) from error
        except (Unreachable, AddressBlocked, NoSpace, OSError) as error:
            raise VideoNotCopied(filename=name) from error

    async def download(self, url: str, into: Path, refresh: Callable[[str], Awaitable[str | None]]) -> Picture:
        """Download a picture and convert it to a plain PNG or JPEG. Raise NotAnImage or Unreachable.

        `refresh` signs a link that has expired again. It returns None if Discord no longer has the file.
        """
        name = file_name(url)
        if urlsplit(url).netloc.lower() not in self._hosts:
            raise PictureNotFetched(filename=name)
        try:
            await refuse_if_it_killed(into)
            await self._fetch(url, into, refresh, _LIMITS)
            made = await sanitize_image(into)
        except UnreadableImage as error:
            raise _trouble(error, name) from error
        except LinkDead as error:
            raise (PictureNotFetched if _is_blocked(error) else PictureGone)(filename=name) from error
        except ClipTooBig as error:
            raise PictureTooLarge(filename=name, limit_mb=LIMIT_MB) from error
        except ClipUnusable as error:
            raise NotAnImage(filename=name, limit_mb=LIMIT_MB) from error
        except AddressBlocked as error:
            raise PictureNotFetched(filename=name) from error
        except (NoSpace, OSError) as error:  # OSError: also a wait that took too long
            raise Unreachable(provider=OWN_DISK) from error
        if min(made.width, made.height) < MIN_SIDE:
            await asyncio.to_thread(into.unlink)
            raise PictureTooSmall(filename=name, least=MIN_SIDE)
        return Picture(path=into, mime=made.mime, width=made.width, height=made.height)

    async def _fetch(
        self, url: str, into: Path, refresh: Callable[[str], Awaitable[str | None]], limits: FetchLimits
    ) -> None:
        """Download a file, with a new link if this one has expired."""
        try:
            await self._downloads.fetch(url, into, limits)
        except LinkDead:
            fresh = await refresh(url)
            if fresh is None:
                raise LinkDead from None  # Discord says so
            if urlsplit(fresh).netloc.lower() not in self._hosts:
                raise AddressBlocked from None
            await self._downloads.fetch(fresh, into, limits)


def file_name(url: str) -> str:
    """Return the file name of an attachment's link."""
    return urlsplit(url).path.rpartition("/")[2] or fact("That file")


def _is_blocked(error: RetakeError) -> bool:
    """Return whether a fresh link was refused: by a firewall, because Discord answers 404 for a file that is gone."""
    return error.facts.get("status") in (401, 403)


def _trouble(error: UnreadableImage, name: str) -> NotAnImage:
    match error.reason:
        case "pixels":
            return TooManyPixels(filename=name, limit_mp=error.limit_mp)
        case "animated":
            return MovingPicture(filename=name)
        case "memory":
            return HeavyPicture(filename=name)
        case _:
            return NotAnImage(filename=name, limit_mb=LIMIT_MB)
