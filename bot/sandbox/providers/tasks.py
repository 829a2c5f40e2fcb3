"""Tasks of a local provider, and the errors that it can return."""

import asyncio
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["create", "remix", "extend", "edit"]
State = Literal["queued", "running", "completed", "failed", "withheld"]
ProgressStyle = Literal["smooth", "steps10", "steps25", "none", "lies"]
Reason = Literal[
    "bad_request",  # the caller broke the documented contract: also a complaint
    "no_such_model",  # likewise
    "no_such_route",  # likewise
    "unauthorized",
    "no_balance",
    "content_policy",
    "not_found",
    "not_ready",
    "unsupported",
    "no_list",
    "no_such_method",
    "upstream_key",
]
CONTRACT_BROKEN: frozenset[Reason] = frozenset({"bad_request", "no_such_model", "no_such_route", "no_such_method"})
LIES = (0, 80, 15, 99, 100, 3, 100)


class Refused(Exception):
    """A request that a provider turns down; the dialect words it."""

    def __init__(self, reason: Reason, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.reason: Reason = reason
        self.message = message
        self.param = param


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Money that moved: positive when a task is accepted, negative for a refund."""

    task_id: str
    usd: float
    at: float
    kind: Kind | Literal["refund"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A picture that the caller stored at the provider."""

    id: str
    url: str
    filename: str
    mime_type: str
    data: bytes


@dataclass(kw_only=True)
class LocalTask:
    """One accepted task. `request` is the body as it arrived; `source_id` is the id that the caller named."""

    id: str
    kind: Kind
    prompt: str
    model: str
    request: dict[str, object]
    aspect: str
    seconds: float | None
    resolution: str | None = None  # as requested, else the route's default
    total_s: float | None = None  # with its source, if known
    input_s: float = 0.0  # the length of the video that it starts from
    source: "LocalTask | None" = None
    source_id: str | None = None
    pictures: Sequence[str | bytes] = ()  # URLs, data URIs or bytes to start from
    input_clip: Path | None = None  # not the result of a task of this provider
    ancestors: tuple[str, ...] = ()  # the prompts of that film
    family: str = ""  # of the model: who may remix it
    pipeline: str = ""  # the family of routes that made it
    spare_id: str = ""
    usd: float = 0.0
    render_s: float = 0.0
    state: State = "queued"
    created_at: float = field(default_factory=time.time)
    ended_at: float | None = None
    film: Path | None = None
    error: str = ""
    polls: int = 0
    link: str | None = None
    cdn_name: str = field(default_factory=lambda: secrets.token_hex(12))
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def progress(self) -> float:
        """The honest share of the work, 0 to 100."""
        if self.state in ("queued", "running"):
            elapsed = max(0.0, time.time() - self.created_at)
            return min(99.0, 100 * elapsed / self.render_s) if self.render_s > 0 else 0.0
        return 100.0 if self.state == "completed" else 0.0

    @property
    def length_s(self) -> float | None:
        """The length of its film, with the source of an extension."""
        return self.total_s if self.total_s is not None else self.seconds

    @property
    def billed_s(self) -> float | None:
        """The seconds that it makes: of an edit, those of the input that it copies."""
        return self.seconds if self.seconds is not None else self.total_s

    @property
    def lineage(self) -> tuple[str, ...]:
        """The prompts of its ancestors, nearest first."""
        return self.ancestors if self.source is None else (self.source.prompt, *self.source.lineage)


def shown_progress(task: LocalTask, style: ProgressStyle) -> int | None:
    """Return the progress that the provider reports, or None."""
    honest = int(task.progress)
    if style == "none":
        return None
    if style == "lies" and task.state == "running":
        return LIES[task.polls % len(LIES)]
    if style in ("steps10", "steps25"):
        step = int(style.removeprefix("steps"))
        return honest // step * step
    return honest


def requested_render_s(prompt: str, usual_s: float) -> float:
    """`[slow]` triples the usual time, `[fast]` ends at once, `[render=0.5]` names the seconds."""
    if named := re.search(r"\[render=([\d.]+)\]", prompt):
        return float(named[1])
    if "[fast]" in prompt:
        return 0.0
    return usual_s * 3 if "[slow]" in prompt else usual_s
