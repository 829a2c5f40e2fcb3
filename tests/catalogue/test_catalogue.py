"""Tests of the catalogue: the shipped models, the host's overrides, and the reported problems."""

from pathlib import Path

import pytest

from bot.catalogue.kinds import KINDS
from bot.catalogue.load import CatalogueError, load_catalogue
from bot.catalogue.model import Model
from bot.catalogue.options import model_price
from bot.providers import Account

SHIPPED = load_catalogue()
EACH_MODEL = pytest.mark.parametrize("model", SHIPPED, ids=lambda model: f"{model.kind}/{model.key}")


@EACH_MODEL
def test_every_shipped_model_is_consistent(model: Model) -> None:
    assert model.title
    assert model.family
    assert len(model.title) <= 40
    assert model.default_aspect in model.aspects or not model.aspects
    assert model.default_seconds in model.seconds or not model.seconds
    assert set(model.flavours) <= set(KINDS[model.kind].flavours)
    assert model.protocol in (None, "generic", *KINDS[model.kind].protocols)
    assert model.price is None or model.price.source
    assert model.price is None or (model_price(model, None, model.default_resolution) or 0) > 0
    assert model.off is None or model.off.endswith(".")
    if model.sizes:
        expected = {f"{a} {r}" if r else a for a in model.aspects for r in (model.resolutions or ("",))}
        assert set(model.sizes) == expected


def find_model(name: str, models: tuple[Model, ...] = SHIPPED) -> Model:
    return next(model for model in models if f"{model.kind}.{model.key}" == name)


def test_the_first_model_matches_the_seed() -> None:
    grok = SHIPPED[0]
    assert (grok.kind, grok.key, grok.title, grok.seconds, grok.default_seconds) == (
        "toapis", "grok-video-3", "Grok 3", (5, 10), 10,
    )  # fmt: skip
    assert grok.price is not None
    assert grok.price.cost_micros(10, None) == 100_000
    assert "estimate" in grok.price.source


def test_discontinued_models_are_disabled_with_a_reason() -> None:
    dead = {f"{m.kind}/{m.key}" for m in SHIPPED if m.off}
    gone = {name for name in (f"{m.kind}/{m.key}" for m in SHIPPED) if "sora" in name}
    assert gone | {"openai_videos/bifrost-veo-3.1", "openai_videos/litellm-veo-3.1"} == dead
    assert all("ended" in str(m.off) or "retired" in str(m.off) for m in SHIPPED if m.off)


@pytest.mark.parametrize(
    ("name", "seconds", "resolution", "micros"),
    [
        ("toapis.grok-video-1.5-preview", 15, None, 150_000),
        ("xai.grok-imagine-video", 8, "720p", 560_000),
        ("xai.grok-imagine-video", 8, None, 560_000),  # unknown: the highest rate
        ("xai.grok-imagine-video-1.5", 10, "480p", 800_000),
        ("xai.grok-imagine-video-1.5-lite", 1, "1080p", 140_000),
    ],
)
def test_prices_match_the_fact_sheet(name: str, seconds: int, resolution: str | None, micros: int) -> None:
    price = find_model(name).price
    assert price is not None
    assert price.cost_micros(seconds, resolution) == micros


def test_input_pictures_may_have_a_price() -> None:
    price = find_model("xai.grok-imagine-video").price
    assert price is not None
    assert price.cost_micros(1, "480p", images=1) == 52_000


@pytest.mark.parametrize(("seconds", "micros"), [(1, 560_000), (2, 560_000), (3, 840_000), (None, 560_000)])
def test_a_price_may_have_a_minimum(seconds: int | None, micros: int) -> None:
    price = find_model("runway.aleph2").price
    assert price is not None
    assert price.cost_micros(seconds, None) == micros


HOST_FILE = """
[toapis.grok-video-3]
title = "Our Grok"
price = { second_usd = 0.03 }
extend = false

[toapis.sora-2]
off = false
price = { video_usd = 1.5, source = "the bill" }

[toapis."veo3.1-fast"]
off = true

[toapis."veo3.1-lite"]
off = "Too dear for us."

[openai_videos.our-own]
title = "Wan on our server"
wire = "wan-2"
family = "wan"
seconds = "2-4"
"""


def test_a_host_file_overrides_keys_and_adds_models(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.toml"
    file.write_text(HOST_FILE)
    models = load_catalogue(file)
    grok, own = find_model("toapis.grok-video-3", models), find_model("openai_videos.our-own", models)
    assert (grok.title, grok.extend, grok.aspects) == ("Our Grok", None, ("16:9", "9:16"))
    assert grok.price is not None
    assert (grok.price.cost_micros(10, None), grok.price.source) == (300_000, "set by the host")
    assert find_model("toapis.sora-2", models).off is None
    assert find_model("toapis.veo3.1-fast", models).off == "The host switched it off."
    assert find_model("toapis.veo3.1-lite", models).off == "Too dear for us."
    assert (own.wire, own.seconds, own.default_seconds, own.price) == ("wan-2", (2, 3, 4), 2, None)
    assert models[-1] == own
    assert len(models) == len(SHIPPED) + 1


PROBLEMS = {
    "[toapis.grok-video-3]\nsecnds = [5]": "toapis.grok-video-3.secnds: unknown key; did you mean seconds?",
    '[toapis.grok-video-3]\nremix = { model = "m", aspect = [] }': "remix.aspect: unknown key; did you mean aspects?",
    "[toapis.grok-video-3]\nprice = { usd = 1 }": "price.usd: unknown key",
    "[toapis.grok-video-3]\nprice = { second_usd = -1 }": "price.second_usd: is -1; it takes a number from 0",
    "[toapis.grok-video-3]\nprice = { second_usd = nan }": "price.second_usd: is NaN; it takes a number such as 0.05",
    "[toapis.grok-video-3]\nprice = { second_usd = inf }": "price.second_usd",
    '[toapis.grok-video-3]\nprice = { second_usd = "free" }': 'price.second_usd: is "free"; it takes a number without',
    '[toapis.grok-video-3]\nseconds = ["5"]': 'seconds[0]: is "5"; it takes a whole number without quotes',
    '[toapis.grok-video-3]\nseconds = "5 to 9"': 'a range like "4-15"',
    '[toapis.grok-video-3]\naspects = ["wide"]': 'aspects[0]: is "wide"; it takes an aspect',
    "[toapis.grok-video-3]\ndefault_seconds = 7": "default_seconds is 7, which is not among",
    '[toapis.grok-video-3]\nimage = { form = "fax" }': 'image.form: is "fax"; it takes url, data or file',
    '[toapis.grok-video-3]\nfields = { pixels = "x" }': 'fields.pixels: is "pixels"; it takes prompt, aspect',
    '[toapis.grok-video-3]\ncreates = "no"': 'creates: is "no"; it takes true or false',
    '[toapis.new]\nfamily = "n"': "toapis.new.title: is missing",
    "[toapi.grok-video-3]\nseconds = [5]": "toapi: unknown key; did you mean toapis?",
    "toapis = 5": "toapis: unknown key",
    "[toapis]\nnew = 5": "toapis.new: is not a model",
    "[toapis.grok-video-3\n": "is not TOML",
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_a_problem_in_the_host_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(text)
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(file)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith("ours.toml: ")
    assert PROBLEMS[text] in caught.value.problems[0]
    assert "Input should" not in caught.value.problems[0]


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text('[toapis.a]\nfoo = 1\n[xai.b]\ntitle = ""\nfamily = "f"\n[nowhere.c]\nx = 1\n')
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(file)
    assert len(caught.value.problems) == 5
    assert str(caught.value).count("\n") == 4


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        load_catalogue(tmp_path / "nothing.toml")


def test_every_kind_can_have_an_account() -> None:
    for kind in {model.kind for model in SHIPPED}:
        Account(name=kind, kind=kind, base_url="https://x.example")
