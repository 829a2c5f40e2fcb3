"""`make demo`: a conversation with the unmodified bot, printed as it happens, and counted at the end."""

import asyncio
import contextlib
import csv
import io
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from bot.sandbox.demo_guild import DemoGuild
from bot.sandbox.demo_profiles import DemoProfile, written
from bot.sandbox.discord import Channel, LocalDiscord, LocalMessage, Member
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.ffmpeg import probe
from bot.sandbox.postgres import LocalPostgres
from bot.sandbox.providers.writer import LocalWriter
from bot.sandbox.transcript_printer import TranscriptPrinter

RENDER_S = 3.0
CLIP_TIMEOUT_S = 40.0
REFUSED = "(safety)"  # at once, or later where a provider moderates in the task


class Demo:
    """The demo's guild and members. `wanted` are the prompts whose clips must arrive."""

    def __init__(self, world: LocalEnvironment, profile: DemoProfile, out: Path, console: Console) -> None:
        self.world = world
        self.discord: LocalDiscord = world.discord
        self.profile = profile
        self.provider = world.providers[0]
        self.out = out
        self.console = console
        self.stage = DemoGuild.built(self.discord)
        self.channel: Channel = self.stage.videos
        self.alice: Member = self.stage.alice
        self.bob: Member = self.stage.bob
        self.carol: Member = self.stage.carol
        self.wanted: list[str] = []
        self.finished = False

    async def conversation(self) -> None:
        """What people do, and what a machine does to the bot."""
        first = await self.generate(self.alice, "a lighthouse in a storm, waves made of paper")
        await self.clip_of(first)
        second = "make the waves out of silk, at dusk"
        self.wanted.append(second)
        await self.bob.reply(await self.clip_of(first), second)
        remixed = await self.clip_of(second)
        third = "the same bay in winter, snow falling"
        self.wanted.append(third)
        await self.alice.slash(self.channel, "remix", prompt=third, video=remixed.link)
        await self.clip_of(third)
        if self.profile.moderates:
            refused = "[refuse] something that the provider will not draw"
            await self.carol.slash(self.channel, "generate", prompt=refused)
            await self.discord.wait_for(lambda: any(REFUSED in m.content for m in self.channel.messages), 20)
        if self.profile.films:
            await self.film("a day at sea", "a calm bay at dawn", "clouds gather at noon", "lightning at night")
        await self.survive("a paper boat that sails into the sun")
        if self.profile.other_model is not None:
            await self.cross(self.profile.other_model)
        await self.compare_books()
        self.finished = True

    async def compare_books(self) -> None:
        """Raise RuntimeError if `/usage` differs from what the providers charged."""
        answer = await (await self.carol.slash(self.channel, "usage")).answer(10)
        sheets = answer.attachments if isinstance(answer, LocalMessage) else []
        rows = [row for sheet in sheets if sheet.filename.endswith(".csv") for row in _rows(sheet.data)]
        used = sum(round(float(row["usd"]) * 1_000_000) for row in rows)
        charged = sum(round(charge.usd * 1_000_000) for each in self.world.providers for charge in each.charges)
        if used != charged:
            raise RuntimeError(f"/usage says ${used / 1e6:.4f}, the providers charged ${charged / 1e6:.4f}")

    async def generate(self, who: Member, prompt: str, **options: object) -> str:
        self.wanted.append(prompt)
        await who.slash(self.channel, "generate", prompt=prompt, **options)
        return prompt

    async def film(self, title: str, *shots: str) -> None:
        """A film of these shots, each kept as it comes, joined at the end."""
        self.wanted += [*shots, title]
        opened = await self.alice.slash(self.channel, "film", title=title, seconds=5)
        await opened.answer(10)
        plan = await (await self.alice.submit(opened.modal, prompt="\n".join(shots))).answer(10)
        if not isinstance(plan, LocalMessage):
            raise RuntimeError("the plan of the film was not shown")
        await self.alice.press(plan, "Start")
        for place in range(1, len(shots) + 1):
            asked = await self.discord.wait_for(lambda: self.question(place), CLIP_TIMEOUT_S)  # noqa: B023
            await self.alice.press(asked, "Keep")
        await self.clip_of(title)

    def question(self, place: int) -> LocalMessage | None:
        """The question below a shot of the film."""
        return next((m for m in self.discord.all_messages if m.is_bot and f"**Shot {place} of" in m.content), None)

    async def cross(self, model: str) -> None:
        """A short clip, remixed by another provider: it edits the clip itself."""
        short = await self.generate(self.bob, "a fox of folded paper looks up", seconds=5)
        await self.clip_of(short)
        prompt = "the fox wears a red scarf"
        self.wanted.append(prompt)
        await self.carol.slash(self.channel, "remix", prompt=prompt, model=model)
        clip = await self.clip_of(prompt)
        if "(edit of the clip)" not in clip.content:
            raise RuntimeError(f"not the rung that was expected:\n{clip.content}")

    async def survive(self, prompt: str) -> None:
        """kill -9 in mid-render, and a restart: the paid job is found again."""
        await self.generate(self.carol, prompt)
        await self.discord.wait_for(lambda: any(task.prompt == prompt for task in self.provider.tasks.values()), 20)
        self.console.print("      [bold red]kill -9[/] the bot, while the provider renders")
        await self.world.bot.kill()
        await asyncio.sleep(1.0)
        self.console.print("      [bold green]start[/] the bot again")
        await self.world.start_bot()
        await self.clip_of(prompt)

    async def clip_of(self, prompt: str) -> LocalMessage:
        """The message with the clip of a prompt, once it is there."""
        found = await self.discord.wait_for(lambda: next(iter(self.clips(prompt)), None), CLIP_TIMEOUT_S)
        await asyncio.sleep(0.3)  # a reader's pause; a second copy would show in it
        return found

    def clips(self, prompt: str) -> list[LocalMessage]:
        return [message for message in self.discord.all_messages if message.attachments and prompt in message.content]

    async def count(self) -> tuple[int, int]:
        """Save every clip and look whether it plays; returns (lost, doubled)."""
        lost = doubled = 0
        for number, prompt in enumerate(self.wanted, start=1):
            found = self.clips(prompt)
            doubled += max(0, len(found) - 1)
            if not found:
                lost += 1
                continue
            path = self.out / f"{number}-{found[0].attachments[0].filename}"
            path.write_bytes(found[0].attachments[0].data)
            facts = await probe(path)
            self.console.print(
                f"      {path}: {facts.codec} {facts.width}x{facts.height}, {facts.duration_s:.1f} s,"
                f" {facts.size_bytes // 1024} KiB"
            )
            if facts.codec != "h264" or facts.duration_s <= 0:
                lost += 1
        return lost, doubled

    async def print_result(self) -> bool:
        """Print the result. Return whether every requested clip arrived exactly once and plays."""
        lost, doubled = await self.count()
        refused = sum(REFUSED in message.content for message in self.discord.all_messages)
        providers = self.world.providers
        charged_twice = sum(len(provider.charges) - len(provider.tasks) for provider in providers)
        complaints = [complaint for provider in providers for complaint in provider.complaints]
        for complaint in complaints:
            self.console.print(f"[red]the provider complains: {complaint}[/]")
        posted = len(self.wanted) - lost
        self.console.print(f"demo: {posted} posted, {refused} refused, {lost} lost, {doubled} doubled")
        as_wanted = refused == int(self.profile.moderates) and self.finished and not complaints
        return lost == doubled == charged_twice == 0 and as_wanted


async def play(out: Path, profile: DemoProfile, picture: Path | None = None, *, on_postgres: bool = False) -> int:
    """Run the whole demo; 0 only if all went well. In a terminal it then serves the page until Ctrl-C.

    `picture`: an SVG of what was printed, for the README. `on_postgres`: the bot stores its data in a local PostgreSQL.
    Raise PostgresMissing.
    """
    console = Console(width=110, highlight=False, record=picture is not None)
    with contextlib.ExitStack() as stack:
        database = {}
        if on_postgres:
            server = stack.enter_context(contextlib.closing(LocalPostgres()))
            database = {"RETAKE_DATABASE_URL": server.create("retake")}
        _empty(out)
        return await _play(out, profile, picture, console, database)


async def _play(
    out: Path, profile: DemoProfile, picture: Path | None, console: Console, database: Mapping[str, str]
) -> int:
    providers = [make(RENDER_S) for make in (profile.lead, *profile.others)]
    async with (
        LocalWriter() as writer,
        LocalEnvironment(*providers, env={**written(profile, out), **database, **writer.env()}) as world,
    ):
        stage = Demo(world, profile, out, console)
        with TranscriptPrinter(world.discord, stage.channel, console):
            try:
                await world.start_bot()
                await stage.conversation()
            except (TimeoutError, RuntimeError) as error:
                console.print(f"[red]{error}[/]\n{world.bot.words()[-4000:]}")
        good = await stage.print_result()
        if picture is not None:
            _draw(console, picture)
        if sys.stdin.isatty() and sys.stdout.isatty():
            from bot.sandbox.web.play import show  # only here: a scripted run needs no web page

            await show(world, stage.stage, console)
    return 0 if good else 1


def _rows(sheet: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(sheet.decode("utf-8-sig"))))


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _draw(console: Console, picture: Path) -> None:
    drawn = console.export_svg(title="make demo")
    picture.write_text(re.sub(r"@font-face \{[^}]*\}", "", drawn))  # no font from elsewhere
