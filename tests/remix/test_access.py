"""The access matrix: who can use which video, and the same message for every denial."""

import time
from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage
from tests.harness import open_harness
from tests.remix.access_cases import (
    ALLOWED,
    DENIED,
    Setup,
    a_direct_conversation,
    a_hidden_channel,
    a_private_thread_as_its_member,
    a_private_thread_of_a_hidden_channel,
    age_restricted_into_a_plain_channel,
    mark_not_for_remixing,
    not_for_remixing,
)
from tests.remix.helpers import NOT_FOUND, code_of, create_clip, job_id_of, response_text


def case_id(setup: Setup) -> str:
    return getattr(setup, "__name__", "").replace("_", " ")


@pytest.mark.parametrize("setup", ALLOWED, ids=case_id)
async def test_an_accessible_source_can_be_remixed(tmp_path: Path, setup: Setup) -> None:
    async with open_harness(tmp_path) as harness:
        case = await setup(harness)
        await case.viewer.slash(case.channel, "remix", prompt="make it snow softly", video=case.clip.link)
        remix = await harness.wait_for_clip("make it snow softly")
        assert remix.channel is case.channel


@pytest.mark.parametrize("setup", DENIED, ids=case_id)
async def test_an_inaccessible_source_cannot_be_remixed(tmp_path: Path, setup: Setup) -> None:
    """By link, code and id: the same message, and no response reveals anything about the video."""
    async with open_harness(tmp_path) as harness:
        case = await setup(harness)
        names = case.references or [case.clip.link, code_of(case.clip), job_id_of(case.clip)]
        for name in [*names, names[0].replace("https://", "https://canary.")]:
            for command, more in (("remix", {"prompt": "mine now"}), ("extend", {"prompt": "mine now"})):
                interaction = await case.viewer.slash(case.channel, command, video=name, **more)
                assert (await response_text(interaction)).startswith(NOT_FOUND)
        if setup is not not_for_remixing:
            tree = await case.viewer.slash(case.channel, "tree", video=names[0])
            assert (await response_text(tree)).startswith(NOT_FOUND)
            history = await response_text(await case.viewer.slash(case.channel, "history"))
            assert "secret" not in history or setup is a_direct_conversation
        choices = await case.viewer.autocomplete(case.channel, "remix", "video", "")
        assert not any("secret" in choice.name for choice in choices) or setup is a_direct_conversation
        assert len(harness.provider.charges) == 1


async def test_a_video_in_a_private_thread_is_only_offered_in_that_thread(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        case = await a_private_thread_as_its_member(harness)
        assert await harness.bob.autocomplete(harness.channel, "remix", "video", "") == []
        (choice,) = await harness.bob.autocomplete(case.clip.channel, "remix", "video", "lighthouse")
        assert choice.name.startswith(f"{code_of(case.clip)} · a secret lighthouse")
        assert choice.name.endswith(" · alice · just now")
        assert choice.value == job_id_of(case.clip)


async def test_nothing_is_downloaded_before_a_denial(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        for setup in (a_hidden_channel, age_restricted_into_a_plain_channel):
            case = await setup(harness)
            before = len(harness.discord.wire.seen)
            started = time.monotonic()
            await response_text(await case.viewer.slash(case.channel, "remix", prompt="mine now", video=case.clip.link))
            known_s, started = time.monotonic() - started, time.monotonic()
            nobodys = case.clip.link[:-3] + "000"
            await response_text(await case.viewer.slash(case.channel, "remix", prompt="mine now", video=nobodys))
            unknown_s = time.monotonic() - started
            requests = [s for s in harness.discord.wire.seen[before:] if s.method == "GET"]
            assert requests == []
            assert abs(known_s - unknown_s) < 0.5
            harness.provider.charges.clear()


async def test_thread_membership_is_only_looked_up_after_the_channel_permission(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        case = await a_private_thread_of_a_hidden_channel(harness)
        before = len(harness.discord.wire.seen)
        await response_text(await case.viewer.slash(case.channel, "remix", prompt="mine now", video=case.clip.link))
        assert not [s for s in harness.discord.wire.seen[before:] if "thread-members" in s.path]


async def test_forged_buttons_and_modals_get_the_same_message(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        secret = await a_hidden_channel(harness)
        clip = await create_clip(harness, "a video for everybody")
        job_id = job_id_of(secret.clip)
        verbs = ("remix", "again", "details", "delete", "cancel", "edit", "retry", "resend", "yes", "lock", "get")
        forged = [*(f"v1:{job_id}:{verb}" for verb in verbs), f"v1:{job_id}:nonsense", f"v1:{'x' * 22}:remix", "v1:"]
        for custom_id in forged:
            pressed = await harness.bob.press_id(clip, custom_id)
            assert (await response_text(pressed)).startswith(NOT_FOUND), custom_id
        opened = await harness.bob.press(clip, "Remix")
        await opened.answer()
        assert opened.modal is not None
        opened.modal.custom_id = f"v1m:{job_id}:remix"
        sent = await harness.bob.submit(opened.modal, prompt="mine now, all of it")
        assert (await response_text(sent)).startswith(NOT_FOUND)
        assert len(harness.provider.charges) == 2


async def test_a_video_not_for_remixing_keeps_its_details_and_its_owner(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await mark_not_for_remixing(harness, clip)
        assert (await response_text(await harness.bob.press(clip, "Remix"))).startswith(NOT_FOUND)
        assert (await response_text(await harness.bob.press(clip, "Again"))).startswith(NOT_FOUND)
        await harness.bob.reply(clip, "make it snow softly")
        await harness.wait_for_message(NOT_FOUND)
        assert "not for remixing" in await response_text(await harness.bob.press(clip, "Details"))
        await harness.alice.reply(clip, "make it snow softly")
        await harness.wait_for_clip("make it snow softly")
        details = await (await harness.alice.press(clip, "Details")).answer()
        assert isinstance(details, LocalMessage)
        await harness.alice.press(details, "Allow remixing")
        await harness.wait_until(lambda: "not for remixing" not in details.content)
        await harness.bob.reply(clip, "now make it rain")
        await harness.wait_for_clip("now make it rain")
