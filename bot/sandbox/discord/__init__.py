"""A Discord on this machine, for tests, demos and load: an unmodified discord.py cannot tell it from the real one."""

from bot.sandbox.discord.blobs import Upload
from bot.sandbox.discord.channels import Channel
from bot.sandbox.discord.errors import NoAnswer, Refused
from bot.sandbox.discord.events import Event
from bot.sandbox.discord.guilds import Guild
from bot.sandbox.discord.interactions import Choice, Interaction, Modal
from bot.sandbox.discord.limits import Rule
from bot.sandbox.discord.local import LocalDiscord
from bot.sandbox.discord.member import Member
from bot.sandbox.discord.messages import Attachment, LocalMessage
from bot.sandbox.discord.roles import Role
from bot.sandbox.discord.users import User

__all__ = [
    "Attachment",
    "Channel",
    "Choice",
    "Event",
    "Guild",
    "Interaction",
    "LocalDiscord",
    "LocalMessage",
    "Member",
    "Modal",
    "NoAnswer",
    "Refused",
    "Role",
    "Rule",
    "Upload",
    "User",
]
