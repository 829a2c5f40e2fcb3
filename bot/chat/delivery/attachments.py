"""Download members' pictures and our own clips from Discord's CDN."""

from pathlib import Path
from urllib.parse import urlsplit

from bot.i18n import fact
from bot.jobs.errors import HeavyPicture, MovingPicture, NotAnImage, RetakeError, TooManyPixels
from bot.jobs.provider_errors import AddressBlocked, ClipUnusable, LinkDead, NoSpace, Unreachable
from bot.media.images import UnreadableImage, refuse_if_it_killed, sanitize_image
from bot.ports.downloads import FileDownloads
from bot.ports.provider import FetchLimits, Picture

LIMIT_MB = 10
_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_LIMITS = FetchLimits(max_bytes=LIMIT_MB * 1_000_000, timeout_s=30.0, min_bytes_per_s=10_000)
_CLIP_LIMITS = FetchLimits(max_bytes=500 << 20, timeout_s=240.0, min_bytes_per_s=20_000)


class Attachments:
    """Downloads from Discord's CDN only. `extra_host` is the CDN of a local Discord, as `name:port`."""

    def __init__(self, downloads: FileDownloads, extra_host: str | None = None) -> None:
        self._downloads = downloads
        self._hosts = _HOSTS | ({extra_host} if extra_host else frozenset())

    async def clip(self, url: str, into: Path) -> bool:
        """Download a clip from Discord. Return False if that's not possible."""
        if urlsplit(url).netloc.lower() not in self._hosts:
            return False
        try:
            await self._downloads.fetch(url, into, _CLIP_LIMITS)
        except RetakeError:
            return False
        return True

    async def download(self, url: str, into: Path) -> Picture:
        """Download a picture and convert it to a plain PNG or JPEG. Raise NotAnImage or Unreachable."""
        name = urlsplit(url).path.rpartition("/")[2] or fact("That file")
        bad = NotAnImage(filename=name, limit_mb=LIMIT_MB)
        if urlsplit(url).netloc.lower() not in self._hosts:
            raise bad
        try:
            await refuse_if_it_killed(into)
            await self._downloads.fetch(url, into, _LIMITS)
            mime = await sanitize_image(into)
        except UnreadableImage as error:
            raise _trouble(error, name) from error
        except (ClipUnusable, LinkDead, AddressBlocked) as error:
            raise bad from error
        except (NoSpace, OSError) as error:  # OSError: also a wait that took too long
            raise Unreachable(provider=fact("my disk")) from error
        return Picture(path=into, mime=mime)


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
