"""Requests and quotes: what a request would become and cost. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.catalogue.model import Model
from bot.catalogue.offers import Offers
from bot.catalogue.options import ResolvedOptions, model_price, nearest_aspect, resolve_options
from bot.i18n import _, fact, ngettext
from bot.jobs.bundle_errors import SameModel, StillHidden
from bot.jobs.errors import NoPrice, PromptLength
from bot.jobs.job import MAX_JOINED_S, Job, Kind
from bot.jobs.model_errors import JoinedTooLong, PromptUnits
from bot.jobs.pictures import JobPicture, PictureRoles, roles_of
from bot.jobs.rejections import PromptForgotten
from bot.jobs.server_settings import DELETED_PROMPT, ServerSettings
from bot.jobs.style import AppliedStyle
from bot.jobs.style_errors import StyledPromptLength
from bot.ordering.remix_methods import MethodChoice, check_pictures, choose_method, unknown_model
from bot.ports.provider import RemixMethod

CLIP_TOLERANCE_S = 0.5  # a clip is some frames longer than what was requested
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
    pictures: tuple[JobPicture, ...] = ()  # the last frame and references; of a repeated job also the first frame
    source: Job | None = None
    below: RemixMethod | None = None  # the remix method that failed last
    off: tuple[str, ...] = ()  # keys of offers that the server disabled
    on: tuple[str, ...] = ()  # keys of new models that the server enabled
    style: str | None = None  # the name of a style to apply
    applied: AppliedStyle | None = None  # the style whose words are part of the prompt
    typed: str | None = None  # the member's own words, if a writer was asked for others
    offered: str | None = None  # the writer's words
    takes: int = 1  # how many videos to make of it
    rival: str | None = None  # the model of a second take, to compare blindly with the first

    @property
    def has_image(self) -> bool:
        return self.image_url is not None or self.image_file is not None

    @property
    def roles(self) -> PictureRoles:
        """Return what the member's pictures are for."""
        return roles_of(self.pictures, first=self.has_image)

    def under(self, rules: ServerSettings) -> "Request":
        """Return the request under a server's settings: its default model, and no disabled models."""
        own = rules.default_model if self.source is None and rules.default_model not in rules.models_off else None
        return replace(self, model=self.model or own, off=rules.models_off, on=rules.models_on)

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
    rival: Quote | None = None  # of the model to compare with

    @property
    def total_micros(self) -> int:
        """What the request costs with all its takes."""
        rival_micros = self.rival.price_micros if self.rival is not None else 0
        return self.quote.price_micros * self.request.takes + rival_micros


def quote_styled(offers: Offers, remix_methods: Sequence[RemixMethod], request: Request) -> Quote:
    """Quote a request. If its prompt is too long with its style, the error says so. Raise BadWish as `quote`."""
    try:
        return quote(offers, remix_methods, request)
    except PromptLength as error:
        too_long = int(error.facts["length"]) > int(error.facts["longest"])
        if request.applied is None or not too_long or isinstance(error, PromptUnits):
            raise
        facts = {name: error.facts[name] for name in ("length", "longest")}
        raise StyledPromptLength(style=request.applied.name, **facts) from error


def quote(offers: Offers, remix_methods: Sequence[RemixMethod], request: Request) -> Quote:
    """Validate and quote a request. Raise BadWish if it can't be made."""
    if request.prompt == DELETED_PROMPT:
        raise PromptForgotten
    offers = offers.excluding(request.off, OFF_HERE, request.on)
    if request.source is not None and request.source.bundle.hidden:
        raise StillHidden(code=request.source.code)
    source, step = request.source, _step(offers, remix_methods, request)
    offer, from_frame = step.offer, step.rung == "image"
    pictures = replace(request.roles, first=from_frame or request.has_image)
    if offer.off is None and (from_frame or request.kind is Kind.GENERATE):
        check_pictures(offers, offer, pictures)
    carried = None if from_frame else source  # a new video has its model's defaults
    joined = source if from_frame and request.kind is Kind.EXTEND else None
    choice = resolve_options(
        offer.model,
        kind=Kind.GENERATE if from_frame else request.kind,
        aspect=request.aspect or (carried.aspect if carried is not None else _shape(offer.model, source, joined)),
        seconds=request.seconds or (_clip_seconds(carried) if carried is not None else None),
        resolution=request.resolution or (carried.resolution if carried is not None else _lines(offer.model, joined)),
        has_image=pictures.first,
        prompt=request.prompt,
        explicit=_explicit(request),
    )
    if joined is not None:
        _check_joined(joined, choice)
    choice = replace(choice, note=_with_pictures(choice.note, request.roles))
    input_seconds = 0 if source is None or from_frame else _input_seconds(offer.model, source)
    price = model_price(offer.model, choice.seconds, choice.resolution, pictures.count, input_seconds)
    if price is None:
        raise NoPrice(model=offer.model.title)
    return Quote(step=step, choice=choice, price_micros=price)


def _with_pictures(note: str | None, roles: PictureRoles) -> str | None:
    """Return a note with what the member's pictures are, unless there is nothing but a first frame."""
    if not roles.beside_first:
        return note
    frames = {(True, True): _("first and last frame"), (True, False): _("first frame"), (False, True): _("last frame")}
    parts = [frames.get((roles.first, roles.last), "")]
    if roles.references:
        counted = ngettext("{count} reference", "{count} references", roles.references)
        parts.append(counted.format(count=roles.references))
    return " · ".join(filter(None, (*parts, note)))


def rival_of(first: Quote, second: Quote) -> Quote:
    """Return the second quote of a comparison. Raise SameModel if it is of the same model."""
    if first.step.offer.model.key == second.step.offer.model.key:
        raise SameModel(model=first.step.offer.model.title)
    return second


def _shape(model: Model, source: Job | None, joined: Job | None) -> str | None:
    """Return the aspect in which a model continues a video from its last frame, or None for the model's default.

    A member's own video keeps its shape, and so does one that the new part is joined to.
    """
    if source is None or source.aspect is None or not model.aspects or not (source.imported or joined):
        return None
    return nearest_aspect(source.aspect, model.aspects, model.default_aspect)


def _lines(model: Model, joined: Job | None) -> str | None:
    """Return the resolution of the video that a new part is joined to, if the model has it; None for its default."""
    wanted = (joined.resolution or "").casefold() if joined is not None else ""
    return next((each for each in model.resolutions if each.casefold() == wanted), None)


def _check_joined(source: Job, choice: ResolvedOptions) -> None:
    """Raise JoinedTooLong if a video and its new part are longer together than what can be joined."""
    length_s = source.clip.clip_seconds
    if length_s is not None and length_s + (choice.seconds or 0) > MAX_JOINED_S:
        raise JoinedTooLong(seconds=math.ceil(length_s), limit=MAX_JOINED_S // 60)


def _clip_seconds(source: Job) -> int | None:
    """Return the length that a remix inherits: the requested one, or the clip's if that is longer.

    The clip of an extension includes its source, so its length is unknown until it is on disk. A provider may round up.
    """
    length_s = source.clip.clip_seconds
    if length_s is None:
        return None if source.kind is Kind.EXTEND else source.seconds
    if source.seconds is not None and length_s < source.seconds + CLIP_TOLERANCE_S:
        return source.seconds
    return math.ceil(length_s)


def _input_seconds(model: Model, source: Job) -> int:
    """Return the billed length of a source in whole seconds; the longest that the model takes if it's unknown."""
    return math.ceil(source.clip.clip_seconds or source.seconds or model.takes_video_s or max(model.seconds, default=0))


def _step(offers: Offers, remix_methods: Sequence[RemixMethod], request: Request) -> MethodChoice:
    """Return the offer, and for a remix the method. `offers` are those of the server."""
    source = request.source
    if source is not None:
        return choose_method(
            offers,
            source,
            request.kind,
            wanted=request.model,
            remix_methods=remix_methods,
            below=request.below,
            pictures=request.roles,
        )
    offer = offers.find(request.model) if request.model is not None else offers.default()
    if offer is None:
        raise unknown_model(offers, request.model)
    return MethodChoice(offer=offer, rung="native")


def _explicit(request: Request) -> frozenset[str]:
    return frozenset(name for name in ("aspect", "seconds", "resolution") if getattr(request, name) is not None)
