"""The one room that knows httpx: requests to providers, sorted by when they failed; guarded downloads to disk."""

import asyncio
import contextlib
import functools
import ssl
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Unpack

import httpx

from bot.i18n import fact
from bot.jobs.errors import AddressBlocked, ClipUnusable, NotSent, OutcomeUnknown, Unreachable
from bot.net.decoders import StreamDecoder, decoder_for, write_stream
from bot.net.rate_limit import RateLimiter
from bot.net.response import RequestOptions, Response, origin
from bot.net.ssrf_guard import AddressRefused, SsrfGuard, guard_pool, self_test
from bot.net.status_client import RequestFailed, StatusClient
from bot.ports.provider import FetchLimits

JSON_CAP_BYTES = 1 << 20
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
_READ_METHODS = {"User-Agent": "Retake", "Accept": "application/json", "Accept-Encoding": "identity"}
_RETRYABLE = frozenset({429, 500, 502, 503, 504})


@functools.cache
def tls() -> ssl.SSLContext:
    """One for all clients: reading the roots takes 20 ms and a megabyte each time."""
    return httpx.create_ssl_context(trust_env=False)


class ProviderHttpClient:
    """One account's client. The key travels in `headers` to `base_url` and nowhere else: no redirects.

    `base_url` of a single call is the address that took a task when the settings were still others.
    """

    def __init__(
        self,
        *,
        title: str,
        base_url: str,
        headers: Mapping[str, str],
        guard: SsrfGuard,
        paid_timeout_s: float = 60.0,
        ask_timeout_s: float = 30.0,
        requests_per_s: float | None = None,
    ) -> None:
        self.title = title
        self.base_url = base_url.rstrip("/")
        self._headers = dict(headers)
        self._paid_timeout_s = paid_timeout_s
        self._ask_timeout_s = ask_timeout_s
        self._turns = RateLimiter(requests_per_s)
        self._confirmations = StatusClient(tls())
        self._client = self._new_client(httpx.AsyncHTTPTransport(verify=tls(), trust_env=False))
        # A kept connection may be closed by the other side just as we send: for a paid request that would be
        # an outcome unknown, so each of those opens its own.
        single = httpx.Limits(max_keepalive_connections=0)
        self._paying = self._new_client(httpx.AsyncHTTPTransport(verify=tls(), limits=single, trust_env=False))
        self._guard = guard
        self._downloads = Downloads(guard)
        self._own_files: dict[tuple[str, str], Downloads] = {}

    @staticmethod
    def _new_client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(None, connect=10.0, pool=10.0),  # the whole request has its own limit
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "Retake", "Accept": "application/json"},
        )

    async def close(self) -> None:
        await self._confirmations.close()
        await self._client.aclose()
        await self._paying.aclose()
        for downloads in (self._downloads, *self._own_files.values()):
            await downloads.close()

    async def request_once(self, method: str, path: str, **sent: Unpack[RequestOptions]) -> Response:
        """Send a request that may cost money: once. Raises NotSent or OutcomeUnknown; any status is an answer."""
        if not await self._turns.acquire_priority():
            raise NotSent(provider=self.title)
        try:
            async with asyncio.timeout(self._paid_timeout_s):
                return await self._send(self._paying, method, path, sent)
        except _NOT_SENT as error:
            raise NotSent(provider=self.title) from error
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise OutcomeUnknown(provider=self.title) from error

    async def request(self, method: str, path: str, *, tries: int = 2, **sent: Unpack[RequestOptions]) -> Response:
        """Send a free request; short troubles are tried again. Raises Unreachable where there was no answer."""
        for left in range(tries - 1, -1, -1):
            await self._turns.acquire()
            try:
                async with asyncio.timeout(self._ask_timeout_s):
                    answer = await self._request_status(method, path, sent)
            except (RequestFailed, httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError) as error:
                if not left:
                    raise Unreachable(provider=self.title) from error
                await asyncio.sleep(0.2)
                continue
            wait_s = answer.retry_after_s
            if wait_s is None:
                wait_s = 60.0 if answer.status == 429 else 0.2
            if left and answer.status in _RETRYABLE and wait_s <= 2.0:
                await asyncio.sleep(wait_s)
                continue
            return answer
        raise AssertionError("unreachable")

    async def _request_status(self, method: str, path: str, sent: RequestOptions) -> Response:
        """A question without a body goes the short way: those are asked by the hundred."""
        if method != "GET" or sent.keys() & {"json", "form", "files"}:
            return await self._send(self._client, method, path, sent)
        return await self._confirmations.get(
            sent.get("base_url", self.base_url).rstrip("/") + path,
            {**_READ_METHODS, **self._headers, **sent.get("headers", {})},
            sent.get("cap_bytes", JSON_CAP_BYTES),
            sent.get("params"),
        )

    async def _send(self, client: httpx.AsyncClient, method: str, path: str, sent: RequestOptions) -> Response:
        # Text parts go in as files too: only so does httpx send multipart without a file.
        context: list[tuple[str, tuple[str | None, bytes | str, str] | tuple[None, str]]] = []
        context += [(name, (None, str(value))) for name, value in sent.get("form", {}).items()]
        context += [(name, (filename, content, mime)) for name, filename, content, mime in sent.get("files", ())]
        request = client.build_request(
            method,
            sent.get("base_url", self.base_url).rstrip("/") + path,
            json=sent.get("json"),
            files=context or None,
            params=sent.get("params"),
            headers={**self._headers, **sent.get("headers", {})},
        )
        response = await client.send(request, stream=True)
        try:
            body, too_long = await _read_capped(response, sent.get("cap_bytes", JSON_CAP_BYTES))
        finally:
            await response.aclose()
        return Response(
            status=response.status_code, body=body, headers=dict(response.headers.items()), too_long=too_long
        )

    async def download(
        self,
        url: str,
        into: Path,
        limits: FetchLimits,
        *,
        authorised: bool = False,
        base_url: str | None = None,
        unpacker: StreamDecoder | None = None,
    ) -> None:
        """Stream a clip to a file. The key goes along only where `authorised`, and only to this account's host."""
        home = base_url or self.base_url
        if not authorised or origin(url) != origin(home):
            await self._downloads.fetch(url, into, limits, unpacker=unpacker)
            return
        if origin(home) not in self._own_files:
            self._own_files[origin(home)] = Downloads(self._guard, own=home)
        await self._own_files[origin(home)].fetch(url, into, limits, headers=self._headers, unpacker=unpacker)


async def _read_capped(response: httpx.Response, cap_bytes: int) -> tuple[bytes, bool]:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > cap_bytes:
            return bytes(body[:cap_bytes]), True
    return bytes(body), False


class Downloads:
    """Files from addresses that somebody else chose: https and public addresses only, streamed, bounded.

    `own` is the base URL of an account: that one origin is the host's own choice and may be dialled as it is.
    """

    def __init__(self, guard: SsrfGuard, own: str = "") -> None:
        self._guard = guard
        self._own = origin(own) if own else None
        transport = httpx.AsyncHTTPTransport(verify=tls(), trust_env=False, retries=0)
        self._pool = guard_pool(transport._pool, guard)
        mounts = {"://".join(self._own): httpx.AsyncHTTPTransport(verify=tls(), trust_env=False)} if self._own else {}
        self._client = httpx.AsyncClient(
            transport=transport,
            mounts=mounts,
            verify=tls(),
            timeout=httpx.Timeout(30.0, connect=10.0),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "Retake", "Accept-Encoding": "identity"},
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def self_test(self) -> None:
        """Raises GuardBroken unless this machine is refused under all its names."""
        await self_test(self._guard, self._pool)

    async def fetch(
        self,
        url: str,
        into: Path,
        limits: FetchLimits,
        *,
        headers: Mapping[str, str] | None = None,
        unpacker: StreamDecoder | None = None,
    ) -> None:
        """Stream `url` to `into`, fsynced.

        Raises LinkDead, Unreachable, ClipUnusable (too large, encoded, no file), AddressBlocked, NoSpace.
        """
        try:
            async with asyncio.timeout(limits.wall_s), self._open(url, headers or {}) as response:
                unpack = decoder_for(
                    response.status_code,
                    response.headers,
                    limits,
                    unpacker,
                    packed=origin(str(response.url)) == self._own,
                )
                await write_stream(response.aiter_raw(), into, limits, unpack)
        except AddressRefused as error:
            raise AddressBlocked from error
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, TimeoutError, UnicodeError) as error:
            raise Unreachable(provider=fact("the file server")) from error

    @contextlib.asynccontextmanager
    async def _open(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        for _hop in range(4):  # the link itself and three redirects
            url = str(httpx.URL(url))  # judged as it is dialled: two readers may see two hosts in one text
            if self._own is None or origin(url) != self._own:
                self._guard.check_url(url)
            async with self._client.stream("GET", url, headers=dict(headers)) as response:
                if response.is_redirect and "location" in response.headers:
                    target = str(httpx.URL(url).join(response.headers["location"]))
                    if origin(target) != origin(url):
                        headers = {}  # the key stays with its own origin
                    url = target
                    continue
                yield response
                return
        raise ClipUnusable
