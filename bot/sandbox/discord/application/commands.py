"""Registered commands: what a sync may contain, and which command a name means. Knows JSON only."""

import re

from bot.sandbox.discord.errors import Form, Json

CHAT, USER, MESSAGE = 1, 2, 3
SUB, GROUP, STRING, INTEGER, BOOLEAN = 1, 2, 3, 4, 5
USER_OPTION, CHANNEL_OPTION, ROLE_OPTION, MENTIONABLE, NUMBER, ATTACHMENT = 6, 7, 8, 9, 10, 11
MOST = {CHAT: 100, USER: 15, MESSAGE: 15}
NAME = re.compile(r"^[-_'\w]{1,32}$")
MOST_CHARACTERS = 8000


def checked(commands: list[Json]) -> list[Json]:
    """The commands of a bulk overwrite. ApiError 400/50035 naming each fault by index."""
    form = Form()
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        kind, name = command.get("type", CHAT), str(command.get("name", ""))
        if (kind, name) in seen:
            form.wrong(
                f"{index}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
        seen.add((kind, name))
        _check_command(form, str(index), command)
    for kind, most in MOST.items():
        if sum(command.get("type", CHAT) == kind for command in commands) > most:
            form.wrong(
                "commands",
                "APPLICATION_COMMANDS_TOO_MANY",
                f"Maximum number of application commands reached ({most}).",
            )
    form.check()
    return commands


def _check_command(form: Form, path: str, command: Json) -> None:
    if command.get("type", CHAT) != CHAT:
        for name in (command.get("name"), *(command.get("name_localizations") or {}).values()):
            form.length(f"{path}.name", name, 1, 32)
        if command.get("description"):
            form.wrong(
                f"{path}.description",
                "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION",
                "Context menu commands cannot have a description",
            )
        return
    _check_name(form, path, command)
    _check_options(form, path, command.get("options") or [], depth=0)
    if characters(command) > MOST_CHARACTERS:
        form.wrong(
            path, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({MOST_CHARACTERS} characters)"
        )


def _check_name(form: Form, path: str, thing: Json) -> None:
    name = thing.get("name")
    form.length(f"{path}.name", name, 1, 32)
    for text in (name, *(thing.get("name_localizations") or {}).values()):
        if isinstance(text, str) and (not NAME.match(text) or text != text.lower()):
            form.wrong(
                f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid (lowercase, no spaces)"
            )
    for text in (thing.get("description"), *(thing.get("description_localizations") or {}).values()):
        form.length(f"{path}.description", text, 1, 100)


def _check_options(form: Form, path: str, options: list[Json], *, depth: int) -> None:
    form.count(f"{path}.options", options, 25)
    names = [option.get("name") for option in options]
    optional_seen = False
    for index, option in enumerate(options):
        here = f"{path}.options.{index}"
        _check_name(form, here, option)
        if names.index(option.get("name")) != index:
            form.wrong(f"{here}.name", "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATED", "Option name already in use")
        if option.get("type") in (SUB, GROUP):
            if depth > 1 or (option["type"] == GROUP and depth):
                form.wrong(f"{here}.type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands cannot nest here")
            _check_options(form, here, option.get("options") or [], depth=depth + 1)
            continue
        if option.get("required") and optional_seen:
            form.wrong(
                here,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_seen = optional_seen or not option.get("required")
        _check_option(form, here, option)


def _check_option(form: Form, path: str, option: Json) -> None:
    kind = option.get("type")
    if kind not in range(STRING, ATTACHMENT + 1):
        form.wrong(f"{path}.type", "BASE_TYPE_CHOICES", "Value must be a known option type.")
    choices = option.get("choices") or []
    form.count(f"{path}.choices", choices, 25)
    if choices and option.get("autocomplete"):
        form.wrong(
            f"{path}.autocomplete",
            "APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES",
            "Autocomplete cannot be used with choices",
        )
    check_choices(form, f"{path}.choices", choices, kind)
    for key, high in (("min_length", 6000), ("max_length", 6000)):
        if key in option and not (kind == STRING and 0 <= option[key] <= high):
            form.wrong(f"{path}.{key}", "NUMBER_TYPE_MAX", f"Only for strings, between 0 and {high}.")
    for key in ("min_value", "max_value"):
        if key in option and kind not in (INTEGER, NUMBER):
            form.wrong(f"{path}.{key}", "APPLICATION_COMMAND_OPTION_TYPE", "Only for numbers.")


def check_choices(form: Form, path: str, choices: list[Json], kind: object) -> None:
    """Choices of an option or an autocomplete: names of 1-100, values of the option's type."""
    names = [choice.get("name") for choice in choices]
    for index, choice in enumerate(choices):
        for name in (choice.get("name"), *(choice.get("name_localizations") or {}).values()):
            form.length(f"{path}.{index}.name", name, 1, 100)
        if names.index(choice.get("name")) != index:
            form.wrong(
                f"{path}.{index}.name",
                "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATED",
                "Choice name already in use",
            )
        value = choice.get("value")
        if kind == STRING:
            form.length(f"{path}.{index}.value", value, 1, 100)
        elif isinstance(value, bool) or not isinstance(value, int if kind == INTEGER else int | float):
            form.wrong(f"{path}.{index}.value", "NUMBER_TYPE_COERCE", "Value is not a number.")


def characters(thing: Json) -> int:
    """Names, descriptions and choice values of a command, each in its longest localisation."""
    total = 0
    for key in ("name", "description"):
        texts = [thing.get(key) or "", *(thing.get(f"{key}_localizations") or {}).values()]
        total += max(len(text) for text in texts)
    if isinstance(thing.get("value"), str):
        total += len(thing["value"])
    return total + sum(characters(child) for key in ("options", "choices") for child in thing.get(key) or [])


def registered(
    commands: list[Json], before: list[Json], *, application_id: int, ids: list[int], guild_id: int | None = None
) -> list[Json]:
    """Give synced commands their ids: the old one where the name stays, else the next of `ids`."""
    known = {(old["type"], old["name"]): old["id"] for old in before}
    stored = []
    for command, fresh in zip(commands, ids, strict=True):
        kind = command.get("type", CHAT)
        stored.append(
            {
                "default_member_permissions": None,
                "nsfw": False,
                "options": [],
                **command,
                "type": kind,
                "description": command.get("description", ""),
                "id": known.get((kind, command["name"]), str(fresh)),
                "application_id": str(application_id),
                "version": str(fresh),
                **({"guild_id": str(guild_id)} if guild_id else {}),
            }
        )
    return stored


def found(commands: list[Json], kind: int, path: list[str]) -> tuple[Json, list[Json]] | None:
    """A command by type and path; with the sub-commands on the way, outermost first."""
    command = next((c for c in commands if c["type"] == kind and c["name"] == path[0]), None)
    if command is None:
        return None
    steps: list[Json] = []
    here = command
    for name in path[1:]:
        options = here.get("options") or []
        step = next((o for o in options if o["name"] == name and o["type"] in (SUB, GROUP)), None)
        if step is None:
            return None
        steps.append(step)
        here = step
    if any(option["type"] in (SUB, GROUP) for option in here.get("options") or []):
        return None
    return command, steps
