"""A model as the catalogue knows it. Plain data; knows neither files nor providers nor Discord."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ImageForm = Literal["url", "data", "file"]  # a public link, base64 in the JSON, or a part of a multipart body


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRule:
    """Pictures that a model starts from. `required`: it cannot do without one."""

    most: int = 0
    required: bool = False
    form: ImageForm = "url"
    max_bytes: int = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRule:
    """How a finished video of this model is remixed or extended at its own provider.

    `model` is the wire name that the request wants, which may differ from the source's; empty tuples mean
    that the request has no such field (it is inherited from the source).
    """

    model: str
    aspects: tuple[str, ...] = ()
    seconds: tuple[int, ...] = ()
    resolutions: tuple[str, ...] = ()
    default_seconds: int | None = None  # the first where None
    fields: Mapping[str, str] = field(default_factory=dict)  # as in Model; the dialect's own names where empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Millionths of a US dollar. A video costs `video + second * seconds`, by resolution where the table has it."""

    video_micros: int = 0
    second_micros: int = 0
    image_micros: int = 0  # for every picture that goes in
    by_resolution: Mapping[str, int] = field(default_factory=dict)  # replaces second_micros
    source: str = ""  # where the figure is from; shown by `doctor`

    def of(self, seconds: int | None, resolution: str | None, images: int = 0) -> int:
        """The price of one video, in millionths of a dollar. A resolution that is not in the table costs the most."""
        dearest = max(self.by_resolution.values(), default=self.second_micros)
        per_second = self.by_resolution.get(resolution or "", dearest)
        return self.video_micros + per_second * (seconds or 0) + self.image_micros * images


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of one kind of provider. Empty tuples mean that the model has no such option.

    `fields` maps our words (aspect, seconds, resolution, image) to a provider's. A dot leads into an object
    (`metadata.resolution`), a closing `[]` makes a list (`image_urls[]`), an empty name is never sent.
    """

    key: str  # "grok-video-3"
    kind: str  # the adapter: "toapis"
    title: str  # "Grok 3"
    wire: str  # the name on the wire
    family: str
    aspects: tuple[str, ...] = ()
    seconds: tuple[int, ...] = ()
    resolutions: tuple[str, ...] = ()
    default_aspect: str | None = None
    default_seconds: int | None = None
    default_resolution: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)  # our word -> the provider's field name
    constants: Mapping[str, object] = field(default_factory=dict)  # sent with every create
    seconds_as_text: bool = False  # "10" instead of 10
    sizes: Mapping[str, str] = field(default_factory=dict)  # "16:9" or "16:9 1080p" -> the one size field: "1280x720"
    path: str | None = None  # where it is created, if not where its dialect creates
    protocol: str | None = None  # the one protocol that offers it, where its provider has several
    encoding: Literal["json", "multipart"] | None = None  # of its create, if not the dialect's
    creates: bool = True  # False: it only works on finished videos
    flavours: tuple[str, ...] = ()  # the only flavours of its kind that have it; empty: all
    accounts: tuple[str, ...] = ()  # the only accounts that have it; empty: all
    image: ImageRule = field(default_factory=ImageRule)
    remix: FollowRule | None = None
    extend: FollowRule | None = None
    takes_video_s: float | None = None  # edits any mp4 up to this long, whoever made it
    prompt_max: int = 2000
    price: Price | None = None  # None: unknown, so refused until the host sets one
    usual_s: tuple[float, float] = (30.0, 120.0)  # a first guess at the middle half of its render times
    first_s: float = 10.0  # a first guess at its quickest twentieth
    off: str | None = None  # why it is switched off
