"""Who may use which video: every viewer against every source, and the same sentence for every no."""

import time
from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage
from tests.harness import open_studio
from tests.remix.access_cases import (
    NO,
    YES,
    Setup,
    a_direct_conversation,
    a_hidden_channel,
    a_private_thread_as_its_member,
    a_private_thread_of_a_hidden_channel,
    age_restricted_into_a_plain_channel,
    mark,
    not_for_remixing,
)
from tests.remix.helpers import NOT_FOUND, a_clip, code_of, job_id_of, told


def named(setup: Setup) -> str:
    return getattr(setup, "__name__", "").replace("_", " ")


@pytest.mark.parametrize("setup", YES, ids=named)
async def test_a_source_that_may_be_used(tmp_path: Path, setup: Setup) -> None:
    async with open_studio(tmp_path) as studio:
        case = await setup(studio)
        await case.viewer.slash(case.here, "remix", prompt="make it snow softly", video=case.clip.link)
        remix = await studio.clip_of("make it snow softly")
        assert remix.channel is case.here


@pytest.mark.parametrize("setup", NO, ids=named)
async def test_a_source_that_may_not(tmp_path: Path, setup: Setup) -> None:
    """By link, by code and by id: one sentence, and nothing about the video in any of the answers."""
    async with open_studio(tmp_path) as studio:
        case = await setup(studio)
        names = case.names or [case.clip.link, code_of(case.clip), job_id_of(case.clip)]
        for name in [*names, names[0].replace("https://", "https://canary.")]:
            for command, more in (("remix", {"prompt": "mine now"}), ("extend", {"prompt": "mine now"})):
                asked = await case.viewer.slash(case.here, command, video=name, **more)
                assert (await told(asked)).startswith(NOT_FOUND)
        if setup is not not_for_remixing:
            tree = await case.viewer.slash(case.here, "tree", video=names[0])
            assert (await told(tree)).startswith(NOT_FOUND)
            history = await told(await case.viewer.slash(case.here, "history"))
            assert "secret" not in history or setup is a_direct_conversation
        choices = await case.viewer.autocomplete(case.here, "remix", "video", "")
        assert not any("secret" in choice.name for choice in choices) or setup is a_direct_conversation
        assert len(studio.provider.charges) == 1


async def test_a_thread_that_only_its_members_see_is_offered_in_itself_alone(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        case = await a_private_thread_as_its_member(studio)
        assert await studio.bob.autocomplete(studio.channel, "remix", "video", "") == []
        (choice,) = await studio.bob.autocomplete(case.clip.channel, "remix", "video", "lighthouse")
        assert choice.name.startswith(f"{code_of(case.clip)} · a secret lighthouse")
        assert choice.name.endswith(" · alice · just now")
        assert choice.value == job_id_of(case.clip)


async def test_nothing_is_fetched_before_a_no(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        for setup in (a_hidden_channel, age_restricted_into_a_plain_channel):
            case = await setup(studio)
            before = len(studio.discord.wire.seen)
            started = time.monotonic()
            await told(await case.viewer.slash(case.here, "remix", prompt="mine now", video=case.clip.link))
            known_s, started = time.monotonic() - started, time.monotonic()
            nobodys = case.clip.link[:-3] + "000"
            await told(await case.viewer.slash(case.here, "remix", prompt="mine now", video=nobodys))
            unknown_s = time.monotonic() - started
            requests = [s for s in studio.discord.wire.seen[before:] if s.method == "GET"]
            assert requests == []
            assert abs(known_s - unknown_s) < 0.5
            studio.provider.charges.clear()


async def test_every_look_at_a_private_thread_comes_after_the_right_to_see_its_channel(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        case = await a_private_thread_of_a_hidden_channel(studio)
        before = len(studio.discord.wire.seen)
        await told(await case.viewer.slash(case.here, "remix", prompt="mine now", video=case.clip.link))
        assert not [s for s in studio.discord.wire.seen[before:] if "thread-members" in s.path]


async def test_forged_buttons_and_modals_get_the_same_sentence(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        secret = await a_hidden_channel(studio)
        clip = await a_clip(studio, "a video for everybody")
        job_id = job_id_of(secret.clip)
        verbs = ("remix", "again", "details", "delete", "cancel", "edit", "retry", "resend", "yes", "lock", "get")
        forged = [*(f"v1:{job_id}:{verb}" for verb in verbs), f"v1:{job_id}:nonsense", f"v1:{'x' * 22}:remix", "v1:"]
        for custom_id in forged:
            pressed = await studio.bob.press_id(clip, custom_id)
            assert (await told(pressed)).startswith(NOT_FOUND), custom_id
        opened = await studio.bob.press(clip, "Remix")
        await opened.answer()
        assert opened.modal is not None
        opened.modal.custom_id = f"v1m:{job_id}:remix"
        sent = await studio.bob.submit(opened.modal, prompt="mine now, all of it")
        assert (await told(sent)).startswith(NOT_FOUND)
        assert len(studio.provider.charges) == 2


async def test_a_video_that_is_not_for_remixing_keeps_its_details_and_its_owner(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        await mark(studio, clip)
        assert (await told(await studio.bob.press(clip, "Remix"))).startswith(NOT_FOUND)
        assert (await told(await studio.bob.press(clip, "Again"))).startswith(NOT_FOUND)
        await studio.bob.reply(clip, "make it snow softly")
        await studio.said(NOT_FOUND)
        assert "not for remixing" in await told(await studio.bob.press(clip, "Details"))
        await studio.alice.reply(clip, "make it snow softly")
        await studio.clip_of("make it snow softly")
        details = await (await studio.alice.press(clip, "Details")).answer()
        assert isinstance(details, LocalMessage)
        await studio.alice.press(details, "Allow remixing")
        await studio.until(lambda: "not for remixing" not in details.content)
        await studio.bob.reply(clip, "now make it rain")
        await studio.clip_of("now make it rain")
