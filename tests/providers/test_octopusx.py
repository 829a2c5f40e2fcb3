"""Tests specific to OctopusX. Source: reference/providers.md 2."""

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
from tests.providers.rigs import LIMITS, ProviderRig, dialect_of, rig_fixture, start_rig

UNIFIED, OPENAI = dialect_of("octopusx-unified"), dialect_of("octopusx-openai")


unified = rig_fixture(UNIFIED)
openai = rig_fixture(OPENAI)


def local(rig: ProviderRig) -> LocalOctopusX:
    assert isinstance(rig.local, LocalOctopusX)
    return rig.local


async def test_a_task_is_polled_by_its_id_and_its_second_id_is_stored(unified: ProviderRig) -> None:
    task = await unified.finished_task()
    assert task.task_id.startswith("grok:")
    assert task.spare_ids["task_id"] == unified.local.tasks[task.task_id].spare_id
    assert isinstance(await unified.provider.check(task), Ready)


@pytest.mark.parametrize("way", get_args(ProgressAs))
@pytest.mark.parametrize("ms", [True, False])
async def test_progress_and_times_are_read_in_every_format(unified: ProviderRig, way: ProgressAs, ms: bool) -> None:
    local(unified).progress_as, local(unified).ms_timestamps, local(unified).render_s = way, ms, 60.0
    task = await unified.provider.submit(await unified.provider.draft(unified.order()))
    state = await unified.provider.check(task)
    assert isinstance(state, Pending)
    assert state.progress is not None


@pytest.mark.parametrize("place", get_args(LinkPlace))
async def test_the_clip_comes_from_the_link_or_the_content_route(
    openai: ProviderRig, tmp_path: Path, place: LinkPlace
) -> None:
    local(openai).openai_link = place
    _, ready = await openai.ready_task()
    assert ready.authorised is (place == "none")
    await openai.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert (tmp_path / "clip").read_bytes() == openai.clip.read_bytes()


async def test_a_remix_with_the_id_of_its_source_is_a_separate_task(sample_clip: Path) -> None:
    def make(film: Path) -> LocalOctopusX:
        return LocalOctopusX(film=film, render_s=0.0, remix_reuses_id=True)

    async with start_rig(replace(UNIFIED, local=make), sample_clip) as unified:
        task, ready = await unified.ready_task()
        source = unified.source(replace(task, spare_ids={**task.spare_ids, **ready.spare_ids}))
        order = unified.order(kind=Kind.REMIX, source=source)
        remix = await unified.provider.submit(await unified.provider.draft(order))
        assert remix.task_id == task.task_id
        assert remix.spare_ids["source_url"] == ready.spare_ids["url"]
        # The provider still returns the source: its clip isn't the remix, with any signature of its link.
        old = unified.local.tasks[f"{task.task_id}#1"]
        new = unified.local.tasks[task.task_id]
        await unified.local.finish(task.task_id)
        unified.local.tasks[task.task_id] = old
        assert await unified.provider.check(remix) == Pending(raw_status=SOURCE_CLIP_ONLY)
        unified.local.tasks[task.task_id] = new
        state = await unified.provider.check(remix)
        assert isinstance(state, Ready)
        assert state.spare_ids["url"] != ready.spare_ids["url"]


async def test_a_job_keeps_the_protocol_in_which_it_was_created(openai: ProviderRig) -> None:
    """An account that now creates jobs in the unified protocol still remixes older ones in their own protocol."""
    order = await openai.remix_order()
    async with start_rig(UNIFIED, openai.clip) as moved:
        draft = await moved.provider.draft(order)
    assert order.source is not None
    assert draft.protocol == "openai"
    assert draft.path == f"/v1/videos/{order.source.task.task_id.replace(':', '%3A')}/remix"


async def test_the_other_route_is_tried_if_the_first_does_not_know_the_task(unified: ProviderRig) -> None:
    local(unified).cross_read = True
    task = await unified.finished_task()
    assert isinstance(await unified.provider.check(replace(task, protocol="openai")), Ready)
    unified.local.tasks[task.task_id].pipeline = "openai"
    assert isinstance(await unified.provider.check(task), Ready)


async def test_a_video_can_be_extended(unified: ProviderRig) -> None:
    order = replace(await unified.remix_order(), kind=Kind.EXTEND)
    task = await unified.provider.submit(await unified.provider.draft(order))
    assert unified.local.tasks[task.task_id].kind == "extend"


@pytest.mark.parametrize("protocol", ["unified", "openai"])
async def test_a_picture_is_sent_as_a_data_uri_or_a_form_file(
    sample_clip: Path, picture_file: Picture, protocol: str
) -> None:
    dialect = UNIFIED if protocol == "unified" else OPENAI
    async with start_rig(dialect, sample_clip) as rig:
        draft = await rig.provider.draft(rig.order(picture=picture_file))
        task = await rig.provider.submit(draft)
        picture = rig.local.tasks[task.task_id].pictures[0]
    assert isinstance(picture, str if protocol == "unified" else bytes)
    assert draft.encoding == ("json" if protocol == "unified" else "multipart")


@pytest.mark.parametrize("model", ["grok-imagine-video", "grok-video-3-pro", "grok-video-3-max", "veo_3_1", "sora-2"])
async def test_a_model_with_its_own_protocol_overrides_the_account(
    unified: ProviderRig, picture_file: Picture, model: str
) -> None:
    catalogue_model = model_of(f"octopusx/{model}")
    order = unified.order(
        model=catalogue_model,
        aspect=catalogue_model.default_aspect,
        seconds=catalogue_model.default_seconds,
        resolution=catalogue_model.default_resolution,
        picture=picture_file,
    )
    task = await unified.provider.submit(await unified.provider.draft(order))
    assert task.protocol == "openai"
    assert unified.local.tasks[task.task_id].pictures


async def test_a_veo_video_is_remixed_by_a_separate_model(openai: ProviderRig) -> None:
    catalogue_model = model_of("octopusx/veo_3_1")
    source = await openai.provider.submit(
        await openai.provider.draft(openai.order(model=catalogue_model, aspect="16:9"))
    )
    await openai.local.finish(source.task_id)
    order = openai.order(kind=Kind.REMIX, model=catalogue_model, source=openai.source(source))
    task = await openai.provider.submit(await openai.provider.draft(order))
    assert openai.local.tasks[task.task_id].request["model"] == "veo_3_1-extend"


@pytest.mark.parametrize("shape", ["plain", "seedance"])
async def test_generic_tasks_can_be_created_but_not_remixed(unified: ProviderRig, shape: str) -> None:
    local(unified).generic_shape = shape  # type: ignore[assignment]
    order = unified.order(model=model_of("octopusx/seedance-2"), aspect="4:3", seconds=5, resolution=None)
    task = await unified.provider.submit(await unified.provider.draft(order))
    await unified.local.finish(task.task_id)
    assert task.protocol == "generic"
    assert isinstance(await unified.provider.check(task), Ready)
    remix = unified.order(kind=Kind.REMIX, source=unified.source(task))
    with pytest.raises(Refused):
        await unified.provider.draft(remix)


async def test_the_video_to_video_model_edits_clips_of_any_provider(unified: ProviderRig, tmp_path: Path) -> None:
    other_task = Task(task_id="x", protocol="toapis", endpoint="https://toapis.com")
    catalogue_model = model_of("octopusx/omni-fast-v2v")
    order = unified.order(
        kind=Kind.REMIX, model=catalogue_model, remix_method="edit", source=unified.source(other_task), seconds=5
    )
    order = replace(order, resolution="720P", aspect="16:9")
    task = await unified.provider.submit(await unified.provider.draft(order))
    assert unified.local.tasks[task.task_id].input_clip is not None
    big = tmp_path / "big.mp4"
    big.write_bytes(b"x" * 15_000_001)
    for clip in (None, big, tmp_path / "gone.mp4"):
        with pytest.raises(SourceGone):
            await unified.provider.draft(replace(order, source=replace(unified.source(other_task), clip=clip)))
