"""SSRF guard: limits connections for untrusted URLs to public addresses. Checked at every connection."""

import asyncio
import contextlib
import ipaddress
import re
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from urllib.parse import urlsplit

import httpcore

from bot.net.addresses import is_public, nat64_prefixes

# Spellings of the loopback address; the self-test requires that each is refused.
_SELF_TEST_NAMES = ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001")


class AddressRefused(Exception):
    """The URL leads to an address that isn't public."""


class SchemeRefused(AddressRefused):
    """The URL doesn't use https on port 443, or names a user."""


class GuardBroken(Exception):
    """The guard that keeps downloads away from private addresses does not hold with the installed httpx and httpcore.

    Install the versions of the lock.
    """


class SsrfGuard:
    """Checks URLs and resolves names.

    `allowed` lists hosts, as `name` or `name:port` (IPv6 with or without brackets), that may be connected to although
    they aren't public.
    `nat64` lists the host's NAT64 prefixes: the IPv4 address embedded in such an address decides.
    """

    def __init__(self, allowed: Iterable[str] = (), nat64: Iterable[str] = ()) -> None:
        self._allowed = frozenset(re.sub(r"[\[\]]", "", host.strip().lower()) for host in allowed if host.strip())
        self._nat64 = nat64_prefixes(nat64)

    def is_allowed(self, host: str, port: int) -> bool:
        return not self._allowed.isdisjoint({host.lower(), f"{host.lower()}:{port}"})

    def check_url(self, url: str) -> None:
        """Raise SchemeRefused unless the URL uses https on port 443 or leads to an allowed host."""
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise SchemeRefused from error
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
            raise SchemeRefused
        if self.is_allowed(host, port):
            return
        if parts.scheme != "https" or port != 443:
            raise SchemeRefused

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return all addresses of a name. Raise AddressRefused if one isn't public and the host isn't allowed."""
        loop = asyncio.get_running_loop()
        try:
            entries = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name does not resolve") from error
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in entries]
        if not addresses:
            raise httpcore.ConnectError("the name has no address")
        if not self.is_allowed(host, port) and not all(is_public(address, self._nat64) for address in addresses):
            raise AddressRefused
        return [str(address) for address in addresses]


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, guard: SsrfGuard, inner: httpcore.AsyncNetworkBackend) -> None:
        self._guard = guard
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to one of the checked addresses. Never resolve the name again: it may lead elsewhere by then."""
        *others, last = await self._guard.resolve(host, port)
        for address in others:
            with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
        return await self._inner.connect_tcp(last, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise AddressRefused

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


def guard_pool(pool: object, guard: SsrfGuard) -> httpcore.AsyncConnectionPool:
    """Install the guard in a connection pool, so that it covers redirects and DNS rebinding. Raise GuardBroken.

    httpx has no public API for this, hence the private attribute and the pinned versions in pyproject.toml.
    """
    if not isinstance(pool, httpcore.AsyncConnectionPool) or not hasattr(pool, "_network_backend"):
        raise GuardBroken
    pool._network_backend = _GuardedBackend(guard, pool._network_backend)
    return pool


@contextlib.asynccontextmanager
async def canary() -> AsyncIterator[tuple[int, Sequence[object]]]:
    """Listen on 127.0.0.1. Yield the port and the list of connections, which must stay empty."""
    connections: list[object] = []

    async def on_connection(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(on_connection, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], connections


async def self_test(guard: SsrfGuard, pool: httpcore.AsyncConnectionPool) -> None:
    """Try to reach a listener on this machine through a guarded pool, under every loopback name.

    Raise GuardBroken unless each attempt is refused before it connects.
    """
    async with canary() as (port, connections):
        for name in _SELF_TEST_NAMES:
            if guard.is_allowed(name.strip("[]"), port):  # the host allows this name
                continue
            refused = False
            try:
                await pool.request(
                    "GET", f"http://{name}:{port}/", extensions={"timeout": {"connect": 2.0, "read": 2.0}}
                )
            except AddressRefused:
                refused = True
            except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
                refused = name != _SELF_TEST_NAMES[0]  # not every machine resolves all the other names
            if not refused or connections:
                raise GuardBroken
