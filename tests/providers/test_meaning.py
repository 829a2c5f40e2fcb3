"""Every adapter reads the bodies of its provider, its relays and its gateways: the tables are in `bodies/`."""

import json
from collections.abc import Sequence

import pytest

from bot.jobs.errors import RetakeError
from bot.jobs.provider_errors import RateLimited
from bot.ports.provider import Draft, Provider, Task
from tests.providers.bodies import (
    fal,
    gemini,
    octopusx,
    openai_videos,
    openrouter,
    relay_answers,
    relays,
    runware,
    runway,
    toapis,
    xai,
)
from tests.providers.bodies.meaning import Paid, Poll, meaning_of
from tests.providers.recording_server import RecordingServer

DIALECTS: dict[str, tuple[str, dict[str, str], str]] = {
    "toapis": ("toapis", {}, "toapis"),
    "octopusx-unified": ("octopusx", {}, "unified"),
    "octopusx-openai": ("octopusx", {}, "openai"),
    "octopusx-generic": ("octopusx", {}, "generic"),
    "plain": ("openai_videos", {"flavour": "plain"}, "plain"),
    "litellm": ("openai_videos", {"flavour": "litellm"}, "litellm"),
    "bifrost": ("openai_videos", {"flavour": "bifrost"}, "bifrost"),
    "xai": ("xai", {}, "xai"),
    "openrouter": ("openrouter", {}, "openrouter"),
    "runway": ("runway", {}, "runway"),
}
UNRELAYED: dict[str, tuple[str, dict[str, str], str]] = {  # no relay speaks their dialects
    "fal": ("fal", {}, "fal"),
    "gemini": ("gemini", {}, "gemini"),
    "runware": ("runware", {}, "runware"),
}
OWN_ROUTE = {"octopusx-openai", "plain", "litellm", "bifrost", "openrouter"}  # they have a content route beside a link
OWN_POLLS: dict[str, Sequence[Poll]] = {
    "toapis": toapis.POLLS, "octopusx-unified": octopusx.POLLS, "octopusx-generic": octopusx.POLLS,
    "plain": openai_videos.POLLS, "litellm": openai_videos.POLLS, "bifrost": openai_videos.POLLS, "xai": xai.POLLS,
    "openrouter": openrouter.POLLS, "runway": runway.POLLS, "fal": fal.POLLS,
    "gemini": gemini.POLLS, "runware": runware.POLLS,
}  # fmt: skip
OWN_PAID: dict[str, Sequence[Paid]] = {
    "toapis": toapis.PAID, "octopusx-unified": octopusx.PAID, "plain": openai_videos.PAID,
    "litellm": openai_videos.PAID, "xai": xai.PAID, "openrouter": openrouter.PAID, "runway": runway.PAID,
    "fal": fal.PAID, "gemini": gemini.PAID, "runware": runware.PAID,
}  # fmt: skip
each_dialect = pytest.mark.parametrize("dialect", DIALECTS)


def encoded(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


async def read_polls(dialect: str, cases: Sequence[Poll]) -> list[str]:
    """Return what the adapter reads, or where it reads the clip from the provider's own route instead of the link."""
    kind, options, protocol = (DIALECTS | UNRELAYED)[dialect]
    wrong = []
    async with RecordingServer() as server:
        provider: Provider = server.provider(kind, requests_per_s=10_000.0, **options)
        for case in cases:
            answers = [(case.status, case.body), *([case.result] if case.result else [])]
            server.responses = [(status, encoded(body)) for status, body in answers]
            server.requests.clear()
            task = Task(task_id="t1", protocol=protocol, endpoint=server.base_url)
            try:
                found = meaning_of(await provider.check(task))
            except RetakeError as error:
                found = meaning_of(error)
            if dialect in OWN_ROUTE and found == f"{server.base_url}/v1/videos/t1/content":
                found = case.means if case.means.startswith("https:") or case.means == "finished" else found
            if found != case.means:
                wrong.append(f"{case.status} {case.body!r} means {case.means}, not {found}")
        await provider.close()
    return wrong


async def read_paid(dialect: str, cases: Sequence[Paid], *, references_task: bool = False) -> list[str]:
    """Return what the adapter reads wrongly."""
    kind, options, protocol = (DIALECTS | UNRELAYED)[dialect]
    wrong = []
    async with RecordingServer() as server:
        provider: Provider = server.provider(kind, requests_per_s=10_000.0, **options)
        draft = Draft(
            method="POST", path="/x", protocol=protocol, fields={}, references_task=references_task,
            idempotency_key=runware.KEY,
        )  # fmt: skip
        for case in cases:
            headers = {"Retry-After": case.retry_after} if case.retry_after else {}
            server.responses, server.headers = [(case.status, encoded(case.body))], headers
            server.requests.clear()
            wait_s: float | None = None
            try:
                found = f"task {(await provider.submit(draft)).task_id}"
            except RetakeError as error:
                found = meaning_of(error)
                wait_s = error.retry_after_s if isinstance(error, RateLimited) else None
            if (found, wait_s) != (case.means, case.wait_s):
                wrong.append(f"{case.status} {case.body!r} means {case.means} {case.wait_s}, not {found} {wait_s}")
        await provider.close()
    return wrong


@pytest.mark.parametrize("rule", ["WORDS", "FACTS", "LINKS", "ENDS"])
@each_dialect
async def test_a_poll_of_a_relay_is_read(dialect: str, rule: str) -> None:
    assert await read_polls(dialect, getattr(relays, rule)) == []


@pytest.mark.parametrize("rule", ["IDS", "ERRORS"])
@each_dialect
async def test_an_answer_of_a_relay_to_a_paid_request_is_read(dialect: str, rule: str) -> None:
    cases = relay_answers.IDS if rule == "IDS" else relay_answers.ERRORS
    assert await read_paid(dialect, cases) == []


@each_dialect
async def test_a_source_is_gone_only_if_the_provider_says_so(dialect: str) -> None:
    assert await read_paid(dialect, relay_answers.GONE, references_task=True) == []


@pytest.mark.parametrize("dialect", OWN_POLLS)
async def test_a_poll_of_the_provider_is_read(dialect: str) -> None:
    assert await read_polls(dialect, OWN_POLLS[dialect]) == []


@pytest.mark.parametrize("dialect", OWN_PAID)
async def test_an_answer_of_the_provider_to_a_paid_request_is_read(dialect: str) -> None:
    assert await read_paid(dialect, OWN_PAID[dialect]) == []


def test_each_rule_has_at_least_60_bodies_for_every_adapter() -> None:
    shared: list[Sequence[object]] = [
        relays.WORDS,
        relays.FACTS,
        relays.LINKS,
        relays.ENDS,
        relay_answers.IDS,
        relay_answers.ERRORS,
    ]
    assert [len({repr(case) for case in rule}) >= 60 for rule in shared] == [True] * 6, [len(rule) for rule in shared]
    for module in (toapis, octopusx, openai_videos, xai, openrouter, runway, fal, gemini, runware):
        assert len({repr(case) for case in (*module.POLLS, *module.PAID)}) >= 60, module.__name__
