"""The local world as a whole: a Discord, providers, and the bot as a process of its own that may be killed."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.sandbox.discord import LocalDiscord
from bot.sandbox.providers.server import LocalProvider

ROOT = Path(__file__).parents[2]
END_WITHIN_S = 10.0
QUICK = {"RETAKE_FIRST_CHECK_S": "0.2", "RETAKE_CHECK_EVERY_S": "0.3"}


class BotProcess:
    """The unmodified bot, `python -m bot run`, pointed at the local world. Its words go to a log file."""

    command: Sequence[str] = ("bot", "run")  # a module and its arguments

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        self._env = env
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it beside its log: in the sources' folder it would read the `.env` of a real bot, keys and all."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *self.command, cwd=self._log.parent, env=self._env, stdout=log, stderr=log
            )

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the bot was not started")
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, minus the signal that ended it, or None while there is none."""
        return self._process.returncode if self._process is not None else None

    async def kill(self) -> None:
        """SIGKILL: no goodbye."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> int:
        """SIGTERM, and its exit code."""
        return await self._end(signal.SIGTERM)

    async def end(self, within_s: float = END_WITHIN_S) -> None:
        """SIGTERM, and SIGKILL for one that has not ended in time."""
        try:
            async with asyncio.timeout(within_s):
                await self.terminate()
        except TimeoutError:
            await self.kill()

    async def exited(self) -> int:
        """Wait until the process ends and return its exit code."""
        return await self._process.wait() if self._process is not None else 0

    async def _end(self, sign: signal.Signals) -> int:
        if self._process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(sign)
        return await self._process.wait()

    def words(self) -> str:
        """Everything it has logged."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""


class LocalEnvironment:
    """A Discord, some providers and a bot; everything on 127.0.0.1, everything ended with the block."""

    def __init__(
        self,
        *providers: LocalProvider,
        discord: LocalDiscord | None = None,
        data: Path | None = None,
        env: Mapping[str, str] | None = None,
        hosts: Sequence[str] = (),
    ) -> None:
        """`hosts` are more addresses on this machine that the bot may connect to."""
        self.discord = discord or LocalDiscord()
        self.providers = providers
        self._temporary = tempfile.TemporaryDirectory(prefix="retake-") if data is None else None
        self.data = data or Path(self._temporary.name if self._temporary else ".")
        self._more_env = dict(env or {})
        self._hosts = hosts
        self.bot: BotProcess

    async def __aenter__(self) -> Self:
        await self.discord.start()
        for provider in self.providers:
            await provider.start()
        self.bot = BotProcess(self.env(), self.data / "bot.log")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bot.running:
            await self.bot.end()
        for provider in self.providers:
            await provider.stop()
        await self.discord.stop()
        if self._temporary is not None:
            self._temporary.cleanup()

    async def start_bot(self, timeout_s: float = 30.0) -> None:
        """Start the bot process and wait until it is in the gateway; a bot that ends instead is shown."""
        connected = set(self.discord.gateway.connected)
        await self.bot.start()
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        while not (set(self.discord.gateway.connected) - connected and self.discord.world.commands_synced):
            if not self.bot.running or loop.time() > until:
                raise RuntimeError(f"the bot does not come up:\n{self.bot.words()[-4000:]}")
            await asyncio.sleep(0.05)

    def env(self) -> dict[str, str]:
        """The bot's environment: nothing of the outer one that could reach a real service."""
        env = {name: value for name, value in os.environ.items() if not name.upper().startswith("RETAKE_")}
        ports = (self.discord.port, *(provider.port for provider in self.providers))
        env |= {
            "RETAKE_DISCORD_TOKEN": self.discord.token,
            "RETAKE_DISCORD_API": self.discord.api_base,
            "RETAKE_DISCORD_GATEWAY": self.discord.gateway_url,
            "RETAKE_DISCORD_CDN": self.discord.cdn_base,
            "RETAKE_DATA": str(self.data.resolve()),
            "PYTHONPATH": str(ROOT),
            "RETAKE_ALLOW_HOSTS": ",".join((*(f"127.0.0.1:{port}" for port in ports), *self._hosts)),
            **QUICK,
        }
        for provider in self.providers:
            prefix = f"RETAKE_ACCOUNTS__{provider.name.upper()}__"
            env |= {f"{prefix}KEY": provider.api_key, f"{prefix}BASE_URL": provider.base_url}
        return {**env, **self._more_env}
