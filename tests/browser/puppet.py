"""A bot with strings, for what the real one does not show yet: it posts any message and opens any form."""

from typing import Any

from bot.sandbox.discord import Channel, Event, Interaction, LocalDiscord, LocalMessage, Upload
from bot.sandbox.discord.application import interaction_responses as answers
from bot.sandbox.discord.application.components import numbered
from bot.sandbox.discord.application.message_rules import MessageDraft, MessageEdit, post
from bot.sandbox.discord.state.interactions import AUTOCOMPLETE, MODAL_SUBMIT
from bot.sandbox.discord.state.message_flags import COMPONENTS_V2, EPHEMERAL

BUTTONS: list[dict[str, Any]] = numbered(
    [
        {
            "type": 1,
            "components": [
                {"type": 2, "style": 2, "label": "Other", "custom_id": "other"},
                {"type": 2, "style": 1, "label": "Update once more", "custom_id": "update"},
            ],
        }
    ]
)
OPTION = {"type": 3, "description": "Any text", "required": False}
COMMANDS: list[dict[str, Any]] = [
    {"id": "1", "type": 1, "name": "form", "description": "Opens a form", "options": []},
    {
        "id": "2", "type": 1, "name": "settings", "description": "Settings",
        "options": [
            {
                "type": 1, "name": "model", "description": "Choose a model",
                "options": [
                    {**OPTION, "name": "name", "required": True, "autocomplete": True, "max_length": 40},
                    {**OPTION, "name": "count", "type": 4, "min_value": 1, "max_value": 5},
                    {**OPTION, "name": "loud", "type": 5},
                    {**OPTION, "name": "who", "type": 6},
                    {**OPTION, "name": "where", "type": 7},
                ],
            }
        ],
    },
]  # fmt: skip
FORM: dict[str, Any] = {
    "custom_id": "form:1",
    "title": "Everything a form can ask",
    "components": [
        {
            "type": 18, "label": "Prompt", "description": "What the video shows",
            "component": {"type": 4, "custom_id": "prompt", "style": 2, "value": "a boat", "min_length": 3},
        },
        {
            "type": 18, "label": "Model",
            "component": {
                "type": 3, "custom_id": "model",
                "options": [{"label": "Grok 3", "value": "grok"}, {"label": "Veo", "value": "veo", "default": True}],
            },
        },
        {
            "type": 18, "label": "Shape",
            "component": {
                "type": 21, "custom_id": "shape",
                "options": [{"label": "Wide", "value": "16:9"}, {"label": "Tall", "value": "9:16"}],
            },
        },
        {
            "type": 18, "label": "Extras",
            "component": {
                "type": 22, "custom_id": "extras", "required": False,
                "options": [{"label": "Sound", "value": "sound"}, {"label": "Slow", "value": "slow"}],
                "max_values": 2,
            },
        },
        {"type": 18, "label": "First frame", "component": {"type": 19, "custom_id": "frame", "required": False}},
    ],
}  # fmt: skip


class Puppet:
    """Answers in this process; `interactions` are those that it received."""

    def __init__(self, discord: LocalDiscord) -> None:
        self.discord, self.world = discord, discord.world
        self.interactions: list[Interaction] = []
        for command in COMMANDS:
            command["application_id"] = str(self.world.application_id)
        self.world.commands = COMMANDS
        discord.subscribe(self._on_event)

    def post(
        self, channel: Channel, content: str = "", *, files: tuple[Upload, ...] = (), **parts: Any
    ) -> LocalMessage:
        """A message of the bot; `v2=True` for Components V2."""
        draft = MessageDraft(
            content=content,
            embeds=parts.get("embeds", []),
            components=numbered(parts.get("components", [])),
            attachments=[self.world.attach(file, channel.id) for file in files],
            flags=COMPONENTS_V2 if parts.get("v2") else 0,
        )
        return post(self.world, channel, self.discord.bot_user, draft)

    def _on_event(self, event: Event) -> None:
        interaction = event.interaction
        if event.kind != "interaction" or interaction is None:
            return
        interaction.reached += 1
        self.interactions.append(interaction)
        if interaction.kind == AUTOCOMPLETE:
            self._respond(interaction, answers.SUGGEST, {"choices": [{"name": "Grok 3 · 10 s", "value": "grok"}]})
        elif interaction.data.get("name") == "form":
            self._respond(interaction, answers.MODAL, FORM)
        elif interaction.data.get("custom_id") == "update":
            words = f"Updated {len(self.interactions)} times"
            self._respond(interaction, answers.UPDATE, {}, edit=MessageEdit(content=words, components=BUTTONS))
        else:
            words = "Thank you." if interaction.kind == MODAL_SUBMIT else "Seen."
            self._respond(interaction, answers.MESSAGE, {}, MessageDraft(content=words, flags=EPHEMERAL))

    def _respond(
        self,
        interaction: Interaction,
        kind: int,
        data: dict[str, Any],
        draft: MessageDraft | None = None,
        edit: MessageEdit | None = None,
    ) -> None:
        answers.respond(self.world, interaction, kind, data, draft or MessageDraft(), edit or MessageEdit())
