"""Builds the bodies of paid requests from an order and its model's field names."""

import asyncio
import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from bot.catalogue.model import FollowUpRule, Model
from bot.jobs.job import Kind
from bot.jobs.provider_errors import Refused, SourceGone
from bot.ports.provider import Draft, Picture, ProviderOrder, Source
from bot.providers.clip_links import without_query

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


def set_field(body: dict[str, object], name: str, value: object) -> None:
    """Set a field by the catalogue's notation: `metadata.resolution`, `image_urls[]`. Ignore an empty name."""
    *parents, last = name.split(".")
    for parent in parents:
        inner = body.setdefault(parent, {})
        if not isinstance(inner, dict):
            return
        body = inner
    if not last:
        return
    if last.endswith("[]"):
        items = body.setdefault(last.removesuffix("[]"), [])
        if isinstance(items, list):
            items.append(value)
        return
    body[last] = value


async def create_draft(
    order: ProviderOrder,
    *,
    path: str,
    protocol: str,
    names: Mapping[str, str],
    provider: str,
    encoding: Literal["json", "multipart"] = "json",
) -> Draft:
    """Build the request for a new video, with the picture as a data URI or as a file of the multipart body.

    Raise Refused if the picture is missing or too large.
    """
    picture, image = start_picture(order), None
    files: list[tuple[str, str, bytes, str]] = []
    if picture is not None:
        data = await read_picture(picture, order.model, provider)
        if encoding == "multipart":
            files.append(("input_reference", picture_filename(picture.mime), data, picture.mime))
        else:
            image = encode_data_uri(data, picture.mime)
    fields = create_body(order, names, image)
    return Draft(method="POST", path=path, protocol=protocol, fields=fields, encoding=encoding, files=files)


def create_body(order: ProviderOrder, names: Mapping[str, str], image: str | None = None) -> dict[str, object]:
    """Return the fields of a new video. `names` are the dialect's, overridden by the model's; `image` is a URL."""
    model = order.model
    names = {**names, **model.fields}
    body: dict[str, object] = {"model": model.wire, "prompt": clean_prompt(order.prompt)}
    for name, value in model.constants.items():
        set_field(body, name, value)
    if model.sizes:
        size = model.sizes.get(f"{order.aspect} {order.resolution}") or model.sizes.get(order.aspect or "")
        if size:
            set_field(body, names.get("size", "size"), size)
    if model.aspects and not model.sizes and order.aspect:
        set_field(body, names["aspect"], order.aspect)
    if model.resolutions and not model.sizes and order.resolution:
        set_field(body, names["resolution"], order.resolution)
    if model.seconds and order.seconds is not None:
        set_field(body, names["seconds"], str(order.seconds) if model.seconds_as_text else order.seconds)
    if image is not None:
        set_field(body, names["image"], image)
    return body


def follow_up_body(
    order: ProviderOrder, rule: FollowUpRule, names: Mapping[str, str], *, complete: bool = False
) -> dict[str, object]:
    """Return the fields of a remix or an extension. `complete`: send every field of the rule, with defaults."""
    names = {**names, **rule.fields}
    body: dict[str, object] = {"model": rule.model, "prompt": clean_prompt(order.prompt)}
    options: list[tuple[str, object, tuple[object, ...]]] = [
        ("aspect", order.aspect, rule.aspects),
        ("seconds", order.seconds, rule.seconds),
        ("resolution", order.resolution, rule.resolutions),
    ]
    for option, value, offered in options:
        if offered and (value is not None or complete):
            value = offered[0] if value is None else value
            as_text = option == "seconds" and order.model.seconds_as_text
            set_field(body, names[option], str(value) if as_text else value)
    return body


def clean_prompt(prompt: str) -> str:
    """Replace lone surrogates, which can't be encoded as UTF-8."""
    return prompt.encode(errors="replace").decode()


def require_rule(order: ProviderOrder, provider: str) -> FollowUpRule:
    """Return the model's rule for the order's kind. Raise Refused if it has none."""
    rule = order.model.extend if order.kind is Kind.EXTEND else order.model.remix
    if rule is None:
        raise Refused(provider=provider, reason=f"{order.model.key} has no {order.kind}")
    return rule


def require_source(order: ProviderOrder, provider: str) -> Source:
    if order.source is None:
        raise SourceGone(provider=provider)
    return order.source


def source_ids(source: Source) -> dict[str, str]:
    """Return what a remix stores of its source: the id, and the link that must not be taken for its own clip."""
    ids = {"source_id": source.task.task_id}
    if url := source.task.spare_ids.get("url"):
        ids["source_url"] = without_query(url)
    return ids


def start_picture(order: ProviderOrder) -> Picture | None:
    """Return the first frame: the member's picture, or the source's last frame for the remix method `image`."""
    if order.remix_method == "image" and order.source is not None:
        return order.source.last_frame
    return order.picture


async def read_picture(picture: Picture, model: Model, provider: str) -> bytes:
    """Read a picture. Raise Refused if it is missing or larger than the model accepts."""
    data = await _read_file(picture.path, model.image.max_bytes)
    if data is None:
        raise Refused(provider=provider, reason="the picture is gone or too large")
    return data


async def read_data_uri(path: Path | None, mime: str, max_bytes: int) -> str | None:
    """Read a file as a data URI. Return None if it is missing or larger than `max_bytes`."""
    data = None if path is None else await _read_file(path, max_bytes)
    return None if data is None else encode_data_uri(data, mime)


def encode_data_uri(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


async def _read_file(path: Path, max_bytes: int) -> bytes | None:
    def read() -> bytes | None:
        try:
            return path.read_bytes() if path.stat().st_size <= max_bytes else None
        except OSError:
            return None

    return await asyncio.to_thread(read)


def picture_filename(mime: str) -> str:
    return f"image.{EXTENSIONS.get(mime, 'bin')}"
