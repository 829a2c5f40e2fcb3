"""/tree: the family as a picture and as text, for its reader's eyes; and the geometry below it."""

import io
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image

from bot.media.charts.family_tree import Card, draw_family_tree
from bot.media.charts.tree_layout import CardSize, compute_layout
from bot.sandbox.discord import LocalMessage
from tests.harness import open_harness
from tests.remix.helpers import code_of, create_clip, delete_by_button

SIZES = CardSize(width=128, height=110, gap_x=12, gap_y=22)
BUSHY = [None, *(max(0, (i * 7) % max(1, i // 2) if i % 3 else i - 1) for i in range(1, 200))]
SHAPES: dict[str, list[int | None]] = {
    "one": [None],
    "star": [None, *[0] * 199],
    "chain": [None, *range(199)],
    "bushy": BUSHY,
    "two roots": [None, 0, None, 2, 2],
}


@pytest.mark.parametrize("parents", SHAPES.values(), ids=SHAPES.keys())
def test_no_card_covers_another_and_all_are_on_the_picture(parents: list[int | None]) -> None:
    plan = compute_layout(parents, SIZES)
    for box in plan.boxes:
        assert 0 <= box.x <= plan.width - SIZES.width + 0.5
        assert 0 <= box.y <= plan.height - SIZES.height + 0.5
    for one, two in combinations(plan.boxes, 2):
        assert abs(one.x - two.x) >= SIZES.width or abs(one.y - two.y) >= SIZES.height
    for line in plan.lines:
        assert all(0 <= x <= plan.width and 0 <= y <= plan.height for x, y in line)


@pytest.mark.parametrize("parents", SHAPES.values(), ids=SHAPES.keys())
def test_a_family_of_200_is_a_picture_that_discord_takes(parents: list[int | None]) -> None:
    cards = [
        Card(parent=p, status="video", title=f"K{i} · alice", text="a lighthouse " * 9) for i, p in enumerate(parents)
    ]
    png = draw_family_tree(cards)
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        assert image.width * image.height < 60_000_000
    assert len(png) < 10 * 1_048_576


async def test_the_family_is_drawn_with_first_frames_and_stubs(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        hidden = studio.guild.add_channel("hidden")
        hidden.forbid(studio.bob, "view_channel")
        root = await create_clip(studio, "a lighthouse in a storm")
        await studio.alice.reply(root, "the same one in winter")
        winter = await studio.wait_for_clip("the same one in winter")
        await studio.alice.reply(winter, "with a ship in the ice")
        ship = await studio.wait_for_clip("with a ship in the ice")
        await studio.alice.slash(hidden, "remix", prompt="a secret branch of it", video=root.link)
        secret = await studio.wait_for_clip("a secret branch of it")
        await delete_by_button(studio.alice, winter)
        await studio.wait_until(lambda: winter.deleted)
        asked = await studio.bob.slash(studio.channel, "tree", video=code_of(ship))
        shown = await asked.answer(10)
        assert isinstance(shown, LocalMessage)
        assert shown.ephemeral_to == studio.bob.id
        lines = [line.strip("\N{IDEOGRAPHIC SPACE}") for line in shown.content.splitlines()]
        assert lines[0] == f"**The family of {code_of(ship)}** · 4 videos"
        assert lines[1].startswith(f"[{code_of(root)}]({root.link}) · {studio.alice.mention} · Grok 3 · a lighthouse")
        assert lines[2] == "↳ (deleted)"
        assert lines[3].startswith(f"↳ [{code_of(ship)}]({ship.link})")
        assert lines[4] == "↳ (not visible to you)"
        assert code_of(secret) not in shown.content
        picture = shown.attachments[0]
        assert "secret" not in (picture.description or "")
        with Image.open(io.BytesIO(picture.data)) as image:
            colours = image.convert("RGB").getcolors(1 << 24)
            assert colours is not None
            assert len(colours) > 500  # frames, not only boxes
        everything = await (await studio.alice.slash(studio.channel, "tree", video=root.link)).answer(10)
        assert isinstance(everything, LocalMessage)
        assert "a secret branch of it" in everything.content


async def test_an_extension_is_marked(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        root = await create_clip(studio, "a lighthouse in a storm")
        await studio.bob.slash(studio.channel, "extend", prompt="and the sun comes out", video=code_of(root))
        await studio.wait_for_clip("and the sun comes out")
        tree = await (await studio.bob.slash(studio.channel, "tree", video=root.link)).answer()
        assert isinstance(tree, LocalMessage)
        lines = tree.content.splitlines()
        assert [" · extension · " in line for line in lines[1:]] == [False, True]
        assert "  extension  " in (tree.attachments[0].description or "")
