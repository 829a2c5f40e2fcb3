"""Compares a workflow with the nodes and the model files of a ComfyUI server. Stateless."""

from collections.abc import Iterator, Mapping

from bot.catalogue.model import Workflow
from bot.catalogue.placeholders import inputs_of
from bot.providers.json_fields import get_path

MODEL_FILES = (".safetensors", ".sft", ".gguf", ".ckpt", ".pt", ".pth", ".bin")
MAX_CLASSES = 60  # of one workflow that are asked about


def node_classes(workflow: Workflow | None) -> list[str]:
    """Return the classes of a workflow's nodes."""
    graph = workflow.graph if workflow is not None else {}
    return sorted({str(get_path(node, "class_type")) for node in graph.values()})[:MAX_CLASSES]


def lacking(workflow: Workflow | None, classes: Mapping[str, object]) -> str:
    """Return the nodes and the model files that a server lacks, or an empty text.

    `classes` are the server's descriptions of the nodes by class; None for one that it doesn't have.
    """
    missing = [f"the node {name}" for name in node_classes(workflow) if classes.get(name) is None]
    return ", ".join([*missing, *sorted(set(_missing_files(workflow, classes)))])


def _missing_files(workflow: Workflow | None, classes: Mapping[str, object]) -> Iterator[str]:
    graph = workflow.graph if workflow is not None else {}
    for node, inputs in inputs_of(graph):
        described = classes.get(str(get_path(graph[node], "class_type")))
        for name, value in inputs.items():
            if isinstance(value, str) and value.lower().endswith(MODEL_FILES):
                offered = _offered(described, name)
                if offered is not None and value not in offered:
                    yield value


def _offered(described: object, name: str) -> list[object] | None:
    """Return the values that an input takes, or None if it isn't a choice.

    A choice is described as `[[values], {...}]`, or as `["COMBO", {"options": [values]}]`.
    """
    for group in ("required", "optional"):
        spec = get_path(described, f"input.{group}")
        kind = spec.get(name) if isinstance(spec, dict) else None
        for values in (get_path(kind, "0"), get_path(kind, "1.options")):
            if isinstance(values, list):
                return values
    return None
