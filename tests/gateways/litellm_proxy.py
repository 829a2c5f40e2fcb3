"""Runs a real LiteLLM proxy of an environment of its own, in front of a local OpenAI server, as a process."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

BINARY = Path(__file__).parents[2] / "build/litellm/bin/litellm"
MASTER_KEY = "sk-master-of-the-test"
START_WITHIN_S = 120.0
END_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """Where the proxy sends requests: each test serves it at the same port with the same key."""

    port: int
    key: str = "sk-upstream-of-the-test"

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteLLMProxy:
    """A running proxy."""

    port: int
    upstream: Upstream

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def write_config(path: Path, upstream: Upstream) -> None:
    """Write the shortest configuration that a host would: no retries are switched off in it."""
    models = {"sora-2": "openai/sora-2", "ended": "openai/sora-9"}
    model_list = [
        {
            "model_name": name,
            "litellm_params": {"model": model, "api_base": upstream.base_url, "api_key": upstream.key},
        }
        for name, model in models.items()
    ]
    config = {"model_list": model_list, "general_settings": {"master_key": MASTER_KEY}}
    path.write_text(json.dumps(config))  # JSON is YAML


@contextlib.contextmanager
def running_proxy(port: int, upstream: Upstream, folder: Path) -> Iterator[LiteLLMProxy]:
    """Run the proxy for the length of a block. Raise RuntimeError with its log if it doesn't start in time."""
    assert BINARY.exists(), "LiteLLM isn't installed: run make test-gateways"
    write_config(folder / "config.yaml", upstream)
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    env = {**kept, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1"}
    command = [
        str(BINARY),
        "--config",
        "config.yaml",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--telemetry",
        "False",
    ]
    log = folder / "litellm.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=output, stderr=output)  # noqa: S603
    try:
        _wait_until_ready(process, port, log)
        yield LiteLLMProxy(port=port, upstream=upstream)
    finally:
        process.terminate()
        try:
            process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{port}/health/liveliness", trust_env=False).status_code == 200:
                return
        time.sleep(0.3)
    raise RuntimeError(f"LiteLLM doesn't start:\n{log.read_text(errors='replace')[-4000:]}")
