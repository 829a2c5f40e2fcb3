"""A folder of ComfyUI workflows: each file is a model with its own options, and a wrong one is named in a sentence."""

import json
from pathlib import Path

import pytest

from bot.catalogue.comfy_workflows import WorkflowFolder, read_workflows
from bot.catalogue.placeholders import fill, placeholders_in
from tests.providers.models import WORKFLOWS, model_of

TEXT = {"class_type": "CLIPTextEncode", "inputs": {"text": "{{prompt}}"}}
OPTIONS = "seconds = [5]\n"


def folder_of(folder: Path, graph: object, options: str | None = OPTIONS, name: str = "mine") -> WorkflowFolder:
    (folder / f"{name}.json").write_text(graph if isinstance(graph, str) else json.dumps(graph))
    if options is not None:
        (folder / f"{name}.toml").write_text(options)
    return read_workflows(folder)


def node(**inputs: object) -> dict[str, object]:
    return {"1": TEXT, "2": {"class_type": "Any", "inputs": inputs}}


def test_the_examples_are_models_with_their_own_options() -> None:
    found = read_workflows(WORKFLOWS)
    assert found.problems == ()
    assert [model.key for model in found.models] == ["wan2.2-5b-image", "wan2.2-5b-video", "wan2.2-5b"]
    text, image, video = (model_of(f"comfy/wan2.2-5b{end}") for end in ("", "-image", "-video"))
    assert (text.aspects, text.seconds, text.default_seconds, text.image.max_images) == (
        ("16:9", "9:16"), (2, 3, 5), 5, 0,
    )  # fmt: skip
    assert (image.image.max_images, image.image.required, image.creates) == (1, True, True)
    assert (video.creates, video.takes_video_s) == (False, 6.0)
    assert video.remix is not None
    assert video.remix.aspects == ("16:9", "9:16")
    assert text.price is None  # the account's


def test_a_workflow_may_extend_clips(tmp_path: Path) -> None:
    (model,) = folder_of(tmp_path, node(file="{{video}}"), 'video = "extend"\nseconds = [5]\n').models
    assert (model.remix, model.extend is not None, model.creates) == (None, True, False)


BAD: dict[str, tuple[object, str | None, str]] = {
    "no JSON": ("{", OPTIONS, "is not JSON."),
    "a list": ([1], OPTIONS, "is not a workflow in API format."),
    "deep": ("[" * 100_000, OPTIONS, "is not JSON."),
    "empty": ({}, OPTIONS, "is not a workflow in API format."),
    "the editor's": ({"nodes": [], "links": []}, OPTIONS, "Export it in ComfyUI with Export (API)"),
    "no class": ({"1": {"inputs": {}}}, OPTIONS, "is not a workflow in API format."),
    "no inputs": ({"1": {"class_type": "A"}}, OPTIONS, "has a node 1 without inputs."),
    "large": (" " * (600 << 10), OPTIONS, "is larger than 512 KiB."),
    "a link": (node(model=["9", 0]), OPTIONS, "links model of node 2 to a node 9 that it doesn't have."),
    "misspelt": (node(a="{{promt}}"), OPTIONS, "has {{promt}} in node 2, which is no placeholder. Did you mean"),
    "unknown": (node(a="{{xyz}}"), OPTIONS, "Known are prompt, seed, width,"),
    "no prompt": ({"1": {"class_type": "A", "inputs": {"a": 1}}}, OPTIONS, "has no {{prompt}}"),
    "part of a name": (node(image="in/{{image}}"), OPTIONS, "it must be the whole value."),
    "a file name": (node(filename_prefix="{{prompt}}"), OPTIONS, "members must not choose file names."),
    "both files": (node(a="{{image}}", b="{{video}}"), OPTIONS, "has {{image}} and {{video}}"),
    "no sizes": (node(w="{{width}}"), OPTIONS, "has {{width}}, so mine.toml must give sizes."),
    "no length": (node(), "", "has a length that isn't known, so mine.toml must give seconds"),
    "no fps": (node(n="{{frames}}"), OPTIONS, "so mine.toml must give fps."),
    "fixed size": (
        node(), OPTIONS + 'sizes = { "16:9" = "64x64", "1:1" = "64x64" }', "offers several sizes, but has no {{width}}",
    ),
    "fixed length": (node(), "seconds = [2, 5]", "offers several lengths, but has no {{seconds}} or {{frames}}."),
    "no options": (node(), None, "has no options beside it: write mine.toml; docs/local-gpu.md shows one."),
    "no TOML": (node(), "seconds = ", "has options in mine.toml that are not TOML"),
    "a misspelt key": (node(), "secnds = [5]", "secnds: unknown key; did you mean seconds?"),
    "a wrong size": (node(), OPTIONS + 'sizes = { "16:9" = "big" }', "sizes.16:9"),
    "a default": (node(), OPTIONS + "default_seconds = 9", "default_seconds is 9, which is not among what it offers"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_workflow_that_cannot_be_used_is_named_with_its_reason(tmp_path: Path, case: str) -> None:
    graph, options, says = BAD[case]
    found = folder_of(tmp_path, graph, options)
    assert found.models == ()
    (problem,) = found.problems
    assert problem.startswith("The workflow mine.json isn't used: it ")
    assert says in problem


def test_a_wrong_file_leaves_the_others(tmp_path: Path) -> None:
    folder_of(tmp_path, node(), name="good")
    found = folder_of(tmp_path, "{", name="bad")
    assert [model.key for model in found.models] == ["good"]
    assert len(found.problems) == 1


def test_names_and_lone_options_are_checked(tmp_path: Path) -> None:
    (tmp_path / "lone.toml").write_text(OPTIONS)
    found = folder_of(tmp_path, node(), name="My Workflow")
    assert found.models == ()
    assert "needs another name" in "\n".join(found.problems)
    assert "The workflow lone.toml isn't used: it has no workflow lone.json beside it." in found.problems


def test_a_folder_that_is_not_there_or_empty_is_said(tmp_path: Path) -> None:
    assert "can't be read (No such file or directory)" in read_workflows(tmp_path / "none").problems[0]
    assert "has no workflow" in read_workflows(tmp_path).problems[0]


def test_a_value_is_put_into_the_graph_and_never_read_as_a_placeholder() -> None:
    graph = {"1": {"class_type": "A", "inputs": {"a": "{{prompt}}, 4k", "b": "{{ seed }}", "c": ["2", 0], "d": [1]}}}
    prompt = 'a "fox", ["1", 0] {{seed}} \\ {{image}}\n}'
    filled = fill(graph, {"prompt": prompt, "seed": 7})
    assert filled == {
        "1": {"class_type": "A", "inputs": {"a": f"{prompt}, 4k", "b": 7, "c": ["2", 0], "d": [1]}}
    }  # fmt: skip
    assert json.loads(json.dumps(filled)) == filled
    assert graph["1"]["inputs"]["b"] == "{{ seed }}"  # type: ignore[index]
    assert {use.name: use.alone for use in placeholders_in(graph)} == {"prompt": False, "seed": True}
