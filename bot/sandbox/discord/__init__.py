"""A Discord on this machine, for tests, demos and load: an unmodified discord.py works with it as with the real one."""

from bot.sandbox.discord.errors import NoAnswer, Refused
from bot.sandbox.discord.fake_discord import LocalDiscord
from bot.sandbox.discord.rest.rate_limits import Rule
from bot.sandbox.discord.state.attachments import Attachment
from bot.sandbox.discord.state.blobs import Upload
from bot.sandbox.discord.state.channels import Channel, LocalMessage
from bot.sandbox.discord.state.events import Event
from bot.sandbox.discord.state.guilds import Guild
from bot.sandbox.discord.state.interactions import Choice, Interaction, Modal
from bot.sandbox.discord.state.members import Member
from bot.sandbox.discord.state.roles import Role
from bot.sandbox.discord.state.users import User

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
