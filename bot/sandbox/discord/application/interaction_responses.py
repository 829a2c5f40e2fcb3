"""Interaction responses: answer once, edit, follow up."""

from typing import TYPE_CHECKING

from bot.sandbox.discord.application import message_rules
from bot.sandbox.discord.application.commands import STRING, check_choices
from bot.sandbox.discord.application.components import check_modal, numbered
from bot.sandbox.discord.errors import Form, Json, no, wrong
from bot.sandbox.discord.state.channels import LocalMessage
from bot.sandbox.discord.state.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Choice,
    Interaction,
    Modal,
)
from bot.sandbox.discord.state.message_flags import CHAT_INPUT, CONTEXT_MENU, DEFAULT, EPHEMERAL, LOADING, REPLY

if TYPE_CHECKING:
    from bot.sandbox.discord.application.message_rules import MessageDraft, MessageEdit
    from bot.sandbox.discord.state.world import World

MESSAGE, DEFER, DEFER_UPDATE, UPDATE, SUGGEST, MODAL = 4, 5, 6, 7, 8, 9


def claim(world: "World", interaction_id: int, token: str) -> Interaction:
    """The interaction that a first answer is for. 10062 when unknown or too late, 40060 when already answered."""
    interaction = world.interactions.get(interaction_id)
    if interaction is None or interaction.token != token:
        raise no(10062)
    if interaction.answered:
        raise no(40060)
    if interaction.missed:
        raise no(10062)
    return interaction


def fits(interaction: Interaction, answer_type: int) -> None:
    """400/50035 for an answer that this kind of interaction does not take."""
    opened_on_message = interaction.kind == COMPONENT or interaction.source is not None
    allowed = {
        AUTOCOMPLETE: {SUGGEST},
        COMMAND: {MESSAGE, DEFER, MODAL},
        COMPONENT: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE, MODAL},
        MODAL_SUBMIT: {MESSAGE, DEFER} | ({DEFER_UPDATE, UPDATE} if opened_on_message else set()),
    }[interaction.kind]
    if answer_type not in allowed:
        raise wrong("type", "INTERACTION_TYPE_INVALID_CALLBACK", "This interaction does not take that answer")


def respond(
    world: "World", interaction: Interaction, answer_type: int, data: Json, draft: "MessageDraft", change: "MessageEdit"
) -> None:
    """Carry out a first answer; it counts as given only once nothing is wrong with it."""
    fits(interaction, answer_type)
    if answer_type in (MESSAGE, DEFER):
        draft = draft if answer_type == MESSAGE else message_rules.MessageDraft(flags=draft.flags & EPHEMERAL | LOADING)
        draft.type = _message_type(interaction)
        if interaction.source is not None and draft.type == DEFAULT:
            draft.reference_id, draft.fail_if_not_exists = interaction.source.id, False
        interaction.original = _post(world, interaction, draft)
    elif answer_type == UPDATE and interaction.source is not None:
        message_rules.edit(world, interaction.source, change)
    elif answer_type == SUGGEST:
        interaction.choices = _choices(interaction, data)
    elif answer_type == MODAL:
        form = Form()
        check_modal(form, data)
        form.check()
        interaction.modal = Modal(
            custom_id=data["custom_id"],
            title=data["title"],
            components=numbered(data["components"]),
            interaction=interaction,
        )
    if answer_type in (DEFER_UPDATE, UPDATE):
        interaction.original = interaction.source
    interaction.answered_at, interaction.answer_type = world.clock.now(), answer_type
    world.publish("answered", channel=interaction.channel, interaction=interaction, message=interaction.original)


def _message_type(interaction: Interaction) -> int:
    if interaction.kind == COMMAND:
        return CHAT_INPUT if interaction.data["type"] == 1 else CONTEXT_MENU
    return DEFAULT


def _choices(interaction: Interaction, data: Json) -> list[Choice]:
    form = Form()
    choices = data.get("choices") or []
    form.count("data.choices", choices, 25)
    check_choices(form, "data.choices", choices, _focused_type(interaction.data.get("options") or []))
    form.check()
    return [Choice(choice["name"], choice["value"]) for choice in choices]


def _focused_type(options: list[Json]) -> int:
    for option in options:
        if option.get("focused"):
            return int(option["type"])
        inner = _focused_type(option["options"]) if "options" in option else 0
        if inner:
            return inner
    return STRING if not options else 0


def _post(world: "World", interaction: Interaction, draft: "MessageDraft") -> LocalMessage:
    draft.interaction_id, draft.interaction_metadata = interaction.id, interaction.metadata()
    draft.nonce, draft.enforce_nonce = None, False
    if draft.allowed_mentions is None:
        draft.allowed_mentions = {"parse": ["users"]}
    draft.ephemeral_to = interaction.user.id if draft.flags & EPHEMERAL else None
    for attachment in draft.attachments:
        attachment.ephemeral = draft.ephemeral_to is not None
    return message_rules.post(world, interaction.channel, world.bot_user, draft)


def by_token(world: "World", token: str) -> Interaction:
    """Return the interaction with this token. Raise 10015 before its answer, 50027 after 15 minutes."""
    interaction = world.by_token.get(token)
    if interaction is None:
        raise no(10015)
    if interaction.expired:
        raise no(50027)
    if not interaction.answered:
        raise no(10015)
    return interaction


def message_of(interaction: Interaction, which: str) -> LocalMessage:
    """`@original` or one of the follow-ups. 10008 when it is not there (any more)."""
    if which == "@original" or (interaction.original is not None and which == str(interaction.original.id)):
        found = interaction.original
    else:
        found = next((m for m in interaction.followups if str(m.id) == which), None)
    if found is None or found.deleted:
        raise no(10008)
    return found


def follow_up(world: "World", interaction: Interaction, draft: "MessageDraft") -> LocalMessage:
    """A further message. The first one after a defer takes the place of the loading message."""
    first = interaction.original
    if interaction.answer_type == DEFER and first is not None and first.loading and not first.deleted:
        return message_rules.edit(world, first, filled_in(draft))
    draft.type = REPLY if first is not None and not first.deleted else DEFAULT
    if first is not None and not first.deleted:
        draft.reference_id, draft.fail_if_not_exists = first.id, False
        draft.allowed_mentions = {**(draft.allowed_mentions or {"parse": ["users"]}), "replied_user": False}
    message = _post(world, interaction, draft)
    interaction.followups.append(message)
    return message


def filled_in(draft: "MessageDraft") -> "MessageEdit":
    """A whole message as a change of the loading one."""
    return message_rules.MessageEdit(
        content=draft.content,
        embeds=draft.embeds,
        components=draft.components,
        attachments=draft.attachments,
        allowed_mentions=draft.allowed_mentions,
        flags=draft.flags,
    )
