"""An account at a video provider, as the host configured it."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Encoding = Literal["json", "multipart"]

BASE_URLS = {"toapis": "https://toapis.com", "octopusx": "https://octopusx.ai", "xai": "https://api.x.ai/v1"}
TITLES = {"toapis": "ToAPIs", "octopusx": "OctopusX", "xai": "xAI", "openai_videos": "Gateway"}
FLAVOUR_TITLES = {"bifrost": "Bifrost", "litellm": "LiteLLM"}
PROTOCOLS = {"octopusx": ("unified", "openai")}
FLAVOURS = {"openai_videos": ("plain", "bifrost", "litellm")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account. There may be several of a kind, with different names.

    `flavour` is for openai_videos (plain, bifrost, litellm), `protocol` for octopusx (unified, openai): new jobs use
    them. `encoding` is the body format of an openai_videos create; None means the flavour's default.
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
    off: str | None = None  # why the host disabled it

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise ValueError(f"account {self.name!r}: {problem}")
        title = FLAVOUR_TITLES.get(self.flavour, TITLES[self.kind])
        if self.name not in (self.kind, self.flavour):
            title = f"{title} ({self.name})"
        object.__setattr__(self, "title", self.title or title)
        object.__setattr__(self, "base_url", (self.base_url or BASE_URLS.get(self.kind, "")).rstrip("/"))
        object.__setattr__(self, "flavour", self.flavour or FLAVOURS.get(self.kind, ("",))[0])
        object.__setattr__(self, "protocol", self.protocol or PROTOCOLS.get(self.kind, ("",))[0])

    def _problem(self) -> str:
        if self.kind not in TITLES:
            return f"there is no kind {self.kind!r}, only {', '.join(TITLES)}"
        if not self.name or "@" in self.name or any(c.isspace() for c in self.name):
            return "a name is one word without @"
        if self.flavour and self.flavour not in FLAVOURS.get(self.kind, ()):
            flavours = ", ".join(FLAVOURS.get(self.kind, ("none",)))
            return f"{self.kind} has no flavour {self.flavour!r}, only {flavours}"
        if self.protocol and self.protocol not in PROTOCOLS.get(self.kind, ()):
            protocols = ", ".join(PROTOCOLS.get(self.kind, ("none",)))
            return f"{self.kind} has no protocol {self.protocol!r}, only {protocols}"
        if not self.key.isascii() or not self.key.isprintable() or " " in self.key:
            return "its key holds a character that no key has"
        if self.requests_per_s <= 0 or self.jobs_at_once < 1 or min(self.paid_timeout_s, self.request_timeout_s) <= 0:
            return "its limits must be above zero"
        return _base_url_problem(self.base_url or BASE_URLS.get(self.kind, ""))

    @property
    def endpoint(self) -> str:
        """Return the base URL without /v1, with which every path starts."""
        return self.base_url.removesuffix("/v1")


def _base_url_problem(base_url: str) -> str:
    if not base_url:
        return "it needs a base URL"
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError:
        return "its base URL is not one"
    if not base_url.isascii() or not base_url.isprintable() or " " in base_url:
        return "its base URL has letters that no address has; write them as xn-- or %20"
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        return "its base URL is not a plain http or https address"
    return "its base URL must end before any ? or #" if parts.query or parts.fragment else ""
