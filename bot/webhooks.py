"""Receives the webhooks of providers. A genuine one makes its job due; the poller then asks the provider itself."""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from urllib.parse import urlsplit

from aiohttp import web

from bot.ports.clock import Clock
from bot.ports.provider import Provider
from bot.ports.provider_capabilities import SignedWebhooks

log = logging.getLogger("retake.webhooks")

MAX_BODY_BYTES = 256 << 10
MAX_BODY_S = 10.0
MAX_AT_ONCE = 20
MAX_PER_S, BURST = 20.0, 40.0
MAX_SEEN = 1000
SEEN_FOR_S = 700.0  # longer than a signature is fresh, before and after its time
BACKLOG = 16


class Webhooks:
    """Answers 204 to a genuine call about a job that renders, and 4xx to others, which change nothing.

    Genuine calls about tasks of others are answered with 204 as well where a provider calls about its whole account.

    `announce` makes the job of an account's task due and returns whether there is one.
    """

    def __init__(
        self, *, clock: Clock, providers: Mapping[str, Provider], announce: Callable[[str, str], bool]
    ) -> None:
        self._clock = clock
        self._providers = {name: each for name, each in providers.items() if isinstance(each, SignedWebhooks)}
        self._announce = announce
        self._running = 0
        self._tokens, self._filled_at = BURST, clock.monotonic()
        self._seen: dict[str, float] = {}  # digests of accepted calls, and until when

    async def receive(self, request: web.Request) -> web.Response:
        """Answer one call."""
        if not self._has_room():
            return _answer(429, "Too many calls.")
        self._running += 1
        try:
            async with asyncio.timeout(MAX_BODY_S):
                body = await request.content.read(MAX_BODY_BYTES + 1) if request.can_read_body else b""
                while len(body) <= MAX_BODY_BYTES and (more := await request.content.read(MAX_BODY_BYTES + 1)):
                    body += more
            if len(body) > MAX_BODY_BYTES:
                return _answer(413, "The body is too long.")
            return await self._judge(request.match_info["account"], dict(request.headers.items()), body)
        except TimeoutError:
            return _answer(408, "The body took too long.")
        finally:
            self._running -= 1

    async def _judge(self, account: str, headers: Mapping[str, str], body: bytes) -> web.Response:
        provider = self._providers.get(account)
        if provider is None:
            return _answer(404, "There is no such account.")
        lower = {name.lower(): value for name, value in headers.items() if value.isascii()}
        call = await provider.read_webhook(lower, body, self._clock.now())
        if call is None:
            return _answer(401, "The signature is missing, wrong or too old.")
        digest = hashlib.sha256(account.encode() + b"\n" + call.signed).hexdigest()
        if self._was_seen(digest):
            return _answer(409, "This call was received before.")
        if self._announce(account, call.task_id):
            self._keep(digest)
        elif not call.of_whole_account:
            return _answer(404, "There is no such task.")
        return web.Response(status=204)

    def _was_seen(self, digest: str) -> bool:
        now = self._clock.monotonic()
        return self._seen.get(digest, now) > now

    def _keep(self, digest: str) -> None:
        if len(self._seen) >= MAX_SEEN:
            self._seen = dict(list(self._seen.items())[MAX_SEEN // 2 :])
        self._seen[digest] = self._clock.monotonic() + SEEN_FOR_S

    def _has_room(self) -> bool:
        now = self._clock.monotonic()
        self._tokens = min(BURST, self._tokens + (now - self._filled_at) * MAX_PER_S)
        self._filled_at = now
        if self._tokens < 1.0 or self._running >= MAX_AT_ONCE:
            return False
        self._tokens -= 1.0
        return True


@contextlib.asynccontextmanager
async def receiving(url: str | None, host: str, port: int, webhooks: Webhooks) -> AsyncIterator[None]:
    """Listen while the block runs. Without a URL, do nothing; an address that can't be used is logged only."""
    if url is None:
        yield
        return
    app = web.Application()
    app.add_routes([web.post(urlsplit(url).path.rstrip("/") + "/{account}", webhooks.receive)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=BACKLOG).start()
        log.info("webhooks on %s:%d", host, port)
    except OSError as error:
        # Kept alive: the bot and its paid jobs, which are polled.
        log.error("webhooks can't listen on %s:%d", host, port, extra={"why": error.strerror or str(error)})
    try:
        yield
    finally:
        await runner.cleanup()


def _answer(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n")
