"""Reads models and prices from OpenRouter's list of video models, `GET /videos/models`. Stateless.

Source: openrouter.ai/docs/api_reference/videos; the type VideoModel of its SDK 1.3.84. The names of the prices aren't
documented beyond one example; those here are the ones that the list had in August and October 2026.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from bot.catalogue.model import FollowUpRule, ImageRule, Model, Price
from bot.providers.json_fields import MAX_LISTED, first_text, get_path

KIND = "openrouter"
SOURCE = "OpenRouter's list of models"
BY_SIZE_SOURCE = "estimate: OpenRouter bills tokens, here counted as 1024 pixels at 24 frames per second"
FRAMES_PER_S, PIXELS_PER_TOKEN = 24, 1024
MAX_USD = 1000
_RESOLUTION = r"(?P<resolution>\d{1,4}[pk])"
_DOLLAR, _CENT = Decimal(1), Decimal("0.01")
_SECOND_RATES = (
    (rf"(?:(?:text|image)_to_video_)?duration_seconds(?:_(?P<audio>with|without)_audio)?(?:_{_RESOLUTION})?", _DOLLAR),
    (rf"cents_per_(?:video_output_second|second_output)(?:_{_RESOLUTION})?", _CENT),
    (rf"per-video-second(?:-{_RESOLUTION})?", _DOLLAR),
)
_TOKEN_RATES = ((rf"video_tokens(?:_{_RESOLUTION})?(?:_(?P<audio>with|without)_audio)?", _DOLLAR),)
_CONTINUATION_RATES = ((rf"cents_per_second_video_continuation(?:_{_RESOLUTION})?", _CENT),)
_PICTURE_RATES = (("cents_per_image_input", _CENT), ("reference_images", _DOLLAR))
# Prices of requests that a new video from a prompt and pictures isn't.
_OTHER_REQUESTS = re.compile(
    r"cents_per_second_video_continuation\w*|video_tokens\w*_with_video_input|reference_duration_seconds\w*"
)


_MARKUP = re.compile(r"[^\w .+()-]|_")  # Discord reads some signs as markup, mentions and links


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One price of a model in US dollars. `resolution` is "" if it counts for the others."""

    usd: Decimal
    resolution: str = ""
    with_audio: bool = False


def read_models(body: object) -> tuple[Model, ...]:
    """Return the models of a list that make videos from a prompt, and those that continue them.

    Models without durations are left out: they need a clip or another input that the list doesn't describe. A model has
    no price if one of its prices is unknown here or can't be expressed, such as a minimum per video.
    """
    items = get_path(body, "data")
    models: dict[str, Model] = {}
    for item in items[:MAX_LISTED] if isinstance(items, list) else []:
        for model in _read_model(item):
            models.setdefault(model.key, model)
    return tuple(models.values())


def _read_model(item: object) -> Iterator[Model]:
    wire = first_text(item, "id")
    seconds = _durations(get_path(item, "supported_durations"))
    if not re.fullmatch(r"[\w.:/-]{1,200}", wire) or not seconds or get_path(item, "upscale_factor"):
        return
    key = wire.rpartition("/")[2]
    title = _MARKUP.sub("", first_text(item, "name").rpartition(": ")[2])[:40].strip() or key[:40]
    resolutions = _texts(get_path(item, "supported_resolutions"), r"\w{2,10}")
    aspects = _texts(get_path(item, "supported_aspect_ratios"), r"\d{1,4}(\.\d+)?:\d{1,4}(\.\d+)?")
    frames = _texts(get_path(item, "supported_frame_images"), r"\w+")
    skus = get_path(item, "pricing_skus")
    prices: Mapping[str, object] = skus if isinstance(skus, dict) else {}
    yield Model(
        key=key,
        kind=KIND,
        title=title,
        wire=wire,
        family=wire,
        aspects=aspects,
        seconds=seconds,
        resolutions=resolutions,
        default_aspect=next(iter(aspects), None),
        default_seconds=seconds[0],
        default_resolution=next(iter(resolutions), None),
        image=ImageRule(max_images=int("first_frame" in frames), last="last_frame" in frames, form="data"),
        price=read_price(prices, resolutions, _texts(get_path(item, "supported_sizes"), r"\d{2,5}x\d{2,5}")),
    )
    if continuation := list(_rates(prices, _CONTINUATION_RATES)):
        yield Model(
            key=f"{key}-extend",
            kind=KIND,
            title=f"{title[:31]} (extend)",
            wire=wire,
            family=wire,
            creates=False,
            seconds=seconds,
            resolutions=resolutions,
            default_seconds=seconds[0],
            default_resolution=next(iter(resolutions), None),
            extend=FollowUpRule(model=wire, seconds=seconds, resolutions=resolutions),
            price=_price({name: _rate(continuation, name) for name in resolutions or ("",)}, SOURCE),
        )


def read_price(skus: Mapping[str, object], resolutions: Sequence[str], sizes: Sequence[str] = ()) -> Price | None:
    """Return the price of a new video by its `pricing_skus`, or None if it can't be known.

    Audio is on by default where a model has it, so its price with audio counts. Where a price depends on whether the
    video starts from a picture, the higher one counts.
    """
    per_second, per_token = list(_rates(skus, _SECOND_RATES)), list(_rates(skus, _TOKEN_RATES))
    pictures = [rate.usd for names in _PICTURE_RATES for rate in _rates(skus, (names,))]
    others = sum(_OTHER_REQUESTS.fullmatch(name) is not None for name in skus)
    if len(per_second) + len(per_token) + len(pictures) + others != len(skus) or bool(per_second) == bool(per_token):
        return None
    rates = {name: _rate(per_second or per_token, name) for name in resolutions or ("",)}
    if per_second:
        return _price(rates, SOURCE, max(pictures, default=Decimal(0)))
    if not resolutions:
        return None
    tokens = {name: Decimal(_pixels(name, sizes) * FRAMES_PER_S) / PIXELS_PER_TOKEN for name in resolutions}
    by_token = {name: usd * tokens[name] for name, usd in rates.items()}
    return _price(by_token, BY_SIZE_SOURCE, max(pictures, default=Decimal(0)))


def _rates(skus: Mapping[str, object], patterns: Sequence[tuple[str, Decimal]]) -> Iterator[Rate]:
    for name, value in skus.items():
        for pattern, unit in patterns:
            match = re.fullmatch(pattern, name)
            usd = _amount(value)
            if match is not None and usd is not None:
                found = match.groupdict()
                yield Rate(
                    usd=usd * unit, resolution=found.get("resolution") or "", with_audio=found.get("audio") == "with"
                )


def _amount(value: object) -> Decimal | None:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if not isinstance(value, bool) and amount.is_finite() and 0 <= amount <= MAX_USD else None


def _rate(rates: Sequence[Rate], resolution: str) -> Decimal:
    """Return the rate of a resolution, or the one of all others, or the highest."""
    heard = [rate for rate in rates if rate.with_audio] or rates
    own = [rate for rate in heard if rate.resolution == resolution.lower()]
    return max(rate.usd for rate in own or [rate for rate in heard if not rate.resolution] or heard)


def _price(rates: Mapping[str, Decimal], source: str, picture: Decimal = Decimal(0)) -> Price:
    micros = {name: math.ceil(usd * 1_000_000) for name, usd in rates.items()}
    same = len(set(micros.values())) == 1
    return Price(
        second_micros=next(iter(micros.values())) if same else 0,
        by_resolution={} if same else micros,
        image_micros=math.ceil(picture * 1_000_000),
        source=source,
    )


def _pixels(resolution: str, sizes: Sequence[str]) -> int:
    """Return the pixels of the largest size of about this resolution, or of 16:9 if the model lists no such size."""
    number = int(re.sub(r"\D", "", resolution)[:4] or "0")
    lines = number * 540 if resolution.lower().endswith("k") and number > 1 else number
    nominal = lines * lines * 16 // 9
    areas = [int(width) * int(height) for width, height in (size.split("x") for size in sizes)]
    return max((area for area in areas if 0.9 * nominal < area < 1.1 * nominal), default=nominal)


def _durations(value: object) -> tuple[int, ...]:
    items = value if isinstance(value, list) else []
    return tuple(
        sorted({item for item in items if isinstance(item, int) and not isinstance(item, bool) and 0 < item <= 600})
    )


def _texts(value: object, pattern: str) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(item for item in items if isinstance(item, str) and re.fullmatch(pattern, item)))
