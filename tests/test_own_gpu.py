"""A server of the host's own GPU through the whole bot, with settings as a host writes them."""

from pathlib import Path

from bot.sandbox.providers import LocalOwnServer
from tests.harness import open_harness

FOX = "a fox of folded paper"


async def test_vllm_remakes_a_clip_of_another_provider_for_free(tmp_path: Path) -> None:
    server = LocalOwnServer("vllm", render_s=0.1)
    account: dict[str, dict[str, object]] = {"openai_videos": {"flavour": "vllm", "price": "free"}}
    async with open_harness(tmp_path, other_providers=(server,), account_overrides=account) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=FOX, model="grok-video-3", seconds=5)
        await harness.wait_for_clip(FOX)
        await harness.bob.slash(harness.channel, "remix", prompt="it wears a scarf", model="vllm-cosmos3-nano")
        assert "(edit of the clip)" in (await harness.wait_for_clip("it wears a scarf")).content
        (task,) = server.tasks.values()
        assert (task.kind, sum(charge.usd for charge in server.charges)) == ("edit", 0)
        assert server.complaints == []
