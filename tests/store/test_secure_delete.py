"""Deleted prompts are overwritten in SQLite's file, also where SQLite was built to leave them in free pages."""

from pathlib import Path

from bot.store.connection import PRAGMAS, connect


def test_deleted_words_are_not_left_in_the_file(tmp_path: Path) -> None:
    assert "secure_delete=ON" in PRAGMAS
    connection = connect(tmp_path / "retake.sqlite3")
    assert tuple(connection.execute("PRAGMA secure_delete").fetchone()) == (1,)
    connection.execute("CREATE TABLE job (id INTEGER PRIMARY KEY, prompt TEXT)")
    connection.executemany("INSERT INTO job (prompt) VALUES (?)", [("a paper boat " * 50,)] * 50)
    connection.execute("UPDATE job SET prompt = '(prompt deleted)' WHERE id > 10")
    connection.execute("DELETE FROM job WHERE id <= 10")
    connection.close()
    assert b"paper boat" not in (tmp_path / "retake.sqlite3").read_bytes()
