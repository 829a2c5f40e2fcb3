"""A gateway that lists its tasks: one call for many polls, and a lost request found by its prompt."""

import time

from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Pending, Task
from bot.ports.provider_capabilities import BatchStatus, IdempotencyKeys, LostRequest, TaskLookup
from bot.providers import Account, build_provider
from bot.providers.openai_videos import OpenAIVideos
from bot.sandbox.providers import LocalOpenAIVideos
from bot.sandbox.providers.tasks import LocalTask


def make_task(number: int) -> LocalTask:
    return LocalTask(
        id=f"video_{number}", kind="create", prompt=f"boat {number}", model="sora-2", request={}, aspect="16:9",
        seconds=4.0, family="openai", state="running", render_s=1e9, spare_id=f"video_{number}",
    )  # fmt: skip


def lost_request(prompt: str) -> LostRequest:
    return LostRequest(ref="x", prompt=prompt, wire_model="openai/sora-2", protocol="bifrost", since=time.time() - 5.0)


async def test_one_list_call_replaces_many_polls_and_finds_lost_requests() -> None:
    async with LocalOpenAIVideos("bifrost") as local:
        provider = build_provider(
            Account(
                name="bifrost", kind="openai_videos", flavour="bifrost", key=local.api_key, base_url=local.base_url
            ),
            SsrfGuard(),
        )
        assert isinstance(provider, OpenAIVideos)
        assert isinstance(provider, BatchStatus)
        assert isinstance(provider, TaskLookup)
        assert not isinstance(provider, IdempotencyKeys)
        for number in range(30):
            local.tasks[f"video_{number}"] = make_task(number)
        tasks = [Task(task_id=f"video_{n}:openai", protocol="bifrost", endpoint="") for n in range(30)]
        strange = Task(task_id="elsewhere:openai", protocol="bifrost", endpoint="https://other.example")
        states = await provider.check_many([*tasks, strange])
        assert states.keys() == {task.task_id for task in tasks}
        assert all(isinstance(state, Pending) for state in states.values())
        assert len(local.wire.seen) == 1
        assert [task.task_id for task in await provider.find(lost_request("boat 7"))] == ["video_7:openai"]
        assert await provider.find(lost_request("no such boat")) == []
        await provider.close()


async def test_a_gateway_without_a_list_is_tried_only_once() -> None:
    async with LocalOpenAIVideos("bifrost") as local:
        provider = OpenAIVideos(
            Account(
                name="bifrost",
                kind="openai_videos",
                flavour="bifrost",
                key=local.api_key,
                base_url=local.origin + "/none",
            ),
            SsrfGuard(),
        )
        tasks = [Task(task_id="video_1:openai", protocol="bifrost", endpoint="")]
        assert await provider.check_many(tasks) == {}
        assert await provider.check_many(tasks) == {}
        assert len(local.wire.seen) == 1
        await provider.close()
