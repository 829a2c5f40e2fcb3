"""Decides which addresses may be dialled for a link that somebody else chose. Checked at every connection."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from urllib.parse import urlsplit

import httpcore

from bot.net.addresses import is_public, nat64_prefixes

# What people and old resolvers take for this machine; every one of them must be refused at start-up.
_SELF_TEST_NAMES = ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001")


class AddressRefused(Exception):
    """The link leads to an address that is not public."""


class GuardBroken(Exception):
    """The guard that keeps downloads away from private addresses does not hold with the installed httpx and httpcore.

    Install the versions of the lock.
    """


class SsrfGuard:
    """`allowed` are hosts, as `name` or `name:port`, that may be dialled although they are not public.

    `nat64` are the host's own translation prefixes: an address inside is judged by the IPv4 address in it.
    """

    def __init__(self, allowed: Iterable[str] = (), nat64: Iterable[str] = ()) -> None:
        self._allowed = frozenset(host.strip().lower() for host in allowed if host.strip())
        self._nat64 = nat64_prefixes(nat64)

    def allows(self, host: str, port: int) -> bool:
        return not self._allowed.isdisjoint({host.lower(), f"{host.lower()}:{port}"})

    def check_url(self, url: str) -> None:
        """Raise AddressRefused unless the link is https on port 443, or to an allowed host."""
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise AddressRefused from error
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
            raise AddressRefused
        if self.allows(host, port):
            return
        if parts.scheme != "https" or port != 443:
            raise AddressRefused

    async def resolve(self, host: str, port: int) -> list[str]:
        """Every address of a name, if every one of them may be dialled."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name does not resolve") from error
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
        if not addresses:
            raise httpcore.ConnectError("the name has no address")
        if not self.allows(host, port) and not all(is_public(each, self._nat64) for each in addresses):
            raise AddressRefused
        return [str(each) for each in addresses]


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
        """Connect to one of the addresses that were judged, never to the name: it may resolve anew to another."""
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
    """Put the guard under a connection pool, so that redirects and rebinding pass it too. Raises GuardBroken.

    httpcore has no public seat for this below httpx, hence the private name and the pins in pyproject.toml.
    """
    if not isinstance(pool, httpcore.AsyncConnectionPool) or not hasattr(pool, "_network_backend"):
        raise GuardBroken
    pool._network_backend = _GuardedBackend(guard, pool._network_backend)
    return pool


@contextlib.asynccontextmanager
async def canary() -> AsyncIterator[tuple[int, Sequence[object]]]:
    """(port, connections): a listener on 127.0.0.1 that nobody should ever reach."""
    visits: list[object] = []

    async def visited(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(visited, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], visits


async def self_test(guard: SsrfGuard, pool: httpcore.AsyncConnectionPool) -> None:
    """Dial a listener of our own, by way of a guarded pool, under the names of this machine.

    Raises GuardBroken unless each is refused before a connection.
    """
    async with canary() as (port, visits):
        for name in _SELF_TEST_NAMES:
            if guard.allows(name.strip("[]"), port):  # the host wants this one dialled
                continue
            refused = False
            try:
                await pool.request(
                    "GET", f"http://{name}:{port}/", extensions={"timeout": {"connect": 2.0, "read": 2.0}}
                )
            except AddressRefused:
                refused = True
            except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
                refused = name != _SELF_TEST_NAMES[0]  # not every machine resolves every one of the others
            if not refused or visits:
                raise GuardBroken
