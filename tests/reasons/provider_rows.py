"""Rows of providers' answers to paid and free requests, and of what their tasks and clips come to."""

from dataclasses import replace
from pathlib import Path

import aiohttp

from bot.chat.discord_errors import unexpected_error
from bot.jobs.errors import DiscordFailed, RetakeError, UnknownEnd
from bot.jobs.job import Kind
from bot.jobs.provider_errors import (
    AccountTrouble,
    ClipNotFetched,
    ClipNotHandedOver,
    ClipTooLong,
    FirewallBlocked,
    KeyRefused,
    LinkDead,
    NoBalance,
    NotPossible,
    NotSent,
    OutcomeUnknown,
    PolicyRefused,
    PolicyStopped,
    PolicyStoppedFree,
    RateFull,
    RateLimited,
    Refused,
    RenderFailed,
    RenderFailedFree,
    SourceGone,
    UnclearAnswer,
    Unreachable,
    UploadFailed,
    Withheld,
    WithheldFree,
)
from bot.jobs.stored_errors import by_name
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Failed, Picture, Provider, ProviderOrder, RemixMethod
from bot.providers import Account, build_provider
from bot.providers.error_mapping import map_paid_error
from bot.worker.download import last_error
from bot.worker.poll_result import failure_error
from tests.media.misbehaving_server import Misbehaviour, closes_early, misbehaving_server
from tests.monitoring.test_health import free_port
from tests.providers.recording_server import RecordingServer, make_order, make_source
from tests.reasons.row import row

PAGE = "<html>Attention Required! | Cloudflare</html>"


def paid(status: int, message: str = "", *, page: str = "", remix: bool = False) -> RetakeError:
    """Map the answer to a paid request, as JSON with a message or as a page."""
    body = None if page else {"error": {"message": message}}
    return map_paid_error(status, body, "ToAPIs", page=page, references_task=remix)


def failed(**facts: bool) -> RetakeError:
    """Return the error of a task that has failed. `free`: the provider says so."""
    return failure_error(
        Failed(reason="", withheld=facts.get("withheld", False), policy=facts.get("policy", False)),
        free=facts.get("free", False),
    )


def provider_at(port: int, kind: str = "toapis", requests_per_s: float = 1000.0) -> Provider:
    account = Account(name=kind, kind=kind, key="k", base_url=f"http://127.0.0.1:{port}", requests_per_s=requests_per_s)
    return build_provider(account, SsrfGuard([f"127.0.0.1:{port}"]))


async def submitted(provider: Provider, *, times: int = 1, picture: Path | None = None) -> None:
    """Build a request for a new video and send it."""
    order = make_order(Kind.GENERATE, "toapis/grok-video-3")
    if picture is not None:
        picture.write_bytes(b"png")  # noqa: ASYNC240
        order = replace(order, picture=Picture(path=picture, mime="image/png"))
    try:
        for _ in range(times):
            await provider.submit(await provider.draft(order))
    finally:
        await provider.close()


async def unanswered(*, reads: bool = False) -> None:
    """Ask a port on which nothing listens."""
    provider = provider_at(free_port())
    if not reads:
        await submitted(provider)
        return
    try:
        await provider.check_key()
    finally:
        await provider.close()


async def lost(behaviour: Misbehaviour) -> None:
    async with misbehaving_server(behaviour) as port:
        await submitted(provider_at(port))


async def answered(status: int, answer: object, *, picture: Path | None = None, requests_per_s: float = 1000.0) -> None:
    """Send two requests to a server that answers everything alike."""
    async with RecordingServer([(status, answer)]) as server:
        await submitted(provider_at(server.port, requests_per_s=requests_per_s), times=2, picture=picture)


async def drafted(kind: str, order: ProviderOrder) -> None:
    provider = provider_at(free_port(), kind)
    try:
        await provider.draft(order)
    finally:
        await provider.close()


def edit(folder: Path, seconds: float, *, account: str = "xai", method: RemixMethod = "edit") -> ProviderOrder:
    """Return the order to remix a clip of this length."""
    clip = folder / "clip.mp4"
    clip.write_bytes(b"clip")
    source = replace(make_source("t", "xai"), clip=clip, clip_seconds=seconds)
    model = {"xai": "xai/grok-imagine-video", "toapis": "toapis/grok-video-3"}[account]
    return make_order(Kind.REMIX, model, source=source, remix_method=method)


CREATED = {"id": "task_1", "status": "queued"}

ROWS = [
    row(NotSent, lambda _: unanswered(), lambda _: lost(closes_early)),
    row(OutcomeUnknown, lambda _: lost(closes_early), lambda _: unanswered()),
    row(UnclearAnswer, lambda _: answered(500, {}), lambda _: lost(closes_early)),
    row(UnclearAnswer, lambda _: answered(200, {}), lambda _: answered(200, CREATED)),
    row(Unreachable, lambda _: unanswered(reads=True), lambda _: unanswered()),
    row(
        RateFull,
        lambda _: answered(200, CREATED, requests_per_s=0.01),
        lambda _: answered(200, CREATED, requests_per_s=1000.0),
    ),
    row(
        UploadFailed,
        lambda folder: answered(502, "", picture=folder / "p.png"),
        lambda _: answered(502, ""),
    ),
    row(
        NotPossible,
        lambda folder: drafted("toapis", edit(folder, 5.0, account="toapis")),
        lambda folder: drafted("toapis", edit(folder, 5.0, account="toapis", method="native")),
    ),
    row(
        ClipTooLong,
        lambda folder: drafted("xai", edit(folder, 9.0)),
        lambda folder: drafted("xai", edit(folder, 8.0)),
    ),
    row(Refused, lambda _: paid(400, "seconds: too many"), lambda _: paid(500, "seconds: too many")),
    row(PolicyRefused, lambda _: paid(400, "violates our content policy"), lambda _: paid(400, "no policy field")),
    row(RateLimited, lambda _: paid(429, "slow down"), lambda _: paid(503, "slow down")),
    row(FirewallBlocked, lambda _: paid(403, page=PAGE), lambda _: paid(403, "access denied")),
    row(NoBalance, lambda _: paid(402, "pay"), lambda _: paid(429, "rate limit: check your quota per minute")),
    row(KeyRefused, lambda _: paid(401, "invalid api key"), lambda _: paid(401, "insufficient balance")),
    row(AccountTrouble, lambda _: paid(403, "not available in your country"), lambda _: paid(403, "forbidden")),
    row(
        SourceGone,
        lambda _: paid(404, "the original video was deleted", remix=True),
        lambda _: paid(404, "the original video was deleted"),
    ),
    row(SourceGone, lambda _: paid(404, "no such video", remix=True), lambda _: paid(404, "no such route", remix=True)),
    row(SourceGone, lambda _: paid(404, "no such video", remix=True), lambda _: paid(404, page="gone", remix=True)),
    row(RenderFailed, lambda _: failed(), lambda _: failed(free=True)),
    row(RenderFailedFree, lambda _: failed(free=True), lambda _: failed()),
    row(PolicyStopped, lambda _: failed(policy=True), lambda _: failed(policy=True, withheld=True)),
    row(PolicyStoppedFree, lambda _: failed(policy=True, free=True), lambda _: failed(policy=True)),
    row(Withheld, lambda _: failed(policy=True, withheld=True), lambda _: failed(policy=True)),
    row(WithheldFree, lambda _: failed(withheld=True, free=True), lambda _: failed(withheld=True)),
    row(ClipNotHandedOver, lambda _: last_error(LinkDead()), lambda _: last_error(Unreachable())),
    row(ClipNotFetched, lambda _: last_error(Unreachable()), lambda _: last_error(LinkDead())),
    row(UnknownEnd, lambda _: by_name("OfALaterVersion")(), lambda _: by_name("RenderFailed")()),
    row(
        DiscordFailed,
        lambda _: unexpected_error(aiohttp.ServerDisconnectedError(), "K7Q2"),
        lambda _: unexpected_error(KeyError("a fault of ours"), "K7Q2"),
    ),
    row(
        RetakeError,
        lambda _: unexpected_error(KeyError("a fault of ours"), "K7Q2"),
        lambda _: unexpected_error(aiohttp.ServerDisconnectedError(), "K7Q2"),
    ),
]
