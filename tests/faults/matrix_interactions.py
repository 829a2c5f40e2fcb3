"""The cells of rows A, B, I and J that need real sockets and the local Discord."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.sandbox.fault_injection import Fault
from tests.harness import BotHarness, open_harness

PROMPT = "a paper boat that sails"
CALLBACK = "POST */interactions/*/callback"
EDIT = "PATCH */messages/*"
Cell = Callable[[Path], Awaitable[None]]


def interaction_response_fails(*, charges: int, **fault: object) -> Cell:
    """Make Discord's answer to an interaction response fail."""

    async def cell(data: Path) -> None:
        async with open_harness(data) as harness:
            script = harness.discord.wire.fail(Fault(route=CALLBACK, **fault))  # type: ignore[arg-type]
            await harness.alice.slash(harness.channel, "generate", prompt=PROMPT)
            await harness.wait_until(lambda: script.hits)
            if charges:
                await harness.wait_for_clip(PROMPT)
            else:
                await harness.wait_until(lambda: harness.discord.wire.requests("GET */webhooks/*/@original"))
            assert len(harness.provider.charges) == charges

    return cell


async def an_expired_interaction_orders_nothing(data: Path) -> None:
    async with open_harness(data) as harness:
        expired = {"code": 10062, "message": "Unknown interaction"}
        harness.discord.wire.fail(Fault(route=CALLBACK, status=404, body=expired))
        await harness.alice.slash(harness.channel, "generate", prompt=PROMPT)
        await harness.wait_for_message("nothing was ordered")
        assert harness.database is not None
        rows = await harness.database.run("SELECT state, (SELECT sum(micros) FROM day_use) AS used FROM job")
        assert [(row["state"], row["used"]) for row in rows] == [("abandoned", 0)]
        assert not harness.provider.charges


async def another_bot_has_responded(data: Path) -> None:
    await interaction_response_fails(charges=0, status=400, body={"code": 40060, "message": "already acknowledged"})(
        data
    )


async def a_missing_permission_is_named(data: Path) -> None:
    async with open_harness(data) as harness:
        harness.channel.forbid(harness.discord.bot_user, "attach_files")
        await harness.alice.slash(harness.channel, "generate", prompt=PROMPT)
        message = await harness.wait_for_message("I need")
        assert "Attach Files" in message.content
        assert not harness.provider.charges


def status_edits_fail(**fault: object) -> Cell:
    """Make edits of the status message fail. The clip is still posted exactly once."""

    async def cell(data: Path) -> None:
        async with open_harness(data, render_s=0.4) as harness:
            harness.discord.wire.fail(Fault(route=EDIT, times=2, **fault))  # type: ignore[arg-type]
            await assert_one_clip(harness)

    return cell


async def assert_one_clip(harness: BotHarness) -> None:
    await harness.alice.slash(harness.channel, "generate", prompt=PROMPT)
    await harness.wait_for_clip(PROMPT)
    assert len(harness.clips_with_prompt(PROMPT)) == 1
    assert len(harness.provider.charges) == 1


async def a_job_survives_a_start_without_a_status_message(data: Path) -> None:
    async with open_harness(data, start=False) as harness:
        await harness.start()
        await assert_one_clip(harness)


async def a_deleted_status_message_is_ignored(data: Path) -> None:
    await status_edits_fail(status=404, body={"code": 10008, "message": "Unknown Message"})(data)
    await status_edits_fail(status=400, body={"code": 30046, "message": "edited too often"})(data / "again")


async def hostile_text_is_escaped(data: Path) -> None:
    async with open_harness(data) as harness:
        prompt = "look @everyone **bold** [here](https://evil.example) <@&1>"
        await harness.alice.slash(harness.channel, "generate", prompt=prompt)
        clip = await harness.wait_until(lambda: next(iter(harness.clips), None))
        assert "@everyone" not in clip.content.replace("@\u200beveryone", "")
        assert "**bold**" not in clip.content
        assert not clip.mention_everyone


CELLS: dict[str, Cell] = {
    "A-PX": a_missing_permission_is_named,
    "B-5X": interaction_response_fails(charges=1, status=502),
    "B-RL": interaction_response_fails(charges=1, status=429, headers={"Via": "1.1 local"}, body={"retry_after": 0.2}),
    "B-PX": an_expired_interaction_orders_nothing,
    "B-ZO": another_bot_has_responded,
    "I-HX": hostile_text_is_escaped,
    "J-K1": a_job_survives_a_start_without_a_status_message,
    "J-K2": status_edits_fail(when="after", drop=True),
    "J-TO": status_edits_fail(delay_s=1.0),
    "J-5X": status_edits_fail(status=502),
    "J-RL": status_edits_fail(status=429, headers={"Via": "1.1 local"}, body={"retry_after": 0.5, "global": False}),
    "J-PX": a_deleted_status_message_is_ignored,
    "J-HX": hostile_text_is_escaped,
}
