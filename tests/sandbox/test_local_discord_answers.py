"""What Discord takes as an answer, how often and for how long, against an unmodified discord.py."""

from typing import Any

import discord
import pytest

from bot.sandbox.discord import LocalMessage, Refused
from bot.sandbox.fault_injection import Fault
from tests.sandbox.studio import Bot, Studio

Interaction = discord.Interaction[Any]


async def test_an_answer_after_three_seconds_is_too_late(studio: Studio) -> None:
    codes: list[int] = []

    async def late(bot: Bot) -> None:
        @bot.tree.command(name="late", description="Too late")
        async def command(interaction: Interaction) -> None:
            studio.discord.advance(3.5)
            with pytest.raises(discord.NotFound) as error:
                await interaction.response.send_message("hello")
            codes.append(error.value.code)

    async with studio.bot(late):
        interaction = await studio.alice.slash(studio.channel, "late")
        await studio.discord.wait_for(lambda: codes)
    assert codes == [10062]
    assert interaction.error == "did not respond"
    assert studio.channel.messages == []


async def test_there_is_one_answer_and_a_token_lives_fifteen_minutes(studio: Studio) -> None:
    codes: list[int] = []

    async def twice(bot: Bot) -> None:
        @bot.tree.command(name="twice", description="Twice")
        async def command(interaction: Interaction) -> None:
            again = discord.Interaction(data=interaction_data(interaction), state=interaction._state)
            await interaction.response.send_message("one", ephemeral=True)
            with pytest.raises(discord.HTTPException) as double:
                await again.response.send_message("two")
            studio.discord.advance(14 * 60)
            original = await interaction.original_response()
            assert original.content == "one"
            studio.discord.advance(61)
            with pytest.raises(discord.HTTPException) as old:
                await interaction.edit_original_response(content="three")
            codes.extend([double.value.status, double.value.code, old.value.status, old.value.code])

    async with studio.bot(twice):
        interaction = await studio.alice.slash(studio.channel, "twice")
        await studio.discord.wait_for(lambda: codes)
    assert codes == [400, 40060, 401, 50027]
    assert [m.content for m in studio.alice.sees(studio.channel)] == ["one"]
    assert interaction.ephemeral


def interaction_data(interaction: Interaction) -> Any:
    """Enough of a payload for a second object with the same id and token."""
    return {
        "id": interaction.id,
        "application_id": interaction.application_id,
        "type": 2,
        "token": interaction.token,
        "version": 1,
        "attachment_size_limit": 1,
    }


async def test_follow_ups_are_doubled_by_an_ambiguous_error(studio: Studio) -> None:
    async def twice(bot: Bot) -> None:
        @bot.tree.command(name="doubled", description="Doubled")
        async def command(interaction: Interaction) -> None:
            await interaction.response.send_message("first")
            await interaction.followup.send("second")

    studio.discord.wire.fail(
        Fault(
            route="POST /api/v10/webhooks/*",
            when="after",
            status=429,
            headers={"Via": "1.1 google"},
            body={"retry_after": 0.01, "global": False},
        )
    )
    async with studio.bot(twice):
        interaction = await studio.alice.slash(studio.channel, "doubled")
        await studio.discord.wait_for(lambda: len(interaction.followups) == 2)
    assert [m.content for m in studio.channel.messages] == ["first", "second", "second"]


async def test_a_menu_of_choices_is_answered(studio: Studio) -> None:
    class Menu(discord.ui.View):
        @discord.ui.select(
            custom_id="model", options=[discord.SelectOption(label=f"M{n}", value=f"m{n}") for n in range(25)]
        )
        async def choose(self, interaction: Interaction, select: discord.ui.Select[Any]) -> None:
            await interaction.response.send_message(f"chose {select.values}", ephemeral=True)

    async with studio.bot() as bot:
        await bot.text(studio.channel).send("choose", view=Menu())
        message = studio.channel.messages[0]
        with pytest.raises(Refused):
            await studio.alice.select(message, "model", ["m99"])
        answer = await (await studio.alice.select(message, "model", ["M3"])).answer()
    assert isinstance(answer, LocalMessage)
    assert answer.content == "chose ['m3']"


async def test_an_interaction_reaches_the_bot_in_a_channel_it_may_not_write_in(studio: Studio) -> None:
    permissions: list[discord.Permissions] = []

    async def furnish_one(bot: Bot) -> None:
        @bot.tree.command(name="may", description="What may I")
        async def command(interaction: Interaction) -> None:
            permissions.append(interaction.app_permissions)
            await interaction.response.send_message("I may not", ephemeral=True)

    studio.channel.forbid(studio.discord.bot_user, "send_messages", "attach_files")
    async with studio.bot(furnish_one):
        await (await studio.alice.slash(studio.channel, "may")).answer()
    assert not permissions[0].send_messages
    assert not permissions[0].attach_files
    assert permissions[0].view_channel
