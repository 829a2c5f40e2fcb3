"""OpenRouter's list of models is read into the catalogue's terms, with prices that aren't guessed."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue.load import load_catalogue
from bot.catalogue.model import FollowUpRule, ImageRule, Model
from bot.providers.openrouter_models import read_models, read_price
from bot.sandbox.providers.openrouter_models import LISTED

READ = {model.key: model for model in read_models({"data": [dict(entry) for entry in LISTED]})}
SHIPPED = {model.key: model for model in load_catalogue() if model.kind == "openrouter"}
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "720p", "16:9", "8x8", "0.1", "é"])
)
values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.text(max_size=9), scalars, max_size=3)
ENTRY: dict[str, object] = {"id": "a/b", "name": "A: B", "supported_durations": [8, 4], "pricing_skus": {}}


def listed(**changes: object) -> Model | None:
    models = read_models({"data": [ENTRY | changes]})
    return models[0] if models else None


@pytest.mark.parametrize("key", [key for key in SHIPPED if not key.endswith("-edit")])
def test_a_shipped_model_offers_and_costs_what_the_list_says(key: str) -> None:
    shipped, read = SHIPPED[key], READ[key]
    assert (read.wire, read.seconds, read.resolutions, read.creates) == (
        shipped.wire, shipped.seconds, shipped.resolutions, shipped.creates,
    )  # fmt: skip
    assert set(read.aspects) == set(shipped.aspects)
    assert (read.image.max_images, read.image.last) == (shipped.image.max_images, shipped.image.last)
    assert read.price is not None
    assert shipped.price is not None
    for resolution in read.resolutions:
        costs = [price.cost_micros(10, resolution, images=1) for price in (read.price, shipped.price)]
        assert costs[0] == pytest.approx(costs[1], rel=0.001), resolution


def test_a_model_is_read() -> None:
    flux = READ["flux-3-video"]
    assert (flux.kind, flux.title, flux.family) == ("openrouter", "FLUX.3 Video", "black-forest-labs/flux-3-video")
    assert (flux.default_seconds, flux.default_resolution, flux.default_aspect) == (5, "720p", "16:9")
    assert flux.image == ImageRule(max_images=1, last=True, form="data")
    assert (flux.remix, flux.extend, flux.takes_video_s) == (None, None, None)


def test_a_model_that_continues_videos_has_a_second_one_for_it() -> None:
    extend = READ["flux-3-video-extend"]
    assert not extend.creates
    assert extend.family == READ["flux-3-video"].family
    assert extend.extend == FollowUpRule(model=extend.wire, seconds=tuple(range(5, 21)), resolutions=("720p", "1080p"))
    assert extend.price is not None
    assert extend.price.by_resolution == {"720p": 410_000, "1080p": 530_000}
    assert [key for key in READ if key.endswith("-extend")] == ["flux-3-video-extend"]


def test_models_that_need_a_clip_are_left_out() -> None:
    assert "aleph-2" not in READ
    assert listed(supported_durations=None) is None
    assert listed(supported_durations=[]) is None
    assert listed(upscale_factor={"min": 1, "max": 4}) is None


@pytest.mark.parametrize(
    ("skus", "usd"),
    [
        ({"duration_seconds": "0.1"}, {"720p": "0.1", "1080p": "0.1"}),
        ({"duration_seconds_720p": "0.1", "duration_seconds_1080p": "0.2"}, {"720p": "0.1", "1080p": "0.2"}),
        ({"duration_seconds": "0.1", "duration_seconds_1080p": "0.2"}, {"720p": "0.1", "1080p": "0.2"}),
        ({"cents_per_second_output": "12"}, {"720p": "0.12", "1080p": "0.12"}),
        ({"cents_per_video_output_second_720p": 7, "cents_per_video_output_second_1080p": 14.5},
         {"720p": "0.07", "1080p": "0.145"}),
        ({"per-video-second": "0.50", "per-video-second-1080p": "0.75"}, {"720p": "0.5", "1080p": "0.75"}),
        ({"duration_seconds_with_audio": "0.4", "duration_seconds_without_audio": "0.2"},
         {"720p": "0.4", "1080p": "0.4"}),
        ({"duration_seconds": "0.084", "duration_seconds_with_audio": "0.126",
          "text_to_video_duration_seconds_720p": "0.084"}, {"720p": "0.126", "1080p": "0.126"}),
        ({"text_to_video_duration_seconds_720p": "0.08", "image_to_video_duration_seconds_720p": "0.1",
          "text_to_video_duration_seconds_1080p": "0.12"}, {"720p": "0.1", "1080p": "0.12"}),
        ({"cents_per_second_output": "17", "cents_per_second_video_continuation_720p": "41"},
         {"720p": "0.17", "1080p": "0.17"}),
        ({"duration_seconds": "0", }, {"720p": "0", "1080p": "0"}),
    ],
    ids=str,
)  # fmt: skip
def test_a_second_costs_what_the_list_says(skus: Mapping[str, object], usd: Mapping[str, str]) -> None:
    price = read_price(skus, ("720p", "1080p"))
    assert price is not None
    assert {name: price.cost_micros(1, name) for name in usd} == {
        name: int(Decimal(value) * 1_000_000) for name, value in usd.items()
    }
    assert not price.source.startswith("estimate")


@pytest.mark.parametrize(
    "skus",
    [
        {},
        {"duration_seconds": "0.1", "minimum_cents_per_generation": "56"},
        {"duration_seconds": "0.1", "per_vibe": "1"},
        {"duration_seconds": "free"},
        {"duration_seconds": "-1"},
        {"duration_seconds": "NaN"},
        {"duration_seconds": "1e9"},
        {"duration_seconds": True},
        {"duration_seconds": None},
        {"duration_seconds_720p_with_audio": "0.1"},
        {"cents_per_megapixel_second_precise": "7.5"},
        {"cents_per_image_input": "1"},
        {"duration_seconds": "0.1", "video_tokens": "0.000007"},
        {"video_tokens_with_video_input": "0.000004"},
    ],
    ids=str,
)
def test_a_price_that_is_not_understood_is_no_price(skus: Mapping[str, object]) -> None:
    assert read_price(skus, ("720p",)) is None


def test_pictures_cost_the_higher_of_their_prices() -> None:
    price = read_price({"duration_seconds": "0.1", "cents_per_image_input": "1", "reference_images": "0.04"}, ())
    assert price is not None
    assert (price.second_micros, price.image_micros) == (100_000, 40_000)


def test_tokens_are_estimated_by_the_largest_size_of_a_resolution() -> None:
    skus = {"video_tokens": "0.000007", "video_tokens_1080p": "0.0000077", "video_tokens_with_video_input": "0.000004"}
    price = read_price(skus, ("480p", "720p", "1080p"), ["864x496", "640x640", "1280x720", "9999x1"])
    assert price is not None
    assert price.source.startswith("estimate: ")
    assert price.by_resolution == {
        "480p": 70_308,
        "720p": 151_200,
        "1080p": 374_220,
    }  # 864 × 496 × 24 / 1024 = 10,044 tokens a second; 21,600; and 48,600 of 1920 × 1080
    assert read_price(skus, ()) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None}, {"id": ""}, {"id": "a b"}, {"id": "a/b@c"}, {"id": "x" * 201}, {"id": ["a"]},
        {"supported_durations": "4"}, {"supported_durations": [True]}, {"supported_durations": [0, 601, "4", 4.5]},
    ],
    ids=str,
)  # fmt: skip
def test_an_entry_that_is_none_is_left_out(changes: dict[str, object]) -> None:
    assert listed(**changes) is None


def test_values_that_are_none_are_left_out() -> None:
    model = listed(
        name="X" * 90, supported_resolutions=["720p", "72 0p", 720, "720p"], supported_aspect_ratios=["16:9", "wide"],
        supported_frame_images=None, pricing_skus=["duration_seconds"],
    )  # fmt: skip
    assert model is not None
    assert (len(model.title), model.seconds, model.resolutions, model.aspects) == (40, (4, 8), ("720p",), ("16:9",))
    assert (model.image.max_images, model.price) == (0, None)


def test_the_first_of_two_models_with_one_name_counts() -> None:
    models = read_models({"data": [ENTRY, ENTRY | {"id": "z/b"}]})
    assert [model.wire for model in models] == ["a/b"]


@given(st.dictionaries(st.sampled_from(sorted(map(str, LISTED[0]))), values, max_size=8))
def test_any_list_is_read_without_an_error(entry: dict[str, object]) -> None:
    read_models({"data": [ENTRY | entry, entry]})
    read_models(entry)
