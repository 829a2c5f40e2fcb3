"""What Discord's own client checks before it sends a command or a modal. Knows JSON and the world's objects."""

from typing import TYPE_CHECKING

from bot.sandbox.discord.application.commands import INTEGER
from bot.sandbox.discord.errors import Json, Refused
from bot.sandbox.discord.payloads.messages import attachment_payload
from bot.sandbox.discord.payloads.objects import channel_payload, member_payload, role_payload, user_payload
from bot.sandbox.discord.state.blobs import Upload
from bot.sandbox.discord.state.channels import Channel, ChannelGuild
from bot.sandbox.discord.state.permissions import in_guild
from bot.sandbox.discord.state.roles import Role
from bot.sandbox.discord.state.users import User

if TYPE_CHECKING:
    from bot.sandbox.discord.state.members import Member


def filled(
    schema: list[Json], given: dict[str, object], member: "Member", channel: Channel, *, partial: bool = False
) -> tuple[list[Json], Json]:
    """Return the options as sent and the objects that their ids resolve to.

    Raise Refused if Discord's client would reject an option. With `partial` (while typing) nothing is checked.
    """
    known = {option["name"]: option for option in schema}
    for name in given:
        if name not in known:
            raise Refused("unknown_option", f"There is no option {name!r}; there are {', '.join(known) or 'none'}.")
    for name, option in known.items():
        if option.get("required") and given.get(name) is None and not partial:
            raise Refused("required", f"The option {name!r} is required.")
    resolved: Json = {}
    sent = [
        {
            "name": name,
            "type": known[name]["type"],
            "value": _value(known[name], value, member, channel, resolved, partial),
        }
        for name, value in given.items()
        if value is not None
    ]
    return sent, resolved


def _value(option: Json, value: object, member: "Member", channel: Channel, resolved: Json, partial: bool) -> object:
    kind, name = option["type"], option["name"]
    match kind, getattr(value, "user", value):
        case (11, Upload() as upload):
            return uploaded(upload, member, channel, resolved)
        case (6 | 9, User() as user):
            return resolve_user(user, member.guild, resolved)
        case (8 | 9, Role() as role):
            resolved.setdefault("roles", {})[str(role.id)] = role_payload(role)
            return str(role.id)
        case (7, Channel() as place):
            resolved.setdefault("channels", {})[str(place.id)] = channel_payload(place, member.user)
            return str(place.id)
        case (5, bool() as flag):
            return flag
        case (3, str() as text):
            return text if partial else _text(option, text)
        case (4 | 10, int() | float() as number) if not isinstance(number, bool):
            return number if partial else _number(option, number)
    if partial:
        return str(value)
    raise Refused("type", f"The option {name!r} does not take {value!r}.")


def resolve_user(user: User, guild: ChannelGuild, resolved: Json) -> str:
    """Add a person to what ids resolve to, with their membership if there is one."""
    resolved.setdefault("users", {})[str(user.id)] = user_payload(user)
    found = guild.member(user)
    if found is not None:
        partial = {**member_payload(found, with_user=False), "permissions": str(in_guild(guild, user))}
        resolved.setdefault("members", {})[str(user.id)] = partial
    return str(user.id)


def _text(option: Json, value: str) -> str:
    name, low, high = option["name"], option.get("min_length", 0), option.get("max_length", 6000)
    _chosen(option, value)
    if len(value) < low:
        raise Refused("min_length", f"The option {name!r} needs at least {low} characters.")
    if len(value) > high:
        raise Refused("max_length", f"The option {name!r} takes at most {high} characters.")
    if not value.strip() and option.get("required"):
        raise Refused("required", f"The option {name!r} is required.")
    return value


def _number(option: Json, value: int | float) -> int | float:
    name = option["name"]
    if option["type"] == INTEGER and not isinstance(value, int):
        raise Refused("type", f"The option {name!r} takes a whole number.")
    _chosen(option, value)
    if "min_value" in option and value < option["min_value"]:
        raise Refused("min_value", f"The option {name!r} is at least {option['min_value']}.")
    if "max_value" in option and value > option["max_value"]:
        raise Refused("max_value", f"The option {name!r} is at most {option['max_value']}.")
    return value


def _chosen(option: Json, value: object) -> None:
    choices = option.get("choices") or []
    if choices and value not in [choice["value"] for choice in choices]:
        names = ", ".join(str(choice["value"]) for choice in choices)
        raise Refused("choice", f"The option {option['name']!r} takes one of {names}.")


def uploaded(upload: Upload, member: "Member", channel: Channel, resolved: Json) -> str:
    """Upload a file for a command or a modal; it lives only for a while. Returns its id."""
    fits(upload, member.guild)
    attachment = channel.world.attach(upload, channel.id, ephemeral=True)
    resolved.setdefault("attachments", {})[str(attachment.id)] = attachment_payload(attachment)
    return str(attachment.id)


def fits(upload: Upload, guild: ChannelGuild) -> None:
    """Refused for a file above the server's limit."""
    if len(upload.data) > guild.upload_limit_bytes:
        raise Refused("too_large", f"{upload.filename} is above {guild.upload_limit_bytes} bytes.")
