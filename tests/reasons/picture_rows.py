"""Rows of why a model can't take the pictures of a request."""

from dataclasses import replace

from bot.catalogue.model import ImageRule, Model
from bot.catalogue.offers import Offers
from bot.jobs.job import JobClip, Kind, Outcome, State
from bot.jobs.picture_errors import (
    BothElsewhere,
    FramesOrReferences,
    LastFrameElsewhere,
    LastWithoutFirst,
    NoLastFrame,
    NoneTakesBoth,
    NoPicturesInRemix,
    NoReferences,
    PictureElsewhere,
    PicturesElsewhereInRemix,
    ReferencesElsewhere,
    TooManyReferences,
)
from bot.jobs.pictures import more_pictures
from bot.ordering.quote import Quote, Request, quote
from bot.ordering.remix_methods import RUNGS
from bot.providers import Account
from tests.providers.models import model_of
from tests.reasons.row import row
from tests.sample_job import JOB

ACCOUNTS = [Account(name="toapis", kind="toapis")]
LINK = "https://cdn.example/a.png"
FIRST = model_of("toapis/grok-video-3")
SOURCE = replace(JOB, state=State.DELIVERED, outcome=Outcome.SUCCEEDED, clip=JobClip(clip_seconds=5.0))


def like(key: str, rule: ImageRule) -> Model:
    return replace(FIRST, key=key, title=key.title(), image=rule, remix=None, extend=None)


NONE = like("none", ImageRule())
LAST = like("last", ImageRule(max_images=1, last=True))
VEO = like("veo", ImageRule(max_images=1, last=True, max_references=3, exclusive=True))
EDITS = replace(like("edits", ImageRule()), creates=False)
ANY = like("any", ImageRule(max_images=1, last=True, max_references=2))


def asked(
    *models: Model,
    first: bool = False,
    last: bool = False,
    references: int = 0,
    remix: bool = False,
    named: bool = False,
) -> Quote:
    """Quote a request for the first of these models; for a remix only if it's `named`."""
    request = Request(
        kind=Kind.REMIX if remix else Kind.GENERATE,
        prompt="a lighthouse",
        model=None if remix and not named else models[0].key,
        image_url=LINK if first else None,
        pictures=more_pictures(LINK if last else None, [LINK] * references),
        source=SOURCE if remix else None,
    )
    return quote(Offers(models, ACCOUNTS), RUNGS, request)


ROWS = [
    row(PictureElsewhere, lambda _: asked(NONE, FIRST, first=True), lambda _: asked(NONE, first=True)),
    row(NoLastFrame, lambda _: asked(FIRST, first=True, last=True), lambda _: asked(LAST, first=True, last=True)),
    row(
        LastFrameElsewhere,
        lambda _: asked(FIRST, LAST, first=True, last=True),
        lambda _: asked(FIRST, NONE, first=True, last=True),
    ),
    row(NoReferences, lambda _: asked(LAST, references=1), lambda _: asked(VEO, references=1)),
    row(ReferencesElsewhere, lambda _: asked(LAST, VEO, references=1), lambda _: asked(LAST, FIRST, references=1)),
    row(
        NoneTakesBoth,
        lambda _: asked(LAST, VEO, first=True, references=1),
        lambda _: asked(LAST, ANY, first=True, references=1),
    ),
    row(TooManyReferences, lambda _: asked(ANY, references=3), lambda _: asked(ANY, references=2)),
    row(
        FramesOrReferences,
        lambda _: asked(VEO, first=True, references=1),
        lambda _: asked(ANY, first=True, references=1),
    ),
    row(
        BothElsewhere,
        lambda _: asked(VEO, ANY, first=True, references=1),
        lambda _: asked(VEO, LAST, first=True, references=1),
    ),
    row(LastWithoutFirst, lambda _: asked(LAST, last=True), lambda _: asked(LAST, last=True, remix=True)),
    row(
        NoPicturesInRemix,
        lambda _: asked(FIRST, last=True, remix=True),
        lambda _: asked(FIRST, LAST, last=True, remix=True),
    ),
    row(
        PicturesElsewhereInRemix,
        lambda _: asked(EDITS, LAST, last=True, remix=True, named=True),
        lambda _: asked(EDITS, FIRST, last=True, remix=True, named=True),
    ),
]
