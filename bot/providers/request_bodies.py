"""Builds the bodies of paid requests from an order and its model's field names."""

import asyncio
import base64
import copy
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal

from bot.catalogue.model import FollowUpRule, Model
from bot.jobs.job import Kind
from bot.jobs.provider_errors import (
    ClipMissing,
    ClipTooHeavy,
    ClipUnreadable,
    NotPossible,
    PictureLost,
    PictureTooHeavy,
    PictureUnreadable,
)
from bot.ports.provider import Draft, Picture, ProviderOrder, Source
from bot.providers.clip_links import without_query

NO_CONSTANTS: Mapping[str, object] = {}
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


def set_field(body: dict[str, object], name: str, value: object, item: Mapping[str, object] = NO_CONSTANTS) -> None:
    """Set a field by the catalogue's notation. Ignore an empty name.

    `metadata.resolution` sets a field of a nested object, `image_urls[]` appends to a list, and
    `frame_images[].image_url.url` appends an object that also holds the constant fields `item`.
    """
    *parents, last = name.split(".")
    if not last:
        return
    for parent in parents:
        if parent.endswith("[]"):
            inner: object = copy.deepcopy(dict(item))
            _append(body, parent, inner)
        else:
            inner = body.setdefault(parent, {})
        if not isinstance(inner, dict):
            return
        body = inner
    if last.endswith("[]"):
        _append(body, last, value)
    else:
        body[last] = value


def _append(body: dict[str, object], name: str, value: object) -> None:
    items = body.setdefault(name.removesuffix("[]"), [])
    if isinstance(items, list):
        items.append(value)


async def create_draft(
    order: ProviderOrder,
    *,
    path: str,
    protocol: str,
    names: Mapping[str, str],
    provider: str,
    encoding: Literal["json", "multipart"] = "json",
) -> Draft:
    """Build the request for a new video, with its pictures as data URIs or as files of the multipart body.

    Raises as `read_picture`.
    """
    images: list[tuple[str, str]] = []
    files: list[tuple[str, str, bytes, str]] = []
    for option, picture in order_pictures(order):
        data = await read_picture(picture, order.model, provider)
        if encoding == "multipart":
            field = order.model.fields.get(option, "input_reference")
            files.append((field, picture_filename(picture.mime), data, picture.mime))
        else:
            images.append((option, encode_data_uri(data, picture.mime)))
    fields = create_body(order, names, images)
    return Draft(method="POST", path=path, protocol=protocol, fields=fields, encoding=encoding, files=files)


def create_body(
    order: ProviderOrder, names: Mapping[str, str], images: Sequence[tuple[str, str]] = ()
) -> dict[str, object]:
    """Return the fields of a new video. `names` are the dialect's, overridden by the model's.

    `images` are pairs of an option (image, last_image, reference) and a URL.
    """
    model = order.model
    roles = {option for option, _ in order_pictures(order)}
    names = {**names, **model.fields, **(model.image.last_fields if "last_image" in roles else {})}
    body: dict[str, object] = {"model": _wire_name(model, roles)}
    set_field(body, names.get("prompt", "prompt"), clean_prompt(order.prompt))
    for name, value in {**model.constants, **_picture_constants(model, roles)}.items():
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
    for option, url in images:
        set_field(body, names[option], url, model.items.get(option, NO_CONSTANTS))
    return body


def _wire_name(model: Model, roles: Collection[str]) -> str:
    """Return the name of a model in requests with pictures of these roles."""
    rule = model.image
    if "reference" in roles and rule.reference_model is not None:
        return rule.reference_model
    if "last_image" in roles and rule.last_model is not None:
        return rule.last_model
    return rule.model if roles and rule.model is not None else model.wire


def _picture_constants(model: Model, roles: Collection[str]) -> Mapping[str, object]:
    if not roles:
        return NO_CONSTANTS
    return model.image.reference_constants if "reference" in roles else model.image.frame_constants


def follow_up_body(
    order: ProviderOrder, rule: FollowUpRule, names: Mapping[str, str], *, complete: bool = False
) -> dict[str, object]:
    """Return the fields of a remix or an extension. `complete`: send every field of the rule, with defaults."""
    names = {**names, **rule.fields}
    body: dict[str, object] = {"model": rule.model}
    set_field(body, names.get("prompt", "prompt"), clean_prompt(order.prompt))
    for name, constant in rule.constants.items():
        set_field(body, name, constant)
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
    """Return the model's rule for the order's kind. Raise NotPossible if it has none."""
    rule = order.model.extend if order.kind is Kind.EXTEND else order.model.remix
    if rule is None:
        raise NotPossible(provider=provider, reason=f"{order.model.key} has no {order.kind}")
    return rule


def require_source(order: ProviderOrder, provider: str) -> Source:
    if order.source is None:
        raise NotPossible(provider=provider, reason="the order names no source")
    return order.source


def source_ids(source: Source) -> dict[str, str]:
    """Return what a remix stores of its source: the id, and the link that must not be taken for its own clip."""
    ids = {"source_id": source.task.task_id} if source.task.task_id else {}
    if url := source.task.spare_ids.get("url"):
        ids["source_url"] = without_query(url)
    return ids


def start_picture(order: ProviderOrder) -> Picture | None:
    """Return the first frame: the member's picture, or the source's last frame for the remix method `image`."""
    if order.remix_method == "image" and order.source is not None:
        return order.source.last_frame
    return order.picture


def order_pictures(order: ProviderOrder) -> list[tuple[str, Picture]]:
    """Return the pictures to send with the option of each: image, last_image or reference."""
    first = start_picture(order)
    return [
        *([("image", first)] if first is not None else []),
        *([("last_image", order.last_picture)] if order.last_picture is not None else []),
        *(("reference", picture) for picture in order.references),
    ]


async def read_picture(picture: Picture, model: Model, provider: str) -> bytes:
    """Read a picture. Raise PictureLost, PictureUnreadable, or PictureTooHeavy if the model doesn't take so much."""
    try:
        data = await asyncio.to_thread(_read_file, picture.path, model.image.max_bytes)
    except FileNotFoundError as error:
        raise PictureLost(provider=provider) from error
    except OSError as error:
        raise PictureUnreadable(provider=provider, reason=error.strerror or "") from error
    if data is None:
        raise PictureTooHeavy(provider=provider, limit_mb=f"{model.image.max_bytes / 1e6:g}")
    return data


async def read_clip(path: Path | None, max_bytes: int, provider: str) -> str:
    """Read a clip as a data URI. Raises as `read_clip_bytes`."""
    return encode_data_uri(await read_clip_bytes(path, max_bytes, provider), "video/mp4")


async def read_clip_bytes(path: Path | None, max_bytes: int, provider: str) -> bytes:
    """Read a clip. Raise ClipMissing, ClipUnreadable, or ClipTooHeavy if it is larger than `max_bytes`."""
    if path is None:
        raise ClipMissing(provider=provider)
    try:
        data = await asyncio.to_thread(_read_file, path, max_bytes)
    except FileNotFoundError as error:
        raise ClipMissing(provider=provider) from error
    except OSError as error:
        raise ClipUnreadable(provider=provider, reason=error.strerror or "") from error
    if data is None:
        raise ClipTooHeavy(provider=provider, limit_mb=max_bytes // 1_000_000)
    return data


def encode_data_uri(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def _read_file(path: Path, max_bytes: int) -> bytes | None:
    """Return what is in a file, or None if it is larger than `max_bytes`. Raise OSError."""
    return path.read_bytes() if path.stat().st_size <= max_bytes else None


def picture_filename(mime: str) -> str:
    return f"image.{EXTENSIONS.get(mime, 'bin')}"
