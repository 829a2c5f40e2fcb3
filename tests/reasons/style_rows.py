"""Rows of styles: their names and words, and requests in them."""

from pathlib import Path

from bot.catalogue.offers import Offers
from bot.chat.permissions.request_policy import check_words
from bot.chat.styles import Styles, unknown_style
from bot.jobs.job import Kind
from bot.jobs.server_settings import NO_SERVER_LIMITS, ServerSettings
from bot.jobs.style import AppliedStyle, Style, read_name, read_words
from bot.jobs.style_errors import (
    NoStyles,
    StyleAgainstRules,
    StyledPromptLength,
    StyleName,
    StyleNameTaken,
    StyleOptionInWords,
    StyleWords,
    TooManyStyles,
    UnknownStyle,
    WordsAgainstRules,
)
from bot.ordering.quote import PreparedRequest, Request
from bot.ports.clock import SystemClock
from bot.store.jobs import SqlJobStore
from bot.store.styles import SqlStyles
from tests.reasons.request_rows import ACCOUNTS, GROK
from tests.reasons.row import row
from tests.reasons.worker import job_service
from tests.stores import open_database

RULES = ServerSettings(words=("clown",))


def style(name: str = "noir", words: str = "film noir, {prompt}", **more: int) -> Style:
    return Style(**{"guild_id": 1, "user_id": 7, "name": name, "words": words, **more})  # type: ignore[arg-type]


async def saved(folder: Path, *styles: Style, most: int = 2) -> None:
    database = await open_database(folder / "retake.sqlite3")
    try:
        for each in styles:
            await SqlStyles(database).save(each, by_id=7, now=0.0, most=most)
    finally:
        await database.close()


async def checked(folder: Path, words: str) -> Style:
    database = await open_database(folder / "retake.sqlite3")
    try:
        styles = Styles(SqlStyles(database), Offers([GROK], ACCOUNTS), SystemClock())
        return styles.checked(style(words=words), NO_SERVER_LIMITS)
    finally:
        await database.close()


async def prepared(folder: Path, length: int) -> PreparedRequest:
    database = await open_database(folder / "retake.sqlite3")
    try:
        service = job_service(SqlJobStore(database), Offers([GROK], ACCOUNTS))
        applied = AppliedStyle(name="noir", own_words="x")
        return service.prepare(NO_SERVER_LIMITS, Request(kind=Kind.GENERATE, prompt="x" * length, applied=applied))
    finally:
        await database.close()


def worded(own_words: str, whole: str) -> None:
    check_words(RULES, whole, AppliedStyle(name="noir", own_words=own_words), restricted=False)


ROWS = [
    row(StyleName, lambda _: read_name("…"), lambda _: read_name("noir")),
    row(StyleWords, lambda _: read_words("{prompt}"), lambda _: read_words("noir")),
    row(
        StyleOptionInWords,
        lambda folder: checked(folder, "noir --ar 9:16"),
        lambda folder: checked(folder, "noir - 9:16"),
    ),
    row(NoStyles, lambda _: unknown_style([], "noir"), lambda _: unknown_style([style()], "noire")),
    row(UnknownStyle, lambda _: unknown_style([style()], "noire"), lambda _: unknown_style([], "noir")),
    row(
        TooManyStyles,
        lambda folder: saved(folder, style("a"), style("b"), style("c")),
        lambda folder: saved(folder, style("a"), style("b"), style("B", "woodcut of {prompt}")),
    ),
    row(
        StyleNameTaken,
        lambda folder: saved(folder, style("a"), style("b"), style("A", id=2)),
        lambda folder: saved(folder, style("a"), style("b"), style("c", id=2)),
    ),
    row(StyledPromptLength, lambda folder: prepared(folder, 2001), lambda folder: prepared(folder, 2)),
    row(
        WordsAgainstRules,
        lambda _: worded("a clown", "noir, a clown"),
        lambda _: worded("a cat", "a clown and a cat"),
    ),
    row(
        StyleAgainstRules,
        lambda _: worded("a cat", "a clown and a cat"),
        lambda _: worded("a clown", "noir, a clown"),
    ),
]
