"""Attachments of messages."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.discord.state.blobs import Blob


@dataclass(eq=False, kw_only=True)
class Attachment:
    """An uploaded file. Each read of `url` returns a new signed link that expires after a day."""

    sign: Callable[[str], str] = field(repr=False)
    id: int
    channel_id: int
    filename: str
    blob: Blob = field(repr=False)
    content_type: str | None
    description: str | None = None
    size_px: tuple[int, int] | None = None
    ephemeral: bool = False

    @property
    def size(self) -> int:
        return self.blob.size

    @property
    def data(self) -> bytes:
        return self.blob.read()

    @property
    def path(self) -> str:
        folder = "ephemeral-attachments" if self.ephemeral else "attachments"
        return f"/{folder}/{self.channel_id}/{self.id}/{self.filename}"

    @property
    def url(self) -> str:
        return self.sign(self.path)
