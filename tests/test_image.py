"""The Docker image: what `.dockerignore` lets in, and how the bot behaves without the rest."""

import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent


def _copied(path: str) -> bool:
    """Return whether Docker would copy this file: the last pattern that matches it or a parent decides."""
    copied = True
    names = [path, *(str(parent) for parent in PurePosixPath(path).parents)]
    for line in (ROOT / ".dockerignore").read_text().split():
        pattern = line.removeprefix("!").removeprefix("**/")
        deep = "**/" in line
        if any(fnmatch(PurePosixPath(name).name if deep else name, pattern) for name in names):
            copied = line.startswith("!")
    return copied


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that the image has below /app."""
    app = tmp_path_factory.mktemp("app")
    for file in (*(ROOT / "bot").rglob("*"), *(ROOT / "cogs").rglob("*")):
        name = file.relative_to(ROOT)
        if file.is_file() and _copied(name.as_posix()):
            (app / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, app / name)
    return app


def _run(image: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(image), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", *arguments], cwd=image, env=environment,
        capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip


def test_the_image_has_the_bot_and_not_the_sandbox(image: Path) -> None:
    assert (image / "bot/app.py").exists()
    assert (image / "bot/store/schema/0001.sql").exists()
    assert (image / "cogs/generate.py").exists()
    assert not (image / "bot/sandbox").exists()
    assert not list(image.rglob("__pycache__"))


def test_every_module_of_the_image_can_be_imported(image: Path) -> None:
    modules = [
        ".".join(file.relative_to(image).with_suffix("").parts).removesuffix(".__init__")
        for file in image.rglob("*.py")
    ]
    result = _run(image, "-c", f"import importlib\nfor name in {modules!r}: importlib.import_module(name)")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("command", ["demo", "play"])
def test_a_sandbox_command_in_the_image_explains_where_to_run_it(image: Path, command: str) -> None:
    result = _run(image, "-m", "bot", command)
    assert result.returncode == 78
    assert result.stdout == ""
    assert result.stderr.startswith("The local Discord isn't part of this image.")
    assert result.stderr.count("\n") == 1
