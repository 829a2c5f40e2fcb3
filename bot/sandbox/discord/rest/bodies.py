"""Parse request bodies: JSON, or multipart with size-limited files."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from bot.sandbox.discord.errors import Json, no
from bot.sandbox.discord.state.blobs import Upload

CHUNK_BYTES = 256 * 1024
FILE_FIELD = re.compile(r"^files?\[(\d+)\]$")


@dataclass(kw_only=True)
class Body:
    """What was sent. `too_large`: a file was over the limit, and its bytes were discarded."""

    json: Any
    files: dict[str, Upload] = field(default_factory=dict)
    too_large: bool = False

    @property
    def fields(self) -> Json:
        return self.json if isinstance(self.json, dict) else {}


async def read_body(request: web.Request, limit_bytes: int) -> Body:
    """Read a request to its end. ApiError 50109 for broken JSON."""
    if not request.content_type.startswith("multipart/"):
        return Body(json=_parsed(await request.read()))
    body = Body(json={})
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        name, filename = part.name or "", part.filename
        data = await _read_part(part, limit_bytes if filename else 1 << 24)
        if name == "payload_json":
            body.json = _parsed(data or b"{}")
        elif filename is not None:
            found = FILE_FIELD.match(name)
            if data is None:
                body.too_large = True
            body.files[found[1] if found else str(len(body.files))] = Upload(filename, data or b"")
    return body


async def _read_part(part: BodyPartReader, limit_bytes: int) -> bytes | None:
    """Return a part's bytes, or None if it exceeds the limit."""
    data, over = bytearray(), False
    while chunk := await part.read_chunk(CHUNK_BYTES):
        over = over or len(data) + len(chunk) > limit_bytes
        if over:
            data.clear()
        else:
            data += chunk
    return None if over else bytes(data)


def _parsed(raw: bytes) -> Any:
    if not raw:
        return {}
    try:
        return json.loads(raw)
    except ValueError as error:
        raise no(50109) from error
