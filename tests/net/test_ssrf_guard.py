"""Tests of the SSRF guard: no untrusted URL reaches a private address, by any name or detour."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import httpcore
import pytest
from aiohttp import web

from bot.jobs.errors import RetakeError
from bot.jobs.provider_errors import AddressBlocked, ClipUnusable, Unreachable
from bot.net.addresses import embedded_v4, is_public, nat64_prefixes
from bot.net.downloads import Downloads
from bot.net.ssrf_guard import AddressRefused, GuardBroken, SsrfGuard, canary, guard_pool, self_test
from bot.ports.provider import FetchLimits
from tests.net.addresses import HOSTS, LINKS, NAMES, PUBLIC, V4, V6

LIMITS = FetchLimits(max_bytes=1_000_000, timeout_s=10.0, min_bytes_per_s=1)


@pytest.fixture
async def downloads() -> AsyncIterator[Downloads]:
    opened = Downloads(SsrfGuard())
    yield opened
    await opened.close()


def guarded_pool(guard: SsrfGuard) -> httpcore.AsyncConnectionPool:
    return guard_pool(httpcore.AsyncConnectionPool(), guard)


def test_the_corpus_has_at_least_sixty_hosts() -> None:
    assert len(set(HOSTS)) == len(HOSTS) >= 60


@pytest.mark.parametrize("host", V6)
def test_a_private_address_is_not_public(host: str) -> None:
    assert not is_public(ipaddress.ip_address(host))


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_address_is_public(host: str) -> None:
    assert is_public(ipaddress.ip_address(host))


async def test_no_private_host_is_connected_to(tmp_path: Path) -> None:
    pool = guarded_pool(SsrfGuard())
    async with canary() as (port, connections), pool:
        for host in HOSTS:
            # This bypasses the check of the URL, which would refuse most of these.
            with pytest.raises((AddressRefused, httpcore.ConnectError, httpcore.UnsupportedProtocol, UnicodeError)):
                await pool.request("GET", f"http://{host}:{port}/".encode())
        for host in (*V4, *(f"[{address}]" for address in V6)):
            with pytest.raises(AddressRefused):
                await pool.request("GET", f"http://{host}:{port}/")
        assert list(connections) == []


async def test_no_private_link_is_fetched(downloads: Downloads, tmp_path: Path) -> None:
    async with canary() as (port, connections):
        hosts = [f"{scheme}://{host}{end}" for host in HOSTS for scheme, end in (("https", "/"), ("http", f":{port}/"))]
        for link in (*LINKS, *hosts):
            with pytest.raises((AddressBlocked, Unreachable)):
                await downloads.fetch(link, tmp_path / "clip", LIMITS)
        assert list(connections) == []


@pytest.mark.parametrize("link", LINKS)
async def test_a_link_without_plain_https_is_refused_before_resolving(link: str) -> None:
    if "example.com" in link or "127.0.0.1" in link or "://" not in link:
        with pytest.raises(AddressRefused):
            SsrfGuard().check_url(link)


@pytest.mark.parametrize("name", NAMES)
async def test_an_allowed_address_does_not_allow_other_spellings(name: str, tmp_path: Path) -> None:
    async with canary() as (port, connections):
        pool = guarded_pool(SsrfGuard([f"10.0.0.1:{port}"]))
        async with pool:
            with pytest.raises((AddressRefused, httpcore.ConnectError, UnicodeError)):
                await pool.request("GET", f"http://{name}:{port}/".encode())
        assert list(connections) == []


class RecordingBackend(httpcore.AsyncNetworkBackend):
    """Records the hosts of connections and opens none."""

    def __init__(self) -> None:
        self.connected: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.connected.append(host)
        raise httpcore.ConnectError


def resolve_to(monkeypatch: pytest.MonkeyPatch, *rounds: list[str]) -> None:
    """Make names resolve to these addresses, one list per lookup. The last list is repeated."""
    remaining = list(rounds)

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        addresses = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


async def test_a_name_is_resolved_once_and_its_address_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = RecordingBackend()
    pool = httpcore.AsyncConnectionPool(network_backend=inner)
    guard_pool(pool, SsrfGuard())
    resolve_to(
        monkeypatch, ["8.8.8.8", "8.8.4.4"], ["127.0.0.1"]
    )  # DNS rebinding: the second lookup returns another address
    async with pool:
        with pytest.raises(httpcore.ConnectError):
            await pool.request("GET", "https://rebinding.example/")
        assert inner.connected == ["8.8.8.8", "8.8.4.4"]
        with pytest.raises(AddressRefused):
            await pool.request("GET", "https://rebinding.example/")
        assert inner.connected == ["8.8.8.8", "8.8.4.4"]


async def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(AddressRefused):
        await SsrfGuard().resolve("mixed.example", 443)


@contextlib.asynccontextmanager
async def serving(handler: Any) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_get("/{tail:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_this_machine_is_not_followed(tmp_path: Path, status: int) -> None:
    async with canary() as (closed_port, connections):
        for target in (
            f"http://127.0.0.1:{closed_port}/",
            f"//127.0.0.1:{closed_port}/",
            "https://169.254.169.254/latest/meta-data/",
            f"http://[::ffff:127.0.0.1]:{closed_port}/",
            "https://2130706433/",
            "file:///etc/passwd",
        ):

            async def redirect(_: web.Request, target: str = target) -> web.Response:
                return web.Response(status=status, headers={"Location": target})

            async with serving(redirect) as port:
                downloads = Downloads(SsrfGuard([f"127.0.0.1:{port}"]))
                with pytest.raises((AddressBlocked, Unreachable)):
                    await downloads.fetch(f"http://127.0.0.1:{port}/clip.mp4", tmp_path / "clip", LIMITS)
                await downloads.close()
        assert list(connections) == []


async def test_three_redirects_are_followed_and_a_fourth_is_not(tmp_path: Path) -> None:
    async def redirect_chain(request: web.Request) -> web.Response:
        hops_left = int(request.path.strip("/"))
        if hops_left:
            return web.Response(status=302, headers={"Location": f"/{hops_left - 1}"})
        return web.Response(body=b"here", content_type="video/mp4")

    async with serving(redirect_chain) as port:
        downloads = Downloads(SsrfGuard([f"127.0.0.1:{port}"]))
        await downloads.fetch(f"http://127.0.0.1:{port}/3", tmp_path / "clip", LIMITS)
        assert (tmp_path / "clip").read_bytes() == b"here"
        with pytest.raises(ClipUnusable):
            await downloads.fetch(f"http://127.0.0.1:{port}/4", tmp_path / "clip", LIMITS)
        await downloads.close()


@pytest.mark.parametrize(
    "prefix", ["2001:db8::/32", "2a0a:1::/40", "2a0a:1::/48", "2a0a:1::/56", "2a0a:1::/64", "2a0a:1::/96"]
)
def test_a_nat64_address_is_judged_by_the_embedded_address(prefix: str) -> None:
    (network,) = nat64_prefixes([prefix])
    for embedded, public in (("8.8.8.8", True), ("127.0.0.1", False), ("169.254.169.254", False), ("10.1.2.3", False)):
        packed = bytearray(network.network_address.packed)
        # Source: RFC 6052 2.2, independent of the tested code.
        positions = {32: [4, 5, 6, 7], 40: [5, 6, 7, 9], 48: [6, 7, 9, 10], 56: [7, 9, 10, 11], 64: [9, 10, 11, 12]}
        for position, byte in zip(
            positions.get(network.prefixlen, [12, 13, 14, 15]), ipaddress.IPv4Address(embedded).packed, strict=True
        ):
            packed[position] = byte
        address = ipaddress.IPv6Address(bytes(packed))
        assert str(embedded_v4(address, network)) == embedded
        assert is_public(address, (network,)) is public


async def test_the_self_test_passes_only_with_the_guard(downloads: Downloads) -> None:
    await downloads.self_test()
    async with httpcore.AsyncConnectionPool() as bare:
        with pytest.raises(GuardBroken):
            await self_test(SsrfGuard(), bare)


async def test_the_self_test_detects_a_guard_that_allows_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.net.ssrf_guard.is_public", lambda *_: True)
    async with guarded_pool(SsrfGuard()) as pool:
        with pytest.raises(GuardBroken):
            await self_test(SsrfGuard(), pool)


async def test_a_pool_without_the_private_attribute_is_rejected() -> None:
    with pytest.raises(GuardBroken):
        guard_pool(object(), SsrfGuard())


def test_a_blocked_address_has_a_message() -> None:
    assert issubclass(AddressBlocked, RetakeError)
    assert AddressBlocked().sentence() == "The provider's link points to a private address, so I won't open it."
