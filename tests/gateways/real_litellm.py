"""The whole bot, as a process, through a real LiteLLM proxy in front of a local OpenAI server.

Not part of the default run, because it installs LiteLLM and its 100 packages: `make test-gateways` does both.
"""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.sandbox.discord import Channel, LocalMessage, Member, Upload
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalOpenAIVideos
from tests.gateways.litellm_proxy import MASTER_KEY, LiteLLMProxy, Upstream, running_proxy
from tests.monitoring.test_health import free_port

pytestmark = pytest.mark.timeout(240)
CLIP_TIMEOUT_S = 40.0
CREATE = "POST /v1/videos"
CATALOGUE = """
[openai_videos.sora-2]
off = false

[openai_videos.ended]
title = "Ended"
family = "sora"
seconds = [4]
seconds_as_text = true
flavours = ["litellm"]

[openai_videos.unheard-of]
title = "Unheard of"
family = "sora"
seconds = [4]
seconds_as_text = true
flavours = ["litellm"]
"""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiteLLMProxy]:
    with running_proxy(free_port(), Upstream(port=free_port()), tmp_path_factory.mktemp("litellm")) as running:
        yield running


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """A running bot, what it talks to, and a member."""

    world: LocalEnvironment
    upstream: LocalOpenAIVideos
    channel: Channel
    alice: Member

    async def generate(self, prompt: str, **options: object) -> None:
        await self.alice.slash(self.channel, "generate", prompt=prompt, **options)

    async def remix(self, prompt: str, clip: LocalMessage) -> None:
        await self.alice.slash(self.channel, "remix", prompt=prompt, video=clip.link)

    async def clip(self, prompt: str) -> LocalMessage:
        def find() -> LocalMessage | None:
            clips = [message for message in self.world.discord.all_messages if message.is_bot and message.attachments]
            return next((clip for clip in clips if prompt in clip.content), None)

        return await self.world.discord.wait_for(find, CLIP_TIMEOUT_S)

    async def message(self, words: str) -> LocalMessage:
        def find() -> LocalMessage | None:
            messages = self.world.discord.all_messages
            return next((message for message in messages if message.is_bot and words in message.content), None)

        return await self.world.discord.wait_for(find, CLIP_TIMEOUT_S)

    @property
    def paid_requests(self) -> int:
        """Return how many paid requests reached the upstream."""
        return len([seen for seen in self.upstream.wire.seen if seen.method == "POST"])


@contextlib.asynccontextmanager
async def studio(proxy: LiteLLMProxy, folder: Path, *, key: str = MASTER_KEY) -> AsyncIterator[Studio]:
    """Run the bot with settings as a host writes them: an account whose name begins with `litellm`."""
    catalogue = folder / "models.toml"
    catalogue.write_text(CATALOGUE)
    env = {
        "RETAKE_ACCOUNTS__LITELLM__KEY": key,
        "RETAKE_ACCOUNTS__LITELLM__BASE_URL": proxy.base_url,
        "RETAKE_ACCOUNTS__LITELLM__PRICE": "0.01",
        "RETAKE_CATALOGUE": str(catalogue),
        "RETAKE_DEFAULT_MODEL": "sora-2",
    }
    world = LocalEnvironment(data=folder, env=env, hosts=(f"127.0.0.1:{proxy.port}",))
    upstream = LocalOpenAIVideos("openai", api_key=proxy.upstream.key, render_s=0.5, second_usd=0.01)
    guild = world.discord.add_guild("Studio")
    channel, alice = guild.add_channel("videos"), guild.add_member("alice")
    async with world:
        await upstream.start(proxy.upstream.port)
        try:
            await world.start_bot()
            yield Studio(world=world, upstream=upstream, channel=channel, alice=alice)
        finally:
            await upstream.stop()


async def test_a_video_its_remix_and_the_remix_of_the_remix(proxy: LiteLLMProxy, tmp_path: Path) -> None:
    async with studio(proxy, tmp_path) as stage:
        await stage.generate("a lighthouse in a storm")
        await stage.remix("now at night", await stage.clip("a lighthouse in a storm"))
        await stage.remix("and in the snow", await stage.clip("now at night"))
        assert "(native)" in (await stage.clip("and in the snow")).content
        first, second, third = stage.upstream.tasks.values()
        assert (second.source, third.source) == (first, second)
        assert len(stage.upstream.charges) == 3
        assert stage.upstream.complaints == []


async def test_a_picture_arrives_as_it_was_sent(proxy: LiteLLMProxy, tmp_path: Path, png_bytes: bytes) -> None:
    async with studio(proxy, tmp_path) as stage:
        await stage.generate("a boat at sea", image=Upload("boat.png", png_bytes, "image/png"))
        await stage.clip("a boat at sea")
        (task,) = stage.upstream.tasks.values()
        (picture,) = task.pictures
        assert isinstance(picture, bytes)
        assert picture.startswith((b"\x89PNG", b"\xff\xd8"))
        assert stage.upstream.complaints == []


async def test_a_refused_prompt_is_free_and_told_in_plain_words(proxy: LiteLLMProxy, tmp_path: Path) -> None:
    async with studio(proxy, tmp_path) as stage:
        await stage.generate("[refuse] something")
        message = await stage.message("The provider rejected this prompt (safety)")
        assert "litellm" not in message.content.lower()
        assert stage.upstream.charges == []


async def test_a_wrong_key_is_the_hosts_matter(proxy: LiteLLMProxy, tmp_path: Path) -> None:
    async with studio(proxy, tmp_path, key="sk-not-the-key") as stage:
        await stage.generate("a lighthouse in a storm")
        await stage.message("needs its host's attention")
        assert stage.paid_requests == 0


@pytest.mark.parametrize(("model", "upstream_requests"), [("unheard-of", 0), ("ended", 1)])
async def test_an_unknown_model_costs_nothing(
    proxy: LiteLLMProxy, tmp_path: Path, model: str, upstream_requests: int
) -> None:
    """The first is unknown to the proxy, the second to its upstream."""
    async with studio(proxy, tmp_path) as stage:
        await stage.generate("a lighthouse in a storm", model=model)
        await stage.message("The provider rejected this request")
        assert (stage.paid_requests, stage.upstream.charges) == (upstream_requests, [])


@pytest.mark.parametrize(
    "fault",
    [
        Fault(route=CREATE, when="after", drop=True, times=None),
        Fault(route=CREATE, when="after", status=500, body={"error": {"message": "oh"}}, times=None),
    ],
    ids=["answer lost", "500 after effect"],
)
async def test_a_lost_answer_is_paid_once_and_asked_about(proxy: LiteLLMProxy, tmp_path: Path, fault: Fault) -> None:
    """LiteLLM would send it two more times: its configuration says nothing about retries."""
    async with studio(proxy, tmp_path) as stage:
        stage.upstream.wire.fail(fault)
        await stage.generate("a lighthouse in a storm")
        message = await stage.message("It may be running, so I won't send it again automatically.")
        assert message.components
        assert (stage.paid_requests, len(stage.upstream.charges)) == (1, 1)
