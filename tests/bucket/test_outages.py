"""The bucket is down, refuses, or is slow: jobs wait and go on, nothing is lost or paid twice, and the host is told."""

from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage, Upload
from bot.sandbox.fault_injection import Fault
from tests.bucket.processes import Apart, apart
from tests.pictures.helpers import png
from tests.roles.processes import eventually

BOAT = "a paper boat at dawn"
FORBIDDEN = '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
TROUBLES = {
    "is down": Fault(route="PUT */clips/*", drop=True, times=None),
    "refuses": Fault(route="PUT */clips/*", status=403, body=FORBIDDEN, times=None),
    "is full": Fault(route="PUT */clips/*", status=507, body="full", times=None),
}

pytestmark = pytest.mark.timeout(240)


def troubles(made: Apart) -> str:
    file = made.folder / "worker" / "alive-worker"
    return file.read_text() if file.exists() else ""


@pytest.mark.parametrize("name", TROUBLES)
async def test_a_clip_waits_for_the_bucket_and_is_neither_paid_nor_downloaded_again(tmp_path: Path, name: str) -> None:
    async with apart(tmp_path) as made:
        fault = made.s3.wire.fail(TROUBLES[name])
        await made.found.order(BOAT)
        await eventually(lambda: "waiting for the bucket" in made.found.worker.words(), made.found)
        said = "refuses the credentials" if name == "refuses" else "doesn't answer"
        await eventually(lambda: said in troubles(made), made.found)
        assert made.found.state() == "downloading"
        downloads = len(made.found.provider.wire.requests("GET */cdn/*"))
        made.s3.wire.clear(fault)
        await made.found.posted_once()
        assert len(made.found.provider.wire.requests("GET */cdn/*")) == downloads
        await eventually(lambda: troubles(made) == "", made.found)
        words = made.found.worker.words() + made.found.gateway.words()
        assert "X-Amz-Signature" not in words
        assert "AWS4-HMAC" not in words


async def test_get_says_that_the_bucket_does_not_answer_and_works_when_it_does(tmp_path: Path) -> None:
    async with apart(tmp_path, render_s=1.0) as made:
        found = made.found
        await found.alice.slash(found.channel, "generate", prompt="a clown of paper")
        await eventually(lambda: found.provider.tasks, found)
        found.guild.automod.words = {"clown"}
        await eventually(lambda: found.state() == "undeliverable_kept", found)
        made.s3.wire.fail(Fault(route="* */clips/*", delay_s=20.0, times=None))
        listed = await (await found.alice.slash(found.channel, "jobs")).answer(30)
        assert isinstance(listed, LocalMessage)
        labels = [str(each.get("label")) for row in listed.components for each in row["components"]]
        button = next(label for label in labels if label.startswith("Get "))
        refused = await (await found.alice.press(listed, button)).answer(30)
        assert isinstance(refused, LocalMessage)
        await eventually(lambda: "storage of my videos isn't answering" in refused.content, found)
        made.s3.wire.clear()
        got = await (await found.alice.press(listed, button)).answer(30)
        assert isinstance(got, LocalMessage)
        await eventually(lambda: got.attachments, found)


async def test_a_picture_that_the_bucket_does_not_take_delays_the_order_and_nothing_is_paid_before(
    tmp_path: Path,
) -> None:
    async with apart(tmp_path) as made:
        made.s3.wire.fail(Fault(route="PUT */pictures/*", status=403, times=None))
        shown = Upload("boat.png", png("navy"), "image/png")
        await made.found.alice.slash(made.found.channel, "generate", prompt=BOAT, image=shown)
        await eventually(lambda: "waiting for the bucket" in made.found.worker.words(), made.found)
        assert (made.found.state(), made.found.provider.charges) == ("accepted", [])
        made.s3.wire.clear()
        await made.found.posted_once()


async def test_data_that_the_bucket_does_not_delete_now_is_deleted_by_the_next_sweep(tmp_path: Path) -> None:
    async with apart(tmp_path) as made:
        found = made.found
        await made.generate(BOAT)
        await made.stored("thumbs")
        made.s3.wire.fail(Fault(route="POST *", status=403, times=None))
        jobs = await (await found.alice.slash(found.channel, "jobs")).answer(30)
        assert isinstance(jobs, LocalMessage)
        question = await (await found.alice.press(jobs, "Delete my data")).answer(30)
        assert isinstance(question, LocalMessage)
        await found.alice.press(question, "Delete data and videos")
        await eventually(lambda: "I'm deleting your data: 1 video" in question.content, found)
        assert len(await made.s3.names("clips")) == 1
        made.s3.wire.clear()
        await found.gateway.terminate()
        await found.world.start_bot()
        await made.stored("clips", 0)
        assert await made.s3.names() == ["folder-id"]
