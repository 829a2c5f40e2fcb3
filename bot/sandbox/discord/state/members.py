"""A person in a server, and what they can do by hand in Discord's own client."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.sandbox.discord.state.blobs import Upload
from bot.sandbox.discord.state.channels import Channel, ChannelGuild, LocalMessage
from bot.sandbox.discord.state.interactions import Choice, Interaction, Modal
from bot.sandbox.discord.state.memberships import Membership
from bot.sandbox.discord.state.roles import Role


class DiscordClient(Protocol):
    """Discord's own client: what a member does with it. Raises Refused if the real client wouldn't allow it."""

    def open_dm(self, member: "Member") -> Channel: ...

    def visible_messages(self, member: "Member", channel: Channel) -> list[LocalMessage]: ...

    def say(self, member: "Member", channel: Channel, text: str, attachments: Sequence[Upload]) -> LocalMessage: ...

    def reply(
        self, member: "Member", message: LocalMessage, text: str, ping: bool, attachments: Sequence[Upload]
    ) -> LocalMessage: ...

    def forward(self, member: "Member", message: LocalMessage, channel: Channel) -> LocalMessage: ...

    def edit(self, member: "Member", message: LocalMessage, text: str) -> LocalMessage: ...

    def delete(self, member: "Member", message: LocalMessage) -> None: ...

    def react(self, member: "Member", message: LocalMessage, emoji: str) -> None: ...

    def unreact(self, member: "Member", message: LocalMessage, emoji: str) -> None: ...

    def clear_reactions(self, member: "Member", message: LocalMessage, emoji: str | None) -> None: ...

    def slash(self, member: "Member", channel: Channel, path: str, given: dict[str, object]) -> Interaction: ...

    async def autocomplete(
        self, member: "Member", channel: Channel, path: str, option: str, typed: str, others: dict[str, object]
    ) -> list[Choice]: ...

    def message_menu(self, member: "Member", message: LocalMessage, name: str) -> Interaction: ...

    def press(self, member: "Member", message: LocalMessage, button: str) -> Interaction: ...

    def press_forged(self, member: "Member", message: LocalMessage, custom_id: str) -> Interaction: ...

    def choose(self, member: "Member", message: LocalMessage, custom_id: str, values: list[str]) -> Interaction: ...

    def submit(self, member: "Member", modal: Modal | None, given: dict[str, object]) -> Interaction: ...


@dataclass(eq=False, kw_only=True)
class Member(Membership):
    """One account in one server. Every async method acts as that person would in Discord's own client."""

    guild: ChannelGuild = field(repr=False)
    client: DiscordClient = field(repr=False)
    on_change: Callable[["Member"], None] = field(repr=False)

    def give(self, role: Role) -> None:
        if role not in self.roles:
            self.roles.append(role)
        self.on_change(self)

    def take(self, role: Role) -> None:
        if role in self.roles:
            self.roles.remove(role)
        self.on_change(self)

    def time_out(self, until: datetime | None) -> None:
        """Take away all but reading until then; None ends the timeout."""
        self.timed_out_until = until
        self.on_change(self)

    def dm(self) -> Channel:
        """Return the direct conversation with the bot."""
        return self.client.open_dm(self)

    def sees(self, channel: Channel) -> list[LocalMessage]:
        """Return the messages that this member sees in a channel."""
        return self.client.visible_messages(self, channel)

    async def say(
        self, channel: Channel, text: str = "", *, attachments: list[Upload] | tuple[Upload, ...] = ()
    ) -> LocalMessage:
        return self.client.say(self, channel, text, attachments)

    async def reply(
        self,
        message: LocalMessage,
        text: str = "",
        *,
        ping: bool = True,
        attachments: list[Upload] | tuple[Upload, ...] = (),
    ) -> LocalMessage:
        """Reply to a message, by default with a ping."""
        return self.client.reply(self, message, text, ping, attachments)

    async def forward(self, message: LocalMessage, channel: Channel) -> LocalMessage:
        """Forward a message to a channel, of any server that this member is in."""
        return self.client.forward(self, message, channel)

    async def edit(self, message: LocalMessage, text: str) -> LocalMessage:
        return self.client.edit(self, message, text)

    async def delete(self, message: LocalMessage) -> None:
        """Delete an own message, or another's with Manage Messages; dismiss an ephemeral one."""
        self.client.delete(self, message)

    async def react(self, message: LocalMessage, emoji: str) -> None:
        self.client.react(self, message, emoji)

    async def unreact(self, message: LocalMessage, emoji: str) -> None:
        self.client.unreact(self, message, emoji)

    async def clear_reactions(self, message: LocalMessage, emoji: str | None = None) -> None:
        """Remove everyone's reactions, or those with one emoji."""
        self.client.clear_reactions(self, message, emoji)

    async def slash(self, channel: Channel, command: str, /, **options: object) -> Interaction:
        """Send a slash command (`"settings model"` for a subcommand). Refused where the client would not send it."""
        return self.client.slash(self, channel, command, options)

    async def autocomplete(
        self, channel: Channel, command: str, option: str, typed: str = "", /, **others: object
    ) -> list[Choice]:
        """What is offered while typing into an option. NoAnswer when nothing came in time."""
        return await self.client.autocomplete(self, channel, command, option, typed, others)

    async def menu(self, message: LocalMessage, command: str) -> Interaction:
        """Apps ▸ `command` on a message."""
        return self.client.message_menu(self, message, command)

    async def press(self, message: LocalMessage, button: str) -> Interaction:
        """Press a button by its label or custom id."""
        return self.client.press(self, message, button)

    async def press_id(self, message: LocalMessage, custom_id: str) -> Interaction:
        """Press a button that is not there, as a forged client could."""
        return self.client.press_forged(self, message, custom_id)

    async def select(self, message: LocalMessage, custom_id: str, values: list[str]) -> Interaction:
        """Choose values in a select menu, by custom id or placeholder."""
        return self.client.choose(self, message, custom_id, values)

    async def submit(
        self, modal: Modal | None, values: dict[str, object] | None = None, /, **fields: object
    ) -> Interaction:
        """Submit a modal. Fields are named by custom id or label; others keep their prefilled values."""
        return self.client.submit(self, modal, {**(values or {}), **fields})
