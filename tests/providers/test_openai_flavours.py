"""Tests specific to the gateways behind /v1/videos. Source: reference/providers.md 3 to 5."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.job import Kind
from bot.jobs.provider_errors import Refused, UnclearAnswer
from bot.ports.provider import Failed, Picture, Ready
from bot.providers.openai_flavours import bifrost_task_id, read_truncated_body
from bot.providers.openai_videos import OpenAIVideos
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalOpenAIVideos
from tests.providers.models import model_of
from tests.providers.recording_server import RecordingServer, make_order
from tests.providers.rigs import LIMITS, ProviderRig, dialect_of, rig_fixture, start_rig

BIFROST, LITELLM, PLAIN = map(dialect_of, ("bifrost", "litellm", "plain"))
VEO = {"model": model_of("openai_videos/bifrost-veo-3.1"), "aspect": "16:9", "seconds": 8}


bifrost = rig_fixture(BIFROST)
litellm = rig_fixture(LITELLM)
plain = rig_fixture(PLAIN)


@pytest.mark.parametrize(
    ("task_id", "body", "default_provider", "full"),
    [
        ("video_1:openai", {}, "openai", "video_1:openai"),
        ("video_1", {"extra_fields": {"provider": "runway"}}, "openai", "video_1:runway"),
        ("video_1", {}, "gemini", "video_1:gemini"),
        ("models%2Fveo:gemini", {}, "vertex", "models%2Fveo:gemini"),
        ("grok:1", {"extra_fields": {"provider": "octopus"}}, "", "grok:1:octopus"),
        ("video_1", {}, "", "video_1"),
    ],
)
def test_bifrost_ids_end_in_the_provider(task_id: str, body: object, default_provider: str, full: str) -> None:
    assert bifrost_task_id(task_id, body, default_provider) == full


@pytest.mark.parametrize("suffixed", [True, False])
@pytest.mark.parametrize("provider", ["gemini", "openai"])
async def test_bifrost_ids_work_with_and_without_the_suffix(
    sample_clip: Path, tmp_path: Path, suffixed: bool, provider: str
) -> None:
    def make(film: Path) -> LocalOpenAIVideos:
        return LocalOpenAIVideos("bifrost", film=film, render_s=0.0, suffixed_ids=suffixed)

    async with start_rig(replace(BIFROST, local=make), sample_clip) as rig:
        order = rig.order(**(VEO if provider == "gemini" else {}))
        task = await rig.provider.submit(await rig.provider.draft(order))
        assert task.task_id.endswith(f":{provider}")
        await rig.local.finish(next(iter(rig.local.tasks)))
        state = await rig.provider.check(task)
        assert isinstance(state, Ready)
        await rig.provider.fetch(state, tmp_path / "clip", LIMITS)
        assert (tmp_path / "clip").read_bytes() == rig.clip.read_bytes()


@pytest.mark.parametrize("way", ["url", "base64"])
@pytest.mark.parametrize("size", [10_000, 3_000_000])
async def test_bifrost_clips_are_fetched_without_a_content_route(
    bifrost: ProviderRig, tmp_path: Path, way: str, size: int
) -> None:
    """The clip comes from its link or from base64 in the JSON, even if that exceeds the body limit."""
    assert isinstance(bifrost.local, LocalOpenAIVideos)
    clip = bytes(range(256)) * (size // 256)
    bifrost.local.serve_instead, bifrost.local.videos_as = clip, way  # type: ignore[assignment]
    _, ready = await bifrost.ready_task()
    bifrost.local.wire.fail(Fault(route="GET /v1/videos/*/content", status=404, times=None))
    await bifrost.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert (tmp_path / "clip").read_bytes() == clip


async def test_the_content_filter_of_bifrost_is_a_policy_failure(bifrost: ProviderRig) -> None:
    order = bifrost.order(prompt="a thing [withhold]")
    task = await bifrost.provider.submit(await bifrost.provider.draft(order))
    await bifrost.local.finish(task.task_id)
    state = await bifrost.provider.check(task)
    assert isinstance(state, Failed)
    assert state.policy
    assert "moderation" in state.reason


def test_the_state_is_read_from_a_truncated_body() -> None:
    cut = b'{"id":"x","status":"completed","prompt":"\\"status\\":\\"failed\\"","videos":[{"base64":"AAAA'
    assert read_truncated_body(cut) == {"status": "completed", "videos": [{"type": "base64", "base64": "cut"}]}
    assert read_truncated_body(b'{"id":"x","status":"completed","padding":"AAAA') is None


@pytest.mark.parametrize(
    ("dialect_name", "message", "error"),
    [
        ("litellm", "NotImplementedError: video remix is not supported for provider gemini", Refused),
        ("litellm", "the upstream is not supported today", UnclearAnswer),
        ("litellm", "video remix failed upstream", UnclearAnswer),
        ("bifrost", "unsupported_operation: video_remix operation is not supported by gemini provider", Refused),
        ("bifrost", "remix went wrong", UnclearAnswer),
        ("plain", "NotImplementedError: video remix is not supported", UnclearAnswer),
    ],
)
async def test_a_500_is_refused_only_if_no_provider_was_called(
    sample_clip: Path, dialect_name: str, message: str, error: type[Exception]
) -> None:
    dialect = dialect_of(dialect_name)
    async with start_rig(dialect, sample_clip) as rig:
        draft = await rig.provider.draft(await rig.remix_order())
        body = {"error": {"message": message, "type": "None", "code": "500"}}
        rig.local.wire.fail(Fault(route=dialect.follow_up, status=500, body=body))
        with pytest.raises(error):
            await rig.provider.submit(draft)


async def test_the_first_id_of_a_litellm_task_stays_valid(litellm: ProviderRig, tmp_path: Path) -> None:
    task, ready = await litellm.ready_task()
    assert len(task.task_id) > 100
    await litellm.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert isinstance(await litellm.provider.check(task), Ready)


@pytest.mark.parametrize("encoding", ["json", "multipart"])
async def test_a_new_video_is_sent_in_the_configured_encoding(encoding: str, picture_file: Picture) -> None:
    order = make_order(Kind.GENERATE, "openai_videos/sora-2", aspect="16:9", seconds=8, picture=picture_file)
    async with RecordingServer([(200, {"id": "v"})]) as server:
        provider = server.provider("openai_videos", flavour="plain", encoding=encoding)
        await provider.submit(await provider.draft(order))
        await provider.close()
    request = server.requests[0]
    assert request.headers["Content-Type"].startswith(
        "application/json" if encoding == "json" else "multipart/form-data"
    )
    if encoding == "multipart":
        for part in (b'name="seconds"\r\n\r\n8\r\n', b'name="size"\r\n\r\n1280x720\r\n', b'filename="image.png"'):
            assert part in request.body
        return
    data = base64.b64encode(picture_file.path.read_bytes()).decode()
    assert request.json == {
        "model": "sora-2", "prompt": "a prompt", "seconds": "8", "size": "1280x720",
        "input_reference": {"image_url": f"data:image/png;base64,{data}"},
    }  # fmt: skip


ENCODINGS = {"plain": "multipart", "litellm": "multipart", "bifrost": "json", "vllm": "multipart", "sglang": "json"}


@pytest.mark.parametrize("with_picture", [False, True])
@pytest.mark.parametrize("flavour", ENCODINGS)
async def test_each_flavour_has_an_encoding_of_its_own(flavour: str, picture_file: Picture, with_picture: bool) -> None:
    picture = picture_file if with_picture else None
    order = make_order(Kind.GENERATE, "openai_videos/sora-2", aspect="16:9", seconds=8, picture=picture)
    async with RecordingServer([(200, {"id": "v"})]) as server:
        provider = server.provider("openai_videos", flavour=flavour)
        await provider.submit(await provider.draft(order))
        await provider.close()
    multipart = ENCODINGS[flavour] == "multipart" or (flavour == "sglang" and with_picture)
    kind = "multipart/form-data" if multipart else "application/json"
    assert server.requests[0].headers["Content-Type"].startswith(kind)


@pytest.mark.parametrize("encoding", ["json", "form"])
async def test_a_plain_server_accepts_both_encodings(plain: ProviderRig, sample_clip: Path, encoding: str) -> None:
    assert isinstance(plain.local, LocalOpenAIVideos)
    plain.local.encodings = {encoding}
    wire = "json" if encoding == "json" else "multipart"
    model = replace(model_of(PLAIN.model), encoding=wire)  # type: ignore[arg-type]
    await plain.provider.submit(await plain.provider.draft(plain.order(model=model)))
    assert len(plain.local.charges) == 1


async def test_bifrost_receives_pictures_as_data_uris(bifrost: ProviderRig, picture_file: Picture) -> None:
    draft = await bifrost.provider.draft(bifrost.order(picture=picture_file, **VEO))
    assert str(draft.fields["input_reference"]).startswith("data:image/png;base64,")
    await bifrost.provider.submit(draft)


async def test_a_gateway_lists_its_tasks(bifrost: ProviderRig) -> None:
    assert isinstance(bifrost.provider, OpenAIVideos)
    task = await bifrost.finished_task()
    listed_tasks = await bifrost.provider.list_tasks("openai") or ()
    assert [(task.task_id, task.prompt) for task in listed_tasks] == [(task.task_id, "a lighthouse in a storm")]


async def test_a_base_url_may_end_in_v1() -> None:
    async with RecordingServer([(200, {"id": "v"})]) as server:
        for base_url in (server.base_url, f"{server.base_url}/v1", f"{server.base_url}/v1/"):
            provider = server.provider("openai_videos", base_url=base_url)
            await provider.submit(await provider.draft(make_order(Kind.GENERATE, "openai_videos/sora-2")))
            await provider.close()
    assert [request.path for request in server.requests] == ["/v1/videos"] * 3


async def test_edits_and_extensions_are_refused(plain: ProviderRig) -> None:
    order = await plain.remix_order()
    for other in (replace(order, remix_method="edit"), replace(order, kind=Kind.EXTEND)):
        with pytest.raises(Refused):
            await plain.provider.draft(other)
