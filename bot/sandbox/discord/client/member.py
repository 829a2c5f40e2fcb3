"""A person in a server, and what they can do by hand. Delegates the doing to `acting` and `invoking`."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.sandbox.discord.application.interactions import Choice, Interaction, Modal
from bot.sandbox.discord.client import invoke, user_actions
from bot.sandbox.discord.state.blobs import Upload
from bot.sandbox.discord.state.messages import LocalMessage
from bot.sandbox.discord.state.users import User

if TYPE_CHECKING:
    from bot.sandbox.discord.state.channels import Channel
    from bot.sandbox.discord.state.guilds import Guild
    from bot.sandbox.discord.state.roles import Role
    from bot.sandbox.discord.state.world import World


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
        """What this person finds in a channel: nobody else's ephemeral messages, nothing without the right."""
        return user_actions.visible_messages(self, channel)

    async def say(
        self, channel: "Channel", text: str = "", *, attachments: "list[Upload] | tuple[Upload, ...]" = ()
    ) -> LocalMessage:
        return user_actions.say(self, channel, text, attachments)

    async def reply(
        self,
        message: LocalMessage,
        text: str = "",
        *,
        ping: bool = True,
        attachments: "list[Upload] | tuple[Upload, ...]" = (),
    ) -> LocalMessage:
        """Answer a message, with the ping on unless told."""
        return user_actions.reply(self, message, text, ping, attachments)

    async def edit(self, message: LocalMessage, text: str) -> LocalMessage:
        return user_actions.edit(self, message, text)

    async def delete(self, message: LocalMessage) -> None:
        """Delete one's own message, or another's with Manage Messages; dismisses an ephemeral one."""
        user_actions.delete(self, message)

    async def react(self, message: LocalMessage, emoji: str) -> None:
        user_actions.react(self, message, emoji)

    async def unreact(self, message: LocalMessage, emoji: str) -> None:
        user_actions.unreact(self, message, emoji)

    async def slash(self, channel: "Channel", command: str, /, **options: object) -> Interaction:
        """Send a slash command (`"settings model"` for a subcommand). Refused where the client would not send it."""
        return invoke.slash(self, channel, command, options)

    async def autocomplete(
        self, channel: "Channel", command: str, option: str, typed: str = "", /, **others: object
    ) -> list[Choice]:
        """What is offered while typing into an option. NoAnswer when nothing came in time."""
        return await invoke.autocomplete(self, channel, command, option, typed, others)

    async def menu(self, message: LocalMessage, command: str) -> Interaction:
        """Apps ▸ `command` on a message."""
        return invoke.message_menu(self, message, command)

    async def press(self, message: LocalMessage, button: str) -> Interaction:
        """Press a button by its label or custom id."""
        return invoke.press(self, message, button)

    async def press_id(self, message: LocalMessage, custom_id: str) -> Interaction:
        """Press a button that is not there, as a forged client could."""
        return invoke.press_forged(self, message, custom_id)

    async def select(self, message: LocalMessage, custom_id: str, values: list[str]) -> Interaction:
        """Choose values in a select menu, by custom id or placeholder."""
        return invoke.choose(self, message, custom_id, values)

    async def submit(
        self, modal: "Modal | None", values: "dict[str, object] | None" = None, /, **fields: object
    ) -> Interaction:
        """Send a modal; fields go by custom id or label, what is left out keeps its prefilled value."""
        return invoke.submit(self, modal, {**(values or {}), **fields})
