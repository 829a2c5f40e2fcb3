"""Why a host can't be reached: real failures of real clients, each with its sentence."""

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import httpx
import pytest

from bot.connection_errors import describe_connection_error

HOST = "api.example.com"


@asynccontextmanager
async def server_that_hangs_up() -> AsyncIterator[int]:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def failure(client: str, url: str) -> Exception:
    try:
        if client == "aiohttp":
            async with aiohttp.ClientSession() as session, session.get(url):
                pass
        else:
            async with httpx.AsyncClient(trust_env=False) as other:
                await other.get(url)
    except (aiohttp.ClientError, httpx.HTTPError, OSError) as error:
        return error
    raise AssertionError("the request succeeded")


@pytest.mark.parametrize("client", ["aiohttp", "httpx"])
async def test_a_name_a_closed_port_and_a_server_that_hangs_up_are_told_apart(client: str) -> None:
    said = describe_connection_error(await failure(client, "http://no-such-host.invalid/"), HOST)
    assert said.startswith(f"The name {HOST} ")
    said = describe_connection_error(await failure(client, "http://127.0.0.1:9/"), HOST)
    assert said == f"{HOST} refuses connections: nothing listens on that port."
    async with server_that_hangs_up() as port:
        said = describe_connection_error(await failure(client, f"http://127.0.0.1:{port}/"), HOST)
        assert HOST in said
        assert "closed the connection" in said or "can't be reached" in said


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "does not resolve"),
        (socket.gaierror(socket.EAI_AGAIN, "again"), "no DNS server answers"),
        (ssl.SSLCertVerificationError(1, "expired"), "isn't trusted"),
        (ssl.SSLError(1, "wrong version number"), "doesn't answer with TLS"),
        (TimeoutError(), "didn't answer in time"),
        (ConnectionResetError(), "closed the connection"),
        (OSError(errno.ENETUNREACH, "unreachable"), "There is no route to"),
        (OSError(errno.EACCES, "denied"), "Check its firewall"),
        (OSError(errno.EMFILE, "too many"), "ulimit -n"),
        (ValueError("x"), "can't be reached (ValueError)"),
    ],
)
def test_each_cause_has_a_sentence_also_inside_another_error(error: Exception, words: str) -> None:
    wrapped = RuntimeError("outer")
    wrapped.__cause__ = error
    for each in (error, wrapped):
        said = describe_connection_error(each, HOST)
        assert HOST in said
        assert words in said or isinstance(error, ValueError)
