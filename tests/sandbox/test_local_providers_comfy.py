"""The pretend ComfyUI validates workflows as the real one, renders one at a time, and forgets at a restart."""

import copy
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.sandbox.providers import LocalComfy, LocalComfyV2
from tests.providers.models import WORKFLOWS

PNG = b"\x89PNG\r\n\x1a\n"
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


def graph(**changes: object) -> dict[str, Any]:
    """Return the text example with values, and with changes of inputs as `node_input`."""
    text = (WORKFLOWS / "wan2.2-5b.json").read_text()
    values = {"prompt": "a cat", "seed": 1, "width": 64, "height": 64, "frames": 25, "fps": 24}
    for name, value in values.items():
        text = text.replace(f'"{{{{{name}}}}}"', json.dumps(value))
    nodes: dict[str, Any] = json.loads(text)
    for name, value in changes.items():
        node, _, key = name.removeprefix("n").partition("_")
        nodes[node]["inputs"][key] = value
    return nodes


@pytest.fixture
async def comfy() -> AsyncIterator[LocalComfy]:
    async with LocalComfy(render_s=0) as provider:
        yield provider


@pytest.fixture
async def http(comfy: LocalComfy) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {comfy.api_key}"}
    async with httpx.AsyncClient(base_url=comfy.base_url, headers=headers, trust_env=False) as client:
        yield client


async def error_of(http: httpx.AsyncClient, body: object) -> tuple[str, dict[str, Any]]:
    response = await http.post("/prompt", json=body)
    assert response.status_code == 400
    return response.json()["error"]["type"], response.json()["node_errors"]


async def test_a_run_is_queued_and_then_in_the_history(comfy: LocalComfy, http: httpx.AsyncClient) -> None:
    comfy.render_s = 60
    body = {"prompt": graph(), "prompt_id": ID, "extra_data": {"retake": "x"}}
    assert (await http.post("/prompt", json=body)).json() == {"prompt_id": ID, "number": 0, "node_errors": {}}
    assert (await http.get(f"/history/{ID}")).json() == {}
    queue = (await http.get("/queue")).json()
    (run,) = queue["queue_running"] + queue["queue_pending"]
    assert (run[1], run[3]) == (ID, {"retake": "x"})
    await comfy.finish(ID)
    entry = (await http.get(f"/history/{ID}")).json()[ID]
    assert entry["status"] == {"status_str": "success", "completed": True, "messages": entry["status"]["messages"]}
    (file,) = entry["outputs"]["11"]["images"]
    film = await http.get("/view", params=file)
    assert film.status_code == 200
    assert b"CLIPTextEncode" in film.content
    assert (await http.get("/view", params=file | {"subfolder": ""})).status_code == 404


BAD: dict[str, tuple[dict[str, object], str]] = {
    "another model": ({"n1_unet_name": "other.safetensors"}, "value_not_in_list"),
    "a text as number": ({"n7_width": "64"}, "invalid_input_type"),
    "too small": ({"n7_length": 0}, "value_smaller_than_min"),
    "too big": ({"n8_denoise": 2.0}, "value_bigger_than_max"),
    "another link": ({"n8_model": ["2", 0]}, "return_type_mismatch"),
    "no node": ({"n8_model": ["99", 0]}, "bad_linked_input"),
    "a value for a link": ({"n8_model": "x"}, "bad_linked_input"),
}


@pytest.mark.parametrize("case", BAD)
async def test_a_wrong_input_is_named_with_its_node(comfy: LocalComfy, http: httpx.AsyncClient, case: str) -> None:
    changes, kind = BAD[case]
    error, nodes = await error_of(http, {"prompt": graph(**changes)})
    (name,) = {key.removeprefix("n").partition("_")[0] for key in changes}
    assert error == "prompt_outputs_failed_validation"
    assert [each["type"] for each in nodes[name]["errors"]] == [kind]
    assert comfy.tasks == {}


async def test_a_wrong_graph_is_refused(http: httpx.AsyncClient) -> None:
    without = copy.deepcopy(graph())
    del without["11"]
    unknown = graph() | {"1": {"class_type": "Nothing", "inputs": {}}}
    lacking = graph()
    del lacking["5"]["inputs"]["clip"]
    assert (await error_of(http, {}))[0] == "no_prompt"
    assert (await error_of(http, {"prompt": without}))[0] == "prompt_no_outputs"
    assert (await error_of(http, {"prompt": unknown}))[0] == "missing_node_type"
    assert (await error_of(http, {"prompt": lacking}))[1]["5"]["errors"][0]["type"] == "required_input_missing"
    assert (await error_of(http, {"prompt": graph(), "prompt_id": ID.upper()}))[0] == "invalid_prompt_id"


async def test_files_of_one_name_are_told_apart_and_equal_ones_kept_once(
    comfy: LocalComfy, http: httpx.AsyncClient
) -> None:
    names = []
    for data in (PNG, PNG, PNG + b"x"):
        response = await http.post("/upload/image", files={"image": ("a.png", data, "image/png")})
        names.append(response.json()["name"])
    assert names == ["a.png", "a.png", "a (1).png"]
    assert (await http.post("/upload/image", data={"type": "input"})).status_code == 400
    comfy.complaints.clear()


async def test_an_older_server_chooses_ids_and_interrupts_any_run(comfy: LocalComfy, http: httpx.AsyncClient) -> None:
    comfy.version = (0, 3, 40)
    comfy.render_s = 60
    answer = (await http.post("/prompt", json={"prompt": graph(), "prompt_id": ID})).json()
    assert answer["prompt_id"] != ID
    assert (await http.post(f"/api/jobs/{ID}/cancel")).status_code == 405
    while not comfy.running():
        await http.get("/queue")
    await http.post("/interrupt", json={"prompt_id": ID})
    await comfy.finish(answer["prompt_id"])
    assert comfy.interrupted == {answer["prompt_id"]}


async def test_runs_are_rendered_one_at_a_time(comfy: LocalComfy, http: httpx.AsyncClient) -> None:
    comfy.render_s = 60
    for _ in range(3):
        await http.post("/prompt", json={"prompt": graph()})
    while not comfy.running():
        await http.get("/queue")
    assert (len(comfy.running()), len(comfy.queued())) == (1, 2)
    await http.post("/queue", json={"delete": [comfy.queued()[0].id]})
    assert len(comfy.queued()) == 1


async def test_the_v2_api_takes_a_key_once_and_no_unknown_field() -> None:
    async with LocalComfyV2(render_s=0) as provider:
        headers = {"Authorization": f"Bearer {provider.api_key}", "Idempotency-Key": ID}
        async with httpx.AsyncClient(base_url=provider.base_url, headers=headers, trust_env=False) as http:
            refused = await http.post("/api/v2/jobs", json={"workflow": graph(n7_width="x")})
            assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_workflow")
            assert refused.json()["error"]["details"]["node_errors"]["7"]["errors"]
            asset = {"__type": "core/ASSET", "info": {"id": "none"}}
            gone = await http.post("/api/v2/jobs", json={"workflow": graph(n5_text=asset)})
            assert gone.json()["error"]["code"] == "missing_asset"
            assert (await http.post("/api/v2/jobs", json={"workflow": graph()})).status_code == 201
            again = await http.post("/api/v2/jobs", json={"workflow": graph()})
            assert (again.status_code, again.json()["error"]["code"]) == (422, "idempotency_key_reuse")
            editor = await http.post("/api/v2/jobs", json={"workflow": {"nodes": []}})
            assert editor.json()["error"]["code"] == "workflow_format_ui"
            assert (await http.post("/api/v2/jobs", json={"workflow": {}, "webhook_url": "x"})).status_code == 422
            assert len(provider.tasks) == 1
