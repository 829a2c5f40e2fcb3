"""A refused request keeps its words: *Edit and retry* beside the sentence, for commands and for replies."""

from pathlib import Path

import pytest

from bot.jobs.job import Kind
from bot.jobs.server_settings import ReplyMode, ServerSettings
from bot.ordering.prompt_options import read_prompt_options
from bot.ordering.quote import Request
from bot.sandbox.discord import Interaction, LocalMessage, Modal
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import set_server_settings
from tests.remix.helpers import create_clip

PROMPT = "a lighthouse in a storm, waves made of paper"


async def refused(interaction: Interaction) -> LocalMessage:
    answer = await interaction.answer()
    assert isinstance(answer, LocalMessage)
    return answer


async def form(harness: BotHarness, message: LocalMessage, by: str = "alice") -> Modal:
    """Press *Edit and retry* and return the form."""
    opened = await (await getattr(harness, by).press(message, "Edit and retry")).answer()
    assert isinstance(opened, Modal)
    return opened


def prefilled(opened: Modal) -> str:
    """Return the words in the form's field."""
    return str(opened.components[0]["component"]["value"])


async def test_an_option_that_the_model_lacks_is_edited_and_retried(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        asked = await harness.alice.slash(harness.channel, "generate", prompt=PROMPT, aspect="1:1")
        said = await refused(asked)
        assert "not 1:1" in said.content
        assert said.ephemeral_to == harness.alice.id
        opened = await form(harness, said)
        assert prefilled(opened) == PROMPT
        await harness.alice.submit(opened, prompt=f"{PROMPT}, at night", aspect="9:16")
        await harness.wait_for_clip(f"{PROMPT}, at night")
        assert [task.request["aspect_ratio"] for task in harness.provider.tasks.values()] == ["9:16"]


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (ServerSettings(words=("storm",)), "rules don't allow that prompt"),
        (ServerSettings(videos_per_member=0), "your limit is 0 videos a day."),
        (ServerSettings(budget_day_micros=10_000), "budget"),
        (ServerSettings(paused=True), "paused"),
    ],
    ids=["rule", "limit", "budget", "pause"],
)
async def test_the_words_are_kept_whatever_refused_them(tmp_path: Path, rules: ServerSettings, says: str) -> None:
    async with open_harness(tmp_path) as harness:
        assert harness.database is not None
        await save(harness, rules)
        said = await refused(await harness.alice.slash(harness.channel, "generate", prompt=PROMPT))
        assert says in said.content
        await harness.restart()
        opened = await form(harness, said)
        assert prefilled(opened) == PROMPT
        await save(harness, ServerSettings())
        await harness.alice.submit(opened, prompt="a calm lighthouse")
        await harness.wait_for_clip("a calm lighthouse")


async def save(harness: BotHarness, rules: ServerSettings) -> None:
    await harness.bot.services.repositories.servers.save_settings(harness.guild.id, rules)


async def test_a_refused_reply_is_edited_by_its_author_alone(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, words=("snow",), reply_mode=ReplyMode.INSTANT)
        await harness.bob.reply(clip, "make it snow softly")
        said = await harness.wait_for_message("rules don't allow that prompt")
        await harness.alice.press(said, "Edit and retry")
        await harness.wait_for_message("Only the person who made this request can edit it.")
        opened = await form(harness, said, "bob")
        assert prefilled(opened) == "make it snow softly"
        await harness.bob.submit(opened, prompt="make it rain softly")
        remix = await harness.wait_for_clip("make it rain softly")
        assert "remix of" in remix.content


async def test_a_second_refusal_keeps_the_edited_words(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await save(harness, ServerSettings(words=("storm", "gale")))
        said = await refused(await harness.alice.slash(harness.channel, "generate", prompt=PROMPT))
        opened = await form(harness, said)
        again = await refused(await harness.alice.submit(opened, prompt="a lighthouse in a gale"))
        assert prefilled(await form(harness, again)) == "a lighthouse in a gale"
        assert harness.provider.charges == []


async def test_the_words_are_deleted_with_the_member_and_after_a_day(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await save(harness, ServerSettings(paused=True))
        said = await refused(await harness.alice.slash(harness.channel, "generate", prompt=PROMPT))
        assert harness.database is not None
        await harness.database.run("UPDATE draft SET created_at = created_at - 86401")
        await harness.alice.press(said, "Edit and retry")
        await harness.wait_for_message("I no longer have the words of that request.")
        await harness.bot.services.repositories.retention.expire_flags(harness.bot.services.clock.now())
        assert await harness.database.run("SELECT * FROM draft") == []
        await harness.bob.slash(harness.channel, "generate", prompt=PROMPT)
        await harness.wait_for_message("paused")
        await harness.bot.services.repositories.retention.request_deletion(harness.bob.id, 1.0)
        assert await harness.database.run("SELECT * FROM draft WHERE user_id = ?", (harness.bob.id,)) == []


@pytest.mark.parametrize(
    ("prompt", "clean", "options", "unknown"),
    [
        ("a cat --ar 9:16", "a cat", ("9:16", None, None), None),
        ("a cat --aspect 9x16 at night", "a cat at night", ("9:16", None, None), None),
        ("a cat —ar 9:16", "a cat", ("9:16", None, None), None),
        ("--ar 16:9 a cat", "a cat", ("16:9", None, None), None),
        ("a cat --duration 8s --res 720p", "a cat", (None, 8, "720p"), None),
        ("a cat --seed 42", "a cat --seed 42", (None, None, None), "--seed"),
        ("a cat --no dogs, people", "a cat --no dogs, people", (None, None, None), "--no"),
        ("a cat --ar 9:16 --v 6", "a cat --v 6", ("9:16", None, None), "--v"),
        ("a cat --aspect-ratio 9:16", "a cat", ("9:16", None, None), None),
        ("a cat --no-text", "a cat --no-text", (None, None, None), "--no-text"),
        ("a well-known cat -- on a roof", "a well-known cat -- on a roof", (None, None, None), None),
        ("a cat -- and a dog", "a cat -- and a dog", (None, None, None), None),
        ("a well--known cat", "a well--known cat", (None, None, None), None),
        ("a cat –seconds 8", "a cat", (None, 8, None), None),
        ("a cat ——ar 9:16", "a cat", ("9:16", None, None), None),
        ("a cat —seconds later it runs", "a cat —seconds later it runs", (None, None, None), None),
        ("a cat —no dog in sight", "a cat —no dog in sight", (None, None, None), "--no"),
        ("a cat – no dog in sight", "a cat – no dog in sight", (None, None, None), None),
        ("a cat —negative blurry", "a cat —negative blurry", (None, None, None), "--negative"),
        ("猫--ar 9:16", "猫", ("9:16", None, None), None),
        ('a sign "--ar 9:16"', 'a sign "--ar 9:16"', (None, None, None), None),
        ("a cat —v 6", "a cat —v 6", (None, None, None), "--v"),
        ("a cat —v-shaped ears", "a cat —v-shaped ears", (None, None, None), None),
    ],
)
def test_options_in_a_prompt(
    prompt: str, clean: str, options: tuple[str | None, int | None, str | None], unknown: str | None
) -> None:
    read = read_prompt_options(Request(kind=Kind.GENERATE, prompt=prompt))
    assert read.request.prompt == clean
    assert (read.request.aspect, read.request.seconds, read.request.resolution) == options
    assert read.unknown == unknown


async def test_an_aspect_in_the_prompt_is_sent_and_a_seed_is_named_before_paying(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        said = await refused(await harness.alice.slash(harness.channel, "generate", prompt=f"{PROMPT} --seed 7"))
        assert said.content.replace("\\", "").startswith("No model here has the option --seed.")
        assert harness.provider.charges == []
        await harness.alice.slash(harness.channel, "generate", prompt=f"{PROMPT} --ar 9:16")
        await harness.wait_for_clip(PROMPT)
        (task,) = harness.provider.tasks.values()
        assert (task.request["prompt"], task.request["aspect_ratio"]) == (PROMPT, "9:16")


async def test_an_option_that_is_written_and_chosen_differently_is_refused(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        for prompt, chosen, sentence in (
            (f"{PROMPT} --ar 9:16", {"aspect": "16:9"}, "Your prompt says --ar 9:16, but 16:9 was chosen too."),
            (f"{PROMPT} --ar 9:16 --ar 16:9", {}, "Your prompt has --ar twice, with 9:16 and with 16:9."),
        ):
            said = await refused(await harness.alice.slash(harness.channel, "generate", prompt=prompt, **chosen))
            assert said.content.replace("\\", "").startswith(sentence)
            assert prompt in prefilled(await form(harness, said))
        assert harness.provider.charges == []
        await harness.alice.slash(harness.channel, "generate", prompt=f"{PROMPT} --ar 9:16", aspect="9:16")
        await harness.wait_for_clip(PROMPT)


@pytest.mark.parametrize("option", ["--ar portrait", "--seconds -5", "--seconds 7.5", "--seconds 0", "--res big"])
async def test_a_value_that_cannot_be_read_is_refused_with_an_example(tmp_path: Path, option: str) -> None:
    async with open_harness(tmp_path) as harness:
        said = await refused(await harness.alice.slash(harness.channel, "generate", prompt=f"{PROMPT} {option}"))
        name = option.split()[0]
        assert f"I can't read the value of {name} in your prompt. Write it like {name} " in said.content.replace(
            "\\", ""
        )
        assert harness.provider.charges == []
