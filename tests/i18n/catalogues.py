"""Extract messages from the code and update the translation catalogues. Used by `make words`."""

import ast
import importlib
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from discord import app_commands
from discord.ext import commands

from bot.client import COGS
from bot.i18n import DOMAIN, FOLDER
from bot.jobs.errors import RetakeError, english_sentence

ROOT = Path(__file__).parents[2]
HEADER = "# Retake in LANGUAGE. `make words` keeps this file in step with the code; docs/localisation.md says how."
CREATION_DATE = datetime(2026, 11, 21, tzinfo=UTC)  # constant, so that a catalogue changes only with its messages
CONTEXTS = {"fact": "fact", "ContextMenu": "command"}  # the message context of these calls

# (file, context, message); a message with a plural is a pair
Source = tuple[str, str | None, str | tuple[str, str]]
Command = app_commands.Command[Any, ..., Any] | app_commands.Group


def extract_messages() -> Iterator[Source]:
    """Yield every translatable message of the code."""
    for path in sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "cogs").rglob("*.py")]):
        if "sandbox" not in path.parts:
            yield from _marked_messages(path)
    for kind in _error_classes(RetakeError):
        yield f"{kind.__module__.replace('.', '/')}.py", None, english_sentence(kind)
    yield from _command_messages()
    yield from _disabled_reasons()


def _marked_messages(path: Path) -> Iterator[Source]:
    """Yield the messages of marking calls in a file, read from the syntax tree."""
    name = path.relative_to(ROOT).as_posix()
    for call in ast.walk(ast.parse(path.read_text())):
        if isinstance(call, ast.Call):
            texts = [
                text for argument in (*call.args, *(word.value for word in call.keywords)) if (text := _text(argument))
            ]
            match _function_name(call), texts:
                case "ngettext", [one, many]:
                    yield name, None, (one, many)
                case "pgettext", [context, message]:
                    yield name, context, message
                case ("_" | "N_" | "fact" | "ContextMenu") as mark, [message]:
                    yield name, CONTEXTS.get(mark), message


def _function_name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _error_classes(kind: type[RetakeError]) -> list[type[RetakeError]]:
    ours = [child for child in kind.__subclasses__() if child.__module__.startswith("bot.")]
    return [kind, *(subclass for child in ours for subclass in _error_classes(child))]


def _command_messages() -> Iterator[Source]:
    for module in COGS:
        file = f"{module.replace('.', '/')}.py"
        for value in vars(importlib.import_module(module)).values():
            if isinstance(value, commands.CogMeta):
                for command in value.__cog_app_commands__:
                    yield from _messages_of_command(file, command)


def _messages_of_command(
    file: str, command: app_commands.Command[commands.Cog, ..., object] | app_commands.Group
) -> Iterator[Source]:
    yield file, "command", command.name
    yield file, None, command.description
    if isinstance(command, app_commands.Group):
        for child in command.commands:
            yield from _messages_of_command(file, child)
        return
    for option in command.parameters:
        yield file, "option", option.display_name
        yield file, None, str(option.description)
        yield from ((file, None, choice.name) for choice in option.choices if choice.name != choice.value)


def _disabled_reasons() -> Iterator[Source]:
    """Yield the reasons for which models of the catalogue are disabled."""
    path = ROOT / "bot" / "catalogue" / "catalogue.toml"
    for table in tomllib.loads(path.read_text()).values():
        for model in table if isinstance(table, list) else ():
            if isinstance(model.get("off"), str):
                yield path.relative_to(ROOT).as_posix(), "fact", model["off"]


def template() -> Catalog:
    """Return a catalogue with all messages and no translations."""
    made = Catalog(domain=DOMAIN, project="Retake", creation_date=CREATION_DATE, charset="utf-8")
    for file, context, message in extract_messages():
        made.add(message, locations=[(file, 1)], context=context)
    return made


def languages() -> list[str]:
    """Return the translated languages."""
    return sorted(path.parts[-3] for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def po_path(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    with po_path(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def update(language: str) -> Catalog:
    """Update or create the catalogue of a language and compile it. Messages that left the code are removed."""
    path, now = po_path(language), template()
    made = read(language) if path.exists() else Catalog(locale=language, domain=DOMAIN, charset="utf-8")
    made.header_comment = HEADER.replace("LANGUAGE", made.locale.english_name if made.locale else language)
    made.project, made.version, made.creation_date, made.revision_date = "Retake", "1", CREATION_DATE, CREATION_DATE
    made.last_translator = made.language_team = "Retake"
    made.msgid_bugs_address, made.fuzzy = "", False
    made.update(now, no_fuzzy_matching=True, update_header_comment=False, update_creation_date=False)
    made.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, made, width=120, include_lineno=False, sort_by_file=True)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, made)
    return made


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the messages without a translation. Fuzzy entries count, because gettext ignores them."""
    return [
        str(message.id) for message in catalogue if message.id and (message.fuzzy or not _is_translated(message.string))
    ]


def _is_translated(string: str | Sequence[str] | None) -> bool:
    return bool(string) if isinstance(string, str) else bool(string) and all(string or ())
