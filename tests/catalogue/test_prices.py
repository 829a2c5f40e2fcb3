"""Everything that a provider bills is in the quote: seconds, resolution, pictures and input seconds."""

import math
from dataclasses import dataclass, replace

import pytest

from bot.catalogue.load import load_catalogue
from bot.catalogue.model import Model, Price
from bot.catalogue.offers import Offer, Offers
from bot.catalogue.roles import takes
from bot.jobs.errors import CannotRemix, NeedsImage, NotOffered
from bot.jobs.job import Job, JobClip, Kind, Outcome, State
from bot.jobs.pictures import PictureRoles, more_pictures
from bot.ordering.quote import Request, quote
from bot.ordering.remix_methods import RUNGS
from bot.ports.provider import RemixMethod
from tests.store.factories import make_job


@dataclass(frozen=True)
class Account:
    name: str
    kind: str
    title: str = ""
    flavour: str = ""
    protocol: str = ""
    price: Price | None = None
    models: tuple[Model, ...] = ()
    off: str | None = None


KINDS = ("toapis", "octopusx", "openai_videos", "xai", "openrouter", "fal", "runway", "gemini", "runware")
INPUT_SECOND_MICROS = 3_000


def priced(model: Model) -> Model:
    """Bill every model for pictures and input seconds too, so that a missing term shows."""
    assert model.price is not None
    price = replace(
        model.price, image_micros=model.price.image_micros or 7_000, input_second_micros=INPUT_SECOND_MICROS
    )
    return replace(model, price=price)


def offers() -> Offers:
    models = [priced(model) for model in load_catalogue(None) if model.price is not None]
    return Offers(models, [Account(kind, kind) for kind in KINDS])


OFFERS = offers()


def expected_micros(model: Model, seconds: int | None, resolution: str | None, images: int, input_seconds: int) -> int:
    price = model.price
    assert price is not None
    if seconds is None:
        seconds = model.default_seconds or max(model.seconds, default=math.ceil(model.takes_video_s or 0))
    rate = price.by_resolution.get(resolution or "", max(price.by_resolution.values(), default=price.second_micros))
    inputs = price.image_micros * images + price.input_second_micros * input_seconds
    return max(price.minimum_micros, price.video_micros + rate * seconds + inputs)


@pytest.mark.parametrize("offer", OFFERS.enabled(), ids=lambda offer: offer.key)
@pytest.mark.parametrize("has_image", [False, True])
def test_a_new_video_costs_its_seconds_at_its_resolution_and_its_picture(offer: Offer, has_image: bool) -> None:
    model = offer.model
    if not model.creates or (has_image and not model.image.max_images) or (model.image.required and not has_image):
        return
    for seconds in model.seconds or (None,):
        for resolution in model.resolutions or (None,):
            request = Request(
                kind=Kind.GENERATE, prompt="a paper boat", model=offer.key, seconds=seconds, resolution=resolution,
                image_url="https://cdn.example/a.png" if has_image else None,
            )  # fmt: skip
            quoted = quote(OFFERS, RUNGS, request)
            assert quoted.price_micros == expected_micros(model, seconds, resolution, int(has_image), 0)


ROLES = (PictureRoles(first=True, last=True), PictureRoles(references=1), PictureRoles(references=3))


@pytest.mark.parametrize(
    ("offer", "roles"),
    [(offer, roles) for offer in OFFERS.enabled() for roles in ROLES if takes(offer.model.image, roles)],
    ids=lambda value: getattr(value, "key", None) or f"{value.count}-{value.references}",
)
def test_every_picture_is_in_the_price(offer: Offer, roles: PictureRoles) -> None:
    link = "https://cdn.example/a.png"
    request = Request(
        kind=Kind.GENERATE, prompt="a paper boat", model=offer.key, image_url=link if roles.first else None,
        pictures=more_pictures(link if roles.last else None, [link] * roles.references),
    )  # fmt: skip
    quoted = quote(OFFERS, RUNGS, request)
    choice = quoted.choice
    assert quoted.price_micros == expected_micros(offer.model, choice.seconds, choice.resolution, roles.count, 0)


def source_of(offer: Offer) -> Job:
    return replace(
        make_job(
            model=offer.model.key, account=offer.account, state=State.DELIVERED, outcome=Outcome.SUCCEEDED, seconds=5
        ),
        clip=JobClip(clip_file="a.mp4", clip_seconds=4.2),
    )


@pytest.mark.parametrize("method", RUNGS)
@pytest.mark.parametrize("kind", [Kind.REMIX, Kind.EXTEND])
@pytest.mark.parametrize("offer", OFFERS.enabled(), ids=lambda offer: offer.key)
def test_a_remix_costs_its_input_by_every_method(offer: Offer, kind: Kind, method: RemixMethod) -> None:
    request = Request(kind=kind, prompt="make it snow", source=source_of(offer), model=offer.key)
    try:
        quoted = quote(OFFERS, (method,), request)
    except Exception as error:  # noqa: BLE001
        assert isinstance(error, CannotRemix | NeedsImage | NotOffered)
        return
    from_frame = method == "image"
    model, choice = quoted.step.offer.model, quoted.choice
    images, input_seconds = (1, 0) if from_frame else (0, 5)  # 4.2 s are billed as 5
    assert quoted.price_micros == expected_micros(model, choice.seconds, choice.resolution, images, input_seconds)


def test_one_second_with_a_picture_costs_the_second_and_the_picture() -> None:
    catalogue = Offers(load_catalogue(None), [Account("xai", "xai")])
    request = Request(
        kind=Kind.GENERATE, prompt="a paper boat", model="grok-imagine-video-1.5", seconds=1, resolution="480p",
        image_url="https://cdn.example/a.png",
    )  # fmt: skip
    assert quote(catalogue, RUNGS, request).price_micros == 90_000


@pytest.mark.parametrize(("asked_s", "clip_s", "billed_s"), [(3, 5.0, 5), (5, 6.04, 7), (None, 8.0, 8), (5, 5.04, 5)])
def test_an_edit_costs_the_length_of_the_clip_that_it_copies(asked_s: int | None, clip_s: float, billed_s: int) -> None:
    """An extended clip is longer than the seconds that were added, and a provider may round up."""
    catalogue = Offers(load_catalogue(None), [Account("xai", "xai")])
    offer = next(offer for offer in catalogue.enabled() if offer.model.key == "grok-imagine-video")
    source = replace(
        source_of(offer), seconds=asked_s, resolution="480p", clip=JobClip(clip_file="a.mp4", clip_seconds=clip_s)
    )
    quoted = quote(catalogue, RUNGS, Request(kind=Kind.REMIX, prompt="make it snow", source=source))
    assert (quoted.choice.seconds, quoted.price_micros) == (billed_s, 50_000 * billed_s)


def test_a_remix_of_an_unfinished_extension_costs_the_default_length() -> None:
    catalogue = Offers(load_catalogue(None), [Account("xai", "xai")])
    offer = next(offer for offer in catalogue.enabled() if offer.model.key == "grok-imagine-video")
    source = replace(source_of(offer), kind=Kind.EXTEND, seconds=3, resolution="480p", clip=JobClip())
    quoted = quote(catalogue, RUNGS, Request(kind=Kind.REMIX, prompt="make it snow", source=source))
    assert quoted.price_micros == 50_000 * 8
