"""Tests of ComfyUI's own routes and of Comfy API v2. Source: reference/providers-next.md 5.5."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.job import Kind
from bot.jobs.provider_errors import ClipTooLong, NotSent, OutcomeUnknown, RateLimited, Refused
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Failed, KeyAnswer, Missing, Pending, Picture, Ready, Task
from bot.ports.provider_capabilities import LostRequest, NotStopped, Stopped, Stopping, TaskCancellation, TaskLookup
from bot.providers import Account, build_provider
from bot.providers.comfy import prompt_id_of
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalComfy, LocalComfyV2
from tests.providers.models import model_of
from tests.providers.rigs import ProviderRig, dialect_of, rig_fixture

comfy = rig_fixture(dialect_of("comfy"))
comfy_v2 = rig_fixture(dialect_of("comfy-v2"))
OLD = (0, 20)
KEY = "retake-j-1"
LOST = LostRequest(idempotency_key=KEY, prompt="", wire_model="", protocol="classic", since=0.0)


def server(rig: ProviderRig) -> LocalComfy:
    assert isinstance(rig.local, LocalComfy)
    return rig.local


def lookup(rig: ProviderRig) -> TaskLookup:
    assert isinstance(rig.provider, TaskLookup)
    return rig.provider


def cancels(rig: ProviderRig) -> TaskCancellation:
    assert isinstance(rig.provider, TaskCancellation)
    return rig.provider


async def sent(rig: ProviderRig, key: str = KEY, **changes: object) -> Task:
    draft = await rig.provider.draft(rig.order(**changes))
    return await rig.provider.submit(replace(draft, idempotency_key=key))


async def test_an_order_fills_the_workflow_with_values(comfy: ProviderRig) -> None:
    draft = await comfy.provider.draft(comfy.order(prompt='a "fox" {{seed}}', aspect="9:16", seconds=3))
    graph = draft.fields["prompt"]
    assert isinstance(graph, dict)
    assert graph["5"]["inputs"]["text"] == 'a "fox" {{seed}}'
    assert (graph["7"]["inputs"]["width"], graph["7"]["inputs"]["height"]) == (704, 1280)
    assert graph["7"]["inputs"]["length"] == 73  # 3 s at 24, and one
    assert graph["8"]["inputs"]["seed"] == int.from_bytes(hashlib.sha256(b"j").digest()[:6])
    assert "{{" not in json.dumps(draft.fields).replace("{{seed}}", "")


async def test_the_same_order_is_the_same_request(comfy: ProviderRig) -> None:
    first, again = [await comfy.provider.draft(comfy.order()) for _ in range(2)]
    other = await comfy.provider.draft(comfy.order(job_id="k"))
    assert first.digest() == again.digest() != other.digest()


async def test_the_request_has_an_id_of_ours_and_our_name(comfy: ProviderRig) -> None:
    task = await sent(comfy)
    assert task.task_id == prompt_id_of(KEY)
    assert comfy.local.tasks[task.task_id].request["extra_data"] == {"retake": KEY}


async def test_a_picture_is_uploaded_once_and_named_in_the_workflow(comfy: ProviderRig, picture_file: Picture) -> None:
    order = comfy.order(model=model_of("comfy/wan2.2-5b-image"), picture=picture_file)
    drafts = [await comfy.provider.draft(order) for _ in range(2)]
    (upload,) = comfy.local.uploads
    assert upload.data == picture_file.path.read_bytes()
    assert [draft.fields["prompt"]["12"]["inputs"]["image"] for draft in drafts] == [upload.id] * 2  # type: ignore[index]
    await comfy.provider.submit(drafts[0])
    assert [len(task.pictures) for task in comfy.local.tasks.values()] == [1]


async def test_the_name_that_the_server_gives_a_file_counts(comfy: ProviderRig, picture_file: Picture) -> None:
    comfy.local.wire.fail(
        Fault(route="POST /upload/image", status=200, body={"name": "x (1).png", "subfolder": "in", "type": "input"})
    )
    draft = await comfy.provider.draft(comfy.order(model=model_of("comfy/wan2.2-5b-image"), picture=picture_file))
    assert draft.fields["prompt"]["12"]["inputs"]["image"] == "in/x (1).png"  # type: ignore[index]


async def test_a_remix_sends_the_clip(comfy: ProviderRig, comfy_v2: ProviderRig) -> None:
    for rig in (comfy, comfy_v2):
        task = await rig.provider.submit(await rig.provider.draft(await rig.remix_order()))
        local = rig.local.tasks[rig.local_id(task)]
        assert (local.kind, local.input_clip is not None, local.prompt) == ("edit", True, "now at night")


async def test_a_clip_that_is_too_long_is_refused_before_the_upload(comfy: ProviderRig) -> None:
    order = await comfy.remix_order()
    assert order.source is not None
    with pytest.raises(ClipTooLong):
        await comfy.provider.draft(replace(order, source=replace(order.source, clip_seconds=6.5)))
    assert comfy.local.uploads == []


async def test_a_failed_upload_is_tried_later(comfy: ProviderRig) -> None:
    order = await comfy.remix_order()
    for fault in (Fault(route="POST /upload/*", status=200, body={"x": 1}), Fault(route="POST /upload/*", drop=True)):
        comfy.local.wire.fail(replace(fault, times=2))
        with pytest.raises(NotSent):
            await comfy.provider.draft(order)


async def test_a_model_without_a_workflow_is_refused(comfy: ProviderRig) -> None:
    with pytest.raises(Refused):
        await comfy.provider.draft(comfy.order(model=model_of("xai/grok-imagine-video")))


async def test_a_refused_workflow_names_the_node_and_the_value(comfy: ProviderRig) -> None:
    comfy.local.retired_models.add("wan2.2_ti2v_5B_fp16.safetensors")
    with pytest.raises(Refused) as caught:
        await sent(comfy)
    assert type(caught.value) is Refused
    reason = str(caught.value.facts["reason"])
    assert "node 1 (UNETLoader): Value not in list: unet_name: 'wan2.2_ti2v_5B_fp16.safetensors'" in reason
    comfy.local.complaints.clear()


async def test_a_refused_workflow_of_the_v2_api_names_the_node(comfy_v2: ProviderRig) -> None:
    comfy_v2.local.retired_models.add("wan2.2_vae.safetensors")
    with pytest.raises(Refused) as caught:
        await sent(comfy_v2)
    assert "node 3 (VAELoader): Value not in list" in str(caught.value.facts["reason"])
    comfy_v2.local.complaints.clear()


async def test_a_file_name_is_no_refusal_of_the_prompt(comfy: ProviderRig) -> None:
    """Names of model files may hold any word."""
    details = {"errors": [{"message": "Value not in list", "details": "unet_name: 'nsfw.safetensors' not in []"}]}
    body = {"error": {"type": "x", "message": "Prompt outputs failed validation"}, "node_errors": {"1": details}}
    comfy.local.wire.fail(Fault(route="POST /prompt", status=400, body=body))
    with pytest.raises(Refused) as caught:
        await sent(comfy)
    assert type(caught.value) is Refused


async def test_runs_wait_run_and_end(comfy: ProviderRig) -> None:
    comfy.local.render_s = 60.0
    first, second = await sent(comfy, "a"), await sent(comfy, "b")
    while not server(comfy).running():
        await comfy.provider.check(first)
    assert await comfy.provider.check(first) == Pending(raw_status="running")
    assert await comfy.provider.check(second) == Pending(raw_status="pending", queued=True)
    await comfy.local.finish(first.task_id)
    assert isinstance(await comfy.provider.check(first), Ready)


async def test_a_failed_run_tells_its_node_and_its_error(comfy: ProviderRig) -> None:
    task = await sent(comfy, prompt="[fail] a fox")
    await comfy.local.finish(task.task_id)
    state = await comfy.provider.check(task)
    assert state == Failed(reason="KSampler: RuntimeError: Video generation failed")


async def test_a_restarted_server_knows_no_run(comfy: ProviderRig) -> None:
    task = await sent(comfy)
    await comfy.local.finish(task.task_id)
    await server(comfy).restart()
    assert await comfy.provider.check(task) == Missing()


@pytest.mark.parametrize("version", [(0, 36), OLD])
@pytest.mark.parametrize("ended", [True, False])
async def test_a_lost_request_is_found_by_its_id_or_by_our_name(
    comfy: ProviderRig, version: tuple[int, ...], ended: bool
) -> None:
    """A server before 0.25 gives a run an id of its own."""
    server(comfy).version = version
    comfy.local.render_s = 0.0 if ended else 60.0
    await sent(comfy, "retake-other-1", job_id="other")
    comfy.local.wire.fail(Fault(route="POST /prompt", when="after", drop=True))
    with pytest.raises(OutcomeUnknown):
        await sent(comfy)
    (local,) = [task for task in comfy.local.tasks.values() if task.request["extra_data"] == {"retake": KEY}]
    if ended:
        await comfy.local.finish(local.id)
    found = await lookup(comfy).find_tasks(LOST)
    assert [task.task_id for task in found or ()] == [local.id]
    assert (local.id == prompt_id_of(KEY)) == (version != OLD)


async def test_that_nothing_is_found_proves_nothing(comfy: ProviderRig) -> None:
    """A restart forgets a run that the server had."""
    assert await lookup(comfy).find_tasks(LOST) == []
    assert not lookup(comfy).echoes_key


async def test_the_v2_api_cannot_tell_about_a_lost_request(comfy_v2: ProviderRig) -> None:
    assert await lookup(comfy_v2).find_tasks(replace(LOST, protocol="v2")) is None


async def test_a_key_that_was_used_means_that_the_request_arrived(comfy_v2: ProviderRig) -> None:
    await sent(comfy_v2)
    with pytest.raises(OutcomeUnknown):
        await sent(comfy_v2)
    assert len(comfy_v2.local.tasks) == 1


async def test_a_full_queue_is_no_failure(comfy_v2: ProviderRig) -> None:
    assert isinstance(comfy_v2.local, LocalComfyV2)
    comfy_v2.local.full = True
    with pytest.raises(RateLimited) as caught:
        await sent(comfy_v2)
    assert caught.value.retry_after_s == 5


async def test_the_v2_api_tells_progress_and_its_video_among_other_outputs(
    comfy_v2: ProviderRig, tmp_path: Path
) -> None:
    comfy_v2.local.render_s = 60.0
    task = await sent(comfy_v2)
    while not isinstance(state := await comfy_v2.provider.check(task), Pending) or state.progress is None:
        pass
    assert 0.0 <= state.progress < 100.0
    await comfy_v2.local.finish(comfy_v2.local_id(task))
    ready = await comfy_v2.provider.check(task)
    assert isinstance(ready, Ready)
    assert "/api/v2/assets/" in ready.url
    assert ready.authorised


CANCELS = [("comfy", (0, 36)), ("comfy", OLD), ("comfy-v2", None)]


@pytest.mark.parametrize(("name", "version"), CANCELS)
async def test_a_running_and_a_waiting_run_can_be_cancelled(
    comfy: ProviderRig, comfy_v2: ProviderRig, name: str, version: tuple[int, ...] | None
) -> None:
    rig = comfy if name == "comfy" else comfy_v2
    if version is not None:
        server(rig).version = version
    rig.local.render_s = 60.0
    running, waiting = await sent(rig, "a"), await sent(rig, "b")
    while rig.local.tasks[rig_id(rig, 0)].state != "running":
        await rig.provider.check(running)
    taken = Stopping() if name == "comfy-v2" else Stopped(free=False)
    assert await cancels(rig).cancel(waiting) == taken
    assert await cancels(rig).cancel(running) == taken
    await rig.local.finish(rig_id(rig, 0))
    assert isinstance(await rig.provider.check(running), Failed)


def rig_id(rig: ProviderRig, number: int) -> str:
    return list(rig.local.tasks)[number]


async def test_an_older_server_interrupts_no_run_of_somebody_else(comfy: ProviderRig) -> None:
    """It interrupts any run, so nothing is interrupted for a run that has ended."""
    server(comfy).version = OLD
    ended = await sent(comfy, "a")
    await comfy.local.finish(ended.task_id if ended.task_id in comfy.local.tasks else rig_id(comfy, 0))
    comfy.local.render_s = 60.0
    await sent(comfy, "b")
    assert await cancels(comfy).cancel(ended) == NotStopped()
    assert server(comfy).interrupted == set()


async def test_doctor_is_told_which_nodes_and_files_a_workflow_lacks(comfy: ProviderRig) -> None:
    text = model_of("comfy/wan2.2-5b")
    assert text.workflow is not None
    graph = {**text.workflow.graph, "99": {"class_type": "Pack.Node v1.2", "inputs": {}}}
    lacks_node = replace(text, wire="custom", workflow=replace(text.workflow, graph=graph))
    account = Account(
        name="comfy", kind="comfy", key=comfy.local.api_key, base_url=comfy.local.base_url, models=(text, lacks_node)
    )
    provider = build_provider(account, SsrfGuard())
    assert await provider.check_key() == KeyAnswer(
        expected=True, models=frozenset({"wan2.2-5b"}), lacks={"custom": "the node Pack.Node v1.2"}
    )
    comfy.local.retired_models |= {"wan2.2_vae.safetensors", "umt5_xxl_fp8_e4m3fn_scaled.safetensors"}
    answer = await provider.check_key()
    assert answer.lacks["wan2.2-5b"] == "umt5_xxl_fp8_e4m3fn_scaled.safetensors, wan2.2_vae.safetensors"
    assert answer.models == frozenset()
    await provider.close()


async def test_an_extension_adds_to_the_clip(comfy: ProviderRig) -> None:
    video = model_of("comfy/wan2.2-5b-video")
    order = replace(await comfy.remix_order(), kind=Kind.EXTEND, model=replace(video, remix=None, extend=video.remix))
    draft = await comfy.provider.draft(order)
    assert draft.spare_ids["source_id"]
