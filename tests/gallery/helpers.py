"""Helpers for tests of stars and the gallery."""

from collections.abc import Awaitable, Callable

from bot.sandbox.discord import Channel, LocalMessage, Member
from tests.harness import BotHarness
from tests.limits.helpers import database_of, set_server_settings
from tests.remix.helpers import create_clip

STAR = "⭐"
TIMES = range(400)


async def eventually(harness: BotHarness, check: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a check of the database holds."""

    async def look() -> bool:
        for _ in TIMES:
            if await check():
                return True
            await harness.bot.services.clock.sleep(0.05)
        return False

    assert await look()


async def stars_of(harness: BotHarness) -> set[int]:
    """Return the members whose stars count, of all videos."""
    return {row[0] for row in await database_of(harness).run("SELECT user_id FROM star")}


async def wait_for_stars(harness: BotHarness, *members: Member) -> None:
    async def check() -> bool:
        return await stars_of(harness) == {member.id for member in members}

    await eventually(harness, check)


def shown_in(gallery: Channel) -> list[LocalMessage]:
    """Return the posts in a gallery."""
    return [message for message in gallery.messages if message.is_bot and message.ephemeral_to is None]


async def wait_for_post(harness: BotHarness, gallery: Channel) -> LocalMessage:
    """Return the only post in a gallery, once its row has its message."""
    post = await harness.wait_until(lambda: next(iter(shown_in(gallery)), None))

    async def stored() -> bool:
        rows = await database_of(harness).run("SELECT 1 FROM shown WHERE message_id = ?", (post.id,))
        return bool(rows)

    await eventually(harness, stored)
    assert shown_in(gallery) == [post]
    return post


async def wait_until_gone(harness: BotHarness, post: LocalMessage) -> None:
    """Wait until a post is deleted and its row knows."""
    await harness.wait_until(lambda: post.deleted or None)

    async def stored() -> bool:
        return not await database_of(harness).run("SELECT 1 FROM shown WHERE message_id IS NOT NULL")

    await eventually(harness, stored)


async def open_gallery(harness: BotHarness, stars: int = 1, **settings: object) -> Channel:
    """Add a channel and make it the server's gallery."""
    gallery = harness.guild.add_channel("gallery")
    await harness.wait_until(lambda: harness.bot.get_channel(gallery.id))
    await set_server_settings(harness, gallery_channel_id=gallery.id, gallery_stars=stars, **settings)
    return gallery


async def shown_clip(harness: BotHarness) -> tuple[LocalMessage, LocalMessage, Channel]:
    """Return a clip with bob's star, its post in the gallery, and the gallery."""
    gallery, clip = await open_gallery(harness), await create_clip(harness)
    await harness.bob.react(clip, STAR)
    return clip, await wait_for_post(harness, gallery), gallery


async def nothing_is_shown(harness: BotHarness, gallery: Channel) -> bool:
    """Settle every starred video, and return whether the gallery has stayed empty."""
    await harness.bot.services.gallery.collect()
    await harness.bot.services.gallery.work_off()
    return not shown_in(gallery) and not await database_of(harness).run("SELECT 1 FROM shown")
