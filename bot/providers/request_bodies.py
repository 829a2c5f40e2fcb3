"""Writes the bodies of paid requests from an order and its model's field names. Pure but for reading pictures."""

import asyncio
import base64
from collections.abc import Mapping
from pathlib import Path

from bot.catalogue.model import FollowRule, Model
from bot.jobs.errors import Refused, SourceGone
from bot.jobs.job import Kind
from bot.ports.provider import Picture, ProviderOrder, Source
from bot.providers.clip_links import bare

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


def put(body: dict[str, object], name: str, value: object) -> None:
    """Set a field by the catalogue's notation: `metadata.resolution`, `image_urls[]`, or nothing for an empty name."""
    *folders, last = name.split(".")
    for folder in folders:
        inner = body.setdefault(folder, {})
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


def create_body(order: ProviderOrder, names: Mapping[str, str], image: str | None = None) -> dict[str, object]:
    """The fields of a new video. `names` are the dialect's own, which the model's override; `image` a link or data."""
    model = order.model
    names = {**names, **model.fields}
    body: dict[str, object] = {"model": model.wire, "prompt": clean(order.prompt)}
    for name, value in model.constants.items():
        put(body, name, value)
    if model.sizes:
        size = model.sizes.get(f"{order.aspect} {order.resolution}") or model.sizes.get(order.aspect or "")
        if size:
            put(body, names.get("size", "size"), size)
    if model.aspects and not model.sizes and order.aspect:
        put(body, names["aspect"], order.aspect)
    if model.resolutions and not model.sizes and order.resolution:
        put(body, names["resolution"], order.resolution)
    if model.seconds and order.seconds is not None:
        put(body, names["seconds"], str(order.seconds) if model.seconds_as_text else order.seconds)
    if image is not None:
        put(body, names["image"], image)
    return body


def follow_body(
    order: ProviderOrder, rule: FollowRule, names: Mapping[str, str], *, complete: bool = False
) -> dict[str, object]:
    """The fields of a remix or an extension. `complete`: the dialect requires every field that the rule lists."""
    names = {**names, **rule.fields}
    body: dict[str, object] = {"model": rule.model, "prompt": clean(order.prompt)}
    wanted: list[tuple[str, object, tuple[object, ...]]] = [
        ("aspect", order.aspect, rule.aspects),
        ("seconds", order.seconds, rule.seconds),
        ("resolution", order.resolution, rule.resolutions),
    ]
    for word, value, offered in wanted:
        if offered and (value is not None or complete):
            value = offered[0] if value is None else value
            put(body, names[word], str(value) if word == "seconds" and order.model.seconds_as_text else value)
    return body


def clean(prompt: str) -> str:
    """A prompt that can be written as UTF-8: half a surrogate pair cannot."""
    return prompt.encode(errors="replace").decode()


def rule_of(order: ProviderOrder, provider: str) -> FollowRule:
    """The rule for the order's kind. Refused where the model has none: nothing was sent."""
    rule = order.model.extend if order.kind is Kind.EXTEND else order.model.remix
    if rule is None:
        raise Refused(provider=provider, reason=f"{order.model.key} has no {order.kind}")
    return rule


def source_of(order: ProviderOrder, provider: str) -> Source:
    if order.source is None:
        raise SourceGone(provider=provider)
    return order.source


def not_these(source: Source) -> dict[str, str]:
    """What a remix remembers of its source: the link that is not its own result, and the id."""
    known = {"source_id": source.task.task_id}
    if link := source.task.spare_ids.get("url"):
        known["source_url"] = bare(link)
    return known


def picture_of(order: ProviderOrder) -> Picture | None:
    """The first frame: the member's picture, or the last frame of the source on the image rung."""
    if order.rung == "image" and order.source is not None:
        return order.source.last_frame
    return order.picture


async def picture_bytes(picture: Picture, model: Model, provider: str) -> bytes:
    """The bytes of a picture that the model takes. Refused where it is gone or too large: nothing was sent."""
    data = await read_file(picture.path, model.image.max_bytes)
    if data is None:
        raise Refused(provider=provider, reason="the picture is gone or too large")
    return data


async def data_uri(path: Path, mime: str, max_bytes: int) -> str | None:
    """A file as a `data:` address; None where it is gone or longer than `max_bytes`."""
    data = await read_file(path, max_bytes)
    return None if data is None else as_data_uri(data, mime)


def as_data_uri(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


async def read_file(path: Path, max_bytes: int) -> bytes | None:
    def read() -> bytes | None:
        try:
            return path.read_bytes() if path.stat().st_size <= max_bytes else None
        except OSError:
            return None

    return await asyncio.to_thread(read)


def filename(mime: str) -> str:
    return f"image.{EXTENSIONS.get(mime, 'bin')}"
