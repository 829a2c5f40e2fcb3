"""Commands, autocomplete, menus, buttons and modals against an unmodified discord.py."""

import re
from typing import Any, Self

import discord
import pytest
from discord import app_commands

from bot.sandbox.discord import LocalMessage, Modal, NoAnswer, Refused, Upload
from tests.sandbox.studio import PNG, Bot, Studio

Interaction = discord.Interaction[Any]


class Press(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"v1:(?P<job>\w+):(?P<verb>\w+)"):
    """A button that outlives its process."""

    def __init__(self, job: str, verb: str) -> None:
        button: discord.ui.Button[Any] = discord.ui.Button(label=verb.title(), custom_id=f"v1:{job}:{verb}")
        super().__init__(button)
        self.job, self.verb = job, verb

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["job"], match["verb"])

    async def callback(self, interaction: Interaction) -> None:
        if self.verb == "edit":
            await interaction.response.edit_message(content=f"edited {self.job}")
        elif self.verb == "later":
            await interaction.response.defer()
            await interaction.followup.send("a follow-up", ephemeral=True)
        else:
            await interaction.response.send_message(f"{self.verb} {self.job}", ephemeral=True)


class Remix(discord.ui.Modal, title="Remix this video"):
    """A form with a text and files."""

    prompt: discord.ui.Label[Any] = discord.ui.Label(
        text="What changes?", component=discord.ui.TextInput(custom_id="prompt", min_length=3, max_length=20)
    )
    frame: discord.ui.Label[Any] = discord.ui.Label(
        text="First frame", component=discord.ui.FileUpload(custom_id="frame", required=False, max_values=1)
    )

    async def on_submit(self, interaction: Interaction) -> None:
        text, files = self.prompt.component, self.frame.component
        assert isinstance(text, discord.ui.TextInput)
        assert isinstance(files, discord.ui.FileUpload)
        sizes = [len(await file.read()) for file in files.values]
        await interaction.response.send_message(f"remix: {text.value} {sizes}")


async def furnish(bot: Bot) -> None:
    """Commands of every kind."""
    bot.add_dynamic_items(Press)

    @bot.tree.command(description="Make a video")
    @app_commands.choices(aspect=[app_commands.Choice(name="wide", value="16:9")])
    async def generate(
        interaction: Interaction,
        prompt: app_commands.Range[str, 3, 30],
        model: str | None = None,
        aspect: str | None = None,
        seconds: app_commands.Range[int, 1, 15] = 5,
        image: discord.Attachment | None = None,
    ) -> None:
        view = discord.ui.View(timeout=None)
        for verb in ("cancel", "edit", "later"):
            view.add_item(Press("K7Q2", verb))
        frame = "none" if image is None else f"{image.width}x{image.height} {len(await image.read())}"
        text = f"{prompt}|{model}|{aspect}|{seconds}|{frame}|{interaction.locale}|{interaction.filesize_limit}"
        await interaction.response.send_message(text, view=view)

    @generate.autocomplete("model")
    async def models(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        known = [f"grok-{n}" for n in range(40)]
        return [app_commands.Choice(name=n.title(), value=n) for n in known if n.startswith(typed)][:25]

    @bot.tree.command(description="Slow")
    async def slow(interaction: Interaction, hidden: bool = False) -> None:
        await interaction.response.defer(ephemeral=hidden)
        await interaction.edit_original_response(content="done", attachments=[])

    furnish_more(bot)


def furnish_more(bot: Bot) -> None:
    """A message menu and a subcommand."""

    @bot.tree.context_menu(name="Remix video")
    async def remix(interaction: Interaction, message: discord.Message) -> None:
        assert message.content
        modal = Remix(timeout=30)
        await interaction.response.send_modal(modal)

    settings = app_commands.Group(
        name="settings", description="Settings", default_permissions=discord.Permissions(manage_guild=True)
    )

    @settings.command(description="Set the mode")
    async def mode(interaction: Interaction, to: str) -> None:
        await interaction.response.send_message(f"mode {to}", ephemeral=True)

    bot.tree.add_command(settings)


async def test_a_slash_command_is_answered_with_a_message(studio: Studio) -> None:
    async with studio.bot(furnish):
        interaction = await studio.alice.slash(
            studio.channel, "generate", prompt="a storm", image=Upload("a.png", PNG, "image/png")
        )
        message = await interaction.answer()
    assert isinstance(message, LocalMessage)
    assert message.content == f"a storm|None|None|5|2x3 {len(PNG)}|de|10485760"
    assert interaction.error is None
    assert not interaction.ephemeral
    assert message.interaction_metadata is not None
    assert message.interaction_metadata["id"] == str(interaction.id)
    assert interaction.answered_after_s is not None


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "required"),
        ({"prompt": "ab"}, "min_length"),
        ({"prompt": "a" * 31}, "max_length"),
        ({"prompt": "abc", "aspect": "1:1"}, "choice"),
        ({"prompt": "abc", "seconds": 16}, "max_value"),
        ({"prompt": "abc", "seconds": 0}, "min_value"),
        ({"prompt": "abc", "seconds": "five"}, "type"),
        ({"prompt": "abc", "colour": "red"}, "unknown_option"),
        ({"prompt": "abc", "image": Upload("a.png", bytes(10_485_761))}, "too_large"),
    ],
)
async def test_the_client_marks_a_bad_option(studio: Studio, options: dict[str, object], code: str) -> None:
    async with studio.bot(furnish):
        with pytest.raises(Refused) as refused:
            await studio.alice.slash(studio.channel, "generate", **options)
    assert refused.value.code == code


async def test_autocomplete_suggests(studio: Studio) -> None:
    async with studio.bot(furnish):
        choices = await studio.alice.autocomplete(studio.channel, "generate", "model", "grok-1", prompt="x")
        everything = await studio.alice.autocomplete(studio.channel, "generate", "model")
    assert [choice.value for choice in choices] == ["grok-1", *(f"grok-1{n}" for n in range(10))]
    assert len(everything) == 25


async def test_a_subcommand_takes_its_permission(studio: Studio) -> None:
    async with studio.bot(furnish):
        interaction = await studio.boss.slash(studio.channel, "settings mode", to="smart")
        message = await interaction.answer()
        with pytest.raises(Refused):
            await studio.alice.slash(studio.channel, "settings mode", to="smart")
    assert isinstance(message, LocalMessage)
    assert message.ephemeral_to == studio.boss.id
    assert message in studio.boss.sees(studio.channel)
    assert message not in studio.alice.sees(studio.channel)


@pytest.mark.parametrize("hidden", [True, False])
async def test_a_deferred_answer_is_edited_later(studio: Studio, hidden: bool) -> None:
    async with studio.bot(furnish):
        interaction = await studio.alice.slash(studio.channel, "slow", hidden=hidden)
        message = await interaction.answer()
    assert isinstance(message, LocalMessage)
    assert message.content == "done"
    assert interaction.ephemeral is hidden


async def test_a_menu_opens_a_modal_and_the_modal_is_submitted(studio: Studio) -> None:
    message = await studio.boss.say(studio.channel, "a video")
    async with studio.bot(furnish):
        opened = await (await studio.alice.menu(message, "Remix video")).answer()
        assert isinstance(opened, Modal)
        assert opened.title == "Remix this video"
        with pytest.raises(Refused):
            await studio.alice.submit(opened, prompt="ab")
        sent = await studio.alice.submit(opened, {"What changes?": "darker"}, frame=Upload("a.png", PNG))
        answer = await sent.answer()
        with pytest.raises(Refused):
            await studio.alice.menu(message, "No such command")
    assert isinstance(answer, LocalMessage)
    assert answer.content == f"remix: darker [{len(PNG)}]"


async def test_a_button_works_after_a_restart(studio: Studio) -> None:
    async with studio.bot(furnish):
        message = await (await studio.alice.slash(studio.channel, "generate", prompt="sea")).answer()
    assert isinstance(message, LocalMessage)
    async with studio.bot(furnish):
        answer = await (await studio.alice.press(message, "Cancel")).answer()
        assert isinstance(answer, LocalMessage)
        assert answer.content == "cancel K7Q2"
        edited = await (await studio.alice.press(message, "v1:K7Q2:edit")).answer()
        assert edited is message
        assert message.content == "edited K7Q2"
        assert message.edits == ["sea|None|None|5|none|de|10485760"]
        later = await studio.alice.press(message, "Later")
        await studio.discord.wait_for(lambda: later.followups)
        with pytest.raises(Refused):
            await studio.alice.press(message, "Nothing")
    assert later.followups[0].ephemeral_to == studio.alice.id


async def test_nobody_answers_when_the_bot_is_away(studio: Studio) -> None:
    async with studio.bot(furnish):
        pass
    interaction = await studio.alice.slash(studio.channel, "slow")
    assert interaction.error == "did not respond"
    with pytest.raises(NoAnswer):
        await interaction.answer()


async def test_commands_work_in_the_direct_conversation(studio: Studio) -> None:
    async with studio.bot(furnish):
        interaction = await studio.alice.slash(studio.alice.dm(), "slow")
        message = await interaction.answer()
    assert isinstance(message, LocalMessage)
    assert message.content == "done"
