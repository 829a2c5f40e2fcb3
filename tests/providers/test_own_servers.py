"""Tests of vLLM-Omni and SGLang, the servers of a host's own GPU. Source: reference/providers-next.md 4."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.provider_errors import ClipTooLong, Refused
from bot.ports.provider import Picture
from bot.sandbox.providers import LocalOwnServer
from tests.providers.models import model_of
from tests.providers.rigs import ProviderRig, dialect_of, rig_fixture, start_rig

vllm = rig_fixture(dialect_of("vllm"))
sglang = rig_fixture(dialect_of("sglang"))


async def test_vllm_remakes_a_clip_that_is_sent_as_a_file(vllm: ProviderRig) -> None:
    draft = await vllm.provider.draft(await vllm.remix_order())
    ((field, name, data, mime),) = draft.files
    assert (draft.encoding, field, name, mime) == ("multipart", "input_reference", "clip.mp4", "video/mp4")
    assert data == vllm.clip.read_bytes()
    task = await vllm.provider.submit(draft)
    local = await vllm.local.finish(task.task_id)
    assert (local.kind, local.input_clip is not None, local.model) == ("edit", True, "nvidia/Cosmos3-Nano")


async def test_vllm_takes_a_clip_of_another_provider(vllm: ProviderRig) -> None:
    order = await vllm.remix_order()
    task = await vllm.provider.submit(await vllm.provider.draft(replace(order, remix_method="edit")))
    assert vllm.local.tasks[task.task_id].kind == "edit"


async def test_a_clip_that_is_too_long_is_refused_before_the_request(vllm: ProviderRig) -> None:
    order = await vllm.remix_order()
    assert order.source is not None
    with pytest.raises(ClipTooLong):
        await vllm.provider.draft(replace(order, source=replace(order.source, clip_seconds=10.5)))


async def test_sglang_takes_no_clip(sglang: ProviderRig) -> None:
    order = await sglang.remix_order()
    with pytest.raises(Refused):
        await sglang.provider.draft(
            replace(order, remix_method="edit", model=model_of("openai_videos/sglang-cosmos3-nano"))
        )


async def test_sglang_reads_json_and_a_form_with_a_picture(sglang: ProviderRig, picture_file: Picture) -> None:
    plain = await sglang.provider.draft(sglang.order())
    assert (plain.encoding, plain.fields["seconds"]) == ("json", 5)
    with_picture = await sglang.provider.draft(sglang.order(picture=picture_file))
    assert (with_picture.encoding, [file[0] for file in with_picture.files]) == ("multipart", ["input_reference"])
    for draft in (plain, with_picture):
        await sglang.provider.submit(draft)
    assert [len(task.pictures) for task in sglang.local.tasks.values()] == [0, 1]


async def test_vllm_reads_forms_alone(vllm: ProviderRig) -> None:
    draft = await vllm.provider.draft(vllm.order())
    with pytest.raises(Refused):
        await vllm.provider.submit(replace(draft, encoding="json"))
    assert isinstance(vllm.local, LocalOwnServer)
    assert vllm.local.complaints.pop() == "POST /v1/videos: body.prompt: Field required"
    await vllm.provider.submit(draft)
    assert len(vllm.local.tasks) == 1


async def test_sglang_refuses_a_form_without_a_file(sglang: ProviderRig) -> None:
    draft = await sglang.provider.draft(sglang.order())
    with pytest.raises(Refused) as caught:
        await sglang.provider.submit(replace(draft, encoding="multipart"))
    assert caught.value.facts["reason"] == "input_reference file is required"
    sglang.local.complaints.clear()


@pytest.mark.parametrize("name", ["vllm", "sglang"])
async def test_a_running_video_can_be_deleted(name: str, sample_clip: Path) -> None:
    async with start_rig(dialect_of(name), sample_clip) as rig:
        rig.local.render_s = 60.0
        task = await rig.provider.submit(await rig.provider.draft(rig.order()))
        assert await rig.provider.delete_task(task)
        assert rig.local.tasks == {}
