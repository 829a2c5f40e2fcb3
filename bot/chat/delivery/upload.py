"""Read a file for an upload, so that interactions are answered first."""

import io

from bot.foreground import ForegroundGate


class Upload(io.BufferedReader):
    """A file that is being uploaded. Reading pauses while interactions are being answered."""

    def __init__(self, raw: io.FileIO, foreground: ForegroundGate) -> None:
        super().__init__(raw)
        self._foreground = foreground

    def read(self, size: int | None = -1, /) -> bytes:
        self._foreground.wait_idle_sync()
        return super().read(size)
