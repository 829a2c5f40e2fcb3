"""Asks small questions by the hundred: plain GETs over aiohttp. Knows nothing of providers.

httpx's own pool takes most of a core once hundreds of requests are open. Source: reference/performance.md, polling.
"""

import ssl
from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from bot.net.response import Response

MAX_CONNECTIONS = 100  # of one account at once
CONNECT_S = 10.0


class RequestFailed(Exception):
    """There was no answer, or not all of one."""


class StatusClient:
    """Kept connections, at most `MOST_OPEN`. No redirects, no cookies, nothing of the environment."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def get(
        self, url: str, headers: Mapping[str, str], cap_bytes: int, params: Mapping[str, str] | None = None
    ) -> Response:
        """One GET and at most the cap of its body. Raises AskFailed; the time it may take is the caller's affair."""
        try:
            # Ids are quoted already, and must stay so.
            target = URL(f"{url}?{urlencode(params)}" if params else url, encoded=True)
            async with self._opened().get(target, headers=headers, allow_redirects=False) as answer:
                body = bytearray()
                async for chunk in answer.content.iter_any():
                    body += chunk
                    if len(body) > cap_bytes:
                        break
                return Response(
                    status=answer.status,
                    body=bytes(body[:cap_bytes]),
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    too_long=len(body) > cap_bytes,
                )
        except (aiohttp.ClientError, ValueError) as error:
            raise RequestFailed(str(error)) from error

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:  # made here, because a session belongs to the running loop
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=60.0, ssl=self._tls),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
