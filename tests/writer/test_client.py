"""The client of the writer against a strict local server: its dialect, its errors, and what a request costs."""

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from bot.cli.check_writer import check_writer
from bot.jobs.rewrite import RewriteProblem
from bot.net.ssrf_guard import SsrfGuard
from bot.net.writer import MAX_TOKENS, WriterClient
from bot.sandbox.providers.writer import ADDED, ADDED_JA, TRANSLATED, LocalWriter

BOAT = "a paper boat on a pond"


def client_of(server: LocalWriter, *, key: str | None = None, timeout_s: float = 5.0) -> WriterClient:
    key = server.api_key if key is None else key
    return WriterClient(
        server.url, key, server.model, SsrfGuard(()),
        input_usd=Decimal("0.10"), output_usd=Decimal("0.40"), timeout_s=timeout_s,
    )  # fmt: skip


@contextlib.asynccontextmanager
async def opened(server: LocalWriter, **options: object) -> AsyncIterator[WriterClient]:
    async with server:
        client = client_of(server, **options)  # type: ignore[arg-type]
        try:
            yield client
        finally:
            await client.close()


async def test_a_prompt_is_rewritten_and_its_tokens_are_priced() -> None:
    server = LocalWriter()
    async with opened(server) as client:
        reply = await client.write(BOAT, None)
        assert reply.words == BOAT + ADDED
        assert reply.cost_micros is not None
        assert 0 < reply.cost_micros < client.highest_cost_micros(BOAT, None)
        (request,) = server.requests
        assert request["max_tokens"] == MAX_TOKENS
        assert request["messages"][1] == {"role": "user", "content": BOAT}
        assert server.complaints == []


async def test_words_are_translated_to_the_language_that_a_model_understands_best() -> None:
    server = LocalWriter()
    async with opened(server) as client:
        assert (await client.write("池に浮かぶ紙の船", "en")).words == TRANSLATED
        assert "Write in English." in server.requests[0]["messages"][0]["content"]
        assert (await client.write("池に浮かぶ紙の船", None)).words == "池に浮かぶ紙の船" + ADDED_JA


async def test_a_model_that_names_the_limit_otherwise_is_asked_again_and_remembered() -> None:
    server = LocalWriter(model="local-reasoner")
    async with opened(server) as client:
        assert (await client.write(BOAT, None)).words == BOAT + ADDED
        assert (await client.write(BOAT, None)).words == BOAT + ADDED
        assert [each.get("max_completion_tokens") for each in server.requests] == [MAX_TOKENS, MAX_TOKENS]


@pytest.mark.parametrize(
    ("status", "problem", "cost_micros"),
    [
        (401, "down", 0),
        (429, "down", 0),
        (404, "down", 0),
        (500, "down", None),
        (503, "down", None),
        (302, "down", None),
    ],
)
async def test_an_error_says_whether_it_may_have_cost_something(
    status: int, problem: str, cost_micros: int | None
) -> None:
    server = LocalWriter()
    server.status = status
    async with opened(server) as client:
        reply = await client.write(BOAT, None)
        assert (reply.words, reply.cost_micros) == (RewriteProblem(problem), cost_micros)


async def test_a_content_filter_is_a_refusal() -> None:
    server = LocalWriter()
    server.status, server.body = 400, b'{"error": {"code": "content_filter", "message": "filtered"}}'
    async with opened(server) as client:
        reply = await client.write(BOAT, None)
        assert (reply.words, reply.cost_micros) == (RewriteProblem.REFUSED, 0)


async def test_a_silent_writer_is_given_up_and_its_cost_is_unknown() -> None:
    server = LocalWriter()
    server.silent = True
    async with opened(server, timeout_s=0.2) as client:
        reply = await client.write(BOAT, None)
        assert (reply.words, reply.cost_micros) == (RewriteProblem.SLOW, None)


async def test_a_lost_answer_may_have_cost_something_and_a_refused_connection_not() -> None:
    server = LocalWriter()
    server.dropped = True
    async with opened(server) as client:
        reply = await client.write(BOAT, None)
        assert (reply.words, reply.cost_micros) == (RewriteProblem.DOWN, None)
    client = client_of(server)
    try:
        reply = await client.write(BOAT, None)
        assert (reply.words, reply.cost_micros) == (RewriteProblem.DOWN, 0)
    finally:
        await client.close()


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000, b"x" * 2_000_000])
async def test_an_answer_that_is_none_is_nonsense(body: bytes) -> None:
    server = LocalWriter()
    server.body = body or b" "
    async with opened(server) as client:
        reply = await client.write(BOAT, None)
        assert isinstance(reply.words, RewriteProblem)
        assert reply.cost_micros is None


async def test_without_reported_tokens_the_cost_is_unknown() -> None:
    server = LocalWriter()
    server.usage = False
    async with opened(server) as client:
        reply = await client.write(BOAT, None)
        assert (reply.words, reply.cost_micros) == (BOAT + ADDED, None)


async def test_the_whole_address_is_taken_as_well() -> None:
    server = LocalWriter()
    async with server:
        client = WriterClient(f"{server.url}/chat/completions", server.api_key, server.model, SsrfGuard(()))
        try:
            reply = await client.write(BOAT, None)
            assert (reply.words, reply.cost_micros) == (BOAT + ADDED, 0)
            assert client.highest_cost_micros(BOAT, None) == 0
        finally:
            await client.close()


async def test_doctor_says_what_is_wrong_with_the_writer() -> None:
    assert await check_writer(None) == []
    server = LocalWriter()
    async with server:
        (finding,) = await check_writer(client_of(server))
        assert (finding.what, finding.state) == ("writer", "ok")
        assert finding.says == "It answers and has the model local-writer."
        (finding,) = await check_writer(client_of(server, key="wrong"))
        assert (finding.state, finding.says) == ("bad", "It refuses the key. Check RETAKE_WRITER_KEY.")
        server.model = "gpt-9"
        (finding,) = await check_writer(client_of(server))
        assert finding.state == "look"
        assert "doesn't list the model gpt-9" in finding.says
        assert server.requests == []
    (finding,) = await check_writer(client_of(server))
    assert finding.state == "bad"
    assert "refuses connections" in finding.says
