"""aiohttp's connections below httpx's API, for the many small questions. Knows both libraries and nothing of ours."""

import functools
import ssl
from collections.abc import AsyncIterator

import aiohttp
import httpx
from yarl import URL

MOST_OPEN = 100  # free requests of one account at once


@functools.cache
def tls() -> ssl.SSLContext:
    """One for all clients: reading the roots takes 20 ms and a megabyte each time."""
    return httpx.create_ssl_context(trust_env=False)


class Body(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.content.iter_any():
                yield chunk
        except aiohttp.ClientError as error:
            raise httpx.ReadError(str(error)) from error

    async def aclose(self) -> None:
        self._answer.release()


class Quick(httpx.AsyncBaseTransport):
    """aiohttp's connections below httpx's API, for the many small questions.

    With hundreds of requests open httpx's own pool takes most of a core. Source: reference/performance.md, polling.
    """

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._session is None:  # made here, because a session belongs to the running loop
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=MOST_OPEN, keepalive_timeout=60.0, ssl=tls()),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10.0),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        try:
            answer = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),  # ids are quoted already, and must stay so
                headers=request.headers.multi_items(),
                data=await request.aread() or None,
                allow_redirects=False,
            )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise httpx.ConnectError(str(error)) from error
        except (aiohttp.ClientError, ValueError) as error:
            raise httpx.ReadError(str(error)) from error
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=Body(answer), request=request)

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
