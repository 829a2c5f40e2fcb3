"""The cells of rows A, B, I and J that only Discord itself can play: the local one, over real sockets."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.sandbox.fault_injection import Fault
from tests.harness import Studio, open_studio

PROMPT = "a paper boat that sails"
CALLBACK = "POST */interactions/*/callback"
EDIT = "PATCH */messages/*"
Cell = Callable[[Path], Awaitable[None]]


def answered_with(*, charges: int, **fault: object) -> Cell:
    """Discord's answer to our answer."""

    async def cell(data: Path) -> None:
        async with open_studio(data) as studio:
            script = studio.discord.wire.fail(Fault(route=CALLBACK, **fault))  # type: ignore[arg-type]
            await studio.alice.slash(studio.channel, "generate", prompt=PROMPT)
            await studio.until(lambda: script.hits)
            if charges:
                await studio.clip_of(PROMPT)
            else:
                await studio.until(lambda: studio.discord.wire.requests("GET */webhooks/*/@original"))
            assert len(studio.provider.charges) == charges

    return cell


async def somebody_elses_answer(data: Path) -> None:
    await answered_with(charges=0, status=400, body={"code": 40060, "message": "already acknowledged"})(data)


async def without_permission(data: Path) -> None:
    async with open_studio(data) as studio:
        studio.channel.forbid(studio.discord.bot_user, "attach_files")
        await studio.alice.slash(studio.channel, "generate", prompt=PROMPT)
        said = await studio.said("I need")
        assert "Attach Files" in said.content
        assert not studio.provider.charges


def edits(**fault: object) -> Cell:
    """Whatever becomes of the edits of the status line, the clip comes, once."""

    async def cell(data: Path) -> None:
        async with open_studio(data, render_s=0.4) as studio:
            studio.discord.wire.fail(Fault(route=EDIT, times=2, **fault))  # type: ignore[arg-type]
            await one_clip(studio)

    return cell


async def one_clip(studio: Studio) -> None:
    await studio.alice.slash(studio.channel, "generate", prompt=PROMPT)
    await studio.clip_of(PROMPT)
    assert len(studio.clips_of(PROMPT)) == 1
    assert len(studio.provider.charges) == 1


async def no_status_line_yet(data: Path) -> None:
    async with open_studio(data, start=False) as studio:
        await studio.start()
        await one_clip(studio)


async def deleted_by_a_person(data: Path) -> None:
    await edits(status=404, body={"code": 10008, "message": "Unknown Message"})(data)
    await edits(status=400, body={"code": 30046, "message": "edited too often"})(data / "again")


async def hostile_words_are_escaped(data: Path) -> None:
    async with open_studio(data) as studio:
        words = "look @everyone **bold** [here](https://evil.example) <@&1>"
        await studio.alice.slash(studio.channel, "generate", prompt=words)
        clip = await studio.until(lambda: next(iter(studio.clips), None))
        assert "@everyone" not in clip.content.replace("@\u200beveryone", "")
        assert "**bold**" not in clip.content
        assert not clip.mention_everyone


CELLS: dict[str, Cell] = {
    "A-PX": without_permission,
    "B-5X": answered_with(charges=1, status=502),
    "B-RL": answered_with(charges=1, status=429, headers={"Via": "1.1 local"}, body={"retry_after": 0.2}),
    "B-PX": answered_with(charges=0, status=404, body={"code": 10062, "message": "Unknown interaction"}),
    "B-ZO": somebody_elses_answer,
    "I-HX": hostile_words_are_escaped,
    "J-K1": no_status_line_yet,
    "J-K2": edits(when="after", drop=True),
    "J-TO": edits(delay_s=1.0),
    "J-5X": edits(status=502),
    "J-RL": edits(status=429, headers={"Via": "1.1 local"}, body={"retry_after": 0.5, "global": False}),
    "J-PX": deleted_by_a_person,
    "J-HX": hostile_words_are_escaped,
}
