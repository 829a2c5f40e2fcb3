"""Tests of the bodies of paid requests: nested fields, lists of objects, constants, several pictures."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.catalogue.load import CatalogueError, load_catalogue
from bot.catalogue.model import FollowUpRule, ImageRule, Model
from bot.jobs.job import Kind
from bot.ports.provider import Picture, ProviderOrder
from bot.providers.request_bodies import create_body, follow_up_body, order_pictures, set_field

FRAME_FIELD = "frame_images[].image_url.url"
MODEL = Model(
    key="m",
    kind="openai_videos",
    title="M",
    wire="maker/m",
    family="m",
    fields={"image": FRAME_FIELD, "last_image": FRAME_FIELD, "reference": "input_references[].image_url.url"},
    items={
        "image": {"type": "image_url", "frame_type": "first_frame"},
        "last_image": {"type": "image_url", "frame_type": "last_frame"},
        "reference": {"type": "image_url"},
    },
    image=ImageRule(max_images=1, last=True, max_references=2),
)


def order(model: Model = MODEL, **changes: object) -> ProviderOrder:
    return replace(ProviderOrder(job_id="j", kind=Kind.GENERATE, prompt="a ship", model=model), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("seconds", {"seconds": 1}),
        ("metadata.resolution", {"metadata": {"resolution": 1}}),
        ("image_urls[]", {"image_urls": [1]}),
        ("input.media[].url", {"input": {"media": [{"type": "video", "url": 1}]}}),
        ("frames[].image_url.url", {"frames": [{"type": "video", "image_url": {"url": 1}}]}),
        ("", {}),
    ],
)
def test_a_field_is_set_by_its_notation(name: str, body: object) -> None:
    fields: dict[str, object] = {}
    set_field(fields, name, 1, {"type": "video"})
    assert fields == body


def test_objects_of_a_list_do_not_share_their_constants() -> None:
    body = create_body(
        order(), {}, [("image", "first"), ("last_image", "last"), ("reference", "a"), ("reference", "b")]
    )
    assert body["frame_images"] == [
        {"type": "image_url", "frame_type": "first_frame", "image_url": {"url": "first"}},
        {"type": "image_url", "frame_type": "last_frame", "image_url": {"url": "last"}},
    ]
    assert body["input_references"] == [
        {"type": "image_url", "image_url": {"url": "a"}},
        {"type": "image_url", "image_url": {"url": "b"}},
    ]
    assert MODEL.items["image"] == {"type": "image_url", "frame_type": "first_frame"}


def test_pictures_are_sent_in_the_order_first_last_references() -> None:
    first, last, a, b = (Picture(path=Path(name), mime="image/png") for name in ("first", "last", "a", "b"))
    pictures = order_pictures(order(picture=first, last_picture=last, references=[a, b]))
    assert pictures == [("image", first), ("last_image", last), ("reference", a), ("reference", b)]


def test_a_follow_up_has_names_and_constants_of_its_own() -> None:
    rule = FollowUpRule(model="edit-2", fields={"prompt": "promptText"}, constants={"mode": "edit", "video.keep": True})
    body = follow_up_body(order(kind=Kind.REMIX), rule, {})
    assert body == {"model": "edit-2", "promptText": "a ship", "mode": "edit", "video": {"keep": True}}


@pytest.mark.parametrize(("rule", "option"), [("last = true", "last_image"), ("references = 2", "reference")])
def test_pictures_without_a_field_name_are_reported(tmp_path: Path, rule: str, option: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(f'[xai.new]\ntitle = "New"\nfamily = "new"\nimage = {{ {rule} }}\n')
    with pytest.raises(CatalogueError, match=f"fields = {{ {option} = ... }}"):
        load_catalogue(file)
