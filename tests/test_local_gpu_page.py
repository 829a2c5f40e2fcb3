"""docs/local-gpu.md says what the code does: its options, placeholders, settings, and the files of the examples."""

import os
import re
import tomllib
from pathlib import Path

import pytest

from bot.catalogue.comfy_workflows import WorkflowIn
from bot.catalogue.placeholders import NAMES, inputs_of
from bot.providers.comfy_nodes import MODEL_FILES
from bot.settings import load
from tests.providers.models import WORKFLOWS, model_of

PAGE = (Path(__file__).parents[1] / "docs" / "local-gpu.md").read_text()
EXAMPLES = ("wan2.2-5b", "wan2.2-5b-image", "wan2.2-5b-video")


def test_the_example_of_options_is_accepted_and_names_the_common_ones() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    options = WorkflowIn.model_validate(tomllib.loads(example))
    assert set(WorkflowIn.model_fields) - options.model_fields_set == {"default_aspect", "first_s"}
    assert f"the default is {WorkflowIn().video_s:g}" in example
    assert f"{WorkflowIn().frame_step} is the default" in example


def test_every_placeholder_is_named_and_no_other() -> None:
    assert set(re.findall(r"\{\{(\w+)\}\}", PAGE)) == set(NAMES)


def test_every_example_and_each_of_its_files_is_named() -> None:
    assert {path.stem for path in WORKFLOWS.glob("*.json")} == set(EXAMPLES)
    for key in EXAMPLES:
        workflow = model_of(f"comfy/{key}").workflow
        assert workflow is not None
        assert f"`{key}`" in PAGE
        for _, inputs in inputs_of(workflow.graph):
            for value in inputs.values():
                if isinstance(value, str) and value.endswith(MODEL_FILES):
                    assert f"/{value}\n" in PAGE or f"/{value} \\\n" in PAGE


@pytest.mark.parametrize("server", ["COMFY", "VLLM", "SGLANG"])
def test_the_settings_of_each_server_are_accepted_and_its_model_can_be_ordered(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.upper().startswith("RETAKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RETAKE_DISCORD_TOKEN", "token-of-the-bot")
    monkeypatch.chdir(WORKFLOWS.parent)
    (block,) = [
        block
        for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
        if f"RETAKE_ACCOUNTS__{server}__PRICE" in block and "DEFAULT_MODEL" in block
    ]
    for name, value in re.findall(r"^(RETAKE_\w+)=(.*)$", block, re.MULTILINE):
        monkeypatch.setenv(name, value)
    settings = load(env_file=None)
    assert settings.notices() == []
