"""Helpers for tests of limits, settings and usage."""

from bot.jobs.server_settings import ServerSettings
from bot.ports.repositories import Repositories
from bot.sandbox.discord import Interaction, LocalMessage, Member
from bot.sandbox.discord.application.components import SELECTS, TEXT, walk
from bot.store.repositories import build_repositories
from bot.store.sql_database import SqlDatabase
from tests.harness import BotHarness, plain

LIGHTHOUSE = "a lighthouse in a storm, waves made of paper"


def database_of(harness: BotHarness) -> SqlDatabase:
    assert harness.database is not None
    return harness.database


def repositories_of(harness: BotHarness) -> Repositories:
    return build_repositories(database_of(harness))


async def set_server_settings(harness: BotHarness, **rules: object) -> None:
    await repositories_of(harness).servers.save_settings(harness.guild.id, ServerSettings(**rules))  # type: ignore[arg-type]


async def server_settings_of(harness: BotHarness) -> ServerSettings:
    return await repositories_of(harness).servers.settings(harness.guild.id)


def add_manager(harness: BotHarness) -> Member:
    return harness.guild.add_member("maud", manage=True)


def panel_text(message: LocalMessage) -> str:
    """Return all text of a panel."""
    return "\n".join(
        str(component["content"]) for component in walk(message.components) if component.get("type") == TEXT
    )


def selected_values(message: LocalMessage, custom_id: str) -> list[str]:
    """Return the selected values of a menu."""
    menu = next(c for c in walk(message.components) if c.get("type") in SELECTS and c["custom_id"] == custom_id)
    options = [o["value"] for o in menu.get("options") or [] if o.get("default")]
    return [*options, *(str(value["id"]) for value in menu.get("default_values") or [])]


async def response_text(interaction: Interaction) -> str:
    """Return the text of the bot's response, with commands as `/help`."""
    answer = await interaction.answer()
    assert isinstance(answer, LocalMessage)
    return plain(answer.content)


async def response_message(interaction: Interaction) -> LocalMessage:
    answer = await interaction.answer()
    assert isinstance(answer, LocalMessage)
    return answer


async def open_page(harness: BotHarness, member: Member, panel: LocalMessage, page: str) -> LocalMessage:
    """Open a page of the panel."""
    return await response_message(await member.select(panel, "v1s:nav:to", [page]))


async def submit_form(harness: BotHarness, member: Member, opened: Interaction, **fields: object) -> LocalMessage:
    """Submit the form that an interaction opened and return the updated panel."""
    await opened.answer()
    return await response_message(await member.submit(opened.modal, **fields))
