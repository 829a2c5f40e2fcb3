"""What the tests of this room do again and again."""

from bot.jobs.server_settings import ServerSettings
from bot.ports.repositories import Repositories
from bot.sandbox.discord import Interaction, LocalMessage, Member
from bot.sandbox.discord.application.components import SELECTS, TEXT, walk
from bot.store.database import Database
from bot.store.repositories import build_repositories
from tests.harness import Studio

LIGHTHOUSE = "a lighthouse in a storm, waves made of paper"


def database_of(studio: Studio) -> Database:
    assert studio._database is not None
    return studio._database


def books_of(studio: Studio) -> Repositories:
    return build_repositories(database_of(studio))


async def set_rules(studio: Studio, **rules: object) -> None:
    await books_of(studio).servers.set_rules(studio.guild.id, ServerSettings(**rules))  # type: ignore[arg-type]


async def rules_of(studio: Studio) -> ServerSettings:
    return await books_of(studio).servers.rules(studio.guild.id)


def manager(studio: Studio) -> Member:
    return studio.guild.add_member("maud", manage=True)


def text_of(message: LocalMessage) -> str:
    """Everything that a panel says."""
    return "\n".join(str(each["content"]) for each in walk(message.components) if each.get("type") == TEXT)


def chosen(message: LocalMessage, custom_id: str) -> list[str]:
    """What a menu shows as chosen."""
    menu = next(c for c in walk(message.components) if c.get("type") in SELECTS and c["custom_id"] == custom_id)
    options = [o["value"] for o in menu.get("options") or [] if o.get("default")]
    return [*options, *(str(each["id"]) for each in menu.get("default_values") or [])]


async def told(asked: Interaction) -> str:
    """What a person is answered with."""
    answer = await asked.answer()
    assert isinstance(answer, LocalMessage)
    return answer.content


async def shown(asked: Interaction) -> LocalMessage:
    answer = await asked.answer()
    assert isinstance(answer, LocalMessage)
    return answer


async def go(studio: Studio, who: Member, panel: LocalMessage, page: str) -> LocalMessage:
    """Turn to a page of the panel."""
    return await shown(await who.select(panel, "v1s:nav:to", [page]))


async def fill(studio: Studio, who: Member, opened: Interaction, **fields: object) -> LocalMessage:
    """Send the form that an interaction has opened; returns what the panel says then."""
    await opened.answer()
    return await shown(await who.submit(opened.modal, **fields))
