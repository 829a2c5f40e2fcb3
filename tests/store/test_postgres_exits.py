"""Every command of the host with a PostgreSQL that can't be used: one sentence, no secret, the documented exit code."""

import asyncio
import uuid
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.store import postgres_connection
from bot.store.location import StoreLocation
from bot.store.open import open_store
from bot.store.postgres_errors import Failing, NotAllowed, Unreachable, trouble_of
from tests.stores import local_server, new_url

PASSWORD = "p%40ssword-of-the-host"
READING = (("usage",), ("jobs", "list"), ("jobs", "show", "K7Q2"))
WRITING = (
    ("migrate",),
    ("adopt", "--yes"),
    ("jobs", "give-up", "K7Q2"),
    ("jobs", "adopt", "K7Q2", "task"),
)
COMMANDS = (*READING, *WRITING, ("migrate", "--dry-run"), ("move", "--to", "sqlite"))
ids = pytest.mark.parametrize("command", COMMANDS, ids=" ".join)


def say(command: tuple[str, ...], data: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Run a command. Return its exit code and its one sentence."""
    monkeypatch.setenv("RETAKE_DATA", str(data))
    monkeypatch.setenv("RETAKE_DATABASE_URL", url)
    done = CliRunner().invoke(cli, command)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    for secret in (PASSWORD, "p@ssword", url):
        assert secret not in done.output
    lines = done.output.strip().splitlines()
    return done.exit_code, lines[-1]


async def create_schema(url: str, data: Path) -> None:
    await (await open_store(StoreLocation(data, url))).close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with Retake's tables."""
    made = new_url()
    asyncio.run(create_schema(made, tmp_path))
    return made


@ids
@pytest.mark.parametrize(
    ("address", "code", "sentence"),
    [
        ("postgresql://retake:{}@127.0.0.1:1/retake", 69, "nothing listens there."),
        ("postgresql://nobody:{}@/postgres?host=FOLDER", 78, "it refuses the user."),
        ("postgresql://retake:{}@/nowhere?host=FOLDER", 78, "it has no such database, or not for this user."),
    ],
)
def test_a_server_that_is_away_or_refuses(
    command: tuple[str, ...], address: str, code: int, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = address.format(PASSWORD).replace("FOLDER", str(local_server().folder))
    assert say(command, tmp_path, full, monkeypatch) == (
        code, f"PostgreSQL can't be reached at RETAKE_DATABASE_URL: {sentence}",
    )  # fmt: skip


@ids
@pytest.mark.parametrize("place", ["h/retake?wrong=1", "127.0.0.1:99999/r", "h:port/r", "127.0.0.1/r?sslmode=no"])
def test_an_address_that_is_none(
    command: tuple[str, ...], place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = say(command, tmp_path, f"postgresql://retake:{PASSWORD}@{place}", monkeypatch)
    assert code == 78
    assert said.startswith("RETAKE_DATABASE_URL is not an address of PostgreSQL.")


@ids
def test_a_server_that_is_too_old(
    command: tuple[str, ...], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_connection, "MIN_VERSION", 990_000)
    assert say(command, tmp_path, url, monkeypatch) == (
        78, "This PostgreSQL is too old. Retake needs version 13 or newer.",
    )  # fmt: skip


@ids
def test_a_server_without_a_free_connection(
    command: tuple[str, ...], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(url, autocommit=True) as admin:
        name = f"guest_{uuid.uuid4().hex}"
        admin.execute(f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 0".encode())
        as_guest = url.replace("retake@", f"{name}@", 1)
    assert say(command, tmp_path, as_guest, monkeypatch) == (
        69, "PostgreSQL can't be reached at RETAKE_DATABASE_URL: it has no free connection.",
    )  # fmt: skip


@pytest.mark.parametrize("command", WRITING, ids=" ".join)
@pytest.mark.parametrize(
    ("state", "code", "sentence"),
    [
        ("disk_full", 69, "its disk is full."),
        ("read_only_sql_transaction", 69, "it only takes reads: it's a standby, or was made read-only."),
        ("internal_error", 78, "it answers with error XX000."),
    ],
)
def test_a_server_that_fails_while_it_writes(
    command: tuple[str, ...], state: str, code: int, sentence: str, url: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The server raises the error itself, for every write of the schema's version."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION 'of a row' USING ERRCODE = '{state}'; END $$"
        )
        admin.execute("CREATE TRIGGER fail BEFORE INSERT ON schema_version EXECUTE FUNCTION fail()")
    assert say(command, tmp_path, url, monkeypatch) == (
        code, f"PostgreSQL can't be used at RETAKE_DATABASE_URL: {sentence}",
    )  # fmt: skip


@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_a_user_who_may_not_create_tables(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = new_url()
    with psycopg.connect(empty, autocommit=True) as admin:
        name = f"reader_{uuid.uuid4().hex}"
        admin.execute(f"CREATE ROLE {name} LOGIN".encode())
        as_reader = empty.replace("retake@", f"{name}@", 1)
    code, said = say(command, tmp_path, as_reader, monkeypatch)
    assert code == 78
    assert said.startswith("This user of PostgreSQL may not create and change tables in the database.")


@pytest.mark.parametrize("command", READING, ids=" ".join)
@pytest.mark.parametrize(("schema", "todo"), [(1, "run: python -m bot migrate"), (9999, "use the newer Retake")])
def test_a_database_with_another_schema(
    command: tuple[str, ...], schema: int, todo: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("UPDATE schema_version SET version = %s", (schema,))
    code, said = say(command, tmp_path, url, monkeypatch)
    assert code == 1
    assert said.startswith(f"The database can't be read: it has schema {schema}, ")
    assert todo in said


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_server_that_ends_the_connection_while_it_is_read(
    command: tuple[str, ...], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, server = postgres_connection.PgTransaction.run, local_server()

    def crash(tx: postgres_connection.PgTransaction, sql: str, values: tuple[object, ...] = ()) -> object:
        if "FROM job" in sql:
            server.kill()
        return run(tx, sql, values)  # type: ignore[arg-type]

    monkeypatch.setattr(postgres_connection.PgTransaction, "run", crash)
    try:
        code, said = say(command, tmp_path, url, monkeypatch)
    finally:
        server.start()
    assert code == 69
    assert said.startswith("PostgreSQL can't be reached at RETAKE_DATABASE_URL: ")


def test_codes_that_the_server_gives_have_a_meaning() -> None:
    assert isinstance(trouble_of(None, "server closed the connection unexpectedly"), Unreachable)
    assert isinstance(trouble_of("57P01", "FATAL:  terminating connection"), Unreachable)
    assert isinstance(trouble_of("42501", "permission denied"), NotAllowed)
    assert isinstance(trouble_of("53100", "could not extend file"), Failing)
    assert not trouble_of("53100", "").refused  # type: ignore[attr-defined]
