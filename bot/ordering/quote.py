"""Requests and quotes: what a request would become and cost. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.catalogue.model import Model
from bot.catalogue.offers import Offers
from bot.catalogue.options import ResolvedOptions, model_price, resolve_options
from bot.i18n import fact
from bot.jobs.errors import NoPrice, UnknownModel
from bot.jobs.job import Job, Kind
from bot.jobs.rejections import PromptForgotten
from bot.jobs.server_settings import DELETED_PROMPT, ServerSettings
from bot.ordering.remix_methods import MethodChoice, choose_method
from bot.ports.provider import RemixMethod

OFF_HERE = fact("it's disabled on this server.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A member's request, not validated. `source` is the video to start from; access to it was checked."""

    kind: Kind
    prompt: str
    model: str | None = None
    aspect: str | None = None
    seconds: int | None = None
    resolution: str | None = None
    image_url: str | None = field(default=None, repr=False)
    image_file: str | None = None  # a picture that is already on disk, of the job that is repeated
    source: Job | None = None
    below: RemixMethod | None = None  # the remix method that failed last
    off: tuple[str, ...] = ()  # keys of offers that the server disabled

    @property
    def has_image(self) -> bool:
        return self.image_url is not None or self.image_file is not None

    def under(self, rules: ServerSettings) -> "Request":
        """Return the request under a server's settings: its default model, and no disabled models."""
        own = rules.default_model if self.source is None and rules.default_model not in rules.models_off else None
        return replace(self, model=self.model or own, off=rules.models_off)

    def with_changes(self, prompt: str, aspect: str | None, seconds: int | None) -> "Request":
        """Return the request with another prompt, and with other options if they are given."""
        return replace(self, prompt=prompt, aspect=aspect or self.aspect, seconds=seconds or self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A request that was validated against the catalogue."""

    step: MethodChoice
    choice: ResolvedOptions
    price_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRequest:
    """A request under a server's settings, its quote, and those settings. Ready to confirm or to submit."""

    request: Request
    quote: Quote
    settings: ServerSettings


def quote(offers: Offers, remix_methods: Sequence[RemixMethod], request: Request) -> Quote:
    """Validate and quote a request. Raise BadWish if it can't be made."""
    if request.prompt == DELETED_PROMPT:
        raise PromptForgotten
    source, step = request.source, _step(offers, remix_methods, request)
    offer, from_frame = step.offer, step.rung == "image"
    carried = None if from_frame else source  # a new video has its model's defaults
    choice = resolve_options(
        offer.model,
        kind=Kind.GENERATE if from_frame else request.kind,
        aspect=request.aspect or (carried.aspect if carried is not None else None),
        seconds=request.seconds or (carried.seconds if carried is not None else None),
        resolution=request.resolution or (carried.resolution if carried is not None else None),
        has_image=from_frame or request.has_image,
        prompt=request.prompt,
        explicit=_explicit(request),
    )
    images = 1 if from_frame or request.has_image else 0
    input_seconds = 0 if source is None or from_frame else _input_seconds(offer.model, source)
    price = model_price(offer.model, choice.seconds, choice.resolution, images, input_seconds)
    if price is None:
        raise NoPrice(model=offer.model.key)
    return Quote(step=step, choice=choice, price_micros=price)


def _input_seconds(model: Model, source: Job) -> int:
    """Return the billed length of a source in whole seconds; the longest that the model takes if it's unknown."""
    return math.ceil(source.clip.clip_seconds or source.seconds or model.takes_video_s or max(model.seconds, default=0))


def _step(offers: Offers, remix_methods: Sequence[RemixMethod], request: Request) -> MethodChoice:
    """Return the offer, and for a remix the method."""
    offers, source = offers.excluding(request.off, OFF_HERE), request.source
    if source is not None:
        if request.has_image:  # a picture becomes the first frame: only one method starts from one
            remix_methods = tuple(rung for rung in remix_methods if rung == "image")
        return choose_method(
            offers, source, request.kind, wanted=request.model, remix_methods=remix_methods, below=request.below
        )
    offer = offers.find(request.model) if request.model is not None else offers.default()
    if offer is None:
        enabled = ", ".join(each.key for each in offers.enabled()) or fact("none")
        raise UnknownModel(asked=request.model or fact("none"), offered=enabled)
    return MethodChoice(offer=offer, rung="native")


def _explicit(request: Request) -> frozenset[str]:
    return frozenset(name for name in ("aspect", "seconds", "resolution") if getattr(request, name) is not None)
