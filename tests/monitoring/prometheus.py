"""A real Prometheus server on 127.0.0.1."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.monitoring.test_health import free_port

CONFIG = {
    "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
    "scrape_configs": [{"job_name": "retake", "static_configs": [{"targets": ["127.0.0.1:{port}"]}]}],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """Client of the HTTP API."""

    session: aiohttp.ClientSession

    async def get(self, path: str, **params: str) -> Any:
        """Return `data` of a successful response. Raise AssertionError with Prometheus's message for any other."""
        async with self.session.get(f"/api/v1/{path}", params=params) as answer:
            body = await answer.json()
        assert body["status"] == "success", f"{params}: {body}"
        return body["data"]

    async def query(self, expression: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get("query", query=expression))["result"]
        return found

    async def until(self, expression: str, enough: Callable[[float], bool], timeout_s: float = 30.0) -> float:
        """Return the first value of a query that satisfies a condition. Raise TimeoutError after `timeout_s`."""
        async with asyncio.timeout(timeout_s):
            while True:
                found = await self.query(expression)
                if found and enough(float(found[0]["value"][1])):
                    return float(found[0]["value"][1])
                await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def running_prometheus(target_port: int, rules: Path, folder: Path) -> AsyncIterator[Prometheus]:
    """Run Prometheus on a free port for the length of a block."""
    binary = shutil.which("prometheus")
    assert binary is not None, "prometheus is not installed: run make test-prometheus"
    _write_config(folder, target_port, rules)
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            binary, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}", stdout=log, stderr=log,
        )  # fmt: skip
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            await _wait_until_ready(session, process, folder / "log")
            yield Prometheus(session=session)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _write_config(folder: Path, target_port: int, rules: Path) -> None:
    folder.mkdir()
    config = json.dumps({**CONFIG, "rule_files": [str(rules)]}).replace("{port}", str(target_port))
    (folder / "prometheus.yml").write_text(config)  # JSON is YAML


async def _wait_until_ready(session: aiohttp.ClientSession, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(30):
        while True:
            assert process.returncode is None, f"prometheus exited: see {log}"
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get("/-/ready") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)
