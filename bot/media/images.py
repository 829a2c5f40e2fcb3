"""Sanitizes members' pictures in a separate process: rotates, strips metadata and limits the size."""

import asyncio
import fcntl
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from weakref import WeakKeyDictionary

Reason = Literal["format", "pixels", "animated", "broken", "memory"]

TIMEOUT_S = 30.0
_CPU_S = 10
_MEMORY_BYTES = 512 << 20  # of address space, until the script lowers it
_FILE_BYTES = 64 << 20
_RLIMIT_EXEC = Path(__file__).with_name("rlimit_exec.py")
_ROOT = Path(__file__).parents[2]
_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from bot.media.decode_image import main; main(sys.argv[2])"
_STOPPED = (-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP)
_MARK_PAUSE_S = 0.1
# One semaphore per event loop: tests have many loops.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sanitized:
    """What a picture has become. Its sides are in pixels."""

    mime: str
    width: int
    height: int


class UnreadableImage(Exception):
    """The picture can't be used. `limit_mp`: the limit in megapixels, if it has too many."""

    def __init__(self, reason: Reason, limit_mp: int = 0) -> None:
        self.reason = reason
        self.limit_mp = limit_mp
        super().__init__(reason)


def mark_of(path: Path) -> Path:
    """Return the file that exists while a picture is decoded, and stays if that kills the decoder."""
    return path.with_name(path.name + ".decoding")


async def refuse_if_it_killed(path: Path) -> None:
    """Raise UnreadableImage if a decoder of this picture was killed. Wait for one that an earlier process left running.

    Raise TimeoutError if it doesn't end.
    """
    if await asyncio.to_thread(_wait_and_find, mark_of(path)):
        raise UnreadableImage("memory")


def _wait_and_find(mark: Path) -> bool:
    """Wait until nobody holds the lock, and return whether the mark is still there."""
    give_up_at = time.monotonic() + TIMEOUT_S
    while _is_locked(mark):
        if time.monotonic() > give_up_at:
            raise TimeoutError
        time.sleep(_MARK_PAUSE_S)
    return mark.exists()


def _is_locked(mark: Path) -> bool:
    try:
        with mark.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


async def sanitize_image(path: Path) -> Sanitized:
    """Decode a picture and replace the file with a new PNG or JPEG. Return its MIME type and size.

    Removes all metadata about the sender's camera, location and software. One picture at a time is decoded.
    Raise UnreadableImage and delete the file if it isn't a usable picture. Raise OSError if this machine fails.
    """
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(1)):
        try:
            await refuse_if_it_killed(path)
            said = await _decode(path)
            if not said.startswith("image/"):
                reason, _, limit_mp = said.partition(" ")
                raise UnreadableImage(cast("Reason", reason), int(limit_mp or 0))
        except UnreadableImage:
            await asyncio.to_thread(path.unlink, missing_ok=True)
            raise
    mime, width, height = said.split()
    return Sanitized(mime=mime, width=int(width), height=int(height))


async def _decode(path: Path) -> str:
    limits = (str(_CPU_S), str(_MEMORY_BYTES), str(_FILE_BYTES))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(_RLIMIT_EXEC), *limits),
        *(sys.executable, "-I", "-c", _CHILD, str(_ROOT), str(path)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "MALLOC_ARENA_MAX": "1"},  # a second arena would reserve 64 MiB of the limit
        start_new_session=True,  # Ctrl+C in a terminal is for the bot
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            output, _ = await process.communicate()
    except TimeoutError as error:
        raise UnreadableImage("memory") from error
    except asyncio.CancelledError:
        await _kill(process)
        mark_of(path).unlink(missing_ok=True)  # we stopped it; it may be decoded again
        raise
    finally:
        await _kill(process)
    if process.returncode in _STOPPED:
        raise OSError("the decoder was stopped together with the bot")
    if process.returncode is None or process.returncode < 0:
        raise UnreadableImage("memory")
    if process.returncode or output == b"disk":
        raise OSError("the picture could not be decoded here")
    return output.decode()


async def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
