"""Menus, replies and links on a forward of a clip lead to the original, if the member may see that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.sandbox.discord import Channel, LocalMessage, Modal, Upload
from tests.harness import BotHarness, open_harness
from tests.remix.helpers import NOT_FOUND, code_of, create_clip, delete_by_button, response_text


@dataclass(kw_only=True)
class Forward:
    """A clip of alice in one channel, and a forward of it in another."""

    harness: BotHarness
    clip: LocalMessage
    channel: Channel
    message: LocalMessage

    @property
    def code(self) -> str:
        return code_of(self.clip)

    def named(self, text: str) -> str:
        return f"{self.harness.discord.bot_user.mention} {text}"


@asynccontextmanager
async def open_forward(data: Path, *, hidden: bool = False) -> AsyncIterator[Forward]:
    """`hidden`: bob can't see the channel of the original."""
    async with open_harness(data) as harness:
        clip = await create_clip(harness)
        talk = harness.guild.add_channel("talk")
        if hidden:
            harness.channel.forbid(harness.bob, "view_channel")
        message = await harness.alice.forward(clip, talk)
        yield Forward(harness=harness, clip=clip, channel=talk, message=message)


async def test_the_menu_remixes_the_original_of_a_forward(tmp_path: Path) -> None:
    async with open_forward(tmp_path) as forward:
        form = await (await forward.harness.bob.menu(forward.message, "Remix video")).answer()
        assert isinstance(form, Modal)
        assert form.title == f"Remix {forward.code}"
        await forward.harness.bob.submit(form, prompt="through a forward")
        remix = await forward.harness.wait_for_clip("through a forward")
        assert remix.channel is forward.channel
        assert "remix of" in remix.content


async def test_the_menu_shows_the_details_of_the_original(tmp_path: Path) -> None:
    async with open_forward(tmp_path) as forward:
        details = await response_text(await forward.harness.bob.menu(forward.message, "Video details"))
        assert details.startswith(f"**{forward.code}** · new video · done")


async def test_a_reply_that_names_the_bot_remixes_the_original(tmp_path: Path) -> None:
    async with open_forward(tmp_path) as forward:
        reply = await forward.harness.bob.reply(forward.message, forward.named("make it snow, softly and slowly"))
        remix = await forward.harness.wait_for_clip("make it snow, softly and slowly")
        assert remix.reference_id == reply.id
        assert "remix of" in remix.content
        await forward.harness.bob.reply(forward.message, forward.named("info"))
        await forward.harness.wait_for_message(f"**{forward.code}** · new video · done")


async def test_a_link_to_a_forward_leads_to_the_original(tmp_path: Path) -> None:
    async with open_forward(tmp_path) as forward:
        link = forward.message.link
        await forward.harness.bob.slash(forward.channel, "remix", prompt="by the link of a forward", video=link)
        assert "remix of" in (await forward.harness.wait_for_clip("by the link of a forward")).content


async def test_a_reply_to_a_forward_that_does_not_name_the_bot_is_left_alone(tmp_path: Path) -> None:
    async with open_forward(tmp_path) as forward:
        reply = await forward.harness.bob.reply(forward.message, "make it snow, softly and slowly")
        named = await forward.harness.bob.reply(forward.message, forward.named("info"))
        await forward.harness.wait_until(
            lambda: any(m.reference_id == named.id for m in forward.channel.messages if m.is_bot) or None
        )
        assert reply.reactions == {}
        assert len(forward.harness.provider.charges) == 1


@pytest.mark.parametrize("way", ["menu", "details", "reply", "info", "link"])
async def test_a_forward_opens_no_channel_that_its_reader_cannot_see(tmp_path: Path, way: str) -> None:
    async with open_forward(tmp_path, hidden=True) as forward:
        bob = forward.harness.bob
        if way in ("menu", "details"):
            name = "Remix video" if way == "menu" else "Video details"
            assert (await response_text(await bob.menu(forward.message, name))).startswith(NOT_FOUND)
        elif way == "link":
            pressed = await bob.slash(forward.channel, "remix", prompt="mine now", video=forward.message.link)
            assert (await response_text(pressed)).startswith(NOT_FOUND)
        else:
            await bob.reply(forward.message, forward.named("info" if way == "info" else "make it snow, softly"))
            await forward.harness.wait_for_message(NOT_FOUND)
        assert len(forward.harness.provider.charges) == 1


async def test_a_forward_leads_to_no_other_server(tmp_path: Path) -> None:
    async with open_forward(tmp_path) as forward:
        harness = forward.harness
        other = harness.discord.add_guild("Elsewhere")
        channel = other.add_channel("lobby")
        guest = other.add_member(user=harness.alice.user)
        message = await harness.alice.forward(forward.clip, channel)
        for name in ("Remix video", "Video details"):
            assert (await response_text(await guest.menu(message, name))).startswith(NOT_FOUND)


async def test_an_age_restricted_clip_is_not_remixed_through_a_forward_elsewhere(tmp_path: Path) -> None:
    async with open_forward(tmp_path) as forward:
        forward.harness.channel.set_nsfw(True)
        answer = await response_text(await forward.harness.bob.menu(forward.message, "Remix video"))
        assert answer.startswith(NOT_FOUND)


async def test_a_deleted_original_is_gone_for_its_forwards(tmp_path: Path) -> None:
    async with open_forward(tmp_path) as forward:
        question = await delete_by_button(forward.harness.alice, forward.clip)
        await forward.harness.wait_until(lambda: question.content.startswith("Deleted") or None)
        answer = await response_text(await forward.harness.bob.menu(forward.message, "Remix video"))
        assert answer.startswith(NOT_FOUND)


async def test_a_forward_of_a_members_picture_has_no_video(tmp_path: Path, png_bytes: bytes) -> None:
    async with open_harness(tmp_path) as harness:
        said = await harness.alice.say(harness.channel, attachments=[Upload("boat.png", png_bytes, "image/png")])
        message = await harness.alice.forward(said, harness.guild.add_channel("talk"))
        answer = await response_text(await harness.bob.menu(message, "Remix video"))
        assert answer.startswith("There's no video in that message.")
