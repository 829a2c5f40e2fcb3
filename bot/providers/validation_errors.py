"""Reads the error lists of FastAPI and fal, `[{"loc": ["body", "prompt"], "msg", "type"}]`, and ComfyUI's. Pure."""

from bot.providers.error_words import is_policy, names_of

MAX_ERRORS = 5


def read_validation_errors(detail: object) -> tuple[str, str] | None:
    """Return the messages with their places, and one type: that of a content rejection, else the first.

    Return None if there is no message.
    """
    items = [item for item in detail[:MAX_ERRORS] if isinstance(item, dict)] if isinstance(detail, list) else []
    messages = [(_text(item.get("msg")), _place(item.get("loc"))) for item in items]
    message = "; ".join(f"{place}: {text}" if place else text for text, place in messages if text)
    types = [_text(item.get("type")) for item in items]
    policy = next((name for name in types if is_policy(names_of("", name), "")), None)
    return (message, policy or types[0]) if message else None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _place(loc: object) -> str:
    steps = [str(step) for step in loc if isinstance(step, str | int)] if isinstance(loc, list) else []
    return ".".join(step for step in steps if step != "body")[:80]


def read_node_errors(nodes: object) -> str:
    """Return what ComfyUI says about the nodes of a workflow: `node 4 (UNETLoader): Value not in list: ...`.

    ComfyUI has `{"4": {"class_type", "errors": [{"message", "details"}]}}`. Comfy API v2 has `node_errors` around the
    same, or lists of `{"field", "reason"}`.
    """
    nodes = nodes.get("node_errors", nodes) if isinstance(nodes, dict) else None
    found = []
    for node, entry in list(nodes.items())[:MAX_ERRORS] if isinstance(nodes, dict) else ():
        is_entry = isinstance(entry, dict)
        errors = entry.get("errors") if is_entry else entry
        for error in errors[:MAX_ERRORS] if isinstance(errors, list) else ():
            steps = ("message", "details", "field", "reason") if isinstance(error, dict) else ()
            said = ": ".join(text for step in steps if (text := _text(error.get(step))))
            title = _text(entry.get("class_type")) if is_entry else ""
            found.append(f"node {str(node)[:20]}{f' ({title[:60]})' if title else ''}: {said}" if said else "")
    return "; ".join(filter(None, found))
