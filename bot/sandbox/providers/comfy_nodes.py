"""The nodes of a pretend ComfyUI, and its validation of a workflow. Source: ComfyUI's execution.py up to 0.36."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.sandbox.providers.tasks import Refused

Spec = str | tuple[str, float, float] | list[str]  # a type, a number with its bounds, or a choice
Graph = dict[str, object]
MODELS = {
    "unet_name": ["wan2.2_ti2v_5B_fp16.safetensors"],
    "clip_name": ["umt5_xxl_fp8_e4m3fn_scaled.safetensors"],
    "vae_name": ["wan2.2_vae.safetensors", "wan_2.1_vae.safetensors"],
}
SIZE: Spec = ("INT", 1, 16384)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What a node takes and gives. `loads` is the input with the name of an uploaded file."""

    inputs: Mapping[str, Spec]
    optional: Mapping[str, Spec] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    saves: bool = False
    loads: str = ""


SAMPLING: Mapping[str, Spec] = {
    "model": "MODEL", "positive": "CONDITIONING", "negative": "CONDITIONING", "latent_image": "LATENT",
    "seed": ("INT", 0, 2**64 - 1), "steps": ("INT", 1, 10000), "cfg": ("FLOAT", 0, 100),
    "sampler_name": ["euler", "uni_pc"], "scheduler": ["simple", "normal"], "denoise": ("FLOAT", 0, 1),
}  # fmt: skip
NODES: Mapping[str, Node] = {
    "UNETLoader": Node(
        inputs={"unet_name": MODELS["unet_name"], "weight_dtype": ["default", "fp8_e4m3fn"]}, outputs=("MODEL",)
    ),
    "CLIPLoader": Node(
        inputs={"clip_name": MODELS["clip_name"], "type": ["wan", "ltxv"]},
        optional={"device": ["default", "cpu"]},
        outputs=("CLIP",),
    ),
    "VAELoader": Node(inputs={"vae_name": MODELS["vae_name"]}, outputs=("VAE",)),
    "ModelSamplingSD3": Node(inputs={"model": "MODEL", "shift": ("FLOAT", 0, 100)}, outputs=("MODEL",)),
    "CLIPTextEncode": Node(inputs={"text": "STRING", "clip": "CLIP"}, outputs=("CONDITIONING",)),
    "Wan22ImageToVideoLatent": Node(
        inputs={"vae": "VAE", "width": SIZE, "height": SIZE, "length": SIZE, "batch_size": SIZE},
        optional={"start_image": "IMAGE"},
        outputs=("LATENT",),
    ),
    "KSampler": Node(inputs=SAMPLING, outputs=("LATENT",)),
    "VAEDecode": Node(inputs={"samples": "LATENT", "vae": "VAE"}, outputs=("IMAGE",)),
    "VAEEncode": Node(inputs={"pixels": "IMAGE", "vae": "VAE"}, outputs=("LATENT",)),
    "LoadImage": Node(inputs={"image": "FILE"}, outputs=("IMAGE", "MASK"), loads="image"),
    "LoadVideo": Node(inputs={"file": "FILE"}, outputs=("VIDEO",), loads="file"),
    "GetVideoComponents": Node(inputs={"video": "VIDEO"}, outputs=("IMAGE", "AUDIO", "FLOAT")),
    "ImageScale": Node(
        inputs={
            "image": "IMAGE", "upscale_method": ["lanczos", "bilinear"], "width": SIZE, "height": SIZE,
            "crop": ["disabled", "center"],
        },
        outputs=("IMAGE",),
    ),
    "CreateVideo": Node(
        inputs={"images": "IMAGE", "fps": ("FLOAT", 1, 120)}, optional={"audio": "AUDIO"}, outputs=("VIDEO",)
    ),
    "SaveVideo": Node(
        inputs={
            "video": "VIDEO", "filename_prefix": "STRING", "format": ["auto", "mp4"], "codec": ["auto", "h264"],
        },
        saves=True,
    ),
}  # fmt: skip


class Invalid(Refused):
    """A workflow that can't run, with the answer's `error` and `node_errors`."""

    def __init__(self, kind: str, message: str, details: str = "", nodes: Graph | None = None) -> None:
        super().__init__("bad_request", f"{message}: {details}" if details else message)
        self.error = {"type": kind, "message": message, "details": details, "extra_info": {}}
        self.nodes: Graph = nodes or {}


def validate(graph: object, has_file: Callable[[str], bool], missing: Sequence[str]) -> dict[str, dict[str, object]]:
    """Return the inputs of each node of a workflow that can run. Raise Invalid. `missing` are files that have gone."""
    if not isinstance(graph, dict):
        raise Invalid("no_prompt", "No prompt provided", "No prompt provided")
    nodes: dict[str, dict[str, object]] = {}
    for name, node in graph.items():
        kind = node.get("class_type") if isinstance(node, dict) else None
        if kind not in NODES:
            raise Invalid("missing_node_type", f"Node '{kind}' not found.", f"Node ID '#{name}'")
        nodes[name] = dict(node["inputs"])
    kinds = {name: NODES[node["class_type"]] for name, node in graph.items()}
    if not any(kind.saves for kind in kinds.values()):
        raise Invalid("prompt_no_outputs", "Prompt has no outputs")
    errors: Graph = {}
    for name, kind in kinds.items():
        if found := _node_errors(nodes[name], kind, kinds, has_file, missing):
            errors[name] = {"errors": found, "dependent_outputs": [], "class_type": graph[name]["class_type"]}
    if errors:
        raise Invalid("prompt_outputs_failed_validation", "Prompt outputs failed validation", nodes=errors)
    return nodes


def _node_errors(
    inputs: Mapping[str, object],
    kind: Node,
    kinds: Mapping[str, Node],
    has_file: Callable[[str], bool],
    missing: Sequence[str],
) -> list[object]:
    found: list[object] = []
    for name, spec in {**kind.inputs, **kind.optional}.items():
        if name not in inputs:
            if name in kind.inputs:
                found.append(_error("required_input_missing", "Required input is missing", name))
            continue
        value = inputs[name]
        error = _link_error(name, value, spec, kinds) if isinstance(value, list) else _value_error(name, value, spec)
        if error is None and isinstance(spec, list) and value in missing:
            error = _error("value_not_in_list", "Value not in list", f"{name}: '{value}' not in []")
        if error is None and name == kind.loads and not has_file(str(value)):
            error = _error("custom_validation_failed", "Custom validation failed", f"{name} - Invalid file: {value}")
        if error is not None:
            found.append(error)
    return found


def _link_error(name: str, link: list[object], spec: Spec, kinds: Mapping[str, Node]) -> object | None:
    if len(link) != 2 or str(link[0]) not in kinds or not isinstance(link[1], int):
        return _error("bad_linked_input", "Bad linked input, must be a length-2 list of [node_id, slot_index]", name)
    given, wanted = kinds[str(link[0])].outputs[link[1]], spec[0] if isinstance(spec, tuple) else spec
    if given == wanted:
        return None
    return _error("return_type_mismatch", "Return type mismatch between linked nodes", f"{name}, {given} != {wanted}")


def _value_error(name: str, value: object, spec: Spec) -> object | None:
    if isinstance(spec, list):
        offered = value in spec
        return None if offered else _error("value_not_in_list", "Value not in list", f"{name}: '{value}' not in {spec}")
    if isinstance(spec, tuple):
        kind, low, high = spec
        if isinstance(value, bool) or not isinstance(value, int if kind == "INT" else int | float):
            return _error(
                "invalid_input_type", f"Failed to convert an input value to a {kind} value", f"{name}, {value}"
            )
        if value < low:
            return _error("value_smaller_than_min", f"Value {value} smaller than min of {low}", name)
        return None if value <= high else _error("value_bigger_than_max", f"Value {value} bigger than max", name)
    if spec in ("STRING", "FILE"):
        return None if isinstance(value, str) else _error("invalid_input_type", "Failed to convert to STRING", name)
    return _error("bad_linked_input", "Bad linked input, must be a length-2 list of [node_id, slot_index]", name)


def _error(kind: str, message: str, details: str) -> object:
    return {"type": kind, "message": message, "details": details, "extra_info": {"input_name": details.split(",")[0]}}


def described(name: str, missing: Sequence[str]) -> Graph:
    """Return a node as `/object_info` describes it. A choice is written in the older or the newer form."""

    def spec(value: Spec) -> object:
        if isinstance(value, list):
            options = [option for option in value if option not in missing]
            return ["COMBO", {"options": options}] if name == "VAELoader" else [options, {}]
        if isinstance(value, tuple):
            return [value[0], {"min": value[1], "max": value[2]}]
        return [value, {}] if value != "FILE" else [[], {"image_upload": True}]

    node = NODES[name]
    groups = {"required": node.inputs, "optional": node.optional}
    return {
        "input": {group: {key: spec(value) for key, value in specs.items()} for group, specs in groups.items()},
        "output": list(node.outputs),
        "output_node": node.saves,
        "name": name,
    }
