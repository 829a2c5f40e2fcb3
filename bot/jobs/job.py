"""The job: its row, its states and the allowed transitions."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypedDict


class State(StrEnum):
    """State of a job. Source: reference/reliability.md 2.1."""

    RECEIVED = "received"  # stored; Discord has not confirmed our answer yet
    ACCEPTED = "accepted"  # the answer is confirmed: money may be spent
    SUBMITTING = "submitting"  # the intent of a paid request is on disk
    SUBMIT_UNKNOWN = "submit_unknown"  # an intent without a result
    POLLING = "polling"  # the provider has the task
    DOWNLOADING = "downloading"
    DELIVERING = "delivering"  # the clip is on our disk
    DELIVERED = "delivered"
    KEPT = "undeliverable_kept"  # the clip is on our disk and can't be posted
    REJECTED = "rejected"
    FAILED = "provider_failed"
    NEEDS_PERSON = "needs_person"  # the money is held until a person decides
    ABANDONED = "abandoned"  # Discord never took our answer
    CANCELLED = "cancelled"
    IMPORTED = "imported"  # no request: a member's own video that remixes start from


# States in which the requester can cancel. Before the request is sent it's free.
CANCELLABLE = (State.RECEIVED, State.ACCEPTED, State.SUBMIT_UNKNOWN, State.POLLING, State.DOWNLOADING)

S = State
TRANSITIONS: dict[State, frozenset[State]] = {
    S.RECEIVED: frozenset({S.ACCEPTED, S.ABANDONED, S.CANCELLED, S.NEEDS_PERSON}),
    # To POLLING only by the late answer to its last paid request, which seemed lost.
    # To DELIVERING a film, which has no task.
    S.ACCEPTED: frozenset({S.SUBMITTING, S.POLLING, S.DELIVERING, S.REJECTED, S.CANCELLED, S.NEEDS_PERSON}),
    S.SUBMITTING: frozenset({S.POLLING, S.SUBMIT_UNKNOWN, S.ACCEPTED, S.REJECTED, S.NEEDS_PERSON}),
    S.SUBMIT_UNKNOWN: frozenset({S.POLLING, S.ACCEPTED, S.SUBMITTING, S.NEEDS_PERSON, S.CANCELLED}),
    S.POLLING: frozenset({S.DOWNLOADING, S.FAILED, S.NEEDS_PERSON, S.CANCELLED}),
    S.DOWNLOADING: frozenset({S.DELIVERING, S.POLLING, S.NEEDS_PERSON, S.CANCELLED}),
    S.DELIVERING: frozenset({S.DELIVERED, S.KEPT, S.NEEDS_PERSON, S.DOWNLOADING}),
    S.KEPT: frozenset({S.DELIVERING}),
    S.NEEDS_PERSON: frozenset({S.ACCEPTED, S.POLLING, S.DELIVERING, S.CANCELLED}),
    S.DELIVERED: frozenset({S.DELIVERING}),  # a person undoes the deletion of its message
    S.REJECTED: frozenset(),
    S.FAILED: frozenset(),
    S.ABANDONED: frozenset(),
    S.CANCELLED: frozenset(),
    S.IMPORTED: frozenset(),
}
MAX_JOINED_S = 600  # of clips that are joined, together
ENDED = frozenset({S.DELIVERED, S.KEPT, S.REJECTED, S.FAILED, S.NEEDS_PERSON, S.ABANDONED, S.CANCELLED, S.IMPORTED})


class Kind(StrEnum):
    GENERATE = "generate"
    REMIX = "remix"
    EXTEND = "extend"
    FILM = "film"  # videos that are joined; no provider makes it


class Outcome(StrEnum):
    """Result at the provider. Whether the clip was posted is a separate fact (`delivered_at`)."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


# In place of an interaction's token: Discord has our private answer, whose id is `status_message_id` until the status
# message is posted.
ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOrigin:
    """Who requested a video, where, and by which Discord event. Exactly one of the two event ids is set."""

    user_id: int
    guild_id: int
    channel_id: int
    interaction_id: int | None = None
    interaction_token: str | None = field(default=None, repr=False)  # valid for 15 min, then cleared
    source_message_id: int | None = None  # the reply that is the request
    role_ids: tuple[int, ...] = ()  # of the requester
    locale: str | None = None  # language of the job's messages: "de"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTask:
    """The paid request and the provider's task. Times are UTC seconds."""

    attempt: int = 0  # of the paid request, from 1
    ambiguous: bool = False  # an earlier attempt may have been executed
    request_hash: str | None = None
    intent_at: float | None = None  # when the intent of the last attempt was committed
    submitted_at: float | None = None
    finished_at: float | None = None  # when a poll found the task done
    task_id: str | None = None  # the provider's
    spare_ids: str = "{}"  # JSON: other ids the provider gave
    protocol: str | None = None
    endpoint: str | None = None
    progress: float | None = None  # 0 to 1, as the provider reports it


@dataclass(frozen=True, slots=True, kw_only=True)
class JobClip:
    """The downloaded clip. All None until it is on our disk."""

    clip_file: str | None = None
    clip_bytes: int | None = None
    clip_sha256: str | None = None
    clip_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPost:
    """The job's messages in Discord. Ids are Discord's, times are UTC seconds."""

    status_message_id: int | None = None
    result_message_id: int | None = None
    result_channel_id: int | None = None
    shared_message_id: int | None = None  # the message of another take, in which the clip is
    post_first_at: float | None = None  # the first and the last attempt to post the clip
    post_last_at: float | None = None
    post_epoch: int = 0  # part of the nonce: raised when a new message is wanted
    delivered_at: float | None = None
    deleted_at: float | None = None

    @property
    def message_id(self) -> int | None:
        """The message with the clip, also if it is another take's."""
        return self.result_message_id or self.shared_message_id


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMoney:
    """What one paid request is expected to cost, in millionths of a US dollar, and how many were made."""

    price_micros: int = 0
    resent: int = 0  # how often the request was resent; earlier requests count as spent
    cost_micros: int | None = None  # what the provider reports for the last request; None: it hasn't
    earlier_micros: int = 0  # counted for the earlier requests


@dataclass(frozen=True, slots=True, kw_only=True)
class JobBundle:
    """The jobs of one bundle were ordered together, and their clips are posted in one message.

    `posted_with` names the job whose step posts the clip, or whose post says how the job ended. `chosen_at` is
    when the requester made it the take that others start from, in UTC seconds; the latest counts.
    """

    bundle_id: str | None = None  # None: a single video
    bundle_place: int = 1  # the first has the order's interaction and its status message
    bundle_size: int = 1
    posted_with: str | None = None
    chosen_at: float | None = None
    compared: bool = False  # with a take of another model
    revealed_at: float | None = None  # when the models of a comparison were named

    @property
    def hidden(self) -> bool:
        """Whether nobody may learn yet which model made this one."""
        return self.compared and self.revealed_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row of `job`. Field names are column names. Times are UTC seconds.

    A member's own video is a row too, so that remixes have it as their parent: `user_id` is its author, `prompt` its
    file name, and `image_url` its link until it was copied. Its model and account are empty.
    """

    id: str  # 22 characters of base62: fits custom ids and, with two more, a nonce
    code: str  # shown to people: "K7Q2"
    state: State
    kind: Kind
    user_id: int
    guild_id: int
    channel_id: int
    prompt: str
    model: str  # the catalogue's key
    account: str
    created_at: float
    updated_at: float
    due_at: float | None
    fence: int = 0
    lease_until: float | None = None
    tries: int = 0  # failures in a row in the current state
    outcome: Outcome | None = None
    why: str = ""
    trouble: str | None = None  # the name of an error class
    facts: str = "{}"  # JSON: the facts of that error, of a download, or of what keeps a clip from being posted
    aspect: str | None = None
    seconds: int | None = None
    resolution: str | None = None
    image_url: str | None = field(default=None, repr=False)
    image_file: str | None = None
    note: str | None = None
    style: str | None = None  # the name of the style whose words are part of the prompt
    typed: str | None = None  # the requester's own words, if a writer was asked for others; `prompt` is what is sent
    offered: str | None = None  # the writer's words
    parent_id: str | None = None
    root_id: str | None = None
    rung: str | None = None  # the remix method: native, edit or image
    no_remix: bool = False
    interaction_id: int | None = None
    interaction_token: str | None = field(default=None, repr=False)
    source_message_id: int | None = None
    send_after: float | None = None  # an order by reply can be undone until then
    cancel_requested_at: float | None = None  # cancelled while it rendered: the worker stops it at the provider
    locale: str | None = None  # the requester's; None in rows of older versions, and once it was deleted
    task: JobTask = JobTask()
    clip: JobClip = JobClip()
    post: JobPost = JobPost()
    money: JobMoney = JobMoney()
    bundle: JobBundle = JobBundle()

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def imported(self) -> bool:
        """Whether it is a member's own video."""
        return self.state is State.IMPORTED

    @property
    def joins_source(self) -> bool:
        """Whether it is an extension made from the last frame of its source, to which its clip is joined."""
        return self.kind is Kind.EXTEND and self.rung == "image"


class JobChanges(TypedDict, total=False):
    """Columns that a transition or an update may change; `state`, `why` and `updated_at` belong to the transition."""

    code: str
    user_id: int
    prompt: str
    model: str
    account: str
    due_at: float | None
    lease_until: float | None
    tries: int
    outcome: Outcome | None
    trouble: str | None
    facts: str
    aspect: str | None
    image_url: str | None
    image_file: str | None
    note: str | None
    rung: str | None
    no_remix: bool
    interaction_token: str | None
    send_after: float | None
    cancel_requested_at: float | None
    locale: str | None
    attempt: int
    ambiguous: bool
    request_hash: str | None
    intent_at: float | None
    submitted_at: float | None
    finished_at: float | None
    task_id: str | None
    spare_ids: str
    protocol: str | None
    endpoint: str | None
    progress: float | None
    clip_file: str | None
    clip_bytes: int | None
    clip_sha256: str | None
    clip_seconds: float | None
    status_message_id: int | None
    result_message_id: int | None
    result_channel_id: int | None
    shared_message_id: int | None
    posted_with: str | None
    chosen_at: float | None
    revealed_at: float | None
    post_first_at: float | None
    post_last_at: float | None
    post_epoch: int
    delivered_at: float | None
    deleted_at: float | None
    price_micros: int
    resent: int
    cost_micros: int | None
    earlier_micros: int
