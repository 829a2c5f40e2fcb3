"""Uploaded files, stored once by content: small ones in memory, large ones in a temporary directory."""

import hashlib
import io
import mimetypes
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, UnidentifiedImageError

IN_MEMORY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to attach."""

    filename: str
    data: bytes = field(repr=False)
    content_type: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Stored bytes."""

    sha256: str
    size: int
    memory: bytes | None = field(repr=False)
    path: Path | None

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        """The bytes `[start, end)`."""
        if self.memory is not None:
            return self.memory[start:end]
        if self.path is None:
            return b""
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read(-1 if end is None else end - start)


class Blobs:
    """Stores bytes by their hash."""

    def __init__(self) -> None:
        self._by_hash: dict[str, Blob] = {}
        self._directory: tempfile.TemporaryDirectory[str] | None = None

    def keep(self, data: bytes) -> Blob:
        name = hashlib.sha256(data).hexdigest()
        if name not in self._by_hash:
            self._by_hash[name] = self._stored(name, data)
        return self._by_hash[name]

    def _stored(self, name: str, data: bytes) -> Blob:
        if len(data) <= IN_MEMORY_BYTES:
            return Blob(sha256=name, size=len(data), memory=bytes(data), path=None)
        if self._directory is None:
            self._directory = tempfile.TemporaryDirectory(prefix="local-discord-")
        path = Path(self._directory.name) / name
        path.write_bytes(data)
        return Blob(sha256=name, size=len(data), memory=None, path=path)

    def forget(self) -> None:
        """Drop the directory; contents on disk cannot be read afterwards."""
        self._by_hash.clear()
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None


def plain_name(filename: str) -> str:
    """A file name as Discord keeps it: letters, digits, dots, dashes and underscores."""
    return re.sub(r"[^\w.-]", "_", filename)


def content_type_of(filename: str) -> str | None:
    return mimetypes.guess_type(filename)[0]


def dimensions(data: bytes, content_type: str | None) -> tuple[int, int] | None:
    """Width and height of an image; None for anything that is none."""
    if not (content_type or "").startswith("image/"):
        return None
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError, Warning):
        return None
