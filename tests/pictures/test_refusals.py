"""A model that can't take the pictures of a request is refused with the models that can, over the whole catalogue."""

from dataclasses import replace

import pytest

from bot.catalogue.load import load_catalogue
from bot.catalogue.offers import Offer, Offers
from bot.jobs.errors import BadWish, NoImage
from bot.jobs.job import Job, JobClip, Kind, Outcome, State
from bot.jobs.picture_errors import FramesOrReferences, NoneTakesBoth
from bot.jobs.pictures import more_pictures
from bot.ordering.quote import Request, quote
from bot.ordering.remix_methods import RUNGS
from bot.providers import Account
from tests.sample_job import JOB

LINK = "https://cdn.example/a.png"
KINDS = ("toapis", "octopusx", "xai", "fal", "openrouter", "runway", "gemini", "runware")
OFFERS = Offers(load_catalogue(), [Account(name=kind, kind=kind) for kind in KINDS])
SETS = {  # first, last, references
    "a first frame": (True, False, 0),
    "both frames": (True, True, 0),
    "a reference": (False, False, 1),
    "three references": (False, False, 3),
    "a frame and a reference": (True, False, 1),
}
OF_REMIXES = {"a last frame": (False, True, 0), "a reference": (False, False, 1), "three references": (False, False, 3)}
SOURCE = replace(
    JOB, model="grok-video-3", account="toapis", seconds=5, aspect="16:9", state=State.DELIVERED,
    outcome=Outcome.SUCCEEDED, clip=JobClip(clip_seconds=5.0),
)  # fmt: skip


def _refusal(offer: Offer, pictures: tuple[bool, bool, int], source: Job | None) -> BadWish | None:
    """Return why an offer can't be asked with these pictures, or None if it can."""
    first, last, references = pictures
    request = Request(
        kind=Kind.GENERATE if source is None else Kind.REMIX,
        prompt="a lighthouse in a storm",
        model=f"{offer.model.key}@{offer.account}",
        image_url=LINK if first else None,
        pictures=more_pictures(LINK if last else None, [LINK] * references),
        source=source,
    )
    try:
        quote(OFFERS, RUNGS, request)
    except BadWish as error:
        return error
    return None


def _check(pictures: tuple[bool, bool, int], source: Job | None) -> None:
    answers = {offer.key: _refusal(offer, pictures, source) for offer in OFFERS.enabled()}
    able = {key for key, error in answers.items() if error is None}
    refused = [error for error in answers.values() if error is not None]
    assert refused
    for error in refused:
        if able:
            assert set(str(error.facts["offered"]).split(", ")) == able, error.sentence()
        else:  # and none says that no model takes one of the pictures
            assert type(error) in (NoImage, FramesOrReferences, NoneTakesBoth), error.sentence()


@pytest.mark.parametrize("name", SETS)
def test_a_new_video_names_exactly_the_models_that_take_its_pictures(name: str) -> None:
    _check(SETS[name], None)


@pytest.mark.parametrize("name", OF_REMIXES)
def test_a_remix_names_exactly_the_models_that_take_its_pictures(name: str) -> None:
    _check(OF_REMIXES[name], SOURCE)
