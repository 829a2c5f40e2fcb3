"""Data classes of the catalogue: models, prices and the rules for remixes and extensions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ImageForm = Literal["url", "data", "file"]  # a public link, base64 in the JSON, or a file of a multipart body


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRule:
    """The pictures that a model accepts. `max_images` are first frames; `required`: it needs at least one.

    `last`: it accepts a last frame. `max_references` are pictures of what to show, which are no frames of the video.
    `exclusive`: it accepts frames or references, not both. `model` is the wire name of requests with a picture, if
    that is another one, and `last_model` and `reference_model` those of requests with a last frame or references.
    `last_fields` override the model's fields in requests with a last frame. `frame_constants` and
    `reference_constants` are sent with every request with frames or with references.
    """

    max_images: int = 0
    last: bool = False
    max_references: int = 0
    exclusive: bool = False
    required: bool = False
    form: ImageForm = "url"
    max_bytes: int = 10_000_000
    model: str | None = None
    last_model: str | None = None
    last_fields: Mapping[str, str] = field(default_factory=dict)
    reference_model: str | None = None
    frame_constants: Mapping[str, object] = field(default_factory=dict)
    reference_constants: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpRule:
    """How a finished video of this model is remixed or extended at its own provider.

    `model` is the wire name in the request, which may differ from the source's. An empty tuple means that the
    request has no such field, because the source's value is inherited.
    """

    model: str
    aspects: tuple[str, ...] = ()
    seconds: tuple[int, ...] = ()
    resolutions: tuple[str, ...] = ()
    default_seconds: int | None = None  # None: the first of `seconds`
    references: int = 0  # pictures of what to show that it takes beside the clip
    fields: Mapping[str, str] = field(default_factory=dict)  # as in Model, plus `video`; empty: the dialect's names
    constants: Mapping[str, object] = field(default_factory=dict)  # sent with every request of this rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price in millionths of a US dollar: the sum of all that a provider bills for one video."""

    video_micros: int = 0
    second_micros: int = 0
    image_micros: int = 0  # per input picture
    input_second_micros: int = 0  # per second of an input video, of remixes and extensions
    by_resolution: Mapping[str, int] = field(default_factory=dict)  # overrides second_micros
    minimum_micros: int = 0  # the least that one video costs
    source: str = ""  # the origin of the price, shown by `doctor`

    def cost_micros(self, seconds: int | None, resolution: str | None, images: int = 0, input_seconds: int = 0) -> int:
        """Return the cost of one video in millionths of a dollar, at the highest rate if the resolution is unknown."""
        highest_rate = max(self.by_resolution.values(), default=self.second_micros)
        second_micros = self.by_resolution.get(resolution or "", highest_rate)
        input_micros = self.image_micros * images + self.input_second_micros * input_seconds
        return max(self.minimum_micros, self.video_micros + second_micros * (seconds or 0) + input_micros)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A ComfyUI workflow in API format, with placeholders such as `{{prompt}}` among the inputs of its nodes.

    `{{frames}}` is a multiple of `frame_step` plus one, at `fps` frames per second.
    """

    graph: Mapping[str, object]
    fps: int | None = None
    frame_step: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of one kind of provider. An empty tuple means that the model has no such option.

    `fields` maps our option names (prompt, aspect, seconds, resolution, image, last_image, reference) to the provider's
    field names. A dot selects a nested object (`metadata.resolution`), `[]` a list of values (`image_urls[]`) or of
    objects (`frame_images[].image_url.url`); an empty name is never sent. `items` are the constant fields of such an
    object, by option.
    """

    key: str  # "grok-video-3"
    kind: str  # the adapter: "toapis"
    title: str  # "Grok 3"
    wire: str  # the name in requests
    family: str
    aspects: tuple[str, ...] = ()
    seconds: tuple[int, ...] = ()
    resolutions: tuple[str, ...] = ()
    default_aspect: str | None = None
    default_seconds: int | None = None
    default_resolution: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)  # option -> the provider's field name
    constants: Mapping[str, object] = field(default_factory=dict)  # sent with every create
    items: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  # option -> the rest of its list object
    seconds_as_text: bool = False  # "10" instead of 10
    sizes: Mapping[str, str] = field(default_factory=dict)  # "16:9" or "16:9 1080p" -> the one size field: "1280x720"
    path: str | None = None  # overrides the dialect's path for creating videos
    protocol: str | None = None  # the only protocol that offers it, if its provider has several
    encoding: Literal["json", "multipart"] | None = None  # overrides the dialect's encoding for creating videos
    creates: bool = True  # False: it only remixes or extends finished videos
    flavours: tuple[str, ...] = ()  # the flavours of its kind that have it; empty: all
    accounts: tuple[str, ...] = ()  # the accounts that have it; empty: all
    image: ImageRule = field(default_factory=ImageRule)
    remix: FollowUpRule | None = None
    extend: FollowUpRule | None = None
    takes_video_s: float | None = None  # edits any mp4 up to this length, from any provider
    own_by_id: bool = False  # it follows up its own videos by their id, of any length; only others need the clip
    prompt_max: int = 2000
    language: str | None = None  # in which it understands prompts best: "en"; None if that isn't known
    prompt_utf16: bool = False  # prompt_max counts UTF-16 code units, of which an emoji has two
    price: Price | None = None  # None: unknown, so the model is rejected until the host sets a price
    usual_s: tuple[float, float] = (30.0, 120.0)  # initial estimate of the quartiles of its render times
    first_s: float = 10.0  # initial estimate of the 5th percentile
    off: str | None = None  # why it is disabled
    workflow: Workflow | None = None  # what makes its videos at a ComfyUI server
    from_host: bool = False  # the host's own file describes it, which overrides what a provider lists
