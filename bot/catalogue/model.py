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


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Millionths of a US dollar. A video costs `video + second * seconds`, by resolution where the table has it."""

    video_micros: int = 0
    second_micros: int = 0
    by_resolution: Mapping[str, int] = field(default_factory=dict)  # replaces second_micros
    source: str = ""  # where the figure is from; shown by `doctor`

    def of(self, seconds: int | None, resolution: str | None) -> int:
        """The price of one video, in millionths of a dollar."""
        per_second = self.by_resolution.get(resolution or "", self.second_micros)
        return self.video_micros + per_second * (seconds or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of one kind of provider. Empty tuples mean that the model has no such option."""

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
    image: ImageRule = field(default_factory=ImageRule)
    remix: FollowRule | None = None
    extend: FollowRule | None = None
    takes_video_s: float | None = None  # edits any mp4 up to this long, whoever made it
    prompt_max: int = 2000
    price: Price | None = None  # None: unknown, so refused until the host sets one
    usual_s: tuple[float, float] = (30.0, 120.0)  # a first guess at the middle half of its render times
    first_s: float = 10.0  # a first guess at its quickest twentieth
    off: str | None = None  # why it is switched off
