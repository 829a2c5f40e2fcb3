"""Parses the error bodies of providers. Stateless."""

import re
from dataclasses import dataclass

from bot.providers import error_words
from bot.providers.json_fields import get_path, parse_json
from bot.providers.validation_errors import read_node_errors, read_validation_errors

_SUCCESS_CODES = frozenset(
    {"", "0", "200", "201", "202", "10000", "success", "succeed", "succeeded", "ok", "accepted", "created", "submitted"}
)
_SECRETS = re.compile(r"(?i)\b(?:bearer\s+\S+|(?:sk|xai|key)-[\w-]{6,}\S*)|(?<=\?)[^\s\"']+")
_MAX_REASON_LENGTH = 300
# LiteLLM 1.108.7 reports an upstream's error as `litellm.NotFoundError: NotFoundError: OpenAIException - {…}`.
_LITELLM = re.compile(r"litellm\.\w+: (?:(?:\w+Error: )?\w+Exception - )?")
_LITELLM_END = "\n\nLiteLLM: "  # what it adds about its own retries


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBody:
    """A parsed error body. Missing fields are empty."""

    code: str = ""
    message: str = ""
    type: str = ""
    details: str = ""  # for the host alone: names of files say nothing about the kind of error

    @property
    def text(self) -> str:
        return f"{self.code} {self.type} {self.message}"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the code and the type as `error_words` compares them."""
        return error_words.names_of(self.code, self.type)

    @property
    def reason(self) -> str:
        """Return the message for the host: shortened, without keys and signatures."""
        said = ": ".join(filter(None, (self.message or self.code, self.details)))
        text = _SECRETS.sub("…", said).encode(errors="replace").decode()
        return " ".join(text.split())[:_MAX_REASON_LENGTH]

    def __bool__(self) -> bool:
        return bool(self.code or self.message)


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip() if not isinstance(value, int) or abs(value) < 1 << 64 else ""


def parse_error(body: object) -> ErrorBody:
    """Parse the error formats of reference/providers.md 0.3, in that order. An `error` of empty texts is no error."""
    error = get_path(body, "error")
    if isinstance(error, dict):
        error_type = _text(get_path(body, "extra_fields.error_type")) or _text(error.get("type"))
        parsed = ErrorBody(
            code=_text(error.get("code")),
            message=_text(error.get("message")),
            type=error_type,
            details=read_node_errors(get_path(body, "node_errors")) or read_node_errors(error.get("details")),
        )
        if parsed:
            return _unwrapped(parsed)
    if isinstance(error, str) and error.strip():
        return ErrorBody(code=_text(get_path(body, "code")), message=error.strip())
    if listed := read_validation_errors(get_path(body, "detail")):
        return ErrorBody(message=listed[0], type=listed[1])
    for path in ("detail.error", "detail.message", "detail", "message", "msg"):
        if message := _text(get_path(body, path)):
            return ErrorBody(code=_text(get_path(body, "code")), message=message, type=_text(get_path(body, "type")))
    return ErrorBody(code=_text(get_path(body, "code")))


def unwrap_error(body: object) -> object:
    """Return the error of a list that holds nothing else, as Google's front end sends it; otherwise the body itself."""
    if isinstance(body, list) and len(body) == 1 and isinstance(body[0], dict) and set(body[0]) == {"error"}:
        return body[0]
    return body


def _unwrapped(error: ErrorBody) -> ErrorBody:
    """Return the upstream's own error, if the message is LiteLLM's report of one; otherwise the error itself."""
    match = _LITELLM.match(error.message)
    if match is None:
        return error
    inner = error.message[match.end() :].partition(_LITELLM_END)[0].strip()
    upstream = parse_error(parse_json(inner.encode(errors="replace")))
    return upstream or ErrorBody(code=error.code, message=inner, type=error.type)


def is_error(body: object) -> bool:
    """Return whether the body of a 2xx response describes an error."""
    if not isinstance(body, dict):
        return False
    if body.get("success") is False or _text(body.get("code")).lower() not in _SUCCESS_CODES:
        return True
    error = body.get("error")
    return bool(parse_error({"error": error})) if error else False
