"""Filling in modals and menus as a person would. Refused where the client would mark a field red."""

from typing import TYPE_CHECKING

from bot.sandbox.discord.application.components import (
    CHECKBOX,
    CHECKBOXES,
    FILE_UPLOAD,
    LABEL,
    RADIO,
    ROW,
    SELECTS,
    STRING_SELECT,
    TEXT_INPUT,
)
from bot.sandbox.discord.client.options import resolve_user, uploaded
from bot.sandbox.discord.errors import Json, Refused
from bot.sandbox.discord.payloads.objects import channel_payload, role_payload
from bot.sandbox.discord.state.blobs import Upload
from bot.sandbox.discord.state.interactions import Modal

if TYPE_CHECKING:
    from bot.sandbox.discord.state.members import Member


def _key(text: str) -> str:
    return text.casefold().replace(" ", "_").strip("_:?")


def filled(modal: Modal, given: dict[str, object], member: "Member") -> tuple[list[Json], Json]:
    """The component tree as submitted and what its ids resolve to. Names match custom ids or labels."""
    left = {_key(name): value for name, value in given.items()}
    resolved: Json = {}
    parts = []
    for part in modal.components:
        if part["type"] == LABEL:
            inner = _field(part["component"], str(part["label"]), left, member, modal, resolved)
            parts.append({"type": LABEL, "id": part.get("id"), "component": inner})
        elif part["type"] == ROW:
            inners = [
                _field(field, str(field.get("label")), left, member, modal, resolved) for field in part["components"]
            ]
            parts.append({"type": ROW, "id": part.get("id"), "components": inners})
        else:
            parts.append({"type": part["type"], "id": part.get("id")})
    if left:
        raise Refused("unknown_field", f"The modal {modal.title!r} has no field {', '.join(left)}.")
    return parts, resolved


def _field(field: Json, label: str, left: dict[str, object], member: "Member", modal: Modal, resolved: Json) -> Json:
    name = next((n for n in (_key(field["custom_id"]), _key(label)) if n in left), None)
    value = left.pop(name) if name is not None else None
    base: Json = {"type": field["type"], "id": field.get("id"), "custom_id": field["custom_id"]}
    kind = field["type"]
    if kind == TEXT_INPUT:
        return {**base, "value": _typed(field, label, value)}
    if kind == FILE_UPLOAD:
        files = [value] if isinstance(value, Upload) else value or []
        if not isinstance(files, list | tuple):
            raise Refused("type", f"The field {label!r} takes files.")
        _counted(field, label, len(files), most=_most(field))
        return {**base, "values": [uploaded(file, member, modal.interaction.channel, resolved) for file in files]}
    if kind == CHECKBOX:
        return {**base, "value": bool(field.get("default") if value is None else value)}
    values = _values(field, value)
    if kind == RADIO:
        _counted(field, label, len(values), most=1)
        _among(field, values)
        return {**base, "value": values[0] if values else None}
    if kind in SELECTS or kind == CHECKBOXES:
        if not values and not field.get("required", True):
            return {**base, "values": []}
        return {**base, "values": chosen(field, values, member, resolved)}
    raise Refused("type", f"The field {label!r} cannot be filled in.")


def _typed(field: Json, label: str, value: object) -> str:
    text = str(field.get("value") or "") if value is None else str(value)
    low, high = field.get("min_length") or 0, field.get("max_length") or 4000
    if not text and field.get("required", True):
        raise Refused("required", f"The field {label!r} is required.")
    if text and not low <= len(text) <= high:
        raise Refused("length", f"The field {label!r} takes {low} to {high} characters.")
    return text


def _values(field: Json, value: object) -> list[str]:
    if value is None:
        return [str(o["value"]) for o in field.get("options") or [] if o.get("default")]
    return [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)]


def _counted(field: Json, label: str, count: int, *, most: int) -> None:
    least = 0 if not field.get("required", True) and count == 0 else _least(field)
    if not least <= count <= most:
        raise Refused("count", f"The field {label!r} takes {least} to {most} values.")


def _least(field: Json) -> int:
    least = field.get("min_values")
    return 1 if least is None else int(least)


def _most(field: Json) -> int:
    return int(field.get("max_values") or 1)


def _among(field: Json, values: list[str]) -> None:
    offered = [str(option["value"]) for option in field.get("options") or []]
    for value in values:
        if value not in offered:
            raise Refused("choice", f"{value!r} is not offered; there are {', '.join(offered)}.")


def chosen(menu: Json, values: list[str], member: "Member", resolved: Json) -> list[str]:
    """Values of a menu, checked; ids of people, roles and channels are resolved."""
    _counted(menu, menu["custom_id"], len(values), most=_most(menu))
    if menu["type"] in (STRING_SELECT, CHECKBOXES):
        by_label = {str(o.get("label")): str(o["value"]) for o in menu.get("options") or []}
        values = [by_label.get(value, value) for value in values]
        _among(menu, values)
        return values
    for value in values:
        _resolve(int(value), member, resolved)
    return values


def _resolve(target_id: int, member: "Member", resolved: Json) -> None:
    guild = member.guild
    found, role = guild.member(target_id), guild.role(target_id)
    channel = next((channel for channel in (*guild.channels, *guild.threads) if channel.id == target_id), None)
    if found is not None:
        resolve_user(found.user, guild, resolved)
    elif role is not None:
        resolved.setdefault("roles", {})[str(target_id)] = role_payload(role)
    elif channel is not None:
        resolved.setdefault("channels", {})[str(target_id)] = channel_payload(channel, member.user)
    else:
        raise Refused("choice", f"There is nothing with the id {target_id} here.")
