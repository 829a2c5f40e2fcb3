"""Reads a folder of ComfyUI workflows: each `NAME.json` with its options in `NAME.toml` is a model.

A file that can't be used is named in a sentence, and the others are used.
"""

import difflib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StrictInt, StrictStr, ValidationError

from bot.catalogue.load import describe_problem, problem_path
from bot.catalogue.model import FollowUpRule, ImageRule, Model, Workflow
from bot.catalogue.placeholders import FILES, NAMES, Use, inputs_of, placeholders_in
from bot.catalogue.schema import Aspect, ModelIn, Seconds, Table

KIND = "comfy"
MAX_FILE_BYTES = 512 << 10
MAX_PICTURE_BYTES = 20_000_000
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_EXPORT = "Export it in ComfyUI with Export (API), in the menu of the workflow."
_PAIRS = {"width": "sizes", "height": "sizes", "seconds": "seconds", "frames": "seconds"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFolder:
    """The models of a folder, and one sentence about each file that can't be used."""

    models: tuple[Model, ...] = ()
    problems: tuple[str, ...] = ()


class WorkflowIn(Table):
    """The options of one workflow, in the file beside it. The lengths and sizes are those of the result."""

    title: Annotated[StrictStr, Field(min_length=1, max_length=40)] | None = None
    sizes: Mapping[Aspect, Annotated[StrictStr, Field(pattern=r"^[1-9]\d{1,3}x[1-9]\d{1,3}$")]] = {}
    seconds: Seconds = ()
    default_aspect: StrictStr | None = None
    default_seconds: StrictInt | None = None
    fps: Annotated[StrictInt, Field(ge=1, le=120)] | None = None
    frame_step: Annotated[StrictInt, Field(ge=1, le=64)] = 4
    video: Literal["remix", "extend"] = "remix"
    video_s: Annotated[float, Field(gt=0, le=600)] = 10.0
    prompt_max: Annotated[StrictInt, Field(ge=3, le=100_000)] = 2000
    usual_s: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]] = (60.0, 600.0)
    first_s: Annotated[float, Field(ge=0)] = 20.0

    def build(self, key: str, graph: Mapping[str, object]) -> Model:
        """Return the model of a workflow. Raise ValidationError if a default isn't among what it offers."""
        names = {use.name for use in placeholders_in(graph)}
        takes_video = "video" in names
        model = ModelIn(
            title=self.title or key[:40], family=key, aspects=tuple(self.sizes), sizes=self.sizes,
            seconds=self.seconds, default_aspect=self.default_aspect, default_seconds=self.default_seconds,
            takes_video_s=self.video_s if takes_video else None, creates=not takes_video,
            prompt_max=self.prompt_max, usual_s=self.usual_s, first_s=self.first_s,
        ).build(KIND, key)  # fmt: skip
        rule = FollowUpRule(
            model=key, aspects=model.aspects, seconds=model.seconds, default_seconds=model.default_seconds
        )
        picture = ImageRule(max_images=1, required=True, form="file", max_bytes=MAX_PICTURE_BYTES)
        return replace(
            model,
            image=picture if "image" in names else ImageRule(),
            remix=rule if takes_video and self.video == "remix" else None,
            extend=rule if takes_video and self.video == "extend" else None,
            workflow=Workflow(graph=graph, fps=self.fps, frame_step=self.frame_step),
            from_host=True,
        )


class _Unusable(Exception):
    """Why a file can't be used, as the rest of a sentence that begins with its name."""


def read_workflows(folder: Path) -> WorkflowFolder:
    """Read every workflow of a folder, in the order of their names. Never raises."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in (".json", ".toml") and path.is_file())
    except OSError as error:
        return WorkflowFolder(problems=(f"The folder of workflows {folder} can't be read ({error.strerror}).",))
    models, problems = [], []
    for file in files:
        try:
            if file.suffix == ".json":
                models.append(_read_model(file))
            elif not file.with_suffix(".json").is_file():
                raise _Unusable(f"has no workflow {file.stem}.json beside it.")
        except _Unusable as error:
            problems.append(f"The workflow {file.name} isn't used: it {error}")
    if not files:
        problems.append(f"The folder {folder} has no workflow. {_EXPORT}")
    return WorkflowFolder(models=tuple(models), problems=tuple(problems))


def _read_model(file: Path) -> Model:
    """Read a workflow and its options. Raise _Unusable."""
    if not _NAME.fullmatch(file.stem):
        raise _Unusable("needs another name: up to 60 small letters, digits, points, hyphens and underscores.")
    graph = _read_graph(file)
    options = _read_options(file.with_suffix(".toml"))
    _check_placeholders(list(placeholders_in(graph)), options, file)
    try:
        return options.build(file.stem, graph)
    except ValidationError as errors:
        raise _Unusable(_option_problems(file.with_suffix(".toml"), errors)) from None


def _read_graph(file: Path) -> Mapping[str, object]:
    """Read a workflow in API format. Raise _Unusable."""
    try:
        content = file.read_bytes() if file.stat().st_size <= MAX_FILE_BYTES else None
        graph = None if content is None else json.loads(content)
    except OSError as error:
        raise _Unusable(f"can't be read ({error.strerror}).") from None
    except (ValueError, RecursionError):
        raise _Unusable("is not JSON.") from None
    if content is None:
        raise _Unusable(f"is larger than {MAX_FILE_BYTES >> 10} KiB.")
    if isinstance(graph, dict) and isinstance(graph.get("nodes"), list):
        raise _Unusable(f"is in the format of the editor, not of the API. {_EXPORT}")
    if not isinstance(graph, dict) or not graph or not all(_is_node(node) for node in graph.values()):
        raise _Unusable(f"is not a workflow in API format. {_EXPORT}")
    _check_links(graph)
    return graph


def _is_node(node: object) -> bool:
    return isinstance(node, dict) and isinstance(node.get("class_type"), str)


def _check_links(graph: Mapping[str, object]) -> None:
    """Raise _Unusable if a node lacks its inputs or is linked to a node that isn't there."""
    known = dict(inputs_of(graph))
    for node in graph:
        if node not in known:
            raise _Unusable(f"has a node {node} without inputs. {_EXPORT}")
        for name, value in known[node].items():
            if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], str):
                continue
            if isinstance(value[1], int) and value[0] not in graph:
                raise _Unusable(f"links {name} of node {node} to a node {value[0]} that it doesn't have.")


def _read_options(file: Path) -> WorkflowIn:
    try:
        return WorkflowIn.model_validate(tomllib.loads(file.read_text()))
    except FileNotFoundError:
        raise _Unusable(f"has no options beside it: write {file.name}; docs/local-gpu.md shows one.") from None
    except OSError as error:
        raise _Unusable(f"has options in {file.name} that can't be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _Unusable(f"has options in {file.name} that are not TOML: {error}.") from None
    except ValidationError as errors:
        raise _Unusable(_option_problems(file, errors)) from None


def _option_problems(file: Path, errors: ValidationError) -> str:
    keys = tuple(WorkflowIn.model_fields)
    found = [
        f"{problem_path(error).lstrip('.') or 'value'}: {describe_problem(error, lambda _: keys)}"
        for error in errors.errors(include_url=False)
    ]
    return f"has options in {file.name} that can't be used: {'; '.join(found)}."


def _check_placeholders(uses: Sequence[Use], options: WorkflowIn, file: Path) -> None:
    """Raise _Unusable if the placeholders are wrong, or don't go with the options."""
    names = {use.name for use in uses}
    for use in uses:
        if use.name not in NAMES:
            near = difflib.get_close_matches(use.name, NAMES, 1)
            known = f"Did you mean {{{{{near[0]}}}}}?" if near else f"Known are {', '.join(NAMES)}."
            raise _Unusable(f"has {{{{{use.name}}}}} in node {use.node}, which is no placeholder. {known}")
        if use.name in FILES and not use.alone:
            raise _Unusable(f"has {{{{{use.name}}}}} in a longer text of node {use.node}; it must be the whole value.")
        if use.name == "prompt" and "filename" in use.input:
            raise _Unusable(
                f"has {{{{prompt}}}} in {use.input} of node {use.node}: members must not choose file names."
            )
    if "prompt" not in names:
        raise _Unusable("has no {{prompt}}: write it where the text of the video is.")
    if names >= {*FILES}:
        raise _Unusable("has {{image}} and {{video}}; a workflow starts from one of them.")
    for name, option in _PAIRS.items():
        if name in names and not getattr(options, option):
            raise _Unusable(f"has {{{{{name}}}}}, so {file.stem}.toml must give {option}.")
    _check_lengths(names, options, file)


def _check_lengths(names: set[str], options: WorkflowIn, file: Path) -> None:
    """Raise _Unusable if what is offered can't reach the workflow, or its length isn't known."""
    if names & {"frames", "fps"} and options.fps is None:
        raise _Unusable(f"has {{{{frames}}}} or {{{{fps}}}}, so {file.stem}.toml must give fps.")
    if len(options.sizes) > 1 and not names & {"width", "height"}:
        raise _Unusable("offers several sizes, but has no {{width}} and {{height}}.")
    if len(options.seconds) > 1 and not names & {"seconds", "frames"}:
        raise _Unusable("offers several lengths, but has no {{seconds}} or {{frames}}.")
    if not options.seconds and "video" not in names:
        raise _Unusable(f"has a length that isn't known, so {file.stem}.toml must give seconds, such as [5].")
