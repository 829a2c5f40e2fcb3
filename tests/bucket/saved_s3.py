"""moto's S3 with its bucket in a folder, which outlives a kill -9: `python -m tests.bucket.saved_s3 PORT FOLDER`."""

import hashlib
import logging
import os
import pickle
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import make_server

from tests.bucket.local_s3 import BUCKET

ACCOUNT = "123456789012"  # moto's own


class SavedBucket:
    """Serves one bucket and saves what a request changed before it's answered.

    Uploads in parts that aren't completed are in memory only.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._app: Any = DomainDispatcherApplication(create_backend_app)
        self._bucket: Any = s3_backends[ACCOUNT]["aws"].create_bucket(BUCKET, "us-east-1")
        self._saved: dict[str, object] = {}
        self._turn = threading.Lock()
        for file in folder.glob("*.object"):
            found = pickle.loads(file.read_bytes())  # noqa: S301 - written below
            self._bucket.keys[found.name] = self._saved[found.name] = found

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer: Iterable[bytes] = self._app(environ, start_response)
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return answer
        whole = list(answer)
        with self._turn:
            self._save()
        return whole

    def _save(self) -> None:
        now = {name: self._bucket.keys[name] for name in list(self._bucket.keys)}
        for name, each in now.items():
            if self._saved.get(name) is not each:
                part = self._file(name).with_suffix(".part")
                part.write_bytes(pickle.dumps(each))
                part.replace(self._file(name))
        for name in self._saved.keys() - now.keys():
            self._file(name).unlink()
        self._saved = now

    def _file(self, name: str) -> Path:
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()}.object"


def main(port: int, folder: Path) -> None:
    """Serve until the process is ended."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app: Any = SavedBucket(folder)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=MotoRequestHandler)
    server.serve_forever()


if __name__ == "__main__":
    os.umask(0o077)
    main(int(sys.argv[1]), Path(sys.argv[2]))
