"""Payloads of interactions."""

from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.payloads.messages import message_payload
from bot.sandbox.discord.payloads.objects import channel_payload, member_payload, user_payload
from bot.sandbox.discord.state.interactions import Interaction
from bot.sandbox.discord.state.permission_bits import IN_DM
from bot.sandbox.discord.state.permissions import in_channel

if TYPE_CHECKING:
    from bot.sandbox.discord.state.world import World

IN_GUILD, IN_BOT_DM = 0, 1


def interaction_payload(world: "World", interaction: Interaction) -> Json:
    channel, user = interaction.channel, interaction.user
    guild = channel.guild
    payload: Json = {
        "id": str(interaction.id),
        "application_id": str(world.application_id),
        "type": interaction.kind,
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel": channel_payload(channel, user),
        "channel_id": str(channel.id),
        "locale": user.locale,
        "entitlements": [],
        "attachment_size_limit": guild.upload_limit_bytes if guild else world.upload_limit_bytes,
        "authorizing_integration_owners": interaction.owners(),
        "context": IN_BOT_DM if guild is None else IN_GUILD,
        "app_permissions": str(in_channel(channel, world.bot_user) if guild else IN_DM),
    }
    if guild is None:
        payload["user"] = user_payload(user)
    else:
        payload["guild_id"] = str(guild.id)
        payload["guild_locale"] = guild.locale
        payload["guild"] = {"id": str(guild.id), "locale": guild.locale, "features": []}
        member = guild.member(user)
        if member is not None:
            payload["member"] = {**member_payload(member), "permissions": str(in_channel(channel, user))}
    if interaction.source is not None:
        payload["message"] = message_payload(world, interaction.source, intent=True)
    return payload


def callback_payload(world: "World", interaction: Interaction, answer_type: int, *, ephemeral: bool) -> Json:
    """What the callback route returns with `with_response`."""
    message = interaction.original
    about: Json = {"id": str(interaction.id), "type": interaction.kind}
    resource: Json = {"type": answer_type}
    if message is not None and answer_type in (4, 5, 7):
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": ephemeral,
        }
    if message is not None and answer_type in (4, 7):
        resource["message"] = message_payload(world, message)
    body: Json = {"interaction": about}
    if answer_type in (4, 5, 6, 7, 9):
        body["resource"] = resource
    return body
