"""HTTP client for polls: plain GET requests over aiohttp.

The connection pool of httpx takes most of a CPU core once hundreds of requests are open.
Source: reference/performance.md, polling.
"""

import ssl
from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from bot.net.body import UnreadableBody, read_body
from bot.net.response import Response

MAX_CONNECTIONS = 100  # per account
CONNECT_TIMEOUT_S = 10.0


class RequestFailed(Exception):
    """The response is missing or incomplete."""


class StatusClient:
    """Keeps at most `MAX_CONNECTIONS` connections open. Ignores redirects, cookies and the environment."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._ssl_context = tls
        self._session: aiohttp.ClientSession | None = None

    async def get(
        self, url: str, headers: Mapping[str, str], max_body_bytes: int, params: Mapping[str, str] | None = None
    ) -> Response:
        """Send one GET request and read its body up to the limit. Raise RequestFailed. The caller sets the timeout."""
        try:
            # Ids in the path are already percent-encoded.
            target = URL(f"{url}?{urlencode(params)}" if params else url, encoded=True)
            async with self._open_session().get(target, headers=headers, allow_redirects=False) as response:
                encoding = ", ".join(response.headers.getall("Content-Encoding", ()))
                body, too_long = await read_body(response.content.iter_any(), encoding, max_body_bytes)
                return Response(
                    status=response.status,
                    body=body,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    too_long=too_long,
                )
        except (UnreadableBody, aiohttp.ClientError, ValueError) as error:
            raise RequestFailed(str(error)) from error

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:  # created here because a session belongs to the running event loop
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=60.0, ssl=self._ssl_context),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # read_body decompresses in bounded steps
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
