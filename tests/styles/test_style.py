"""Styles, without Discord: names, words, and the prompts that they compose."""

import pytest

from bot.chat.requests.reply_parser import Prompt, Styled, Talk, read_reply
from bot.jobs.style import (
    NAME_MAX,
    WORDS_MAX,
    Style,
    compose,
    find_style,
    opening_style,
    own_words,
    read_name,
    read_words,
)
from bot.jobs.style_errors import StyleName, StyleWords


def style(name: str, words: str = "film noir, {prompt}", user_id: int = 0) -> Style:
    return Style(guild_id=1, user_id=user_id, name=name, words=words)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("film noir, {prompt}", "film noir, {prompt}"),
        ("film noir, { Prompt }", "film noir, {prompt}"),
        ("{prompt} as a woodcut", "{prompt} as a woodcut"),
        ("film noir", "film noir, {prompt}"),
        ("film noir.", "film noir. {prompt}"),
        ("film noir, ", "film noir, {prompt}"),
        ("{prompt} beside {prompt} in film noir", "beside in film noir, {prompt}"),
        ("film  noir\n{prompt}", "film noir {prompt}"),
    ],
)
def test_words_have_exactly_one_placeholder(written: str, stored: str) -> None:
    assert read_words(written) == stored
    assert read_words(stored) == stored


@pytest.mark.parametrize("written", ["", "{prompt}", "{prompt} {prompt}", " \u200b ", "…", "x" * (WORDS_MAX + 1)])
def test_words_need_letters_and_a_length(written: str) -> None:
    with pytest.raises(StyleWords):
        read_words(written)


@pytest.mark.parametrize("written", ["", " \u3164 ", "…", "x" * (NAME_MAX + 1)])
def test_a_name_needs_letters_and_a_length(written: str) -> None:
    with pytest.raises(StyleName):
        read_name(written)


def test_a_prompt_that_looks_like_a_placeholder_is_not_filled_in() -> None:
    assert compose("film noir, {prompt}", "a {prompt} in the rain") == "film noir, a {prompt} in the rain"


def test_without_a_prompt_the_words_stand_alone() -> None:
    assert compose("film noir, {prompt}", "") == "film noir"
    assert compose("{prompt}, film noir", "") == "film noir"


def test_the_words_of_a_prompt_are_found_again_in_its_style() -> None:
    for words in ("film noir, {prompt}", "{prompt}, film noir", "a film noir of {prompt} at night"):
        assert own_words(words, compose(words, "a paper boat")) == "a paper boat"
    assert own_words("woodcut of {prompt}", "film noir, a paper boat") == "film noir, a paper boat"


def test_the_servers_style_comes_before_the_members() -> None:
    mine, ours = style("Noir", "mine, {prompt}", user_id=7), style("noir", "ours, {prompt}")
    assert find_style([mine, ours], "NOIR") == ours
    assert find_style([mine], "noir") == mine
    assert find_style([mine], "noirs") is None


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("noir", "noir", ""),
        ("NOIR", "noir", ""),
        ("noir a cat jumps", "noir", "a cat jumps"),
        ("noir: a cat, it jumps", "noir", "a cat, it jumps"),
        ("noir light", "noir light", ""),
        ("noir light, a cat", "noir light", "a cat"),
        ("ノワール、猫が走る", "ノワール", "猫が走る"),
        ("noir\na cat", "noir", "a cat"),
    ],
)
def test_a_reply_begins_with_the_longest_name(text: str, name: str, rest: str) -> None:
    found = opening_style([style("noir"), style("noir light"), style("ノワール")], text)
    assert found is not None
    assert (found[0].name, found[1]) == (name, rest)


def test_a_reply_that_begins_with_no_name_has_no_style() -> None:
    assert opening_style([style("noir")], "noirish") is None
    assert opening_style([], "noir") is None


@pytest.mark.parametrize("text", ["style: noir", "Stil: noir", "スタイル：noir", "<@5> Style: noir"])
def test_a_reply_names_a_style_in_every_language(text: str) -> None:
    assert read_reply(text, 5) == Styled(text="noir")


def test_a_reply_with_a_style_may_have_words_options_and_a_question_mark() -> None:
    assert read_reply("style: noir a cat --ar 9:16", 5) == Styled(text="noir a cat", options="--ar 9:16")
    assert read_reply("style: noir?", 5) == Styled(text="noir", unsure=True)


def test_a_reply_without_a_name_or_colon_is_read_as_before() -> None:
    assert isinstance(read_reply("style", 5), Talk)
    assert isinstance(read_reply("make it noir style with rain", 5), Prompt)
