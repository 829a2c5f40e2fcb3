"""Say in a sentence why a host can't be reached, for the person who runs the bot. Standard library only."""

import errno
import socket
import ssl
from collections.abc import Iterator

_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)
_FORBIDDEN = (errno.EACCES, errno.EPERM)
_NO_FILES = (errno.EMFILE, errno.ENFILE)


def describe_connection_error(error: BaseException, host: str) -> str:
    """Return a sentence about a failed connection. The first known error among `error` and its causes decides."""
    chain = list(_chain(error))
    for kind, sentence in (
        (socket.gaierror, _describe_lookup),
        (ssl.SSLError, _describe_tls),
        (ConnectionRefusedError, lambda _, name: f"{name} refuses connections: nothing listens on that port."),
        (TimeoutError, lambda _, name: f"{name} didn't answer in time. Check the network and the firewall."),
        (ConnectionError, lambda _, name: f"{name} closed the connection without an answer."),
        (OSError, _describe_os_error),
    ):
        for each in chain:
            if isinstance(each, kind):
                return sentence(each, host)
    if any("disconnected" in type(each).__name__.lower() for each in chain):
        return f"{host} closed the connection without an answer."
    return f"{host} can't be reached ({type(error).__name__})."


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes, at most ten."""
    current: BaseException | None = error
    for _ in range(10):
        if current is None:
            return
        yield current
        # aiohttp keeps the operating system's error in an attribute as well
        inner = getattr(current, "os_error", None)
        if isinstance(inner, OSError):
            yield inner
        current = current.__cause__ or current.__context__


def _describe_lookup(error: BaseException, host: str) -> str:
    if getattr(error, "errno", None) == socket.EAI_AGAIN:
        return f"The name {host} could not be looked up: no DNS server answers. Check this machine's network and DNS."
    return f"The name {host} does not resolve. Check its spelling, then this machine's DNS."


def _describe_tls(error: BaseException, host: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = getattr(error, "verify_message", "unknown reason")
        return (
            f"The certificate of {host} isn't trusted ({reason}). Check this machine's clock, and whether"
            " a proxy opens its connections."
        )
    return f"{host} doesn't answer with TLS. Check whether the address should begin with http://."


def _describe_os_error(error: BaseException, host: str) -> str:
    number = getattr(error, "errno", None)
    if number in _NO_ROUTE:
        return f"There is no route to {host}. Check this machine's network connection."
    if number in _FORBIDDEN:
        return f"This machine doesn't allow connections to {host}. Check its firewall."
    if number in _NO_FILES:
        return f"{host} can't be reached: too many open files. Raise the limit of this process (ulimit -n)."
    return f"{host} can't be reached ({getattr(error, 'strerror', None) or type(error).__name__})."
