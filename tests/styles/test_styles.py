"""Styles through the local Discord: /style, /generate style:, replies, the settings panel, rules and deletion."""

from pathlib import Path

from bot.jobs.server_settings import ReplyMode
from bot.jobs.style import MOST_OF_MEMBER, MOST_OF_SERVER, SERVERS, Style
from bot.sandbox.discord import LocalMessage, Member, Modal
from tests.harness import BotHarness, open_harness, plain
from tests.limits.helpers import (
    add_manager,
    database_of,
    open_page,
    panel_text,
    repositories_of,
    response_message,
    response_text,
    set_server_settings,
    submit_form,
)

NOIR = "film noir, {prompt}"
BOAT = "a paper boat on a pond"
STYLED = f"film noir, {BOAT}"


async def save(harness: BotHarness, name: str, words: str, member: Member | None = None, **options: str) -> str:
    """Save a style of a member with /style save and return the answer."""
    asked = (member or harness.alice).slash
    return await response_text(await asked(harness.channel, "style save", name=name, words=words, **options))


async def save_for_server(harness: BotHarness, name: str, words: str, **options: str) -> None:
    style = Style(guild_id=harness.guild.id, user_id=SERVERS, name=name, words=words, **options)  # type: ignore[arg-type]
    await repositories_of(harness).styles.save(style, by_id=1, now=0.0, most=MOST_OF_SERVER)


async def stored_styles(harness: BotHarness) -> list[tuple[int, str, str]]:
    rows = await database_of(harness).run("SELECT user_id, name, words FROM style ORDER BY user_id, folded")
    return [(row[0], row[1], row[2]) for row in rows]


def prompts_sent(harness: BotHarness) -> list[str]:
    return [str(task.request["prompt"]) for task in harness.provider.tasks.values()]


async def test_a_member_saves_a_style_and_makes_a_video_in_it(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        said = await save(harness, "Noir", NOIR, model="grok-video-3", aspect="9:16")
        assert "**Noir** · film noir, {prompt} · grok-video-3 · 9:16" in said
        await harness.alice.slash(harness.channel, "generate", prompt=BOAT, style="noir")
        clip = await harness.wait_for_clip(STYLED)
        assert "style: Noir" in clip.content
        (task,) = harness.provider.tasks.values()
        assert (task.request["prompt"], task.request["aspect_ratio"]) == (STYLED, "9:16")


async def test_what_is_chosen_comes_before_the_style(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await save(harness, "noir", NOIR, aspect="9:16")
        await harness.alice.slash(harness.channel, "generate", prompt=f"{BOAT} --ar 16:9", style="noir")
        await harness.wait_for_clip(STYLED)
        await harness.alice.slash(harness.channel, "generate", prompt="a kite", style="noir", aspect="16:9")
        await harness.wait_for_clip("film noir, a kite")
        assert [task.request["aspect_ratio"] for task in harness.provider.tasks.values()] == ["16:9", "16:9"]
        assert prompts_sent(harness) == [STYLED, "film noir, a kite"]


async def test_an_aspect_that_another_model_lacks_is_left_out(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await save(harness, "square", NOIR, aspect="21:9", resolution="540p")
        await harness.alice.slash(harness.channel, "generate", prompt=BOAT, style="square")
        await harness.wait_for_clip(STYLED)


async def test_a_style_of_a_model_that_lacks_its_options_is_not_saved(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        assert "not 21:9" in await save(harness, "wide", NOIR, model="grok-video-3", aspect="21:9")
        assert "There's no model called nothing" in await save(harness, "wide", NOIR, model="nothing")
        assert "--ar can't be part of a style's words" in await save(harness, "wide", "noir --ar 16:9")
        assert await stored_styles(harness) == []


async def test_again_uses_what_was_sent_and_a_changed_style_changes_no_video(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await save(harness, "noir", NOIR)
        await harness.alice.slash(harness.channel, "generate", prompt=BOAT, style="noir")
        clip = await harness.wait_for_clip(STYLED)
        await save(harness, "noir", "a woodcut of {prompt}")
        assert await stored_styles(harness) == [(harness.alice.id, "noir", "a woodcut of {prompt}")]
        await harness.bob.press(clip, "Again")  # who can't use the style
        await harness.wait_until(lambda: len(harness.clips) == 2 or None)
        assert prompts_sent(harness) == [STYLED, STYLED]
        assert "Deleted: noir" in await response_text(
            await harness.alice.slash(harness.channel, "style delete", name="noir")
        )
        details = await response_text(await harness.alice.press(clip, "Details"))
        assert f"> {STYLED}" in details
        assert "style: noir" in details


async def test_the_server_s_style_comes_before_the_member_s(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await save(harness, "noir", "mine, {prompt}")
        await save_for_server(harness, "Noir", "ours, {prompt}")
        await harness.alice.slash(harness.channel, "generate", prompt=BOAT, style="noir")
        await harness.wait_for_clip(f"ours, {BOAT}")
        assert "There's a style called Noir here already" in await save(harness, "noir", "mine, {prompt}")
        choices = await harness.alice.autocomplete(harness.channel, "generate", "style", "")
        assert [(choice.name, choice.value) for choice in choices] == [("Noir · ours, {prompt}", "Noir")]


async def test_autocomplete_offers_every_style_in_at_most_100_characters(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        for number in range(MOST_OF_SERVER):
            await save_for_server(harness, f"server {number:02}", f"{'long words ' * 20}{{prompt}}")
        for number in range(MOST_OF_MEMBER):
            await save(harness, f"mine {number:02}", NOIR)
        assert "There are 10 styles already" in await save(harness, "one more", NOIR)
        choices = await harness.alice.autocomplete(harness.channel, "generate", "style", "")
        assert len(choices) == 25
        assert max(len(choice.name) for choice in choices) == 100
        (choice,) = await harness.alice.autocomplete(harness.channel, "generate", "style", "noir 07")
        assert choice.value == "mine 07"
        assert len(await harness.bob.autocomplete(harness.channel, "generate", "style", "")) == MOST_OF_SERVER
        listed = await response_text(await harness.alice.slash(harness.channel, "style list"))
        assert listed.count("•") == 25
        assert "Your styles" in listed


async def test_an_unknown_style_keeps_the_words_and_the_style(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        asked = await harness.alice.slash(harness.channel, "generate", prompt=BOAT, style="noir")
        said = await response_message(asked)
        assert plain(said.content) == "There are no styles here yet. Save one with /style save."
        await save(harness, "noir", NOIR)
        opened = await (await harness.alice.press(said, "Edit and retry")).answer()
        assert isinstance(opened, Modal)
        await harness.alice.submit(opened, prompt=BOAT)
        await harness.wait_for_clip(STYLED)


async def test_a_word_rule_says_whether_the_style_or_the_words_break_it(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await save(harness, "noir", NOIR)
        await set_server_settings(harness, words=("noir", "gun"))
        asked = await harness.alice.slash(harness.channel, "generate", prompt=BOAT, style="noir")
        assert "allow your words, but not what the style noir adds" in await response_text(asked)
        asked = await harness.alice.slash(harness.channel, "generate", prompt="a gun on a table", style="noir")
        assert "Your words break this server's rules, with or without the style noir" in await response_text(asked)
        await set_server_settings(harness, words=("noir a paper",))  # only the two together
        asked = await harness.alice.slash(harness.channel, "generate", prompt=BOAT, style="noir")
        assert "not what the style noir adds" in await response_text(asked)
        assert prompts_sent(harness) == []


async def test_the_length_counts_with_the_style(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await save(harness, "noir", f"{'n' * 500}, {{prompt}}")
        asked = await harness.alice.slash(harness.channel, "generate", prompt="x" * 1990, style="noir")
        assert "With the style noir your prompt is 2492 characters long" in await response_text(asked)
        assert prompts_sent(harness) == []


async def test_a_reply_remakes_a_video_in_a_style(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await set_server_settings(harness, reply_mode=ReplyMode.INSTANT)
        await save_for_server(harness, "noir", NOIR, aspect="9:16")
        await save_for_server(harness, "woodcut", "{prompt} as a woodcut")
        await harness.alice.slash(harness.channel, "generate", prompt=BOAT)
        clip = await harness.wait_for_clip(BOAT)
        await harness.bob.reply(clip, "style: noir")
        styled = await harness.wait_for_clip(STYLED)
        assert "style: noir" in styled.content
        await harness.bob.reply(styled, "style: woodcut")  # in place of the first style
        await harness.wait_for_clip(f"{BOAT} as a woodcut")
        await harness.bob.reply(clip, "style: noir it sinks slowly")
        await harness.wait_for_clip("film noir, it sinks slowly")
        await harness.bob.reply(clip, "style: nior")
        said = await harness.wait_for_message("There's no style called nior here.")
        assert "You can use: noir, woodcut." in said.content
        assert len(harness.provider.tasks) == 4


async def panel_page(harness: BotHarness, maud: Member) -> LocalMessage:
    panel = await response_message(await maud.slash(harness.channel, "settings panel"))
    return await open_page(harness, maud, panel, "styles")


async def test_managers_add_change_and_delete_the_server_s_styles(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud = add_manager(harness)
        page = await panel_page(harness, maud)
        assert "No styles yet." in panel_text(page)
        opened = await maud.press(page, "Add …")
        page = await submit_form(harness, maud, opened, name="Noir", words="film noir", aspect="9:16")
        assert "**Noir** · film noir, {prompt} · 9:16" in panel_text(page)
        await harness.restart()
        ((style_id,),) = await database_of(harness).run("SELECT id FROM style")
        page = await panel_page(harness, maud)
        opened = await maud.select(page, "v1s:styles:style", [str(style_id)])
        page = await submit_form(harness, maud, opened, name="Black", words="black and white, {prompt}")
        assert await stored_styles(harness) == [(0, "Black", "black and white, {prompt}")]
        ((style_id,),) = await database_of(harness).run("SELECT id FROM style")
        page = await response_message(await maud.select(page, "v1s:styles:delstyle", [str(style_id)]))
        assert "No styles yet." in panel_text(page)
        audit = await response_text(await maud.slash(harness.channel, "settings audit"))
        assert "style: none → Noir: film noir, {prompt}" in audit
        assert "style: Noir: film noir, {prompt} → Black: black and white, {prompt}" in audit
        assert "style: Black: black and white, {prompt} → none" in audit


async def test_a_style_that_another_has_the_name_of_is_not_renamed(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud = add_manager(harness)
        await save_for_server(harness, "noir", NOIR)
        await save_for_server(harness, "woodcut", "{prompt} as a woodcut")
        rows = await database_of(harness).run("SELECT id FROM style WHERE folded = 'woodcut'")
        opened = await maud.select(await panel_page(harness, maud), "v1s:styles:style", [str(rows[0][0])])
        await opened.answer()
        said = await response_text(await maud.submit(opened.modal, name="NOIR", words="x {prompt}"))
        assert "There's a style called NOIR here already." in said
        assert len(await stored_styles(harness)) == 2


async def test_a_member_s_styles_are_deleted_with_their_data_and_the_server_s_stay(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await save(harness, "noir", NOIR)
        await save(harness, "noir", "bob's {prompt}", member=harness.bob)
        await save_for_server(harness, "woodcut", "{prompt} as a woodcut")
        await harness.alice.slash(harness.channel, "generate", prompt=BOAT, style="noir")
        await harness.wait_for_clip(STYLED)
        listed = await response_message(await harness.alice.slash(harness.channel, "jobs"))
        question = await response_message(await harness.alice.press(listed, "Delete my data"))
        await harness.alice.press(question, "Delete data, keep videos")
        await harness.wait_for_message("Your data has been deleted")
        assert await stored_styles(harness) == [
            (0, "woodcut", "{prompt} as a woodcut"), (harness.bob.id, "noir", "bob's {prompt}"),
        ]  # fmt: skip
        assert [row[0] for row in await database_of(harness).run("SELECT style FROM job")] == [None]


async def test_styles_are_deleted_with_the_server_s_data(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await save(harness, "noir", NOIR)
        await save_for_server(harness, "woodcut", "{prompt} as a woodcut")
        await repositories_of(harness).retention.erase_server(harness.guild.id)
        assert await stored_styles(harness) == []
