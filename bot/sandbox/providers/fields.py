"""Reads bodies the way a strict provider would: one encoding, known fields, documented values."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from bot.sandbox.providers.tasks import Refused

Check = Callable[[object], str | None]
DATA_URI = re.compile(r"data:([\w.+/-]+);base64,(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One documented field. `check` returns what is wrong with a value, or None."""

    type: type
    required: bool = False
    one_of: tuple[object, ...] = ()
    check: Check | None = None


Fields = Mapping[str, Field]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """A file of a multipart body."""

    name: str
    filename: str
    mime_type: str
    data: bytes


@dataclass(slots=True)
class Form:
    """A multipart body."""

    fields: dict[str, object] = field(default_factory=dict)
    files: list[FilePart] = field(default_factory=list)


def bad(message: str, param: str | None = None) -> Refused:
    return Refused("bad_request", message, param=param)


async def read_json(request: web.Request) -> dict[str, object]:
    """The object in the body. Another content type, a doubled key or anything but an object is refused."""
    if request.content_type != "application/json":
        raise bad(f"this route takes application/json, not {request.content_type}")

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        body = dict(pairs)
        if len(body) != len(pairs):
            raise bad("a key appears twice in the body")
        return body

    try:
        body = json.loads(await request.read(), object_pairs_hook=once)
    except ValueError as error:
        raise bad(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise bad("the body is not a JSON object")
    return body


async def read_form(request: web.Request) -> Form:
    """The fields and files of a multipart body."""
    if request.content_type != "multipart/form-data":
        raise bad(f"this route takes multipart/form-data, not {request.content_type}")
    form = Form()
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise bad("a part without a name")
        data = bytes(await part.read(decode=True))
        if part.filename is not None:
            mime_type = part.headers.get("Content-Type", "application/octet-stream")
            form.files.append(FilePart(name=part.name, filename=part.filename, mime_type=mime_type, data=data))
        elif part.name in form.fields:
            raise bad("a field appears twice", part.name)
        else:
            form.fields[part.name] = data.decode()
    return form


def check_fields(body: Mapping[str, object], fields: Fields) -> None:
    """Refuse a missing, unknown, wrongly typed or undocumented value."""
    for name, spec in fields.items():
        if spec.required and name not in body:
            raise bad(f"{name} is required", name)
    for name, value in body.items():
        if name not in fields:
            raise bad(f"unknown field {name}", name)
        check_value(name, value, fields[name])


def check_value(name: str, value: object, spec: Field) -> None:
    is_type = isinstance(value, spec.type) and not (spec.type is not bool and isinstance(value, bool))
    if not is_type:
        raise bad(f"{name} must be {spec.type.__name__}, got {type(value).__name__}", name)
    if spec.one_of and value not in spec.one_of:
        raise bad(f"{name} must be one of {', '.join(map(str, spec.one_of))}; got {value!r}", name)
    if spec.check is not None and (wrong := spec.check(value)):
        raise bad(f"{name} {wrong}", name)


def not_empty(value: object) -> str | None:
    return None if str(value).strip() else "must not be empty"


def between(low: float, high: float) -> Check:
    """A number, or a string that spells one, from `low` to `high`."""

    def check(value: object) -> str | None:
        try:
            good = low <= float(str(value)) <= high
        except ValueError:
            good = False
        return None if good else f"must be from {low:g} to {high:g}, got {value!r}"

    return check


def whole(low: int, high: int) -> Check:
    """A whole number, or a string of digits, from `low` to `high`."""

    def check(value: object) -> str | None:
        good = isinstance(value, str | int) and str(value).isdigit() and low <= int(value) <= high
        return None if good else f"must be a whole number from {low} to {high}, got {value!r}"

    return check


def is_ratio(value: object) -> str | None:
    return None if re.fullmatch(r"\d+(\.\d+)?:\d+(\.\d+)?", str(value)) else "must be a ratio such as 16:9"


def at_most_chars(limit: int) -> Check:
    def check(value: object) -> str | None:
        return not_empty(value) or (f"has more than {limit} characters" if len(str(value)) > limit else None)

    return check


def is_web_url(value: object) -> str | None:
    if isinstance(value, str) and re.match(r"https?://[^/\s]+", value):
        return None
    return "must be an http(s) URL"


def is_data_uri(value: object) -> str | None:
    return None if isinstance(value, str) and decoded(value) else "must be a base64 data URI"


def is_url_or_data(value: object) -> str | None:
    return None if is_web_url(value) is None or is_data_uri(value) is None else "must be a URL or a data URI"


def is_picture(value: object) -> str | None:
    """A URL, a data URI or bare base64."""
    if is_url_or_data(value) is None:
        return None
    try:
        good = bool(base64.b64decode(str(value), validate=True))
    except binascii.Error:
        good = False
    return None if good else "must be a URL or base64"


def list_of(check: Check, *, at_least: int = 0, at_most: int = 100) -> Check:
    """A list with so many items, each of which passes."""

    def check_all(value: object) -> str | None:
        items = value if isinstance(value, list) else []
        if not at_least <= len(items) <= at_most:
            return f"takes {at_least} to {at_most} items, got {len(items)}"
        return next((f"[{n}] {wrong}" for n, item in enumerate(items) if (wrong := check(item))), None)

    return check_all


def decoded(uri: str) -> tuple[str, bytes] | None:
    """The type and the bytes of a base64 data URI."""
    found = DATA_URI.fullmatch(uri)
    try:
        return (found[1], base64.b64decode(found[2], validate=True)) if found else None
    except binascii.Error:
        return None
