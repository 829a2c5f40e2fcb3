"""HTTP client for provider accounts: paid requests are sent once, free requests are retried."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Unpack

import httpx

from bot.jobs.provider_errors import NotSent, OutcomeUnknown, RateFull, Stalled, Unreachable
from bot.net.body import UnreadableBody, read_body
from bot.net.downloads import Downloads
from bot.net.rate_limit import RateLimiter
from bot.net.response import RequestOptions, Response, origin
from bot.net.ssrf_guard import SsrfGuard
from bot.net.status_client import RequestFailed, StatusClient
from bot.net.stream_to_file import StreamDecoder
from bot.net.tls import ssl_context
from bot.ports.clock import elapsed_s
from bot.ports.pace import RateLimit
from bot.ports.provider import MAX_PRIORITY_WAIT_S, FetchLimits

MAX_BODY_BYTES = 768 << 10  # parsed JSON takes up to 30 times its length
CONNECT_TIMEOUT_S = 10.0
_MAX_LATE_S = 5.0  # that a busy machine ends a wait late
_HEADERS = {"User-Agent": "Retake", "Accept": "application/json", "Accept-Encoding": "identity"}
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
_NO_RESPONSE = (RequestFailed, UnreadableBody, httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError)
_RETRYABLE = frozenset({429, 500, 502, 503, 504})
_RETRY_DELAY_S, _RATE_LIMIT_DELAY_S, _MAX_RETRY_DELAY_S = 0.2, 60.0, 2.0


class ProviderHttpClient:
    """HTTP client of one account. Sends `headers`, which hold the key, to `base_url` only; follows no redirects.

    The option `base_url` of a request names the address that accepted a task under earlier settings.
    """

    def __init__(
        self,
        *,
        title: str,
        base_url: str,
        headers: Mapping[str, str],
        guard: SsrfGuard,
        paid_timeout_s: float = 60.0,
        request_timeout_s: float = 30.0,
        requests_per_s: float | None = None,
        rate_limit: RateLimit | None = None,
    ) -> None:
        """`rate_limit`: what spaces the requests in place of `requests_per_s`, if several processes use the account."""
        self.title = title
        self.base_url = base_url.rstrip("/")
        self._headers = dict(headers)
        self._paid_timeout_s = paid_timeout_s
        self._request_timeout_s = request_timeout_s
        self._rate_limiter = rate_limit or RateLimiter(requests_per_s)
        self._status_client = StatusClient(ssl_context())
        self._client = _new_client(httpx.AsyncHTTPTransport(verify=ssl_context(), trust_env=False))
        # The other side may close a kept connection just as we send, and the outcome of a paid request would then
        # be unknown. Each paid request therefore opens its own connection.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._paid_client = _new_client(httpx.AsyncHTTPTransport(verify=ssl_context(), limits=limits, trust_env=False))
        self._guard = guard
        self._downloads = Downloads(guard)
        self._own_downloads: dict[tuple[str, str], Downloads] = {}

    async def close(self) -> None:
        await self._status_client.close()
        await self._client.aclose()
        await self._paid_client.aclose()
        for downloads in (self._downloads, *self._own_downloads.values()):
            await downloads.close()

    async def request_once(self, method: str, path: str, **options: Unpack[RequestOptions]) -> Response:
        """Send a request that may cost money, exactly once. Return a response of any status.

        Raise NotSent if it had no effect, OutcomeUnknown if it may have had one.
        """
        began = elapsed_s()
        if not await self._rate_limiter.acquire_priority():
            raise RateFull(provider=self.title)
        if elapsed_s() - began > MAX_PRIORITY_WAIT_S + _MAX_LATE_S:
            raise Stalled(
                provider=self.title
            )  # this process or its machine stood still, and another may have its job by now
        try:
            async with asyncio.timeout(self._paid_timeout_s):
                return await self._send(self._paid_client, method, path, options)
        except _NOT_SENT as error:
            raise NotSent(provider=self.title) from error
        except (UnreadableBody, httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise OutcomeUnknown(provider=self.title) from error

    async def request(self, method: str, path: str, *, tries: int = 2, **options: Unpack[RequestOptions]) -> Response:
        """Send a free request, and retry it if the delay is short. Raise Unreachable if there is no response."""
        for retries_left in range(tries - 1, -1, -1):
            await self._rate_limiter.acquire()
            try:
                async with asyncio.timeout(self._request_timeout_s):
                    response = await self._send_free(method, path, options)
            except _NO_RESPONSE as error:
                if not retries_left:
                    raise Unreachable(provider=self.title) from error
                await asyncio.sleep(_RETRY_DELAY_S)
                continue
            delay_s = _retry_delay_s(response)
            if retries_left and delay_s is not None and delay_s <= _MAX_RETRY_DELAY_S:
                await asyncio.sleep(delay_s)
                continue
            return response
        raise AssertionError("unreachable")

    async def _send_free(self, method: str, path: str, options: RequestOptions) -> Response:
        """Send GET requests without a body over the status client: hundreds of polls may be open at once."""
        if method != "GET" or options.keys() & {"json", "content", "form", "files"}:
            return await self._send(self._client, method, path, options)
        return await self._status_client.get(
            options.get("base_url", self.base_url).rstrip("/") + path,
            {**_HEADERS, **self._headers, **options.get("headers", {})},
            options.get("max_body_bytes", MAX_BODY_BYTES),
            options.get("params"),
        )

    async def _send(self, client: httpx.AsyncClient, method: str, path: str, options: RequestOptions) -> Response:
        # Text fields are passed as files too: otherwise httpx sends multipart only if there is a file.
        parts: list[tuple[str, tuple[str | None, bytes | str, str] | tuple[None, str]]] = []
        parts += [(name, (None, str(value))) for name, value in options.get("form", {}).items()]
        parts += [(name, (filename, content, mime)) for name, filename, content, mime in options.get("files", ())]
        request = client.build_request(
            method,
            options.get("base_url", self.base_url).rstrip("/") + path,
            json=options.get("json"),
            content=options.get("content"),
            files=parts or None,
            params=options.get("params"),
            headers={**self._headers, **options.get("headers", {})},
        )
        response = await client.send(request, stream=True)
        try:
            encoding = response.headers.get("content-encoding", "")
            body, too_long = await read_body(
                response.aiter_raw(), encoding, options.get("max_body_bytes", MAX_BODY_BYTES)
            )
        finally:
            await response.aclose()
            # Its stream refers to the response: that cycle would keep the request, and the picture in it, until the
            # garbage collector runs.
            response.stream = httpx.ByteStream(b"")
        return Response(
            status=response.status_code, body=body, headers=dict(response.headers.items()), too_long=too_long
        )

    async def store(self, url: str, data: bytes, mime: str, form: Mapping[str, str] | None = None) -> int:
        """Put a file at a link that a provider gave, or post it with a form, without the key. Return the HTTP status.

        Raise Unreachable or AddressBlocked.
        """
        return await self._downloads.store(url, data, mime, form)

    async def download(
        self,
        url: str,
        into: Path,
        limits: FetchLimits,
        *,
        authorised: bool = False,
        base_url: str | None = None,
        decoder: StreamDecoder | None = None,
    ) -> None:
        """Stream a clip to a file. Send the key only if `authorised`, and only to the origin of `base_url`."""
        own_url = base_url or self.base_url
        own_origin = origin(own_url)
        if not authorised or origin(url) != own_origin:
            await self._downloads.fetch(url, into, limits, decoder=decoder)
            return
        if own_origin not in self._own_downloads:
            self._own_downloads[own_origin] = Downloads(self._guard, own_url=own_url)
        await self._own_downloads[own_origin].fetch(url, into, limits, headers=self._headers, decoder=decoder)


def _new_client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=transport,
        # The caller limits the time of the whole request.
        timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT_S, pool=CONNECT_TIMEOUT_S),
        follow_redirects=False,
        trust_env=False,
        headers=_HEADERS,
    )


def _retry_delay_s(response: Response) -> float | None:
    """Return the seconds to wait before a retry, or None if the status isn't retryable."""
    if response.status not in _RETRYABLE:
        return None
    if response.retry_after_s is not None:
        return response.retry_after_s
    return _RATE_LIMIT_DELAY_S if response.status == 429 else _RETRY_DELAY_S
