"""The seam to video providers: orders, drafts, tasks and how they stand. Knows no provider and no HTTP."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from bot.catalogue.model import Model
from bot.foreground import ForegroundGate
from bot.jobs.job import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A member's picture on our disk, already checked."""

    path: Path
    mime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A paid job as its provider knows it. `endpoint` is the base URL that took it, `protocol` the dialect."""

    task_id: str
    protocol: str
    endpoint: str
    spare_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The video that a remix starts from: the provider's task, and our own copy where we still have one."""

    task: Task
    account: str
    model: str  # the catalogue's key
    family: str
    aspect: str | None
    seconds: int | None
    resolution: str | None
    clip: Path | None
    clip_seconds: float | None = None
    last_frame: Picture | None = None  # set where a remix is made as image-to-video


RemixMethod = Literal["native", "edit", "image"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderOrder:
    """One job in a provider's terms: everything was checked against the catalogue before it comes here."""

    job_id: str
    kind: Kind
    prompt: str
    model: Model
    aspect: str | None = None
    seconds: int | None = None
    resolution: str | None = None
    picture: Picture | None = None
    source: Source | None = None
    rung: RemixMethod = "native"
    user_tag: str = ""  # a salted hash of the member, for the providers that ask for an abuse id


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A paid request, ready and not sent. `files` are (field, filename, bytes, mime) of a multipart body."""

    method: str
    path: str  # percent-encoded, below the account's base URL
    protocol: str
    fields: Mapping[str, object]
    encoding: Literal["json", "multipart"] = "json"
    files: Sequence[tuple[str, str, bytes, str]] = ()
    follows: bool = False  # it names an earlier task: "not found" is then about that one
    spare_ids: Mapping[str, str] = field(default_factory=dict)  # what the task is to remember of its source
    ref: str = ""  # our name for this request, for dialects that have room for one; set by the engine

    def digest(self) -> str:
        """A hash of the request's meaning: the same draft hashes the same in every process."""
        body = json.dumps([self.method, self.path, self.encoding, self.fields], sort_keys=True, default=str)
        rest = "".join(hashlib.sha256(content).hexdigest() for _, _, content, _ in self.files)
        return hashlib.sha256((body + rest).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Still running. `progress` is the provider's own number, 0 to 100, or None where it gave none."""

    progress: float | None = None
    queued: bool = False
    retry_after_s: float | None = None
    raw_status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Done. `url` is the clip's link; `authorised`: it is the provider's content route and wants the key."""

    url: str
    authorised: bool = False
    expires_at: float | None = None
    spare_ids: Mapping[str, str] = field(default_factory=dict)  # keep them with the job: a remix of it asks for them
    endpoint: str = ""  # whose route `url` is, where `authorised`
    wrapped: bool = False  # the clip is base64 inside the JSON there
    second: "Ready | None" = None  # where to look if `url` is dead; `fetch` does so by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Ended without a clip. `withheld`: it was rendered and then blocked by moderation."""

    reason: str  # the provider's own words, for the host's eyes
    withheld: bool = False
    policy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The provider says that it knows no such task: perhaps not yet, perhaps no more."""


TaskState = Pending | Ready | Failed | Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an account has left. `unit` is the provider's word; None: unlimited."""

    left: float | None
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """What a download may take before it is called off. Source: reference/reliability.md 2.4."""

    max_bytes: int
    wall_s: float
    min_bytes_per_s: int
    grace_s: float = 10.0  # before the minimum rate counts
    foreground: ForegroundGate = field(default_factory=ForegroundGate)


class Provider(Protocol):
    """One account at one video provider. Adapters know their dialect and HTTP, never the store or Discord."""

    account: str
    title: str  # how people call it: "ToAPIs"
    paid_timeout_s: float  # after this long without an answer a paid request counts as lost
    jobs_at_once: int  # more than these wait in our queue

    async def draft(self, order: ProviderOrder) -> Draft:
        """Build the paid request; uploads the picture where the dialect wants a link. Costs nothing.

        Raises NotSent, RateLimited, Refused, AccountTrouble.
        """

    async def submit(self, draft: Draft) -> Task:
        """Send the one paid request, exactly once.

        Raises NotSent (surely no effect), RateLimited (not executed), Refused and AccountTrouble (definite),
        OutcomeUnknown (everything else).
        """

    async def check(self, task: Task) -> TaskState:
        """Ask how a task is. A pure read; raises Unreachable, RateLimited or AccountTrouble, nothing else."""

    async def fetch(self, ready: Ready, into: Path, limits: FetchLimits) -> None:
        """Stream the clip to a file. Raises LinkDead, Unreachable, ClipUnusable, AddressBlocked, NoSpace."""

    async def forget(self, task: Task) -> bool:
        """Cancel or delete at the provider, where it can; False where it cannot."""

    async def balance(self) -> Balance | None:
        """What is left on the account; None where the provider does not say."""

    async def close(self) -> None: ...
