"""Messages and their attachments."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.state.blobs import Blob
from bot.sandbox.discord.state.users import User

if TYPE_CHECKING:
    from bot.sandbox.discord.state.channels import Channel
    from bot.sandbox.discord.state.interactions import Interaction
    from bot.sandbox.discord.state.world import World

CROSSPOSTED, SUPPRESS_EMBEDS, EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 0, 1 << 2, 1 << 6, 1 << 7, 1 << 15
DEFAULT, REPLY, CHAT_INPUT, CONTEXT_MENU = 0, 19, 20, 23


@dataclass(eq=False, kw_only=True)
class Attachment:
    """An uploaded file. Each read of `url` gives a new signed link that expires after a day."""

    world: "World" = field(repr=False)
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
        return self.world.signed(self.path)


@dataclass(eq=False, kw_only=True)
class LocalMessage:
    """A message. `ephemeral_to` is the id of the only person who sees it, or None."""

    id: int
    channel: "Channel" = field(repr=False)
    author: User
    content: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list, repr=False)
    reference_id: int | None = None
    mentions: list[User] = field(default_factory=list)
    mention_role_ids: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    ephemeral_to: int | None = None
    flags: int = 0
    nonce: str | int | None = None
    type: int = DEFAULT
    created_at: datetime
    edited_at: datetime | None = None
    edits: list[str] = field(default_factory=list)
    deleted: bool = False
    reactions: dict[str, list[int]] = field(default_factory=dict)
    interaction: "Interaction | None" = field(default=None, repr=False)
    thread: "Channel | None" = field(default=None, repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def author_id(self) -> int:
        return self.author.id

    @property
    def is_bot(self) -> bool:
        return self.author.bot

    @property
    def from_interaction(self) -> bool:
        """An interaction's response or follow-up, not a regular message."""
        return self.interaction is not None

    @property
    def mention_ids(self) -> list[int]:
        return [user.id for user in self.mentions]

    @property
    def interaction_metadata(self) -> Json | None:
        return None if self.interaction is None else self.interaction.metadata()

    @property
    def loading(self) -> bool:
        """The "thinking" state of a deferred answer."""
        return bool(self.flags & LOADING)

    @property
    def is_v2(self) -> bool:
        return bool(self.flags & COMPONENTS_V2)

    @property
    def link(self) -> str:
        return f"{self.channel.link}/{self.id}"
