"""What only the gateways behind /v1/videos do. Source: reference/providers.md 3 to 5."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.job import Kind
from bot.jobs.provider_errors import OutcomeUnknown, Refused
from bot.ports.provider import Failed, Picture, Ready
from bot.providers.openai_flavours import bifrost_task_id, read_truncated_body
from bot.providers.openai_videos import OpenAIVideos
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalOpenAIVideos
from tests.providers.echo import RecordingServer, order
from tests.providers.models import model_of
from tests.providers.stands import DIALECTS, LIMITS, Rig, start_rig

BIFROST, LITELLM, PLAIN = DIALECTS[3:6]
VEO = {"model": model_of("openai_videos/bifrost-veo-3.1"), "aspect": "16:9", "seconds": 8}


@pytest.fixture
async def bifrost(a_film: Path) -> AsyncIterator[Rig]:
    async with start_rig(BIFROST, a_film) as running:
        yield running


@pytest.fixture
async def litellm(a_film: Path) -> AsyncIterator[Rig]:
    async with start_rig(LITELLM, a_film) as running:
        yield running


@pytest.fixture
async def plain(a_film: Path) -> AsyncIterator[Rig]:
    async with start_rig(PLAIN, a_film) as running:
        yield running


@pytest.mark.parametrize(
    ("task_id", "body", "asked_of", "full"),
    [
        ("video_1:openai", {}, "openai", "video_1:openai"),
        ("video_1", {"extra_fields": {"provider": "runway"}}, "openai", "video_1:runway"),
        ("video_1", {}, "gemini", "video_1:gemini"),
        ("models%2Fveo:gemini", {}, "vertex", "models%2Fveo:gemini"),
        ("grok:1", {"extra_fields": {"provider": "octopus"}}, "", "grok:1:octopus"),
        ("video_1", {}, "", "video_1"),
    ],
)
def test_bifrosts_ids_end_in_their_provider(task_id: str, body: object, asked_of: str, full: str) -> None:
    assert bifrost_task_id(task_id, body, asked_of) == full


@pytest.mark.parametrize("suffixed", [True, False])
@pytest.mark.parametrize("provider", ["gemini", "openai"])
async def test_bifrost_with_and_without_the_ending(a_film: Path, tmp_path: Path, suffixed: bool, provider: str) -> None:
    def make(film: Path) -> LocalOpenAIVideos:
        return LocalOpenAIVideos("bifrost", film=film, render_s=0.0, suffixed_ids=suffixed)

    async with start_rig(replace(BIFROST, local=make), a_film) as running:
        wish = running.order(**(VEO if provider == "gemini" else {}))
        task = await running.provider.submit(await running.provider.draft(wish))
        assert task.task_id.endswith(f":{provider}")
        await running.local.finish(next(iter(running.local.tasks)))
        state = await running.provider.check(task)
        assert isinstance(state, Ready)
        await running.provider.fetch(state, tmp_path / "clip", LIMITS)
        assert (tmp_path / "clip").read_bytes() == running.film.read_bytes()


@pytest.mark.parametrize("way", ["url", "base64"])
@pytest.mark.parametrize("size", [10_000, 3_000_000])
async def test_bifrost_without_a_content_route_still_gives_the_clip(
    bifrost: Rig, tmp_path: Path, way: str, size: int
) -> None:
    """By its link, or decoded out of the JSON: also where that is longer than any JSON we read into memory."""
    assert isinstance(bifrost.local, LocalOpenAIVideos)
    clip = bytes(range(256)) * (size // 256)
    bifrost.local.serve_instead, bifrost.local.videos_as = clip, way  # type: ignore[assignment]
    _, ready = await bifrost.ready_task()
    bifrost.local.wire.fail(Fault(route="GET /v1/videos/*/content", status=404, times=None))
    await bifrost.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert (tmp_path / "clip").read_bytes() == clip


async def test_bifrosts_filter_is_a_refusal_of_the_content(bifrost: Rig) -> None:
    wish = bifrost.order(prompt="a thing [withhold]")
    task = await bifrost.provider.submit(await bifrost.provider.draft(wish))
    await bifrost.local.finish(task.task_id)
    state = await bifrost.provider.check(task)
    assert isinstance(state, Failed)
    assert state.policy
    assert "moderation" in state.reason


def test_the_head_of_a_cut_body_tells_the_state() -> None:
    cut = b'{"id":"x","status":"completed","prompt":"\\"status\\":\\"failed\\"","videos":[{"base64":"AAAA'
    assert read_truncated_body(cut) == {"status": "completed", "videos": [{"type": "base64", "base64": "cut"}]}
    assert read_truncated_body(b'{"id":"x","status":"completed","padding":"AAAA') is None


@pytest.mark.parametrize(
    ("stand_name", "message", "error"),
    [
        ("litellm", "NotImplementedError: video remix is not supported for provider gemini", Refused),
        ("litellm", "the upstream is not supported today", OutcomeUnknown),
        ("litellm", "video remix failed upstream", OutcomeUnknown),
        ("bifrost", "unsupported_operation: video_remix operation is not supported by gemini provider", Refused),
        ("bifrost", "remix went wrong", OutcomeUnknown),
        ("plain", "NotImplementedError: video remix is not supported", OutcomeUnknown),
    ],
)
async def test_a_500_is_harmless_only_where_it_is_known_to_come_before_any_call(
    a_film: Path, stand_name: str, message: str, error: type[Exception]
) -> None:
    dialect = next(each for each in DIALECTS if each.name == stand_name)
    async with start_rig(dialect, a_film) as running:
        draft = await running.provider.draft(await running.remix_order())
        body = {"error": {"message": message, "type": "None", "code": "500"}}
        running.local.wire.fail(Fault(route=dialect.follow, status=500, body=body))
        with pytest.raises(error):
            await running.provider.submit(draft)


async def test_litellm_stamps_its_ids_anew_and_the_first_one_is_kept(litellm: Rig, tmp_path: Path) -> None:
    task, ready = await litellm.ready_task()
    assert len(task.task_id) > 100
    await litellm.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert isinstance(await litellm.provider.check(task), Ready)


@pytest.mark.parametrize("encoding", ["json", "multipart"])
async def test_a_create_is_sent_as_it_is_configured(encoding: str, a_picture_file: Picture) -> None:
    wish = order(Kind.GENERATE, "openai_videos/sora-2", aspect="16:9", seconds=8, picture=a_picture_file)
    async with RecordingServer([(200, {"id": "v"})]) as echo:
        provider = echo.provider("openai_videos", encoding=encoding)
        await provider.submit(await provider.draft(wish))
        await provider.close()
    sent = echo.requests[0]
    assert sent.headers["Content-Type"].startswith("application/json" if encoding == "json" else "multipart/form-data")
    if encoding == "multipart":
        for part in (b'name="seconds"\r\n\r\n8\r\n', b'name="size"\r\n\r\n1280x720\r\n', b'filename="image.png"'):
            assert part in sent.body
        return
    data = base64.b64encode(a_picture_file.path.read_bytes()).decode()
    assert sent.json == {
        "model": "sora-2", "prompt": "a wish", "seconds": "8", "size": "1280x720",
        "input_reference": {"image_url": f"data:image/png;base64,{data}"},
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["json", "form"])
async def test_a_plain_server_takes_both(plain: Rig, a_film: Path, encoding: str) -> None:
    assert isinstance(plain.local, LocalOpenAIVideos)
    plain.local.encodings = {encoding}
    wire = "json" if encoding == "json" else "multipart"
    model = replace(model_of(PLAIN.model), encoding=wire)  # type: ignore[arg-type]
    await plain.provider.submit(await plain.provider.draft(plain.order(model=model)))
    assert len(plain.local.charges) == 1


async def test_bifrost_wants_pictures_inside(bifrost: Rig, a_picture_file: Picture) -> None:
    draft = await bifrost.provider.draft(bifrost.order(picture=a_picture_file, **VEO))
    assert str(draft.fields["input_reference"]).startswith("data:image/png;base64,")
    await bifrost.provider.submit(draft)


async def test_what_a_gateway_lists(bifrost: Rig) -> None:
    assert isinstance(bifrost.provider, OpenAIVideos)
    task = await bifrost.finished_task()
    listed = await bifrost.provider.list_tasks("openai")
    assert [(each.task_id, each.prompt) for each in listed] == [(task.task_id, "a lighthouse in a storm")]


async def test_a_base_url_may_end_in_v1_or_not() -> None:
    async with RecordingServer([(200, {"id": "v"})]) as echo:
        for base_url in (echo.base_url, f"{echo.base_url}/v1", f"{echo.base_url}/v1/"):
            provider = echo.provider("openai_videos", base_url=base_url)
            await provider.submit(await provider.draft(order(Kind.GENERATE, "openai_videos/sora-2")))
            await provider.close()
    assert [sent.path for sent in echo.requests] == ["/v1/videos"] * 3


async def test_it_neither_edits_nor_extends(plain: Rig) -> None:
    wish = await plain.remix_order()
    for other in (replace(wish, remix_method="edit"), replace(wish, kind=Kind.EXTEND)):
        with pytest.raises(Refused):
            await plain.provider.draft(other)
