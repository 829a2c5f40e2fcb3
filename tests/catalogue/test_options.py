"""Tests of options and offers: defaults, validation messages, mapping for remixes, search."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.catalogue.model import FollowUpRule, Model
from bot.catalogue.offers import Offers, describe_offer
from bot.catalogue.option_checks import join_values
from bot.catalogue.options import (
    ResolvedOptions,
    describe_model,
    model_price,
    nearest_aspect,
    resolve_options,
)
from bot.jobs.errors import BadWish
from bot.jobs.job import Kind
from bot.providers import Account
from tests.providers.models import model_of

GROK = model_of("toapis/grok-video-3")
OCTOPUS = model_of("octopusx/grok-video-3")
XAI = model_of("xai/grok-imagine-video")


def resolve(model: Model, kind: Kind = Kind.GENERATE, /, **options: object) -> ResolvedOptions:
    values: dict[str, object] = {
        "aspect": None, "seconds": None, "resolution": None, "has_image": False, "prompt": "a lighthouse", **options,
    }  # fmt: skip
    return resolve_options(model, kind=kind, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "options", "choice"),
    [
        (GROK, {}, ("16:9", 10, None)),
        (GROK, {"aspect": "9:16", "seconds": 5}, ("9:16", 5, None)),
        (OCTOPUS, {"resolution": "1080p"}, ("3:2", 10, "1080P")),
        (XAI, {"seconds": 15}, ("16:9", 15, "480p")),
    ],
)
def test_a_new_video(model: Model, options: Mapping[str, object], choice: tuple[object, ...]) -> None:
    resolved = resolve(model, Kind.GENERATE, **options)
    assert (resolved.aspect, resolved.seconds, resolved.resolution, resolved.note) == (*choice, None)


REJECTIONS: list[tuple[Model, dict[str, object], str]] = [
    (GROK, {"aspect": "1:1"}, "Grok 3 supports 16:9 or 9:16, not 1:1."),
    (GROK, {"seconds": 7}, "Grok 3 supports 5 or 10 s, not 7 s."),
    (XAI, {"seconds": 16}, "Grok Imagine supports 1 to 15 s, not 16 s."),
    (OCTOPUS, {"aspect": "16:9"}, "Grok 3 supports 3:2, 2:3 or 1:1, not 16:9."),
    (XAI, {"resolution": "4k"}, "Grok Imagine supports 480p or 720p, not 4k."),
    (
        GROK,
        {"resolution": "720p"},
        "Grok 3 doesn't have the option resolution. Remove it, or choose another model.",
    ),
    (
        GROK,
        {"prompt": " a "},
        "Prompts must be 3–2000 characters long; yours is 1. Describe what the video should show.",
    ),
    (
        GROK,
        {"prompt": "x" * 2001},
        "Prompts must be 3–2000 characters long; yours is 2001. Describe what the video should show.",
    ),
    (
        replace(GROK, prompt_max=50),
        {"prompt": "x" * 51},
        "Grok 3 takes prompts of at most 50 characters, not 51. Shorten it, or choose another model.",
    ),
    (
        replace(GROK, prompt_max=50, prompt_utf16=True),
        {"prompt": "x" + "🐈" * 25},
        "Grok 3 takes prompts of at most 50 characters and counts some, such as emoji, as two, so yours has 51. "
        "Shorten it, or choose another model.",
    ),
    (
        model_of("toapis/grok-video-1.5-preview"),
        {},
        "Grok 1.5 preview needs a picture to start from. Add one as image.",
    ),
    (
        replace(GROK, image=replace(GROK.image, max_images=0)),
        {"has_image": True},
        "Grok 3 doesn't take a picture. Remove the image, or choose another model.",
    ),
    (replace(GROK, off="It sleeps."), {}, "Grok 3 is disabled: It sleeps."),
    (
        model_of("toapis/kling-v3"),
        {},
        "Kling 3 can't be used yet because it has no price. The host can set one in the catalogue.",
    ),
    (
        model_of("octopusx/omni-fast-v2v"),
        {},
        "Omni fast (video to video) only changes finished videos and can't make a new one. Choose another model.",
    ),
]


@pytest.mark.parametrize(("model", "options", "sentence"), REJECTIONS)
def test_an_unsupported_request_is_explained(model: Model, options: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadWish) as caught:
        resolve(model, Kind.GENERATE, **options)
    assert caught.value.sentence() == sentence


REMIX_OPTIONS: list[tuple[Model, dict[str, object], tuple[object, ...], str | None]] = [
    (GROK, {"aspect": "16:9", "seconds": 10}, ("16:9", 10, None), None),
    (GROK, {"aspect": "3:2", "seconds": 6}, ("16:9", 6, None), "3:2 became 16:9"),
    (GROK, {"aspect": "2:3"}, ("9:16", None, None), "2:3 became 9:16"),
    (GROK, {"aspect": "1:1"}, ("16:9", None, None), "1:1 became 16:9"),
    (GROK, {"resolution": "720P"}, ("16:9", None, "720P"), None),
    (OCTOPUS, {"aspect": "16:9", "resolution": "720p"}, ("3:2", None, "720P"), "16:9 became 3:2"),
    (OCTOPUS, {"aspect": "9:16", "resolution": "4k"}, ("2:3", None, "1080P"), "9:16 became 2:3, 4k became 1080P"),
    (OCTOPUS, {}, ("3:2", None, "720P"), None),
    (model_of("toapis/sora-2-pro"), {"seconds": 10}, ("16:9", 15, None), "10 s became 15 s"),
    (model_of("toapis/sora-2-pro"), {"seconds": 25}, ("16:9", 25, None), None),
    (XAI, {"aspect": "21:9", "seconds": 5, "resolution": "1080p"}, ("21:9", 5, "1080p"), None),
]


@pytest.mark.parametrize(("model", "inherited", "choice", "note"), REMIX_OPTIONS)
def test_a_remix_inherits_values_or_takes_the_nearest(
    model: Model, inherited: dict[str, object], choice: tuple[object, ...], note: str | None
) -> None:
    priced = replace(model, price=model.price or GROK.price)
    resolved = resolve(priced, Kind.REMIX, **inherited)
    assert (resolved.aspect, resolved.seconds, resolved.resolution) == choice
    assert resolved.note == note


@pytest.mark.parametrize(
    ("model", "options", "sentence"),
    [
        (GROK, {"seconds": 5, "explicit": {"seconds"}}, "Remixes by Grok 3 don't have the option seconds. Remove it"),
        (GROK, {"aspect": "1:1", "explicit": {"aspect"}}, "Remixes by Grok 3 support 16:9 or 9:16, not 1:1."),
        (OCTOPUS, {"resolution": "4k", "explicit": {"resolution"}}, "Remixes by Grok 3 support 720P or 1080P, not 4k."),
        (
            XAI,
            {"aspect": "16:9", "explicit": {"aspect"}},
            "Remixes by Grok Imagine don't have the option aspect. Remove it",
        ),
        (GROK, {"has_image": True}, "Grok 3 doesn't take a picture."),
        (replace(GROK, remix=None), {}, "Grok 3 can't remix a finished video. Choose another model."),
    ],
)
def test_explicit_values_of_a_remix_are_rejected_not_mapped(
    model: Model, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(BadWish) as caught:
        resolve(model, Kind.REMIX, **options)
    assert caught.value.sentence().startswith(sentence)


def test_an_explicit_aspect_is_mapped_to_the_same_orientation() -> None:
    resolved = resolve(GROK, Kind.REMIX, aspect="4:3", explicit={"aspect"})
    assert (resolved.aspect, resolved.note) == ("16:9", "4:3 became 16:9")


def test_an_extension_does_not_inherit_the_length_of_its_source() -> None:
    assert resolve(XAI, Kind.EXTEND, seconds=8).seconds == 6
    assert resolve(XAI, Kind.EXTEND, seconds=9, explicit={"seconds"}).seconds == 9
    assert resolve(GROK, Kind.EXTEND, seconds=10).seconds is None


@pytest.mark.parametrize(
    ("aspect", "offered", "nearest"),
    [
        ("16:9", ("4:3", "21:9", "3:2"), "3:2"),
        ("9:16", ("3:4", "9:21"), "9:21"),
        ("1:1", ("3:2", "1:1"), "1:1"),
        ("nonsense", ("3:2", "1:1"), "1:1"),
        ("0:0", ("3:2",), "3:2"),
        (None, ("3:2", "2:3"), "3:2"),
        ("5:4", (), "5:4"),
    ],
)
def test_the_nearest_aspect_has_the_same_orientation(
    aspect: str | None, offered: tuple[str, ...], nearest: str
) -> None:
    assert nearest_aspect(aspect, offered) == nearest


def test_a_remix_of_unknown_length_has_the_price_of_the_default() -> None:
    assert model_price(GROK, None, None) == 100_000
    assert model_price(replace(GROK, price=None), 10, None) is None
    edits_only = replace(XAI, seconds=(), default_seconds=None, remix=FollowUpRule(model="m"))
    assert model_price(edits_only, None, "720p") == 630_000


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (GROK, "Grok 3 · 16:9, 9:16 · 5-10 s · ≈ $0.10"),
        (XAI, "Grok Imagine · 16:9, 1:1, 9:16 +4 · 1-15 s · ≈ $0.40"),
        (model_of("toapis/veo3.1-fast"), "Veo 3.1 fast · 16:9, 9:16 · 8 s · no price yet"),
        (model_of("octopusx/omni-fast-v2v"), "Omni fast (video to video) · no price yet"),
    ],
)
def test_a_model_is_described_in_one_line(model: Model, line: str) -> None:
    assert describe_model(model) == line
    assert len(describe_model(replace(model, title="x" * 200))) == 100


def test_values_are_joined_in_words() -> None:
    assert [join_values(v) for v in (("a",), ("a", "b"), ("a", "b", "c"), (4, 5, 6, 7), (4, 6, 8, 10))] == [
        "a", "a or b", "a, b or c", "4 to 7", "4, 6, 8 or 10",
    ]  # fmt: skip


ACCOUNTS = [
    Account(name="toapis", kind="toapis"),
    Account(name="octopusx", kind="octopusx"),
    Account(name="gw", kind="openai_videos", base_url="http://localhost:1", flavour="bifrost"),
]
MODELS = [GROK, OCTOPUS, XAI, model_of("openai_videos/bifrost-sora-2"), model_of("openai_videos/sora-2")]


def test_a_key_names_the_account_only_if_two_have_the_model() -> None:
    offers = Offers(MODELS, ACCOUNTS)
    assert [offer.key for offer in offers.all()] == ["grok-video-3@toapis", "grok-video-3@octopusx", "bifrost-sora-2"]
    assert [offer.key for offer in Offers(MODELS, ACCOUNTS[:1]).all()] == ["grok-video-3"]
    assert describe_offer(offers.all()[1]).endswith("≈ $0.10 · octopusx")


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("grok-video-3", "toapis"), ("GROK-VIDEO-3@OctopusX ", "octopusx"), ("bifrost-sora-2", "gw"),
        ("bifrost-sora-2@gw", "gw"), ("grok 3", "toapis"), ("veo", None), ("", None),
    ],
)  # fmt: skip
def test_an_offer_is_found_by_its_key_or_title(text: str, account: str | None) -> None:
    offer = Offers(MODELS, ACCOUNTS).find(text)
    assert (offer.account if offer else None) == account


def test_a_job_finds_its_model_after_the_host_removed_it() -> None:
    offers = Offers(MODELS, ACCOUNTS)
    offer = offers.for_job("octopusx", "grok-video-3")
    assert offer is not None
    assert offer.model is OCTOPUS
    assert offers.for_job("gone", "grok-video-3") is None
    assert offers.key_for("toapis", "grok-video-3") == "grok-video-3@toapis"
    assert offers.key_for("gone", "grok-video-3") == "grok-video-3@gone"


def test_disabled_and_unpriced_models_are_not_offered() -> None:
    accounts = [Account(name="toapis", kind="toapis", off="paused"), *ACCOUNTS[1:]]
    offers = Offers([GROK, OCTOPUS, model_of("toapis/kling-v3")], accounts)
    assert [offer.key for offer in offers.enabled()] == ["grok-video-3@octopusx"]
    assert [offer.key for offer in offers.search("grok 3")] == ["grok-video-3@octopusx"]
    assert offers.search("toapis") == []
    offer = offers.find("grok-video-3")
    assert offer is not None
    assert offer.account == "octopusx"


def test_the_default_is_the_host_choice_or_needs_no_picture() -> None:
    picture_only = replace(model_of("toapis/grok-video-1.5-preview"), off=None)
    offers = Offers([picture_only, GROK], ACCOUNTS)
    chosen = Offers(MODELS, ACCOUNTS, default="grok-video-3@octopusx").default()
    default = offers.default()
    assert default is not None
    assert default.model is GROK
    assert chosen is not None
    assert chosen.account == "octopusx"
    assert Offers([], ACCOUNTS).default() is None


def test_a_search_returns_at_most_25_offers() -> None:
    models = [replace(GROK, key=f"grok-{n}") for n in range(60)]
    assert len(Offers(models, ACCOUNTS).search("")) == 25


def test_a_model_may_be_limited_to_some_accounts() -> None:
    offers = Offers([replace(GROK, accounts=("toapis-2",))], [*ACCOUNTS, Account(name="toapis-2", kind="toapis")])
    assert [offer.account for offer in offers.all()] == ["toapis-2"]
