"""Port: storage of refused requests, so that their author can edit and retry them."""

from dataclasses import dataclass
from typing import Protocol

from bot.jobs.job import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRequest:
    """A request that was refused, or that its author hasn't decided about. `source_id`: a job's id."""

    guild_id: int
    user_id: int
    created_at: float
    kind: Kind
    prompt: str
    model: str | None
    aspect: str | None
    seconds: int | None
    resolution: str | None
    image_url: str | None
    source_id: str | None
    style: str | None = None  # a name
    typed: str | None = None  # the member's own words, if the prompt was rewritten
    offered: str | None = None  # the writer's words
    price_micros: int | None = None  # that was shown beside the writer's words
    pictures: str = "[]"  # JSON, as `pictures_to_json` writes it
    takes: int = 1


class Drafts(Protocol):
    """Refused requests, for a day."""

    async def save(self, draft: RefusedRequest) -> int:
        """Store a refused request and return its id."""

    async def find(self, draft_id: int, now: float) -> RefusedRequest | None: ...
