"""Settings of a bot that runs as several processes."""

from typing import Literal

from pydantic import Field

from bot.writer_settings import WriterSettings


class ScaleSettings(WriterSettings):
    """What a process does. `workers`: how many of them may run on the database; more than one share it."""

    role: Literal["all", "gateway", "worker"] = "all"
    workers: int = Field(default=1, ge=1, le=1000)
    shards: str | None = None  # None: a gateway holds all
    rest_per_s: float | None = Field(default=None, gt=0, le=1000)  # None: as they come

    @property
    def shares_jobs(self) -> bool:
        """Whether this is a worker that may run beside others."""
        return self.role == "worker" and self.workers > 1
