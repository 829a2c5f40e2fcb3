"""Allow only requests from this page's own address on this machine."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# No inline code, nothing from elsewhere, and no text that becomes markup (trusted types).
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
FILE_POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
TOKENS = ("RETAKE_DISCORD_TOKEN", "RETAKE_DISCORD_TOKEN_FILE")


class RealToken(Exception):
    """The environment holds a real bot token. The page plays with a pretend Discord only: unset it and start again."""


def refuse_real_token(environment: Mapping[str, str]) -> None:
    """Raises RealToken, so that a slip never brings a pretend server and a real account together."""
    if any(environment.get(name) for name in TOKENS):
        raise RealToken


def trouble_with(request: web.Request, port: int) -> str | None:
    """Why a request is not let in, or None. A foreign Host is DNS rebinding, a foreign Origin another site."""
    host = request.headers.get("Host", "")
    if host not in (f"127.0.0.1:{port}", f"localhost:{port}"):
        return "This page answers to 127.0.0.1 alone."
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{host}":
        return "Another site may not use this page."
    changes = request.method not in ("GET", "HEAD") or request.headers.get("Upgrade", "").lower() == "websocket"
    if changes and origin is None:
        return "Say where you come from (Origin)."
    opened = request.path == "/" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin") and not opened:
        return "Another site may not read this page."
    return None


def guarding(port: Callable[[], int]) -> Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]:
    """The middleware; the port is known only once the server listens."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        trouble = trouble_with(request, port())
        return web.Response(status=403, text=trouble) if trouble is not None else await handler(request)

    return guard


async def armour(_: web.Request, response: web.StreamResponse) -> None:
    """Every answer carries the headers, errors too. A handler's own stricter ones stay."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
