"""Buttons, menus and modals: what Discord accepts, and how to find one. Knows JSON only."""

from collections.abc import Iterator

from bot.sandbox.discord.errors import Form, Json

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 19, 21, 22, 23
SELECTS = (3, 5, 6, 7, 8)
LINK, PREMIUM = 5, 6
V2_TOP = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER)


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component of a tree, parents first."""
    for component in components:
        yield component
        for key in ("components", "items"):
            yield from walk([c for c in component.get(key) or [] if isinstance(c, dict)])
        for key in ("component", "accessory"):
            if isinstance(component.get(key), dict):
                yield from walk([component[key]])


def numbered(components: list[Json]) -> list[Json]:
    """Give every component the `id` that Discord would."""
    for number, component in enumerate((c for c in walk(components) if "type" in c), 1):
        component.setdefault("id", number)
    return components


def check_message(form: Form, components: list[Json], *, v2: bool) -> None:
    """Note what is wrong with a message's components."""
    if v2:
        if sum("type" in c for c in walk(components)) > 40:
            form.wrong("components", "COMPONENT_MAX_TOTAL", "Must have 40 or fewer components in total.")
        text = sum(len(str(c.get("content", ""))) for c in walk(components) if c.get("type") == TEXT)
        if text > 4000:
            form.wrong("components", "COMPONENT_TEXT_TOO_LONG", "Text must be 4000 or fewer in length.")
    elif len(components) > 5:
        form.count("components", components, 5)
    for index, component in enumerate(components):
        if component.get("type") not in (V2_TOP if v2 else (ROW,)):
            form.wrong(f"components.{index}.type", "UNION_TYPE_CHOICES", "Value of field 'type' is not allowed here.")
    _check_ids(form, components)
    _check_tree(form, "components", components)


def _check_ids(form: Form, components: list[Json]) -> None:
    seen: set[str] = set()
    for component in walk(components):
        custom_id = component.get("custom_id")
        if isinstance(custom_id, str) and custom_id in seen:
            form.wrong("components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        if isinstance(custom_id, str):
            seen.add(custom_id)


def _check_tree(form: Form, path: str, components: list[Json]) -> None:
    for index, component in enumerate(components):
        here, kind = f"{path}.{index}", component.get("type")
        if kind == ROW:
            _check_row(form, here, component)
        elif kind == BUTTON:
            _check_button(form, here, component)
        elif kind in SELECTS:
            _check_select(form, here, component)
        for key in ("component", "accessory"):
            if isinstance(component.get(key), dict):
                _check_tree(form, f"{here}.{key}", [component[key]])
        if kind in (CONTAINER, SECTION, ROW):
            _check_tree(form, f"{here}.components", component.get("components") or [])


def _check_row(form: Form, path: str, row: Json) -> None:
    children = row.get("components") or []
    form.count(f"{path}.components", children, 5, low=1)
    selects = [c for c in children if c.get("type") in SELECTS]
    if selects and len(children) > 1:
        form.wrong(
            f"{path}.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width"
        )


def _check_button(form: Form, path: str, button: Json) -> None:
    if button.get("style") == LINK:
        if not str(button.get("url", "")).startswith(("http://", "https://", "discord://")):
            form.wrong(f"{path}.url", "URL_TYPE_INVALID_SCHEME", "Scheme must be one of http, https, discord.")
    elif button.get("style") != PREMIUM:
        form.length(f"{path}.custom_id", button.get("custom_id"), 1, 100)
    if len(str(button.get("label") or "")) > 80:
        form.length(f"{path}.label", button.get("label"), 0, 80)
    if not button.get("label") and not button.get("emoji") and button.get("style") != PREMIUM:
        form.wrong(path, "BUTTON_COMPONENT_INVALID", "A button must have a label or an emoji")


def _check_select(form: Form, path: str, select: Json) -> None:
    form.length(f"{path}.custom_id", select.get("custom_id"), 1, 100)
    form.length(f"{path}.placeholder", select.get("placeholder") or "", 0, 150)
    if select.get("type") != STRING_SELECT:
        return
    options = select.get("options") or []
    form.count(f"{path}.options", options, 25, low=1)
    values = [option.get("value") for option in options]
    for index, option in enumerate(options):
        form.length(f"{path}.options.{index}.label", option.get("label"), 1, 100)
        form.length(f"{path}.options.{index}.value", option.get("value"), 1, 100)
        form.length(f"{path}.options.{index}.description", option.get("description") or "", 0, 100)
        if values.index(option.get("value")) != index:
            form.wrong(
                f"{path}.options.{index}.value",
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )


def check_modal(form: Form, modal: Json) -> None:
    """Note what is wrong with a modal."""
    form.length("data.title", modal.get("title"), 1, 45)
    form.length("data.custom_id", modal.get("custom_id"), 1, 100)
    components = modal.get("components") or []
    form.count("data.components", components, 5, low=1)
    _check_ids(form, components)
    for index, component in enumerate(components):
        path = f"data.components.{index}"
        if component.get("type") not in (ROW, LABEL, TEXT):
            form.wrong(f"{path}.type", "UNION_TYPE_CHOICES", "Value of field 'type' is not allowed here.")
        if component.get("type") == LABEL:
            form.length(f"{path}.label", component.get("label"), 1, 45)
            form.length(f"{path}.description", component.get("description") or "", 0, 100)
        for field in walk([component]):
            if field.get("type") == TEXT_INPUT:
                _check_input(form, path, field, labelled=component.get("type") == LABEL)
            elif field.get("type") in SELECTS:
                _check_select(form, path, field)


def _check_input(form: Form, path: str, field: Json, *, labelled: bool) -> None:
    form.length(f"{path}.custom_id", field.get("custom_id"), 1, 100)
    if not labelled:
        form.length(f"{path}.label", field.get("label"), 1, 45)
    form.length(f"{path}.placeholder", field.get("placeholder") or "", 0, 100)
    form.length(f"{path}.value", field.get("value") or "", 0, int(field.get("max_length") or 4000))
