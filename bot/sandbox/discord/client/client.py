"""Discord's own client: every action of a member, as one object."""

from collections.abc import Sequence

from bot.sandbox.discord.client import invoke, user_actions
from bot.sandbox.discord.state.blobs import Upload
from bot.sandbox.discord.state.channels import Channel, LocalMessage
from bot.sandbox.discord.state.interactions import Choice, Interaction, Modal
from bot.sandbox.discord.state.members import Member
from bot.sandbox.discord.state.world import World


class LocalClient:
    """Implements `DiscordClient`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def open_dm(self, member: Member) -> Channel:
        return self._world.open_dm(member.user)

    def visible_messages(self, member: Member, channel: Channel) -> list[LocalMessage]:
        return user_actions.visible_messages(member, channel)

    def say(self, member: Member, channel: Channel, text: str, attachments: Sequence[Upload]) -> LocalMessage:
        return user_actions.say(self._world, member, channel, text, attachments)

    def reply(
        self, member: Member, message: LocalMessage, text: str, ping: bool, attachments: Sequence[Upload]
    ) -> LocalMessage:
        return user_actions.reply(self._world, member, message, text, ping, attachments)

    def forward(self, member: Member, message: LocalMessage, channel: Channel) -> LocalMessage:
        return user_actions.forward(self._world, member, message, channel)

    def edit(self, member: Member, message: LocalMessage, text: str) -> LocalMessage:
        return user_actions.edit(self._world, member, message, text)

    def delete(self, member: Member, message: LocalMessage) -> None:
        user_actions.delete(self._world, member, message)

    def react(self, member: Member, message: LocalMessage, emoji: str) -> None:
        user_actions.react(self._world, member, message, emoji)

    def unreact(self, member: Member, message: LocalMessage, emoji: str) -> None:
        user_actions.unreact(self._world, member, message, emoji)

    def clear_reactions(self, member: Member, message: LocalMessage, emoji: str | None) -> None:
        user_actions.clear_reactions(self._world, member, message, emoji)

    def slash(self, member: Member, channel: Channel, path: str, given: dict[str, object]) -> Interaction:
        return invoke.slash(self._world, member, channel, path, given)

    async def autocomplete(
        self, member: Member, channel: Channel, path: str, option: str, typed: str, others: dict[str, object]
    ) -> list[Choice]:
        return await invoke.autocomplete(self._world, member, channel, path, option, typed, others)

    def message_menu(self, member: Member, message: LocalMessage, name: str) -> Interaction:
        return invoke.message_menu(self._world, member, message, name)

    def press(self, member: Member, message: LocalMessage, button: str) -> Interaction:
        return invoke.press(self._world, member, message, button)

    def press_forged(self, member: Member, message: LocalMessage, custom_id: str) -> Interaction:
        return invoke.press_forged(self._world, member, message, custom_id)

    def choose(self, member: Member, message: LocalMessage, custom_id: str, values: list[str]) -> Interaction:
        return invoke.choose(self._world, member, message, custom_id, values)

    def submit(self, member: Member, modal: Modal | None, given: dict[str, object]) -> Interaction:
        return invoke.submit(self._world, member, modal, given)
