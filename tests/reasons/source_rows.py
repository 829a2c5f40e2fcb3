"""Rows of why a video can't be the source of another one, or can't be used."""

from dataclasses import replace
from typing import cast

import discord

from bot.catalogue.model import FollowUpRule, Model
from bot.catalogue.offers import Offers
from bot.chat.permissions.video_access import check_own
from bot.chat.requests.deletion import VideoDeletion
from bot.jobs.errors import (
    AlreadyDeleted,
    CannotRemix,
    MissingPermissions,
    NeverPosted,
    NoImage,
    NothingToDelete,
    NotPostedYet,
    NotYourVideo,
    ParentCancelled,
    ParentFailed,
    ParentUnknown,
)
from bot.jobs.job import Job, JobClip, JobPost, Kind, Outcome, State
from bot.jobs.model_errors import (
    CannotExtend,
    JoinedTooLong,
    MethodOff,
    NoImageHere,
    NoImageInExtension,
    NoModelExtends,
    NoModelRemixes,
    NoOtherMethod,
    OnlyOwnVideos,
    SourceTooLong,
)
from bot.jobs.provider_errors import MediaRefused, PolicyRefused
from bot.jobs.rejections import NoModelForLength, NoModelForVideo
from bot.ordering.quote import Quote, Request, quote
from bot.ordering.remix_methods import RUNGS
from bot.ports.provider import RemixMethod
from bot.providers import Account
from bot.worker.submit_errors import parent_error, policy_error
from tests.providers.models import model_of
from tests.reasons.row import row
from tests.sample_job import JOB

GROK = model_of("toapis/grok-video-3")
XAI = replace(model_of("xai/grok-imagine-video"), price=GROK.price)
PLAIN = replace(GROK, remix=None, extend=None, image=replace(GROK.image, max_images=0), key="plain", title="Plain")
NO_FRAME = replace(GROK, kind="octopusx", key="no-frame", image=replace(GROK.image, max_images=0))
EDITS = replace(PLAIN, remix=FollowUpRule(model="m"), takes_video_s=8.0, family="e", key="edits", title="Edits")
ACCOUNTS = [Account(name=kind, kind=kind) for kind in ("toapis", "octopusx", "xai")]
SOURCE = replace(JOB, state=State.DELIVERED, outcome=Outcome.SUCCEEDED, clip=JobClip(clip_seconds=10.0))
IMPORTED = replace(SOURCE, state=State.IMPORTED, account="", model="")
ALL = discord.Permissions.all()


def follow_up(
    *models: Model,
    kind: Kind = Kind.REMIX,
    model: str | None = None,
    methods: tuple[RemixMethod, ...] = RUNGS,
    below: RemixMethod | None = None,
    picture: bool = False,
    seconds: float | None = 10.0,
    imported: bool = False,
) -> Quote:
    """Quote a remix or an extension of the source, which Grok 3 has made."""
    request = Request(
        kind=kind,
        prompt="make it snow",
        model=model,
        below=below,
        image_file="p;image/png" if picture else None,
        source=replace(IMPORTED if imported else SOURCE, clip=JobClip(clip_seconds=seconds)),
    )
    return quote(Offers(models, ACCOUNTS), methods, request)


def deletion(job: Job, *, by: int = JOB.user_id, moderates: bool = False) -> None:
    VideoDeletion.check(discord.Object(by), job, moderates=moderates)


def posted(job: Job, deleted_at: float | None = None) -> Job:
    return replace(job, state=State.DELIVERED, post=JobPost(result_message_id=9, deleted_at=deleted_at))


def permitted(**denied: bool) -> None:
    """Check a text channel in which everything is allowed but this."""
    permissions = discord.Permissions(ALL.value)
    permissions.update(**denied)
    check_own(permissions, cast("object", None))


REMIX = replace(JOB, kind=Kind.REMIX, parent_id="p" * 22)
FAILED = replace(JOB, state=State.FAILED, outcome=Outcome.FAILED)
CANCELLED = replace(JOB, state=State.CANCELLED)
GIVEN_UP = replace(JOB, state=State.CANCELLED, outcome=Outcome.UNKNOWN)
RENDERING, POSTING = JOB, replace(JOB, state=State.DELIVERING)

ROWS = [
    row(CannotRemix, lambda _: follow_up(PLAIN, model="plain"), lambda _: follow_up(PLAIN, GROK)),
    row(
        CannotExtend,
        lambda _: follow_up(PLAIN, kind=Kind.EXTEND, model="plain"),
        lambda _: follow_up(replace(GROK, extend=None), kind=Kind.EXTEND, model="grok-video-3"),
    ),
    row(
        SourceTooLong,
        lambda _: follow_up(EDITS, model="edits"),
        lambda _: follow_up(EDITS, model="edits", seconds=8.0),
    ),
    row(
        OnlyOwnVideos,
        lambda _: follow_up(GROK, NO_FRAME, kind=Kind.EXTEND, model="no-frame"),
        lambda _: follow_up(GROK, NO_FRAME, kind=Kind.EXTEND, model="grok-video-3"),
    ),
    row(
        JoinedTooLong,
        lambda _: follow_up(replace(GROK, extend=None), kind=Kind.EXTEND, seconds=595.0),
        lambda _: follow_up(GROK, kind=Kind.EXTEND, seconds=595.0),
    ),
    row(
        NoImageInExtension,
        lambda _: follow_up(GROK, kind=Kind.EXTEND, picture=True),
        lambda _: follow_up(GROK, kind=Kind.REMIX, picture=True),
    ),
    row(NoModelForVideo, lambda _: follow_up(PLAIN, imported=True), lambda _: follow_up(PLAIN)),
    row(NoModelForVideo, lambda _: follow_up(PLAIN, imported=True), lambda _: follow_up(EDITS, imported=True)),
    row(
        NoModelForLength,
        lambda _: follow_up(EDITS, imported=True),
        lambda _: follow_up(EDITS, imported=True, seconds=None),
    ),
    row(
        MethodOff,
        lambda _: follow_up(GROK, model="grok-video-3", methods=("edit",)),
        lambda _: follow_up(PLAIN, model="plain", methods=("edit",)),
    ),
    row(NoModelRemixes, lambda _: follow_up(PLAIN), lambda _: follow_up(PLAIN, model="plain")),
    row(
        NoModelExtends,
        lambda _: follow_up(PLAIN, kind=Kind.EXTEND),
        lambda _: follow_up(replace(GROK, extend=None), kind=Kind.EXTEND),
    ),
    row(NoOtherMethod, lambda _: follow_up(PLAIN, below="native"), lambda _: follow_up(GROK, below="native")),
    row(
        NoImageHere,
        lambda _: follow_up(PLAIN, picture=True),
        lambda _: follow_up(PLAIN, picture=True, model="plain"),
    ),
    row(NoImage, lambda _: follow_up(PLAIN, picture=True, model="plain"), lambda _: follow_up(GROK, picture=True)),
    row(ParentFailed, lambda _: parent_error(FAILED), lambda _: parent_error(CANCELLED)),
    row(ParentCancelled, lambda _: parent_error(CANCELLED), lambda _: parent_error(GIVEN_UP)),
    row(ParentUnknown, lambda _: parent_error(GIVEN_UP), lambda _: parent_error(FAILED)),
    row(MediaRefused, lambda _: policy_error(REMIX, PolicyRefused()), lambda _: policy_error(JOB, PolicyRefused())),
    row(
        NotYourVideo,
        lambda _: deletion(posted(JOB), by=99),
        lambda _: deletion(posted(JOB), by=99, moderates=True),
    ),
    row(AlreadyDeleted, lambda _: deletion(posted(JOB, deleted_at=5.0)), lambda _: deletion(posted(JOB))),
    row(NeverPosted, lambda _: deletion(FAILED), lambda _: deletion(POSTING)),
    row(NothingToDelete, lambda _: deletion(RENDERING), lambda _: deletion(POSTING)),
    row(NotPostedYet, lambda _: deletion(POSTING), lambda _: deletion(RENDERING)),
    row(MissingPermissions, lambda _: permitted(attach_files=False), lambda _: permitted(embed_links=False)),
]
