"""Every command that README and docs name runs as written, read from the pages themselves.

Commands of the bot run against the local Discord and a local provider, through make or as the container would start
them. Commands that build, test or keep running are resolved with `make -n`.
"""

import asyncio
import importlib.util
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from bot.jobs.job import State
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.store import maintenance
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from tests.monitoring.factories import insert_in_state
from tests.stores import new_url

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "PRIVACY.md", ROOT / ".env.example", ROOT / "compose.yaml",
    *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "docs/deploy").glob("*.service")),
]  # fmt: skip
SPAN = re.compile(r"`([^`]+)`")
ASSIGNMENT = re.compile(r"[A-Z_]+=\S+")
LONG = {"setup", "demo", "play", "cluster", "run", "test", "test-browser", "test-gateways", "test-prometheus", "faults",
        "bench", "lint", "words", "lock", "clean"}  # fmt: skip
CODE = "K7Q2"  # the pages' example of a job


def commands_of(text: str) -> Iterator[str]:
    """Yield the commands in code spans, code blocks and comments."""
    in_block = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            in_block = not in_block
            continue
        if in_block or line.startswith(("    ", "ExecStart=", "# Start with: ")):
            texts = [re.sub(r"^(ExecStart=|# Start with: )", "", line).split(" # ")[0].split(". ")[0]]
        else:
            texts = SPAN.findall(line)
        for part in (part for each in texts for part in each.split("&&")):
            words = part.split()
            while words and ASSIGNMENT.fullmatch(words[0]):
                words = words[1:]
            if words and (words[0] in ("make", "docker") or words[0].endswith("python")) and len(words) > 1:
                yield " ".join(part.split())


NAMED = sorted({command for page in PAGES for command in commands_of(page.read_text())})


def in_container(words: list[str]) -> list[str] | None:
    """Return the bot's arguments in a `docker` command, or None if it doesn't start the bot's command line."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    match words:
        case ["docker", "compose", "run", "--rm", service, *arguments]:
            assert service in services
            return arguments
        case ["docker", "compose", "exec", service, "python", "-m", "bot", *arguments]:
            assert service in services
            return arguments
        case ["docker", "compose", "--file", first, "--file", second, "up", *_]:
            assert (ROOT / first).exists()
            assert (ROOT / second).exists()
            return None
        case ["docker", "compose", ("up" | "build" | "pull"), *_] | ["docker", ("build" | "run" | "pull"), *_]:
            assert (ROOT / "Dockerfile").exists()
            return None
        case _:
            raise AssertionError(f"an unknown form: {words}")


@pytest.fixture(name="checkout")
def _checkout(tmp_path: Path) -> Path:
    """Return a folder like a fresh checkout whose packages are installed."""
    folder = tmp_path / "checkout"
    (folder / ".venv").mkdir(parents=True)
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt", "bot", "cogs", "tests"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("bin", "lib", "pyvenv.cfg"):
        (folder / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    (folder / ".venv/playable").touch()
    (folder / ".venv/ready").touch()
    return folder


async def prepare(data: Path, checkout: Path) -> None:
    """Write a database with a held job, its clip, a backup of it, and a sign of life."""
    database = await Database.open(data / "retake.sqlite3")
    job = await insert_in_state(SqlJobStore(database), State.NEEDS_PERSON, code=CODE)
    await database.close()
    (data / "clips").mkdir(exist_ok=True)
    (data / "clips" / f"{job.id}.mp4").write_bytes(b"clip")
    copy = maintenance.back_up(data, data / "backups/FILE").path
    (checkout / "FILE").symlink_to(copy)
    (data / "alive").touch()


async def run(words: list[str], cwd: Path, env: dict[str, str]) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *words, cwd=cwd, env=env, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate(b"y\n")
    return process.returncode or 0, out.decode()


def test_the_pages_name_the_commands_that_a_host_needs() -> None:
    for command in ("make doctor", "make jobs", "make usage", "make backup", "make healthy", "make run"):
        assert command in NAMED
    assert len(NAMED) > 30


def test_no_page_names_a_python_without_the_packages() -> None:
    assert [each for each in NAMED if each.split()[0] == "python"] == []


def test_each_command_in_a_checkout_has_its_form_in_a_container() -> None:
    rows = [line for line in (ROOT / "docs/operations.md").read_text().splitlines() if line.startswith("| ")]
    forms = [(left, right) for line in rows for _, _, left, right, *_ in [[*line.split("|"), ""]] if "`make " in left]
    assert len(forms) >= 9
    assert all("`docker compose " in right for _, right in forms)


@pytest.mark.parametrize("command", NAMED)
async def test_a_command_runs_as_written(command: str, checkout: Path, tmp_path: Path) -> None:
    words = shlex.split(command)
    while ASSIGNMENT.fullmatch(words[0]):
        words = words[1:]
    if words[0] == "make":
        words = ["make", "-n", *words[1:]] if words[1] in LONG else words
    elif words[0] == "docker":
        if (arguments := in_container(words)) is None:
            return
        words = [sys.executable, "-m", "bot", *arguments]
    elif words[1:3] != ["-m", "bot"]:
        assert importlib.util.find_spec(words[2]) is not None
        return
    elif words[3] == "run":
        words = [*words[:3], "run", "--help"]
    data = tmp_path / "data"
    data.mkdir()
    await prepare(data, checkout)
    words = [word.replace("/data/", f"{data}/") for word in words]
    words[0] = words[0].replace("/opt/retake/", "")
    async with LocalEnvironment(LocalToAPIs(), data=data) as world:
        world.discord.add_guild("Studio")
        env = world.env()
        if "move" in command.split():
            env["RETAKE_DATABASE_URL"] = new_url()
        if "--to sqlite" in command:  # the way back of a database that has moved
            assert (await run([sys.executable, "-m", "bot", "move", "--to", "postgresql"], checkout, env))[0] == 0
        code, said = await run(words, checkout, env)
    if "--cancel" in command:
        assert "No move of this database is unfinished." in said
    else:
        assert code == 0, said
    assert "Traceback" not in said


async def test_make_run_shows_the_exit_code_of_wrong_settings(checkout: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("RETAKE_")}
    code, said = await run(["make", "run"], checkout, env)
    assert "RETAKE_DISCORD_TOKEN is missing." in said
    assert "Error 78" in said
    assert code == 2  # the exit code of make itself, as README says
    code, said = await run([".venv/bin/python", "-m", "bot", "run"], checkout, env)
    assert code == 78
