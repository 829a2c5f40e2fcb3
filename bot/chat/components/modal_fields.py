"""Read the fields of a submitted modal."""

from collections.abc import Iterator, Mapping


def read_fields(components: object) -> dict[str, str]:
    """Return the value of each field by custom id: the text, or the first selected option. Nothing is validated."""
    return dict(_fields(components))


def _fields(components: object) -> Iterator[tuple[str, str]]:
    for component in components if isinstance(components, list) else ():
        if isinstance(component, Mapping):
            if "custom_id" in component:
                chosen = component.get("values") or [component.get("value") or ""]
                yield str(component["custom_id"]), str(chosen[0])
            yield from _fields(component.get("components"))
            yield from _fields([component.get("component")])
