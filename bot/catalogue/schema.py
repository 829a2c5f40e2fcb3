"""The schema of a catalogue file in pydantic, which builds the data classes of `model`."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

from bot.catalogue.model import FollowUpRule, ImageForm, ImageRule, Model, Price

MICROS = 1_000_000


def _expand_range(value: object) -> object:
    """Expand `"4-15"` to all whole numbers from 4 to 15."""
    if not isinstance(value, str):
        return value
    first, dash, last = value.partition("-")
    if not (dash and first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last) <= 600):
        raise ValueError('takes a list of whole seconds, or a range like "4-15"')
    return list(range(int(first), int(last) + 1))


Aspect = Annotated[StrictStr, Field(pattern=r"^\d{1,4}(\.\d+)?:\d{1,4}(\.\d+)?$")]
Seconds = Annotated[tuple[Annotated[StrictInt, Field(ge=1, le=600)], ...], BeforeValidator(_expand_range)]
Word = Annotated[StrictStr, Field(min_length=1, max_length=200)]
ImageOption = Literal["image", "last_image", "reference"]
Option = Literal["prompt", "aspect", "seconds", "resolution", "size", "image", "last_image", "reference"]
Usd = Annotated[Decimal, Field(ge=0, le=1000, allow_inf_nan=False)]


def _false_to_none(value: object) -> object:
    return None if value is False else value


def _off_reason(value: object) -> object:
    return "The host switched it off." if value is True else value or None


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ImageIn(Table):
    most: Annotated[StrictInt, Field(ge=0, le=20)] = 1
    last: StrictBool = False
    references: Annotated[StrictInt, Field(ge=0, le=20)] = 0
    exclusive: StrictBool = False
    required: StrictBool = False
    form: ImageForm = "url"
    max_mb: Annotated[float, Field(gt=0, le=50)] = 10.0
    model: Word | None = None
    last_model: Word | None = None
    last_fields: Mapping[ImageOption, StrictStr] = {}
    reference_model: Word | None = None
    frame_constants: Mapping[str, object] = {}
    reference_constants: Mapping[str, object] = {}

    def build(self) -> ImageRule:
        size = int(self.max_mb * 1_000_000)
        return ImageRule(
            max_images=self.most,
            last=self.last,
            max_references=self.references,
            exclusive=self.exclusive,
            required=self.required,
            form=self.form,
            max_bytes=size,
            model=self.model,
            last_model=self.last_model,
            last_fields={str(option): name for option, name in self.last_fields.items()},
            reference_model=self.reference_model,
            frame_constants=self.frame_constants,
            reference_constants=self.reference_constants,
        )


class FollowUpIn(Table):
    model: StrictStr
    aspects: tuple[Aspect, ...] = ()
    seconds: Seconds = ()
    default_seconds: StrictInt | None = None
    resolutions: tuple[Word, ...] = ()
    references: Annotated[StrictInt, Field(ge=0, le=20)] = 0
    fields: Mapping[Literal["prompt", "video", "aspect", "seconds", "resolution"], StrictStr] = {}
    constants: Mapping[str, object] = {}

    def build(self) -> FollowUpRule:
        return FollowUpRule(**dict(self))


class PriceIn(Table):
    video_usd: Usd = Decimal(0)
    second_usd: Usd = Decimal(0)
    image_usd: Usd = Decimal(0)
    input_second_usd: Usd = Decimal(0)
    by_resolution_usd: Mapping[str, Usd] = {}
    minimum_usd: Usd = Decimal(0)
    source: StrictStr = "set by the host"

    def build(self) -> Price:
        return Price(
            video_micros=_micros(self.video_usd),
            second_micros=_micros(self.second_usd),
            image_micros=_micros(self.image_usd),
            input_second_micros=_micros(self.input_second_usd),
            minimum_micros=_micros(self.minimum_usd),
            by_resolution={name: _micros(usd) for name, usd in self.by_resolution_usd.items()},
            source=self.source,
        )


def _micros(usd: Decimal) -> int:
    return math.ceil(usd * MICROS)


class ModelIn(Table):
    """One `[kind.key]` table. `false` removes a rule of the shipped file."""

    title: Annotated[StrictStr, Field(min_length=1, max_length=40)]
    wire: Word | None = None
    family: Word
    aspects: tuple[Aspect, ...] = ()
    seconds: Seconds = ()
    resolutions: tuple[Word, ...] = ()
    default_aspect: StrictStr | None = None
    default_seconds: StrictInt | None = None
    default_resolution: StrictStr | None = None
    fields: Mapping[Option, StrictStr] = {}
    constants: Mapping[str, object] = {}
    items: Mapping[ImageOption, Mapping[str, object]] = {}
    seconds_as_text: StrictBool = False
    sizes: Mapping[str, Word] = {}
    path: Annotated[StrictStr, Field(pattern=r"^/[\w/.-]+$")] | None = None
    protocol: Word | None = None
    encoding: Literal["json", "multipart"] | None = None
    creates: StrictBool = True
    flavours: tuple[Word, ...] = ()
    accounts: tuple[Word, ...] = ()
    image: Annotated[ImageIn | None, BeforeValidator(_false_to_none)] = None
    remix: Annotated[FollowUpIn | None, BeforeValidator(_false_to_none)] = None
    extend: Annotated[FollowUpIn | None, BeforeValidator(_false_to_none)] = None
    takes_video_s: Annotated[float, Field(gt=0, le=600)] | None = None
    own_by_id: StrictBool = False
    prompt_max: Annotated[StrictInt, Field(ge=3, le=100_000)] = 2000
    prompt_utf16: StrictBool = False
    language: Literal["en", "de", "es", "fr", "zh", "ja", "ko", "ru"] | None = None
    price: Annotated[PriceIn | None, BeforeValidator(_false_to_none)] = None
    usual_s: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]] = (30.0, 120.0)
    first_s: Annotated[float, Field(ge=0)] = 10.0
    off: Annotated[StrictStr | None, BeforeValidator(_off_reason)] = None

    @model_validator(mode="after")
    def _defaults_are_offered(self) -> Self:
        offers: list[tuple[str, object, Sequence[object]]] = [
            ("default_aspect", self.default_aspect, self.aspects),
            ("default_seconds", self.default_seconds, self.seconds),
            ("default_resolution", self.default_resolution, self.resolutions),
        ]
        for name, default, offered in offers:
            if default is not None and default not in offered:
                raise ValueError(f"{name} is {default}, which is not among what it offers")
        return self

    @model_validator(mode="after")
    def _pictures_have_fields(self) -> Self:
        needed = [("last_image", "last")] if self.image and self.image.last else []
        needed += [("reference", "references")] if self.image and self.image.references else []
        for option, key in needed:
            if option not in self.fields:
                raise ValueError(f"image.{key} needs the provider's field name: fields = {{ {option} = ... }}")
        return self

    def build(self, kind: str, key: str) -> Model:
        rules = {
            "image": self.image.build() if self.image else ImageRule(),
            "remix": self.remix.build() if self.remix else None,
            "extend": self.extend.build() if self.extend else None,
            "price": self.price.build() if self.price else None,
            "wire": self.wire or key,
            "default_aspect": self.default_aspect or next(iter(self.aspects), None),
            "default_seconds": self.default_seconds or next(iter(self.seconds), None),
            "default_resolution": self.default_resolution or next(iter(self.resolutions), None),
        }
        return Model(**{**dict(self), **rules, "kind": kind, "key": key})


_TABLES: Mapping[str, type[Table]] = {"image": ImageIn, "remix": FollowUpIn, "extend": FollowUpIn, "price": PriceIn}


def known_keys(location: Sequence[int | str]) -> tuple[str, ...]:
    """Return the keys that are valid at a location in a model's table."""
    table = next((_TABLES[step] for step in location if isinstance(step, str) and step in _TABLES), ModelIn)
    return tuple(table.model_fields)
