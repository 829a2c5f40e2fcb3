"""Read the fields of a submitted modal."""

from collections.abc import Iterator, Mapping


def read_fields(components: object) -> dict[str, str]:
    """Return the value of each field by custom id: the text, or the first selected option. Nothing is validated."""
    return {name: values[0] for name, values in _fields(components)}


def read_values(components: object, name: str) -> list[str]:
    """Return all values of one field, such as the ids of its files. Nothing is validated."""
    return next((values for field, values in _fields(components) if field == name), [])


def _fields(components: object) -> Iterator[tuple[str, list[str]]]:
    for component in components if isinstance(components, list) else ():
        if isinstance(component, Mapping):
            if "custom_id" in component:
                chosen = component.get("values") or [component.get("value") or ""]
                yield str(component["custom_id"]), [str(value) for value in chosen]
            yield from _fields(component.get("components"))
            yield from _fields([component.get("component")])
