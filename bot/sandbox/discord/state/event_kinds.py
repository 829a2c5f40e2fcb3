"""Kinds of events."""

from typing import Literal

Kind = Literal[
    "message",
    "edited",
    "deleted",
    "reacted",
    "unreacted",
    "reactions_cleared",
    "typing",
    "interaction",
    "answered",
    "channel",
    "channel_changed",
    "channel_gone",
    "thread_members",
    "guild",
    "guild_changed",
    "guild_gone",
    "role",
    "role_changed",
    "member",
    "member_changed",
    "member_gone",
    "commands",
    "gateway",
]
