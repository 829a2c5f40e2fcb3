"""Members' pictures: from Discord's file server to our disk, looked at before anybody else sees them."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from bot.http import Downloads
from bot.jobs.errors import AddressBlocked, ClipUnusable, LinkDead, NoSpace, NotAnImage, RetakeError, Unreachable
from bot.jobs.provider import FetchLimits, Picture

LIMIT_MB = 10
MOST_PIXELS = 40_000_000
_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_LIMITS = FetchLimits(max_bytes=LIMIT_MB * 1_000_000, wall_s=30.0, min_bytes_per_s=10_000)
_CLIP_LIMITS = FetchLimits(max_bytes=500 << 20, wall_s=240.0, min_bytes_per_s=20_000)


class Pictures:
    """`extra_host` is the file server of a local Discord, as `name:port`."""

    def __init__(self, downloads: Downloads, extra_host: str | None = None) -> None:
        self._downloads = downloads
        self._hosts = _HOSTS | ({extra_host} if extra_host else frozenset())

    async def clip(self, url: str, into: Path) -> bool:
        """Download a clip that Discord holds; False where it cannot be had."""
        if urlsplit(url).netloc.lower() not in self._hosts:
            return False
        try:
            await self._downloads.fetch(url, into, _CLIP_LIMITS)
        except RetakeError:
            return False
        return True

    async def bring(self, url: str, into: Path) -> Picture:
        """Download a picture and make it a plain PNG or JPEG. Raises NotAnImage, RetakeError, Unreachable."""
        name = urlsplit(url).path.rpartition("/")[2] or "That file"
        bad = NotAnImage(filename=name, limit_mb=LIMIT_MB)
        if urlsplit(url).netloc.lower() not in self._hosts:
            raise bad
        try:
            await self._downloads.fetch(url, into, _LIMITS)
        except (ClipUnusable, LinkDead, AddressBlocked) as error:
            raise bad from error
        except NoSpace as error:
            raise Unreachable(provider="my disk") from error
        try:
            mime = await asyncio.to_thread(_remake, into)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning) as error:
            raise bad from error
        return Picture(path=into, mime=mime)


def _remake(path: Path) -> str:
    """Decode and write anew: what is not a picture fails here, and no EXIF survives."""
    try:
        with Image.open(path, formats=tuple(_FORMATS)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            kind = "PNG" if picture.has_transparency_data or picture.format == "PNG" else "JPEG"
            picture.load()
            clean = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    clean.save(path, format=kind, **({"quality": 92} if kind == "JPEG" else {}))
    return _FORMATS[kind]
