"""What only OctopusX does. Source: reference/providers.md 2."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from bot.jobs.job import Kind
from bot.jobs.provider_errors import Refused, SourceGone
from bot.ports.provider import Pending, Picture, Ready, Task
from bot.providers.task_state import SOURCE_CLIP_ONLY
from bot.sandbox.providers import LocalOctopusX
from bot.sandbox.providers.octopusx_responses import LinkPlace, ProgressAs
from tests.providers.models import model_of
from tests.providers.stands import DIALECTS, LIMITS, Rig, start_rig

UNIFIED, OPENAI = DIALECTS[1], DIALECTS[2]


@pytest.fixture
async def unified(a_film: Path) -> AsyncIterator[Rig]:
    async with start_rig(UNIFIED, a_film) as running:
        yield running


@pytest.fixture
async def openai(a_film: Path) -> AsyncIterator[Rig]:
    async with start_rig(OPENAI, a_film) as running:
        yield running


def local(a_stand: Rig) -> LocalOctopusX:
    assert isinstance(a_stand.local, LocalOctopusX)
    return a_stand.local


async def test_the_id_is_asked_for_and_the_other_one_kept(unified: Rig) -> None:
    task = await unified.finished_task()
    assert task.task_id.startswith("grok:")
    assert task.spare_ids["task_id"] == unified.local.tasks[task.task_id].spare_id
    assert isinstance(await unified.provider.check(task), Ready)


@pytest.mark.parametrize("way", get_args(ProgressAs))
@pytest.mark.parametrize("ms", [True, False])
async def test_progress_and_times_as_they_come(unified: Rig, way: ProgressAs, ms: bool) -> None:
    local(unified).progress_as, local(unified).ms_timestamps, local(unified).render_s = way, ms, 60.0
    task = await unified.provider.submit(await unified.provider.draft(unified.order()))
    state = await unified.provider.check(task)
    assert isinstance(state, Pending)
    assert state.progress is not None


@pytest.mark.parametrize("place", get_args(LinkPlace))
async def test_the_link_or_the_content_route(openai: Rig, tmp_path: Path, place: LinkPlace) -> None:
    local(openai).openai_link = place
    _, ready = await openai.ready_task()
    assert ready.authorised is (place == "none")
    await openai.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert (tmp_path / "clip").read_bytes() == openai.film.read_bytes()


async def test_a_remix_that_returns_its_sources_id_is_a_task_of_its_own(a_film: Path) -> None:
    def make(film: Path) -> LocalOctopusX:
        return LocalOctopusX(film=film, render_s=0.0, remix_reuses_id=True)

    async with start_rig(replace(UNIFIED, local=make), a_film) as unified:
        task, ready = await unified.ready_task()
        source = unified.source(replace(task, spare_ids={**task.spare_ids, **ready.spare_ids}))
        wish = unified.order(kind=Kind.REMIX, source=source)
        remix = await unified.provider.submit(await unified.provider.draft(wish))
        assert remix.task_id == task.task_id
        assert remix.spare_ids["source_url"] == ready.spare_ids["url"]
        # The provider still tells of the source: that clip is not the remix, however its link is signed.
        old = unified.local.tasks[f"{task.task_id}#1"]
        new = unified.local.tasks[task.task_id]
        await unified.local.finish(task.task_id)
        unified.local.tasks[task.task_id] = old
        assert await unified.provider.check(remix) == Pending(raw_status=SOURCE_CLIP_ONLY)
        unified.local.tasks[task.task_id] = new
        state = await unified.provider.check(remix)
        assert isinstance(state, Ready)
        assert state.spare_ids["url"] != ready.spare_ids["url"]


async def test_a_job_stays_in_the_protocol_that_made_it(openai: Rig) -> None:
    """An account that now makes jobs the unified way still remixes and asks for its older ones as they were made."""
    wish = await openai.remix_order()
    async with start_rig(UNIFIED, openai.film) as moved:
        draft = await moved.provider.draft(wish)
    assert wish.source is not None
    assert draft.protocol == "openai"
    assert draft.path == f"/v1/videos/{wish.source.task.task_id.replace(':', '%3A')}/remix"


async def test_the_other_route_is_asked_where_one_knows_nothing(unified: Rig) -> None:
    local(unified).cross_read = True
    task = await unified.finished_task()
    assert isinstance(await unified.provider.check(replace(task, protocol="openai")), Ready)
    unified.local.tasks[task.task_id].pipeline = "openai"
    assert isinstance(await unified.provider.check(task), Ready)


async def test_an_extension(unified: Rig) -> None:
    wish = replace(await unified.remix_order(), kind=Kind.EXTEND)
    task = await unified.provider.submit(await unified.provider.draft(wish))
    assert unified.local.tasks[task.task_id].kind == "extend"


@pytest.mark.parametrize("protocol", ["unified", "openai"])
async def test_a_picture_is_data_or_a_part_of_the_form(a_film: Path, a_picture_file: Picture, protocol: str) -> None:
    dialect = UNIFIED if protocol == "unified" else OPENAI
    async with start_rig(dialect, a_film) as running:
        draft = await running.provider.draft(running.order(picture=a_picture_file))
        task = await running.provider.submit(draft)
        picture = running.local.tasks[task.task_id].pictures[0]
    assert isinstance(picture, str if protocol == "unified" else bytes)
    assert draft.encoding == ("json" if protocol == "unified" else "multipart")


@pytest.mark.parametrize("model", ["grok-imagine-video", "grok-video-3-pro", "grok-video-3-max", "veo_3_1", "sora-2"])
async def test_models_of_one_protocol_ignore_the_accounts(unified: Rig, a_picture_file: Picture, model: str) -> None:
    its = model_of(f"octopusx/{model}")
    wish = unified.order(
        model=its, aspect=its.default_aspect, seconds=its.default_seconds, resolution=its.default_resolution,
        picture=a_picture_file,
    )  # fmt: skip
    task = await unified.provider.submit(await unified.provider.draft(wish))
    assert task.protocol == "openai"
    assert unified.local.tasks[task.task_id].pictures


async def test_a_veo_video_is_remixed_by_a_model_of_its_own(openai: Rig) -> None:
    its = model_of("octopusx/veo_3_1")
    made = await openai.provider.submit(await openai.provider.draft(openai.order(model=its, aspect="16:9")))
    await openai.local.finish(made.task_id)
    wish = openai.order(kind=Kind.REMIX, model=its, source=openai.source(made))
    task = await openai.provider.submit(await openai.provider.draft(wish))
    assert openai.local.tasks[task.task_id].request["model"] == "veo_3_1-extend"


@pytest.mark.parametrize("shape", ["plain", "seedance"])
async def test_the_generic_protocol(unified: Rig, shape: str) -> None:
    local(unified).generic_shape = shape  # type: ignore[assignment]
    wish = unified.order(model=model_of("octopusx/seedance-2"), aspect="4:3", seconds=5, resolution=None)
    task = await unified.provider.submit(await unified.provider.draft(wish))
    await unified.local.finish(task.task_id)
    assert task.protocol == "generic"
    assert isinstance(await unified.provider.check(task), Ready)
    remix = unified.order(kind=Kind.REMIX, source=unified.source(task))
    with pytest.raises(Refused):
        await unified.provider.draft(remix)


async def test_a_clip_of_anybody_is_edited_by_the_video_to_video_model(unified: Rig, tmp_path: Path) -> None:
    stranger = Task(task_id="x", protocol="toapis", endpoint="https://toapis.com")
    its = model_of("octopusx/omni-fast-v2v")
    wish = unified.order(kind=Kind.REMIX, model=its, remix_method="edit", source=unified.source(stranger), seconds=5)
    wish = replace(wish, resolution="720P", aspect="16:9")
    task = await unified.provider.submit(await unified.provider.draft(wish))
    assert unified.local.tasks[task.task_id].footage is not None
    big = tmp_path / "big.mp4"
    big.write_bytes(b"x" * 15_000_001)
    for clip in (None, big, tmp_path / "gone.mp4"):
        with pytest.raises(SourceGone):
            await unified.provider.draft(replace(wish, source=replace(unified.source(stranger), clip=clip)))
