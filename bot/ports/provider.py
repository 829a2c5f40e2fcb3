"""Port: video providers, with their orders, drafts, tasks and task states."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from bot.catalogue.model import Model
from bot.foreground import ForegroundGate
from bot.jobs.job import Kind

MAX_PRIORITY_WAIT_S = 30.0  # of a paid request for its turn, before its own time begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A member's picture on disk, already sanitized. Its sides are in pixels, 0 if they aren't known."""

    path: Path
    mime: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A paid job at its provider. `endpoint` is the base URL that accepted it, `protocol` the dialect."""

    task_id: str
    protocol: str
    endpoint: str
    spare_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The video that a remix starts from: the provider's task, and our own copy if it is still kept."""

    task: Task
    account: str
    model: str  # the key in the catalogue
    family: str
    aspect: str | None
    seconds: int | None
    resolution: str | None
    clip: Path | None
    clip_seconds: float | None = None
    last_frame: Picture | None = None  # set if the remix is made as image-to-video


RemixMethod = Literal["native", "edit", "image"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderOrder:
    """One job in a provider's terms, already validated against the catalogue."""

    job_id: str
    kind: Kind
    prompt: str
    model: Model
    aspect: str | None = None
    seconds: int | None = None
    resolution: str | None = None
    picture: Picture | None = None  # the first frame
    last_picture: Picture | None = None  # the last frame
    references: Sequence[Picture] = ()  # pictures of what to show
    source: Source | None = None
    remix_method: RemixMethod = "native"
    user_tag: str = ""  # a salted hash of the member, for providers that accept an abuse id


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A paid request that is ready but not sent. `files` are (field, filename, bytes, mime) of a multipart body."""

    method: str
    path: str  # percent-encoded, relative to the account's base URL
    protocol: str
    fields: Mapping[str, object]
    encoding: Literal["json", "json_list", "multipart"] = "json"  # json_list: `fields` are the only item of a list
    files: Sequence[tuple[str, str, bytes, str]] = ()
    references_task: bool = False  # it names an earlier task, so "not found" refers to that task
    spare_ids: Mapping[str, str] = field(default_factory=dict)  # ids of the source that the new task stores
    idempotency_key: str = ""  # our name for this request, for dialects that accept one; set by the worker

    def digest(self) -> str:
        """Return a hash of the request's content. Equal drafts have the same hash in every process."""
        body = json.dumps([self.method, self.path, self.encoding, self.fields], sort_keys=True, default=str)
        files = "".join(hashlib.sha256(content).hexdigest() for _, _, content, _ in self.files)
        return hashlib.sha256((body + files).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Still running. `progress` is the provider's own number from 0 to 100, or None if it gives none.

    `finished`: the provider says that it's done, but gives no clip. `unknown_word`: a status word that the adapter
    doesn't know.
    """

    progress: float | None = None
    queued: bool = False
    retry_after_s: float | None = None
    raw_status: str = ""
    finished: bool = False
    unknown_word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Finished. `url` is the clip's link. `authorised`: the link is a route of the provider that requires the key."""

    url: str
    authorised: bool = False
    expires_at: float | None = None
    spare_ids: Mapping[str, str] = field(default_factory=dict)  # ids to store with the job; a remix needs them
    endpoint: str = ""  # the base URL of `url` if `authorised`
    base64_json: bool = False  # `url` returns the clip as base64 inside JSON
    fallback: "Ready | None" = None  # the link that `fetch` tries if `url` is dead
    unknown_word: str = ""  # a status word that the adapter doesn't know
    cost_micros: float | None = None  # see `Failed`


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Ended without a clip. `withheld`: it was rendered and then blocked by moderation.

    `free`: the provider's documentation or answer says that it isn't charged. `cost_micros`: what the provider reports
    that the host pays, in millionths of a US dollar; None if it reports nothing, NaN if it reports no number.
    """

    reason: str  # the provider's own words, for the host
    withheld: bool = False
    policy: bool = False
    free: bool = False
    unknown_word: str = ""
    cost_micros: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The provider reports that it has no such task: not yet, or no longer."""


TaskState = Pending | Ready | Failed | Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The credit that remains on an account; None means unlimited. `unit` is the provider's term."""

    remaining: float | None
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """Limits of a download. Source: reference/reliability.md 2.4."""

    max_bytes: int
    timeout_s: float
    min_bytes_per_s: int
    grace_s: float = 10.0  # before the minimum rate applies
    foreground: ForegroundGate = field(default_factory=ForegroundGate)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAnswer:
    """The answer to a free question that needs the key.

    `expected`: it has the documented form. `models`: the names that the account lists, which may end in `*`; None if
    there is no list. `lacks` is what the account lacks for models that it could have, by their names.
    """

    expected: bool
    models: frozenset[str] | None = None
    lacks: Mapping[str, str] = field(default_factory=dict)


class Provider(Protocol):
    """One account at a video provider."""

    account: str
    title: str  # the name shown to people: "ToAPIs"
    paid_timeout_s: float  # without a response after this time, a paid request counts as lost
    jobs_at_once: int  # further jobs wait in our queue

    async def draft(self, order: ProviderOrder) -> Draft:
        """Build the paid request, and upload the picture if the dialect requires a link. Costs nothing.

        Raise NotSent, RateLimited, Refused or AccountTrouble.
        """

    async def submit(self, draft: Draft) -> Task:
        """Send the paid request exactly once.

        Raise NotSent (certainly no effect), RateLimited (not executed), Refused or AccountTrouble (definite),
        or OutcomeUnknown (everything else).
        """

    async def check(self, task: Task) -> TaskState:
        """Return the state of a task. Costs nothing. Raise Unreachable, RateLimited or AccountTrouble."""

    async def check_key(self) -> KeyAnswer:
        """Ask a free question that needs the key. Raise Unreachable, RateLimited or AccountTrouble."""

    async def fetch(self, ready: Ready, into: Path, limits: FetchLimits) -> None:
        """Stream the clip to a file. Raise LinkDead, Unreachable, ClipUnusable, AddressBlocked or NoSpace."""

    async def delete_task(self, task: Task) -> bool:
        """Cancel or delete the task at the provider. Return False if the provider can't or won't."""

    async def balance(self) -> Balance | None:
        """Return the account's balance, or None if the provider doesn't report it."""

    async def close(self) -> None: ...
