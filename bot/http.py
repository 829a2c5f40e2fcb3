"""The one room that knows httpx: requests to providers, sorted by when they failed; guarded downloads to disk."""

import asyncio
import contextlib
import email.utils
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from bot.guard import AddressRefused, Guard, guard_pool
from bot.jobs.errors import (
    AddressBlocked,
    ClipUnusable,
    LinkDead,
    NoSpace,
    NotSent,
    OutcomeUnknown,
    Unreachable,
)
from bot.jobs.provider import FetchLimits

JSON_CAP_BYTES = 1 << 20
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_AGAIN = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer with its whole body, at most the cap. `too_long`: the body went on past it."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    too_long: bool = False

    @property
    def retry_after_s(self) -> float | None:
        return read_retry_after(self.headers.get("retry-after"))


def read_retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header: a number, or an HTTP date. None where it is neither."""
    if value is None:
        return None
    try:
        return max(0.0, min(float(value), 3600.0))
    except ValueError:
        pass
    try:
        at = email.utils.parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, min(at - time.time(), 3600.0))


class Http:
    """One account's client. The key travels in `headers` to `base_url` and nowhere else: no redirects."""

    def __init__(
        self,
        *,
        title: str,
        base_url: str,
        headers: Mapping[str, str],
        guard: Guard,
        paid_timeout_s: float = 60.0,
    ) -> None:
        self.title = title
        self.base_url = base_url.rstrip("/")
        self._headers = dict(headers)
        self._paid_timeout_s = paid_timeout_s
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(30.0, connect=10.0),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "Retake", "Accept": "application/json"},
        )
        self._downloads = Downloads(guard)

    async def close(self) -> None:
        await self._client.aclose()
        await self._downloads.close()

    async def pay(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, object] | None = None,
        files: Sequence[tuple[str, str, bytes, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request that may cost money: once. Raises NotSent or OutcomeUnknown; any status is an answer."""
        try:
            async with asyncio.timeout(self._paid_timeout_s):
                return await self._send(method, path, json=json, form=form, files=files, headers=headers)
        except _NOT_SENT as error:
            raise NotSent(provider=self.title) from error
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, OSError) as error:
            raise OutcomeUnknown(provider=self.title) from error

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        files: Sequence[tuple[str, str, bytes, str]] = (),
        form: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        base_url: str | None = None,
        tries: int = 2,
        cap_bytes: int = JSON_CAP_BYTES,
    ) -> Answer:
        """Send a free request; short troubles are tried again. Raises Unreachable where there was no answer."""
        for left in range(tries - 1, -1, -1):
            try:
                answer = await self._send(
                    method,
                    path,
                    params=params,
                    files=files,
                    form=form,
                    headers=headers,
                    base_url=base_url,
                    cap_bytes=cap_bytes,
                )
            except (httpx.HTTPError, httpx.StreamError, OSError) as error:
                if not left:
                    raise Unreachable(provider=self.title) from error
                await asyncio.sleep(0.2)
                continue
            wait_s = answer.retry_after_s if answer.retry_after_s is not None else 0.2
            if left and answer.status in _AGAIN and wait_s <= 2.0:
                await asyncio.sleep(wait_s)
                continue
            return answer
        raise AssertionError("unreachable")

    async def _send(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, object] | None = None,
        files: Sequence[tuple[str, str, bytes, str]] = (),
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        base_url: str | None = None,
        cap_bytes: int = JSON_CAP_BYTES,
    ) -> Answer:
        parts: list[tuple[str, tuple[str | None, bytes | str, str] | tuple[None, str]]] = []
        if form is not None:  # text parts go in as files too: only so does httpx send multipart without a file
            parts = [(name, (None, str(value))) for name, value in form.items()]
        parts += [(name, (filename, content, mime)) for name, filename, content, mime in files]
        request = self._client.build_request(
            method,
            (base_url or self.base_url).rstrip("/") + path,
            json=json,
            files=parts or None,
            params=params,
            headers={**self._headers, **(headers or {})},
        )
        response = await self._client.send(request, stream=True)
        try:
            body, too_long = await _read_capped(response, cap_bytes)
        finally:
            await response.aclose()
        return Answer(status=response.status_code, body=body, headers=dict(response.headers.items()), too_long=too_long)

    async def download(self, url: str, into: Path, limits: FetchLimits, *, authorised: bool = False) -> None:
        """Stream a clip to a file. The key goes along only where `authorised`, and only to this account's host."""
        own = urlsplit(url)[:2] == urlsplit(self.base_url)[:2]
        headers = self._headers if authorised and own else {}
        await self._downloads.fetch(url, into, limits, headers=headers)


async def _read_capped(response: httpx.Response, cap_bytes: int) -> tuple[bytes, bool]:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > cap_bytes:
            return bytes(body[:cap_bytes]), True
    return bytes(body), False


class Downloads:
    """Files from addresses that somebody else chose: https and public addresses only, streamed, bounded."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        transport = httpx.AsyncHTTPTransport(trust_env=False, retries=0)
        guard_pool(transport._pool, guard)
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(30.0, connect=10.0),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "Retake", "Accept-Encoding": "identity"},
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def fetch(
        self,
        url: str,
        into: Path,
        limits: FetchLimits,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Stream `url` to `into`, fsynced.

        Raises LinkDead, Unreachable, ClipUnusable (too large, encoded, not 200), AddressBlocked, NoSpace.
        """
        try:
            async with asyncio.timeout(limits.wall_s), self._open(url, headers or {}) as response:
                await _to_disk(response, into, limits)
        except AddressRefused as error:
            raise AddressBlocked from error
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, TimeoutError) as error:
            raise Unreachable(provider="the file server") from error

    @contextlib.asynccontextmanager
    async def _open(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        for _hop in range(4):  # the link itself and three redirects
            self._guard.check_url(url)
            async with self._client.stream("GET", url, headers=dict(headers)) as response:
                if response.is_redirect and "location" in response.headers:
                    target = str(httpx.URL(url).join(response.headers["location"]))
                    if urlsplit(target)[:2] != urlsplit(url)[:2]:
                        headers = {}  # the key stays with its own origin
                    url = target
                    continue
                yield response
                return
        raise ClipUnusable


async def _to_disk(response: httpx.Response, into: Path, limits: FetchLimits) -> None:
    if response.status_code in (401, 403, 404, 410):
        raise LinkDead
    if response.status_code != 200:
        wait_s = read_retry_after(response.headers.get("retry-after"))
        raise Unreachable(provider="the file server", retry_after_s=wait_s)
    if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise ClipUnusable
    if int(response.headers.get("content-length") or 0) > limits.max_bytes:
        raise ClipUnusable
    started, size = time.monotonic(), 0
    try:
        with into.open("wb") as file:
            async for chunk in response.aiter_raw(1 << 18):
                size += len(chunk)
                elapsed = time.monotonic() - started
                if size > limits.max_bytes:
                    raise ClipUnusable
                if elapsed > 10.0 and size < limits.min_bytes_per_s * elapsed:
                    raise Unreachable(provider="the file server")
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(_flush, file.fileno())
    except OSError as error:
        raise NoSpace from error


def _flush(fileno: int) -> None:
    os.fsync(fileno)
