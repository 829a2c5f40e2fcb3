"""What members do works between a gateway and a worker that share only the database and the bucket."""

from pathlib import Path

import pytest

from bot.media.mp4.reader import read_bytes
from bot.sandbox.discord import LocalMessage, Upload
from bot.sandbox.fault_injection import Fault
from tests.bucket.processes import apart
from tests.pictures.helpers import png
from tests.remix.helpers import code_of, job_id_of
from tests.roles.processes import eventually

BOAT, STORM, CLOWN = "a paper boat at dawn", "a storm goes by", "a clown of paper"

pytestmark = pytest.mark.timeout(240)


async def test_a_clip_a_film_and_an_extension_pass_through_the_bucket(tmp_path: Path) -> None:
    async with apart(tmp_path) as made:
        first, second = await made.generate(BOAT, seconds=5), await made.generate(STORM, seconds=5)
        ids = sorted(map(job_id_of, (first, second)))
        assert await made.s3.names("clips") == [f"clips/{each}.mp4" for each in ids]
        await made.replace_worker("second")
        codes = {"video1": code_of(first), "video2": code_of(second)}
        await made.found.alice.slash(made.found.channel, "film", title="a day at sea", **codes)
        film = await made.clip("a day at sea")
        assert read_bytes(film.attachments[0].data).duration_s == pytest.approx(10.0, abs=0.6)
        await made.found.alice.slash(made.found.channel, "extend", prompt="on and on", video=film.link, seconds=5)
        longer = await made.clip("on and on")
        assert read_bytes(longer.attachments[0].data).duration_s == pytest.approx(15.0, abs=0.9)
        assert len(made.found.provider.charges) == 3


async def test_a_picture_that_one_worker_has_stored_is_sent_by_the_next(tmp_path: Path) -> None:
    async with apart(tmp_path, render_s=60.0, RETAKE_ACCOUNTS__TOAPIS__JOBS_AT_ONCE="1") as made:
        found = made.found
        await found.order(STORM)
        await eventually(lambda: found.provider.tasks, found)
        shown = Upload("boat.png", png("navy"), "image/png")
        await found.alice.slash(found.channel, "generate", prompt=BOAT, image=shown)
        (name,) = await made.stored("pictures")
        gone = found.world.discord.wire.fail(Fault(route="GET *boat.png*", status=404, times=None))
        await made.replace_worker("second")
        await found.provider.finish(next(iter(found.provider.tasks)))
        await eventually(lambda: len(found.provider.tasks) == 2, found)
        await found.provider.finish(list(found.provider.tasks)[1])
        await made.clip(BOAT)
        assert (name in made.files("second"), gone.hits) == (True, 0)


async def test_get_hands_over_a_clip_that_could_not_be_posted(tmp_path: Path) -> None:
    async with apart(tmp_path, render_s=1.0) as made:
        found = made.found
        await found.alice.slash(found.channel, "generate", prompt=CLOWN)
        await eventually(lambda: found.provider.tasks, found)
        found.guild.automod.words = {"clown"}
        await eventually(lambda: found.state() == "undeliverable_kept", found)
        listed = await (await found.alice.slash(found.channel, "jobs")).answer(30)
        assert isinstance(listed, LocalMessage)
        code = next(label for label in _labels(listed) if label.startswith("Get "))
        got = await (await found.alice.press(listed, code)).answer(30)
        assert isinstance(got, LocalMessage)
        await eventually(lambda: got.attachments, found)
        found.guild.automod.words = set()
        await found.alice.press(listed, code.replace("Get", "Post"))
        posted = await made.clip(CLOWN)
        assert posted.attachments[0].data == got.attachments[0].data


async def test_the_family_is_drawn_from_thumbnails_that_the_worker_has_made(tmp_path: Path) -> None:
    async with apart(tmp_path) as made:
        clip = await made.generate(BOAT)
        (name,) = await made.stored("thumbs")
        tree = await (await made.found.alice.slash(made.found.channel, "tree", video=code_of(clip))).answer(30)
        assert isinstance(tree, LocalMessage)
        assert made.files("gateway") == [name]


async def test_delete_my_data_empties_the_bucket(tmp_path: Path) -> None:
    async with apart(tmp_path) as made:
        found = made.found
        shown = Upload("boat.png", png("navy"), "image/png")
        await made.generate(BOAT, image=shown)
        for folder in ("thumbs", "pictures", "clips"):
            await made.stored(folder)
        jobs = await (await found.alice.slash(found.channel, "jobs")).answer(30)
        assert isinstance(jobs, LocalMessage)
        question = await (await found.alice.press(jobs, "Delete my data")).answer(30)
        assert isinstance(question, LocalMessage)
        await found.alice.press(question, "Delete data and videos")
        await eventually(lambda: "Your data has been deleted" in question.content, found)
        assert await made.s3.names() == ["folder-id"]


def _labels(message: LocalMessage) -> list[str]:
    return [str(each.get("label")) for row in message.components for each in row["components"]]
