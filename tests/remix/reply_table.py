"""Replies as members write them below videos, with what they are. The scorer is judged by them."""

from pathlib import Path

CHANGE, TALK = "change", "talk"
FOLDER = Path(__file__).with_name("replies")


def rows(name: str) -> list[tuple[str, str]]:
    """Return (text, label) of a file: a line in brackets labels the lines below it."""
    found: list[tuple[str, str]] = []
    label = ""
    for line in (FOLDER / f"{name}.txt").read_text().splitlines():
        if line.startswith("["):
            label = line.strip("[]")
        elif line:
            found.append((line, label))
    return found


TABLE = [*rows("english"), *rows("german"), *rows("japanese")]
HELD_OUT_ROWS = rows("held_out")
OUTSIDER_ROWS = rows("outsider")  # by a tester who didn't know the scorer: a change, or talk of any kind
UNSEEN_ROWS = rows("unseen")  # by another one, afterwards: not used to find phrases
