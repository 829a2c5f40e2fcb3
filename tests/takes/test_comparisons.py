"""`/compare`: two models, one message, no names until they are revealed; one vote for each member."""

import contextlib
import json
from pathlib import Path

from bot.jobs.bundle import COMPARED_FOR_S
from bot.sandbox.discord import LocalMessage, Member
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalXAI
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import response_message
from tests.remix.helpers import LIGHTHOUSE, response_text
from tests.takes.helpers import REFUSAL, buttons_of, settled

GROK, IMAGINE = "grok-video-3", "grok-imagine-video"
HIDDEN = [["👍 1", "👍 2", "Reveal"], ["Details", "Delete"]]
SHOWN = [["1", "2"], ["Remix", "Again", "Details", "Delete"]]


def open_studio(data: Path) -> contextlib.AbstractAsyncContextManager[BotHarness]:
    """Open a harness with two providers."""
    return open_harness(data, other_providers=(LocalXAI(render_s=0.1),))


def charges(harness: BotHarness) -> int:
    """Return how many requests were charged, at both providers."""
    return sum(len(provider.charges) for provider in (harness.provider, *harness.other_providers))


async def compare(harness: BotHarness, prompt: str = LIGHTHOUSE) -> LocalMessage:
    """Compare two models and return the message with both clips."""
    await harness.alice.slash(harness.channel, "compare", prompt=prompt, a=GROK, b=IMAGINE)
    clip = await harness.wait_for_clip(prompt)
    await settled(harness)
    return clip


async def titles(harness: BotHarness) -> list[str]:
    """Return the models' titles by place."""
    assert harness.database is not None
    rows = await harness.database.run("SELECT account, model FROM job WHERE compared = 1 ORDER BY bundle_place")
    return [harness.bot.services.offers.model_for(row[0], row[1]).title for row in rows]


async def codes(harness: BotHarness) -> list[str]:
    assert harness.database is not None
    rows = await harness.database.run("SELECT code FROM job WHERE compared = 1 ORDER BY bundle_place")
    return [row[0] for row in rows]


async def test_both_clips_are_in_one_message_and_nothing_names_the_models(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as harness:
        clip = await compare(harness)
        first, second = await titles(harness)
        assert {first, second} == {harness.bot.services.offers.find(key).model.title for key in (GROK, IMAGINE)}  # type: ignore[union-attr]
        assert len(clip.attachments) == 2
        assert charges(harness) == 2
        assert buttons_of(clip) == HIDDEN
        texts = [message.content for message in harness.discord.all_messages if message.is_bot]
        code = (await codes(harness))[0]
        texts.append(await response_text(await harness.bob.slash(harness.channel, "history")))
        texts.append(await response_text(await harness.bob.slash(harness.channel, "tree", video=code)))
        texts.append(await response_text(await harness.alice.slash(harness.channel, "jobs")))
        asked = await (await harness.bob.press(clip, "Details")).answer()
        assert isinstance(asked, LocalMessage)
        texts.append(await response_text(await harness.bob.press(asked, "1")))
        assert "hidden model" in texts[-1]
        again = await (await harness.bob.press(clip, "Details")).answer()
        assert isinstance(again, LocalMessage)
        texts.append(await response_text(await harness.bob.press(again, "2")))
        assert not any("480p" in text for text in texts[-2:])  # only one of the two has resolutions
        refused = await (await harness.bob.slash(harness.channel, "remix", prompt="at night", video=code)).answer()
        assert isinstance(refused, LocalMessage)
        texts.append(refused.content)
        assert f"The models of {code}'s comparison are still hidden." in refused.content
        for text in texts:
            assert not any(title in text for title in (first, second)), text
        assert charges(harness) == 2


async def test_a_vote_counts_once_a_member_and_is_told_when_the_author_reveals(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as harness:
        clip = await compare(harness)
        first, second = await titles(harness)
        carol = harness.guild.add_member("carol")
        assert "counts for 1" in await response_text(await harness.bob.press(clip, "👍 1"))
        assert "counts for 2" in await response_text(await harness.bob.press(clip, "👍 2"))  # moved
        assert "counts for 2" in await response_text(await carol.press(clip, "👍 2"))
        assert "counts for 1" in await response_text(await harness.alice.press(clip, "👍 1"))
        assert "taken back" in await response_text(await harness.alice.press(clip, "👍 1"))
        assert "Only the person" in await response_text(await harness.bob.press(clip, "Reveal"))
        assert buttons_of(clip) == HIDDEN
        await harness.restart()
        await harness.alice.press(clip, "Reveal")
        await harness.wait_until(lambda: first in clip.content or None)
        assert f"{second} has more votes." in clip.content
        assert f"1: {first} · 0 votes" in clip.content
        assert f"2: {second} · 2 votes" in clip.content
        assert buttons_of(clip) == SHOWN
        models = await response_text(await harness.bob.slash(harness.channel, "models"))
        won = {line.split(" · ")[0]: below for line, below in zip(*[iter(models.splitlines()[1:])] * 2, strict=False)}
        assert any("won 1 of 1 comparisons here" in below for line, below in won.items() if second in line)
        assert any("won 0 of 1 comparisons here" in below for line, below in won.items() if first in line)
        code = (await codes(harness))[0]
        await harness.bob.slash(harness.channel, "remix", prompt="at night", video=code)
        await harness.wait_for_clip("at night")


async def test_it_is_revealed_after_a_day_also_by_another_process(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as harness:
        clip = await compare(harness)
        first, _ = await titles(harness)
        assert harness.database is not None
        await harness.bot.services.comparisons.run_once()
        assert buttons_of(clip) == HIDDEN
        await harness.database.run("UPDATE job SET created_at = created_at - ?", (COMPARED_FOR_S + 1,))
        await harness.restart()  # it looks at once
        await harness.wait_until(lambda: first in clip.content or None)
        assert "Neither model has more votes." in clip.content
        assert buttons_of(clip) == SHOWN


async def test_with_one_refused_the_other_is_an_ordinary_video(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as harness:
        harness.provider.wire.fail(Fault(route="POST /v1/videos/generations", status=422, body=REFUSAL))
        clip = await compare(harness)
        assert len(clip.attachments) == 1
        assert "of 2" in clip.content
        assert "The provider rejected this prompt (safety). Not charged." in clip.content
        assert any(title in clip.content for title in await titles(harness))
        assert buttons_of(clip) == [SHOWN[1]]
        assert charges(harness) == 1


async def test_a_comparison_that_cannot_be_made_is_refused_before_anything_is_spent(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as harness:
        same = await harness.alice.slash(harness.channel, "compare", prompt=LIGHTHOUSE, a=GROK, b=GROK)
        assert "A comparison needs two different models" in await response_text(same)
        none = await harness.alice.slash(harness.channel, "compare", prompt=LIGHTHOUSE, a=GROK, b="no-such-model")
        assert "There's no model called no-such-model here" in await response_text(none)
        assert harness.database is not None
        assert await harness.database.run("SELECT 1 FROM job") == []
        assert charges(harness) == 0


async def test_a_deleted_take_reveals_the_other(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as harness:
        clip = await compare(harness)
        _, second = await titles(harness)
        asked = await (await harness.alice.press(clip, "Delete")).answer()
        assert isinstance(asked, LocalMessage)
        await harness.alice.press(asked, "1")
        await harness.wait_until(lambda: len(clip.attachments) == 1 or None)
        assert second in clip.content
        assert buttons_of(clip) == [SHOWN[1]]


async def test_votes_are_deleted_with_the_data_of_their_member(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as harness:
        clip = await compare(harness)
        await response_text(await harness.bob.press(clip, "👍 1"))
        database = harness.database
        assert database is not None
        assert len(await database.run("SELECT 1 FROM vote")) == 1
        memory = harness.bot.services.repositories.retention
        await memory.request_deletion(harness.bob.id, 1_900_000_000.0)
        assert await database.run("SELECT 1 FROM vote") == []
        assert "vote" not in json.dumps([dict(row) for row in await database.run("SELECT name FROM fact")])


async def test_usage_does_not_name_the_models_before_they_are_revealed(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as harness:
        maud = harness.guild.add_member("maud", manage=True)
        clip = await compare(harness)
        names = await titles(harness)
        before = await _usage(harness, maud)
        assert "hidden model" in before
        assert not any(name in before for name in (*names, "xai"))
        own = await _usage(harness, harness.alice)
        assert not any(name in own for name in names)
        await harness.alice.slash(harness.channel, "generate", prompt="a kite", model=GROK)
        await harness.wait_for_clip("a kite")
        mixed = await _usage(harness, maud)  # what isn't hidden is named, and counted apart
        assert "hidden model" in mixed
        assert "Grok 3 $0.10 (1)" in mixed
        await harness.alice.press(clip, "Reveal")
        await harness.wait_until(lambda: names[0] in clip.content or None)
        after = await _usage(harness, maud)
        assert "hidden model" not in after
        assert all(name in after for name in names)
        assert ("today 2 videos" in before) and ("today 3 videos" in after)


async def _usage(harness: BotHarness, member: Member) -> str:
    """Return what `/usage` says, with its table."""
    asked = await response_message(await member.slash(harness.channel, "usage"))
    return "\n".join([asked.content, *(file.data.decode() for file in asked.attachments if "csv" in file.filename)])
