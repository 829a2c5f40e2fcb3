"""*Edit and retry* drops or replaces the pictures of a request, of one that was refused and of one that was sent."""

from pathlib import Path

from bot.sandbox.discord import LocalMessage, Member, Modal
from bot.sandbox.providers import LocalOpenRouter, LocalXAI
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import response_message, response_text
from tests.pictures.helpers import stored_pictures, upload

BOAT = "a paper boat on a pond"
KLING = "kling-v3.0-std"
XAI = "grok-imagine-video"
NO_PLACE = (
    "There are more new pictures than places for them. Not charged. Unselect each picture that a new one replaces."
)


async def _form(by: Member, message: LocalMessage) -> Modal:
    opened = await (await by.press(message, "Edit and retry")).answer()
    assert isinstance(opened, Modal)
    return opened


async def _refused(harness: BotHarness, **options: object) -> Modal:
    """Request a video that is refused, and open the form beside the reason."""
    asked = await harness.alice.slash(harness.channel, "generate", prompt=BOAT, **options)
    return await _form(harness.alice, await response_message(asked))


def _offered(form: Modal) -> list[str]:
    """Return the pictures that a form lists."""
    fields = [part["component"] for part in form.components]
    return [str(option["label"]) for field in fields if field["custom_id"] == "keep" for option in field["options"]]


async def test_a_refused_request_is_made_without_the_pictures_that_its_model_does_not_take(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        shown = {"image": upload("red"), "reference1": upload("green"), "reference2": upload("blue")}
        form = await _refused(harness, model="grok-video-3", **shown)
        assert _offered(form) == ["First frame", "Reference 1", "Reference 2"]
        await harness.restart()  # the form names the stored request
        await harness.alice.submit(form, keep=["First frame"])
        await harness.wait_for_clip(BOAT)
        (task,) = harness.provider.tasks.values()
        assert len(task.pictures) == 1
        assert await stored_pictures(harness) == [("first", 0, 128, 72)]


async def test_without_any_picture_it_is_a_video_of_the_prompt(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        form = await _refused(harness, image=upload("red"), last_image=upload("blue"))
        await harness.alice.submit(form, keep=[])
        await harness.wait_for_clip(BOAT)
        (task,) = harness.provider.tasks.values()
        assert task.pictures == []
        assert await stored_pictures(harness) == []


async def test_a_form_that_was_left_alone_keeps_every_picture(tmp_path: Path) -> None:
    router = LocalOpenRouter(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        form = await _refused(
            harness, model=KLING, aspect="21:9", image=upload("red"), last_image=upload("blue", 100, 90)
        )
        await harness.alice.submit(form)
        await harness.wait_for_clip(BOAT)
        assert await stored_pictures(harness) == [("first", 0, 128, 72), ("last", 0, 100, 90)]


async def test_a_dropped_reference_leaves_no_gap(tmp_path: Path) -> None:
    xai = LocalXAI(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(xai,)) as harness:
        shown = {f"reference{place}": upload("red", 100 + place, 90) for place in (1, 2, 3)}
        form = await _refused(harness, model=f"{XAI}@xai", image=upload("blue"), **shown)
        await harness.alice.submit(form, keep=["Reference 1", "Reference 3"])
        clip = await harness.wait_for_clip(BOAT)
        assert "\n-# 2 references" in clip.content
        assert await stored_pictures(harness) == [("reference", 0, 101, 90), ("reference", 1, 103, 90)]


async def test_the_picture_of_a_request_that_the_provider_refused_is_replaced(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        prompt = "[refuse] a thing"
        await harness.alice.slash(harness.channel, "generate", prompt=prompt, image=upload("red"))
        said = await harness.wait_for_message("The provider rejected this prompt")
        assert await stored_pictures(harness) == [("first", 0, 128, 72)]
        form = await _form(harness.alice, said)
        assert _offered(form) == ["First frame"]
        await harness.alice.submit(form, prompt="a kinder thing", keep=[], files=[upload("blue", 100, 90)])
        await harness.wait_for_clip("a kinder thing")
        assert sorted(await stored_pictures(harness)) == [("first", 0, 100, 90), ("first", 0, 128, 72)]
        assert len(harness.provider.charges) == 1


async def test_the_picture_of_a_request_that_the_provider_refused_is_dropped(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt="[refuse] a thing", image=upload("red"))
        form = await _form(harness.alice, await harness.wait_for_message("The provider rejected this prompt"))
        await harness.alice.submit(form, prompt="a kinder thing", keep=[])
        await harness.wait_for_clip("a kinder thing")
        (task,) = harness.provider.tasks.values()
        assert task.pictures == []


async def test_a_last_frame_is_replaced_and_the_first_one_stays(tmp_path: Path) -> None:
    router = LocalOpenRouter(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        form = await _refused(harness, model=KLING, aspect="21:9", image=upload("red"), last_image=upload("blue"))
        await harness.alice.submit(form, keep=["First frame"], files=[upload("green", 100, 90)])
        clip = await harness.wait_for_clip(BOAT)
        assert "\n-# first and last frame" in clip.content
        assert await stored_pictures(harness) == [("first", 0, 128, 72), ("last", 0, 100, 90)]


async def test_what_does_not_fit_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    router = LocalOpenRouter(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        form = await _refused(harness, model=KLING, aspect="21:9", image=upload("red"), last_image=upload("blue"))
        sent = await harness.alice.submit(form, files=[upload("green")])
        assert (await response_text(sent)).startswith(NO_PLACE)
        sent = await harness.alice.submit(form, keep=["Last frame"])
        assert await response_text(sent) == "A last frame needs a first one. Not charged. Add it as image."
        sent = await harness.alice.submit(form, keep=["Last frame"], files=[upload("green", 63, 63)])
        assert await response_text(sent) == "green.png has fewer than 64 pixels on a side. Send a larger picture."
        assert not router.charges
        assert not harness.provider.charges


async def test_a_request_without_pictures_has_no_such_fields(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        form = await _refused(harness, aspect="1:1")
        assert [part["component"]["custom_id"] for part in form.components] == ["prompt", "aspect", "seconds"]
