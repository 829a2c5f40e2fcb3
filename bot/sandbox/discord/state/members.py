"""A person in a server, and what they can do by hand in Discord's own client."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bot.sandbox.discord.state.blobs import Upload
from bot.sandbox.discord.state.interactions import Choice, Interaction, Modal
from bot.sandbox.discord.state.messages import LocalMessage
from bot.sandbox.discord.state.users import User

if TYPE_CHECKING:
    from bot.sandbox.discord.state.channels import Channel
    from bot.sandbox.discord.state.guilds import Guild
    from bot.sandbox.discord.state.roles import Role
    from bot.sandbox.discord.state.world import World


class DiscordClient(Protocol):
    """Discord's own client: what a member does with it. Raises Refused if the real client wouldn't allow it."""

    def visible_messages(self, member: "Member", channel: "Channel") -> list[LocalMessage]: ...

    def say(self, member: "Member", channel: "Channel", text: str, attachments: Sequence[Upload]) -> LocalMessage: ...

    def reply(
        self, member: "Member", message: LocalMessage, text: str, ping: bool, attachments: Sequence[Upload]
    ) -> LocalMessage: ...

    def edit(self, member: "Member", message: LocalMessage, text: str) -> LocalMessage: ...

    def delete(self, member: "Member", message: LocalMessage) -> None: ...

    def react(self, member: "Member", message: LocalMessage, emoji: str) -> None: ...

    def unreact(self, member: "Member", message: LocalMessage, emoji: str) -> None: ...

    def slash(self, member: "Member", channel: "Channel", path: str, given: dict[str, object]) -> Interaction: ...

    async def autocomplete(
        self, member: "Member", channel: "Channel", path: str, option: str, typed: str, others: dict[str, object]
    ) -> list[Choice]: ...

    def message_menu(self, member: "Member", message: LocalMessage, name: str) -> Interaction: ...

    def press(self, member: "Member", message: LocalMessage, button: str) -> Interaction: ...

    def press_forged(self, member: "Member", message: LocalMessage, custom_id: str) -> Interaction: ...

    def choose(self, member: "Member", message: LocalMessage, custom_id: str, values: list[str]) -> Interaction: ...

    def submit(self, member: "Member", modal: Modal | None, given: dict[str, object]) -> Interaction: ...


@dataclass(eq=False, kw_only=True)
class Member:
    """One account in one server. Everything async here acts as that person would in Discord's own client."""

    guild: "Guild" = field(repr=False)
    user: User
    roles: "list[Role]" = field(repr=False)
    joined_at: datetime
    nick: str | None = None

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.nick or self.user.name

    @property
    def mention(self) -> str:
        return self.user.mention

    @property
    def world(self) -> "World":
        return self.guild.world

    def give(self, role: "Role") -> None:
        if role not in self.roles:
            self.roles.append(role)
        self.guild.tell("member_changed", member=self)

    def take(self, role: "Role") -> None:
        if role in self.roles:
            self.roles.remove(role)
        self.guild.tell("member_changed", member=self)

    def dm(self) -> "Channel":
        """The direct conversation with the bot."""
        return self.world.open_dm(self.user)

    def sees(self, channel: "Channel") -> list[LocalMessage]:
        """Return the messages that this member sees in a channel."""
        return self.world.client.visible_messages(self, channel)

    async def say(
        self, channel: "Channel", text: str = "", *, attachments: "list[Upload] | tuple[Upload, ...]" = ()
    ) -> LocalMessage:
        return self.world.client.say(self, channel, text, attachments)

    async def reply(
        self,
        message: LocalMessage,
        text: str = "",
        *,
        ping: bool = True,
        attachments: "list[Upload] | tuple[Upload, ...]" = (),
    ) -> LocalMessage:
        """Answer a message, with the ping on unless told."""
        return self.world.client.reply(self, message, text, ping, attachments)

    async def edit(self, message: LocalMessage, text: str) -> LocalMessage:
        return self.world.client.edit(self, message, text)

    async def delete(self, message: LocalMessage) -> None:
        """Delete an own message, or another's with Manage Messages; dismiss an ephemeral one."""
        self.world.client.delete(self, message)

    async def react(self, message: LocalMessage, emoji: str) -> None:
        self.world.client.react(self, message, emoji)

    async def unreact(self, message: LocalMessage, emoji: str) -> None:
        self.world.client.unreact(self, message, emoji)

    async def slash(self, channel: "Channel", command: str, /, **options: object) -> Interaction:
        """Send a slash command (`"settings model"` for a subcommand). Refused where the client would not send it."""
        return self.world.client.slash(self, channel, command, options)

    async def autocomplete(
        self, channel: "Channel", command: str, option: str, typed: str = "", /, **others: object
    ) -> list[Choice]:
        """What is offered while typing into an option. NoAnswer when nothing came in time."""
        return await self.world.client.autocomplete(self, channel, command, option, typed, others)

    async def menu(self, message: LocalMessage, command: str) -> Interaction:
        """Apps ▸ `command` on a message."""
        return self.world.client.message_menu(self, message, command)

    async def press(self, message: LocalMessage, button: str) -> Interaction:
        """Press a button by its label or custom id."""
        return self.world.client.press(self, message, button)

    async def press_id(self, message: LocalMessage, custom_id: str) -> Interaction:
        """Press a button that is not there, as a forged client could."""
        return self.world.client.press_forged(self, message, custom_id)

    async def select(self, message: LocalMessage, custom_id: str, values: list[str]) -> Interaction:
        """Choose values in a select menu, by custom id or placeholder."""
        return self.world.client.choose(self, message, custom_id, values)

    async def submit(
        self, modal: "Modal | None", values: "dict[str, object] | None" = None, /, **fields: object
    ) -> Interaction:
        """Submit a modal. Fields are named by custom id or label; others keep their prefilled values."""
        return self.world.client.submit(self, modal, {**(values or {}), **fields})
