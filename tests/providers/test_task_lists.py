"""The lists of gateways: who has none says that it can't tell; who doesn't answer is asked again."""

import pytest

from bot.jobs.provider_errors import KeyRefused, ProviderError, RateLimited, Unreachable
from bot.ports.provider import Task
from bot.ports.provider_capabilities import BatchStatus, LostRequest, TaskLookup
from tests.providers.recording_server import RecordingServer

LOST = LostRequest(idempotency_key="k", prompt="a prompt", wire_model="sora-2", protocol="plain", since=1_795_000_000.0)
NO_PROVIDER = {"error": {"message": "litellm.BadRequestError: LLM Provider NOT provided.", "code": "400"}}
NOT_FOUND = {"detail": "Not Found"}
NOT_ALLOWED = {"detail": "Method Not Allowed"}
OPEN = {"id": "v", "status": "in_progress", "prompt": "a prompt", "created_at": 1_795_000_010}


@pytest.mark.parametrize("flavour", ["plain", "litellm", "bifrost", "vllm", "sglang"])
@pytest.mark.parametrize(
    ("status", "body"),
    [(400, NO_PROVIDER), (402, {}), (404, NOT_FOUND), (404, {}), (405, NOT_ALLOWED), (410, {}), (422, {}), (501, {})],
)
async def test_a_list_that_does_not_exist_cannot_tell(flavour: str, status: int, body: object) -> None:
    async with RecordingServer([(status, body)]) as server:
        provider = server.provider("openai_videos", flavour=flavour)
        assert isinstance(provider, TaskLookup)
        if status == 501:  # a server error says nothing about the list
            with pytest.raises(Unreachable):
                await provider.find_tasks(LOST)
        else:
            assert await provider.find_tasks(LOST) is None
        await provider.close()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, KeyRefused), (403, KeyRefused), (408, Unreachable), (429, RateLimited), (500, Unreachable)],
)
async def test_a_list_that_is_not_given_now_is_asked_again(status: int, error: type[ProviderError]) -> None:
    async with RecordingServer([(status, {"error": {"message": "not now"}})]) as server:
        provider = server.provider("openai_videos", flavour="plain")
        assert isinstance(provider, TaskLookup)
        with pytest.raises(error):
            await provider.find_tasks(LOST)
        await provider.close()


async def test_an_empty_list_is_an_answer() -> None:
    async with RecordingServer([(200, {"data": []}), (200, {"data": [OPEN]})]) as server:
        provider = server.provider("openai_videos", flavour="plain")
        assert isinstance(provider, TaskLookup)
        assert await provider.find_tasks(LOST) == []
        assert [task.task_id for task in await provider.find_tasks(LOST) or ()] == ["v"]
        await provider.close()


async def test_a_list_without_prompts_cannot_tell() -> None:
    without = {name: value for name, value in OPEN.items() if name != "prompt"}
    async with RecordingServer([(200, {"data": [without]}), (200, {"data": [without, OPEN | {"id": "w"}]})]) as server:
        provider = server.provider("openai_videos", flavour="sglang")
        assert isinstance(provider, TaskLookup)
        assert await provider.find_tasks(LOST) is None
        assert [task.task_id for task in await provider.find_tasks(LOST) or ()] == ["w"]
        await provider.close()


async def test_a_gateway_without_a_list_is_asked_for_it_once_per_start() -> None:
    tasks = [Task(task_id="v", protocol="litellm", endpoint="")]
    async with RecordingServer([(400, NO_PROVIDER)]) as server:
        provider = server.provider("openai_videos", flavour="litellm")
        assert isinstance(provider, BatchStatus)
        assert await provider.check_many(tasks) == {}
        assert await provider.check_many(tasks) == {}
        await provider.close()
    assert len(server.requests) == 1
