"""An account at a video provider, as the host configured it."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from bot.catalogue.kinds import KINDS
from bot.catalogue.model import Model, Price
from bot.ports.pace import RateLimit
from bot.providers.secret_webhooks import decode_secret

Encoding = Literal["json", "multipart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account. There may be several of a kind, with different names.

    `flavour` is for kinds that have flavours, `protocol` for octopusx (unified, openai) and comfy (classic, v2): new
    jobs use them; both default to the kind's first. `encoding` is the body format of an openai_videos create; None:
    the flavour's own.
    Raises ValueError with the account's name, never with its key.
    """

    name: str
    kind: str
    key: str = field(default="", repr=False)
    title: str = ""
    base_url: str = ""
    flavour: str = ""
    protocol: str = ""
    encoding: Encoding | None = None
    requests_per_s: float = 5.0
    jobs_at_once: int = 4
    deadline_s: float = 24 * 3600.0
    paid_timeout_s: float = 60.0
    request_timeout_s: float = 30.0
    price: Price | None = None  # of every model of the account, in place of the catalogue's
    webhook_url: str = ""  # where the provider calls us, if it signs its webhooks
    webhook_secret: str = field(default="", repr=False)  # with which it signs them, if it gave the host one
    models: tuple[Model, ...] = ()  # its own, beside those of the catalogue
    problems: tuple[str, ...] = ()  # sentences about what of its models can't be used
    off: str | None = None  # why the host disabled it
    rate_limit: RateLimit | None = None  # of several processes that use the account together; None: by requests_per_s

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise ValueError(f"account {self.name!r}: {problem}")
        kind = KINDS[self.kind]
        title = kind.flavours.get(self.flavour, kind.title)
        if self.name not in (self.kind, self.flavour):
            title = f"{title} ({self.name})"
        object.__setattr__(self, "title", self.title or title)
        object.__setattr__(self, "base_url", (self.base_url or kind.base_url).rstrip("/"))
        object.__setattr__(self, "flavour", self.flavour or next(iter(kind.flavours), ""))
        object.__setattr__(self, "protocol", self.protocol or next(iter(kind.protocols), ""))

    def _problem(self) -> str:
        kind = KINDS.get(self.kind)
        if kind is None:
            return f"there is no kind {self.kind!r}, only {', '.join(KINDS)}"
        if not self.name or "@" in self.name or any(c.isspace() for c in self.name):
            return "a name is one word without @"
        if self.flavour and self.flavour not in kind.flavours:
            flavours = ", ".join(kind.flavours or ("none",))
            return f"{self.kind} has no flavour {self.flavour!r}, only {flavours}"
        if self.protocol and self.protocol not in kind.protocols:
            protocols = ", ".join(kind.protocols or ("none",))
            return f"{self.kind} has no protocol {self.protocol!r}, only {protocols}"
        if not self.key.isascii() or not self.key.isprintable() or " " in self.key:
            return "its key contains a character that no key has, such as a blank"
        if self.webhook_secret and (problem := self._webhook_problem()):
            return problem
        if self.requests_per_s <= 0 or self.jobs_at_once < 1 or min(self.paid_timeout_s, self.request_timeout_s) <= 0:
            return "its limits must be above zero"
        return _base_url_problem(self.base_url or kind.base_url)

    def _webhook_problem(self) -> str:
        kind = KINDS[self.kind]
        if kind.webhook_secrets == "none":
            return f"its WEBHOOK_SECRET has no use, because {kind.title} signs no webhooks with a secret; remove it"
        if kind.webhook_secrets == "base64":
            try:
                decode_secret(self.webhook_secret)
            except ValueError:
                return "its WEBHOOK_SECRET is incomplete; copy it again, or have the provider make a new one"
        return ""

    @property
    def endpoint(self) -> str:
        """Return the base URL without /v1, with which every path starts."""
        return self.base_url.removesuffix("/v1")


def _base_url_problem(base_url: str) -> str:
    if not base_url:
        return "it needs a base URL, such as https://example.com/v1"
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError:
        return "its base URL is not an address such as https://example.com/v1"
    if not base_url.isascii() or not base_url.isprintable() or " " in base_url:
        return "its base URL has letters that no address has; write them as xn-- or %20"
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        return "its base URL is not an address such as https://example.com/v1"
    return "its base URL must end before any ? or #" if parts.query or parts.fragment else ""
