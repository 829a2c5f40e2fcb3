"""Files at untrusted addresses: https, public addresses and bounded sizes only.

Downloads are streamed to disk; uploads go to a link that a provider gave for them.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx

from bot.i18n import fact
from bot.jobs.provider_errors import AddressBlocked, ClipUnusable, LinkRefused, Unreachable
from bot.net.decoders import choose_decoder
from bot.net.response import origin
from bot.net.ssrf_guard import AddressRefused, SchemeRefused, SsrfGuard, guard_pool, self_test
from bot.net.stream_to_file import StreamDecoder, write_stream
from bot.net.tls import ssl_context
from bot.ports.provider import FetchLimits

MAX_REDIRECTS = 3
STORE_TIMEOUT_S = 300.0


class Downloads:
    """Downloads files from addresses chosen by others.

    `own_url` is the base URL of an account: the host chose that origin, so it may be private and may use http.
    """

    def __init__(self, guard: SsrfGuard, own_url: str = "") -> None:
        self._guard = guard
        self._own_origin = origin(own_url) if own_url else None
        transport = httpx.AsyncHTTPTransport(verify=ssl_context(), trust_env=False, retries=0)
        self._pool = guard_pool(transport._pool, guard)
        mounts = {}
        if self._own_origin:
            mounts["://".join(self._own_origin)] = httpx.AsyncHTTPTransport(verify=ssl_context(), trust_env=False)
        self._client = httpx.AsyncClient(
            transport=transport,
            mounts=mounts,
            verify=ssl_context(),
            timeout=httpx.Timeout(30.0, connect=10.0),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "Retake", "Accept-Encoding": "identity"},
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def self_test(self) -> None:
        """Raise GuardBroken unless the guard refuses every name of this machine."""
        await self_test(self._guard, self._pool)

    async def fetch(
        self,
        url: str,
        into: Path,
        limits: FetchLimits,
        *,
        headers: Mapping[str, str] | None = None,
        decoder: StreamDecoder | None = None,
    ) -> None:
        """Stream `url` to `into` and fsync it.

        Raise LinkDead, Unreachable, ClipUnusable (not a file, or encoded), ClipTooBig, AddressBlocked or NoSpace.
        """
        try:
            async with asyncio.timeout(limits.timeout_s), self._open(url, headers or {}) as response:
                chosen = choose_decoder(
                    response.status_code,
                    response.headers,
                    limits,
                    decoder,
                    accept_gzip=origin(str(response.url)) == self._own_origin,
                )
                await write_stream(response.aiter_raw(), into, limits, chosen)
        except AddressRefused as error:
            raise _blocked(error) from error
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, TimeoutError, UnicodeError) as error:
            raise Unreachable(provider=fact("the file server")) from error

    async def store(self, url: str, data: bytes, mime: str, form: Mapping[str, str] | None = None) -> int:
        """Put a file at a link, or post it as the last part of a signed form. Return the HTTP status.

        Raise Unreachable or AddressBlocked.
        """
        try:
            url = str(httpx.URL(url))
            self._guard.check_url(url)
            if form is None:
                sent = self._client.stream("PUT", url, content=data, headers={"Content-Type": mime})
            else:
                sent = self._client.stream("POST", url, data=dict(form), files={"file": ("file", data, mime)})
            async with asyncio.timeout(STORE_TIMEOUT_S), sent as response:
                return response.status_code
        except AddressRefused as error:
            raise _blocked(error) from error
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, TimeoutError, UnicodeError) as error:
            raise Unreachable(provider=fact("the file server")) from error

    @contextlib.asynccontextmanager
    async def _open(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        for _ in range(1 + MAX_REDIRECTS):
            url = str(httpx.URL(url))  # check the URL that httpx dials: two parsers may see two hosts in one text
            if self._own_origin is None or origin(url) != self._own_origin:
                self._guard.check_url(url)
            async with self._client.stream("GET", url, headers=dict(headers)) as response:
                if response.is_redirect and "location" in response.headers:
                    target = str(httpx.URL(url).join(response.headers["location"]))
                    if origin(target) != origin(url):
                        headers = {}  # never send the key to another origin
                    url = target
                    continue
                yield response
                return
        raise ClipUnusable


def _blocked(error: AddressRefused) -> AddressBlocked:
    return LinkRefused() if isinstance(error, SchemeRefused) else AddressBlocked()
