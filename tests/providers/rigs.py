"""Test rigs: every provider adapter connected to its local provider."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.jobs.job import Kind
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import (
    FetchLimits,
    Picture,
    Provider,
    ProviderOrder,
    Ready,
    RemixMethod,
    Source,
    Task,
    TaskState,
)
from bot.providers import Account, build_provider
from bot.sandbox.providers import (
    LocalComfy,
    LocalComfyV2,
    LocalFal,
    LocalGemini,
    LocalOctopusX,
    LocalOpenAIVideos,
    LocalOpenRouter,
    LocalOwnServer,
    LocalRunware,
    LocalRunway,
    LocalToAPIs,
    LocalXAI,
)
from bot.sandbox.providers.server import LocalProvider
from tests.providers.models import model_of

PNG = b"\x89PNG\r\n\x1a\n"
LIMITS = FetchLimits(max_bytes=5_000_000, timeout_s=10.0, min_bytes_per_s=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A dialect, which is one column of the contract."""

    name: str
    kind: str
    local: Callable[[Path], LocalProvider]
    model: str  # in the catalogue, as kind/key
    create: str  # the route of the paid request for a new video
    follow_up: str
    poll: str
    upload: str = ""
    flavour: str = ""
    protocol: str = ""
    policy_422: bool = False
    sends_clip: bool = False  # a remix sends the clip and names no earlier task
    chooses_ids: bool = False  # the client chooses the ids of tasks
    content: str = ""  # the content route, if the dialect uses one
    seconds: int = 10
    aspect: str = "16:9"
    resolution: str | None = None
    follow_up_kind: Kind = Kind.REMIX
    remix_method: RemixMethod = "native"
    follow_up_model: str = ""  # the model that remixes or extends, if it is another


def _gateway(flavour: str, film: Path) -> LocalOpenAIVideos:
    if flavour == "bifrost":
        return LocalOpenAIVideos("bifrost", film=film, render_s=0.0)
    return LocalOpenAIVideos("litellm" if flavour == "litellm" else "openai", film=film, render_s=0.0)


DIALECTS = [
    Dialect(
        name="toapis", kind="toapis", local=lambda film: LocalToAPIs(film=film, render_s=0.0),
        model="toapis/grok-video-3", create="POST /v1/videos/generations", follow_up="POST /v1/videos/*/remix",
        poll="GET /v1/videos/*", upload="POST /v1/uploads/images", policy_422=True,
    ),
    Dialect(
        name="octopusx-unified", kind="octopusx", local=lambda film: LocalOctopusX(film=film, render_s=0.0),
        model="octopusx/grok-video-3", create="POST /v1/video/create", follow_up="POST /v1/video/remix",
        poll="GET /v1/video*", protocol="unified", aspect="3:2", resolution="720P",
    ),
    Dialect(
        name="octopusx-openai", kind="octopusx", local=lambda film: LocalOctopusX(film=film, render_s=0.0),
        model="octopusx/grok-video-3", create="POST /v1/videos", follow_up="POST /v1/videos/*/remix",
        poll="GET /v1/video*", protocol="openai", aspect="3:2", resolution="720P",
        content="GET /v1/videos/*/content",
    ),
    Dialect(
        name="bifrost", kind="openai_videos", local=lambda film: _gateway("bifrost", film),
        model="openai_videos/bifrost-sora-2", create="POST /v1/videos", follow_up="POST /v1/videos/*/remix",
        poll="GET /v1/videos/*", flavour="bifrost", content="GET /v1/videos/*/content", seconds=8,
    ),
    Dialect(
        name="litellm", kind="openai_videos", local=lambda film: _gateway("litellm", film),
        model="openai_videos/sora-2", create="POST /v1/videos", follow_up="POST /v1/videos/*/remix",
        poll="GET /v1/videos/*", flavour="litellm", content="GET /v1/videos/*/content", seconds=8,
    ),
    Dialect(
        name="plain", kind="openai_videos", local=lambda film: _gateway("plain", film),
        model="openai_videos/sora-2", create="POST /v1/videos", follow_up="POST /v1/videos/*/remix",
        poll="GET /v1/videos/*", flavour="plain", content="GET /v1/videos/*/content", seconds=8,
    ),
    Dialect(
        name="vllm", kind="openai_videos", local=lambda film: LocalOwnServer("vllm", film=film, render_s=0.0),
        model="openai_videos/vllm-cosmos3-nano", create="POST /v1/videos", follow_up="POST /v1/videos",
        poll="GET /v1/videos/*", flavour="vllm", content="GET /v1/videos/*/content", seconds=5, sends_clip=True,
    ),
    Dialect(
        name="sglang", kind="openai_videos", local=lambda film: LocalOwnServer("sglang", film=film, render_s=0.0),
        model="openai_videos/wan2.2-ti2v-5b", create="POST /v1/videos", follow_up="POST /v1/videos",
        poll="GET /v1/videos/*", flavour="sglang", content="GET /v1/videos/*/content", seconds=5, sends_clip=True,
        remix_method="image",
    ),
    Dialect(
        name="openrouter", kind="openrouter", local=lambda film: LocalOpenRouter(film=film, render_s=0.0),
        model="openrouter/flux-3-video", create="POST /api/v1/videos", follow_up="POST /api/v1/videos",
        poll="GET /api/v1/videos/*", content="GET /api/v1/videos/*/content", seconds=8, resolution="720p",
        follow_up_kind=Kind.EXTEND, follow_up_model="openrouter/flux-3-video-extend",
    ),
    Dialect(
        name="xai", kind="xai", local=lambda film: LocalXAI(film=film, render_s=0.0),
        model="xai/grok-imagine-video", create="POST /v1/videos/generations", follow_up="POST /v1/videos/edits",
        poll="GET /v1/videos/*", seconds=8, resolution="720p", sends_clip=True,
    ),
    Dialect(
        name="fal", kind="fal", local=lambda film: LocalFal(film=film, render_s=0.0),
        model="fal/grok-imagine-video", create="POST /xai/grok-imagine-video/text-to-video",
        follow_up="POST /xai/grok-imagine-video/edit-video", poll="GET /xai/grok-imagine-video/requests/*",
        upload="POST /storage/upload/initiate", seconds=6, resolution="720p", sends_clip=True,
    ),
    Dialect(
        name="runway", kind="runway", local=lambda film: LocalRunway(film=film, render_s=0.0),
        model="runway/gemini_omni_flash_1.1", create="POST /v1/text_to_video", follow_up="POST /v1/video_to_video",
        poll="GET /v1/tasks/*", seconds=8, resolution="720p", sends_clip=True,
    ),
    Dialect(
        name="gemini", kind="gemini", local=lambda film: LocalGemini(film=film, render_s=0.0),
        model="gemini/gemini-omni-1.2-flash", create="POST /v1beta/interactions", follow_up="POST /v1beta/interactions",
        poll="GET /v1beta/interactions/*", seconds=8, resolution="720p",
    ),
    Dialect(
        name="comfy", kind="comfy", local=lambda film: LocalComfy(film=film, render_s=0.0),
        model="comfy/wan2.2-5b", create="POST /prompt", follow_up="POST /prompt", poll="GET /history/*",
        upload="POST /upload/image", seconds=5, sends_clip=True, follow_up_model="comfy/wan2.2-5b-video",
    ),
    Dialect(
        name="comfy-v2", kind="comfy", local=lambda film: LocalComfyV2(film=film, render_s=0.0),
        model="comfy/wan2.2-5b", create="POST /api/v2/jobs", follow_up="POST /api/v2/jobs", poll="GET /api/v2/jobs/*",
        upload="POST /api/v2/assets", protocol="v2", seconds=5, sends_clip=True,
        follow_up_model="comfy/wan2.2-5b-video",
    ),
    Dialect(
        name="runware", kind="runware", local=lambda film: LocalRunware(film=film, render_s=0.0),
        model="runware/gemini-omni-flash-1.1", create="POST /v1", follow_up="POST /v1", poll="POST /v1", seconds=8,
        resolution="720p", sends_clip=True, chooses_ids=True,
    ),
]  # fmt: skip


def dialect_of(name: str) -> Dialect:
    return next(dialect for dialect in DIALECTS if dialect.name == name)


@dataclass(kw_only=True)
class ProviderRig:
    """A running adapter and its local provider."""

    dialect: Dialect
    local: LocalProvider
    provider: Provider
    clip: Path

    def order(self, **changes: object) -> ProviderOrder:
        follows = "source" in changes and changes.get("remix_method") != "image"
        order = ProviderOrder(
            job_id="j",
            kind=Kind.GENERATE,
            prompt="a lighthouse in a storm",
            model=model_of((follows and self.dialect.follow_up_model) or self.dialect.model),
            aspect=self.dialect.aspect,
            seconds=self.dialect.seconds,
            resolution=self.dialect.resolution,
            user_tag="tag",
        )
        return replace(order, **changes)  # type: ignore[arg-type]

    async def remix_order(self, **changes: object) -> ProviderOrder:
        """Return a remix, or else an extension, of a video that is finished at the provider."""
        task = await self.finished_task()
        kind = self.dialect.follow_up_kind
        usual = {"remix_method": self.dialect.remix_method, "prompt": "now at night"}
        return self.order(kind=kind, source=self.source(task), **(usual | changes))

    def source(self, task: Task) -> Source:
        dialect = self.dialect
        return Source(
            task=task, account=self.provider.account, model=dialect.model.partition("/")[2],
            family="f", aspect=dialect.aspect, seconds=dialect.seconds, resolution=dialect.resolution,
            clip=self.clip, clip_seconds=1.0, last_frame=Picture(path=self.last_frame, mime="image/png"),
        )  # fmt: skip

    @property
    def last_frame(self) -> Path:
        """Return the file of a last frame, which only needs to exist."""
        path = self.clip.with_suffix(".png")
        path.write_bytes(PNG)
        return path

    async def finished_task(self) -> Task:
        """Create a task and finish it at the provider."""
        task = await self.provider.submit(await self.provider.draft(self.order()))
        await self.local.finish(self.local_id(task))
        return task

    def local_id(self, task: Task) -> str:
        """Return the id of a task at the local provider."""
        return task.task_id if task.task_id in self.local.tasks else list(self.local.tasks)[-1]

    async def ready_task(self) -> tuple[Task, Ready]:
        task = await self.finished_task()
        state: TaskState = await self.provider.check(task)
        assert isinstance(state, Ready), state
        return task, state

    @property
    def endpoint(self) -> str:
        """Return the address to which the adapter adds its paths."""
        return self.local.base_url.removesuffix("/v1")

    @property
    def prefix(self) -> str:
        """Return the path of the endpoint."""
        return self.endpoint.removeprefix(self.local.origin)

    def request_count(self, route: str) -> int:
        """Return how many requests a route received."""
        return len(self.local.wire.requests(route))


@asynccontextmanager
async def start_rig(
    dialect: Dialect, clip: Path, *, paid_timeout_s: float = 20.0, request_timeout_s: float = 20.0
) -> AsyncIterator[ProviderRig]:
    """Start both sides. Require at the end that the local provider found no fault with the requests."""
    async with dialect.local(clip) as local:
        account = Account(
            name=dialect.name, kind=dialect.kind, key=local.api_key, base_url=local.base_url,
            flavour=dialect.flavour, protocol=dialect.protocol, requests_per_s=1000.0,
            paid_timeout_s=paid_timeout_s, request_timeout_s=request_timeout_s,
        )  # fmt: skip
        provider = build_provider(account, SsrfGuard([f"127.0.0.1:{local.port}"]))
        try:
            yield ProviderRig(dialect=dialect, local=local, provider=provider, clip=clip)
        finally:
            await provider.close()
        assert local.complaints == []


def rig_fixture(dialect: Dialect) -> Callable[..., AsyncIterator[ProviderRig]]:
    """Return a fixture that starts the rig of one dialect."""

    @pytest.fixture
    async def started_rig(sample_clip: Path) -> AsyncIterator[ProviderRig]:
        async with start_rig(dialect, sample_clip) as rig:
            yield rig

    return started_rig


EACH_DIALECT = pytest.mark.parametrize("rig", DIALECTS, ids=lambda dialect: dialect.name, indirect=True)
