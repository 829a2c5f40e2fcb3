"""Decides which addresses may be dialled for a link that somebody else chose. Checked at every connection."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

import httpcore

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Source: the IANA special-purpose registries. Python 3.11's own `is_global` says yes to several of these
# (reference/reliability.md 7.1 S3), so the table is ours.
_CLOSED_V4 = [
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # a cloud's metadata and DNS service on a public number
    )
]  # fmt: skip
# Only global unicast is dialled at all; inside it, what embeds or tunnels another address is closed.
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = [
    ipaddress.IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
]
_ISATAP = (0x00005EFE, 0x02005EFE)


class AddressRefused(Exception):
    """The link leads to an address that is not public."""


def is_public(address: IPAddress) -> bool:
    """Whether an address is one that anybody on the internet could be meant by."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in net for net in _CLOSED_V4)
    if address.scope_id or address not in _OPEN_V6 or any(address in net for net in _CLOSED_V6):
        return False
    return (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP


class Guard:
    """`allowed` are hosts, as `name` or `name:port`, that may be dialled although they are not public."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(host.strip().lower() for host in allowed if host.strip())

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

    async def resolve(self, host: str, port: int) -> str:
        """One address of a name, if every address of it may be dialled."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name does not resolve") from error
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
        if not self.allows(host, port) and not all(is_public(address) for address in addresses):
            raise AddressRefused
        return str(addresses[0])


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, guard: Guard, inner: httpcore.AsyncNetworkBackend) -> None:
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
        address = await self._guard.resolve(host, port)
        return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise AddressRefused

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


def guard_pool(pool: object, guard: Guard) -> None:
    """Put the guard under a connection pool, so that redirects and rebinding pass it too.

    httpcore has no public seat for this below httpx, hence the private name and the pins in pyproject.toml.
    """
    inner = pool._network_backend  # type: ignore[attr-defined]
    pool._network_backend = _GuardedBackend(guard, inner)  # type: ignore[attr-defined]
