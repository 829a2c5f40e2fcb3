"""Property tests: no response makes an adapter raise anything but our own errors."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.provider_errors import AccountTrouble, NotSent, OutcomeUnknown, RateLimited, Refused, Unreachable
from bot.net.response import Response
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Draft, Failed, Missing, Pending, Ready, Task
from bot.providers import Account, build_provider
from bot.providers.clip_links import LINK_PATHS
from bot.providers.vocabulary import STATUS_WORDS
from tests.providers.test_json_fields import json_values

PROTOCOLS = [
    ("toapis", "", "toapis"),
    ("octopusx", "", "unified"),
    ("octopusx", "", "openai"),
    ("octopusx", "", "generic"),
    ("openai_videos", "bifrost", "bifrost"),
    ("openai_videos", "litellm", "litellm"),
    ("openai_videos", "plain", "plain"),
    ("xai", "", "xai"),
    ("openrouter", "", "openrouter"),
    ("fal", "", "fal"),
    ("runway", "", "runway"),
    ("gemini", "", "gemini"),
    ("comfy", "", "classic"),
    ("comfy", "", "v2"),
    ("runware", "", "runware"),
]
KEYS = sorted({step for path in LINK_PATHS for step in path.split(".") if step.isalpha() or "_" in step})
KEYS += ["id", "task_id", "status", "progress", "error", "code", "message", "success", "expires_at", "content_filter"]
status_texts = st.sampled_from([*STATUS_WORDS, "https://cdn.example/x.mp4", "unknown"])
# Bodies with the keys of real responses and arbitrary values.
provider_like_values = st.recursive(
    json_values | status_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)
bodies = st.binary(max_size=60) | provider_like_values.map(lambda value: json.dumps(value).encode())


class CannedHttpClient:
    """Replaces ProviderHttpClient and returns the same response to every request."""

    def __init__(self, status: int, body: bytes, too_long: bool) -> None:
        self.answer = Response(status=status, body=body, headers={}, too_long=too_long)

    async def request(self, *_: object, **__: object) -> Response:
        return self.answer

    async def request_once(self, *_: object, **__: object) -> Response:
        return self.answer


def adapter(kind: str, flavour: str, http_client: CannedHttpClient) -> Any:
    provider: Any = build_provider(
        Account(name="a", kind=kind, key="k", base_url="https://x.example", flavour=flavour), SsrfGuard()
    )
    provider._transport._http = http_client
    return provider


@pytest.mark.parametrize(("kind", "flavour", "protocol"), PROTOCOLS)
@given(status=st.sampled_from([200, 200, 200, 202, 400, 404, 429, 500]), body=bodies, too_long=st.booleans())
def test_any_response_to_a_poll_gives_a_state_or_a_known_error(
    kind: str, flavour: str, protocol: str, status: int, body: bytes, too_long: bool
) -> None:
    provider = adapter(kind, flavour, CannedHttpClient(status, body, too_long))
    spare: Mapping[str, str] = {"source_id": "t", "source_url": "https://cdn.example/x.mp4", "task_id": "u"}
    task = Task(task_id="t", protocol=protocol, endpoint="https://x.example", spare_ids=spare)
    try:
        state = asyncio.run(provider.check(task))
    except (Unreachable, RateLimited, AccountTrouble):
        return
    assert isinstance(state, Pending | Ready | Failed | Missing)


@pytest.mark.parametrize(("kind", "flavour", "protocol"), PROTOCOLS)
@given(status=st.sampled_from([200, 200, 200, 201, 302, 400, 404, 429, 500]), body=bodies, too_long=st.booleans())
def test_any_response_to_a_paid_request_gives_a_task_or_a_known_error(
    kind: str, flavour: str, protocol: str, status: int, body: bytes, too_long: bool
) -> None:
    provider = adapter(kind, flavour, CannedHttpClient(status, body, too_long))
    draft = Draft(method="POST", path="/x", protocol=protocol, fields={"model": "gemini/veo"}, references_task=True)
    try:
        task = asyncio.run(provider.submit(draft))
    except (NotSent, RateLimited, Refused, AccountTrouble, OutcomeUnknown):
        return
    assert task.task_id
    assert len(task.task_id) < 600
    assert task.protocol == protocol
