"""Port: download a file from an address that somebody else chose."""

from pathlib import Path
from typing import Protocol

from bot.ports.provider import FetchLimits


class FileDownloads(Protocol):
    """Downloads from public addresses only, within limits."""

    async def fetch(self, url: str, into: Path, limits: FetchLimits) -> None:
        """Stream a URL to a file. Raise LinkDead, Unreachable, ClipUnusable, AddressBlocked or NoSpace."""
