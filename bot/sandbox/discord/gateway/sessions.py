"""A gateway session: numbered events, stored for a resume, and an outbox."""

import asyncio
import json
import secrets
from collections import deque
from dataclasses import dataclass, field

from bot.sandbox.discord.errors import Json

RESUMABLE_EVENTS = 20_000
RESUMABLE_FOR_S = 180.0


@dataclass(frozen=True, slots=True)
class Close:
    """Put into an outbox: close the socket with this code; None aborts it without a word."""

    code: int | None


Outbox = asyncio.Queue[str | Close]


@dataclass(eq=False, kw_only=True)
class Session:
    """What one IDENTIFY started. `outbox` is None while no socket is attached."""

    shard: int
    shards: int
    intents: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    seq: int = 0
    sent: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=RESUMABLE_EVENTS), repr=False)
    outbox: Outbox | None = None
    lost_at: float | None = None

    @property
    def connected(self) -> bool:
        return self.outbox is not None

    def wants(self, guild_id: int | None, intent: int) -> bool:
        """Whether an event of a guild (None: direct messages, shard 0) belongs here."""
        shard = 0 if guild_id is None else (guild_id >> 22) % self.shards
        return shard == self.shard and (intent == 0 or bool(self.intents & intent))

    def push(self, name: str, data: Json) -> None:
        """Number an event, keep it, and send it if a socket is connected."""
        self.seq += 1
        text = json.dumps({"op": 0, "s": self.seq, "t": name, "d": data})
        self.sent.append((self.seq, text))
        if self.outbox is not None:
            self.outbox.put_nowait(text)

    def attach(self, outbox: Outbox) -> None:
        self.outbox, self.lost_at = outbox, None

    def detach(self, now: float) -> None:
        self.outbox, self.lost_at = None, now

    def resume(self, outbox: Outbox, seq: int) -> bool:
        """Send again what came after `seq`, then go on. False where too much was missed."""
        if seq > self.seq or (self.sent and self.sent[0][0] > seq + 1):
            return False
        for number, text in self.sent:
            if number > seq:
                outbox.put_nowait(text)
        self.attach(outbox)
        self.push("RESUMED", {})
        return True
