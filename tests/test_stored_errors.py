"""Every error class is found by its stored name, even in a process that has imported nothing else of ours."""

import subprocess
import sys

from bot.jobs.errors import RetakeError, UnknownEnd
from bot.jobs.stored_errors import by_name
from cogs import generate, lists, remix, replies  # noqa: F401  # they import every module that defines an error

MODULES = (
    "bundle_errors",
    "contest_errors",
    "errors",
    "film_errors",
    "model_errors",
    "picture_errors",
    "provider_errors",
    "rejections",
    "style_errors",
)
_IN_A_NEW_PROCESS = """
import sys
from bot.jobs.stored_errors import by_name
print(",".join(name for name in sys.argv[1:] if by_name(name).__name__ != name))
"""


def subclasses(kind: type[RetakeError]) -> set[type[RetakeError]]:
    return {kind, *(descendant for child in kind.__subclasses__() for descendant in subclasses(child))}


def test_every_stored_name_finds_its_class_in_a_new_process() -> None:
    names = sorted(kind.__name__ for kind in subclasses(RetakeError) if kind.__module__.startswith("bot.jobs."))
    elsewhere = {kind.__module__ for kind in subclasses(RetakeError)} - {f"bot.jobs.{name}" for name in MODULES}
    assert all(module.startswith("bot.chat.settings_panel.") for module in elsewhere)  # shown at once, never stored
    assert len(names) > 50
    command = [sys.executable, "-c", _IN_A_NEW_PROCESS, *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own interpreter
    assert done.stdout.strip() == ""


def test_a_name_that_this_version_does_not_know_is_said_to_be_unknown() -> None:
    assert by_name("NoCredit") is UnknownEnd
