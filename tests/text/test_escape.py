"""Words of members stay words: Discord renders none of them, and people read what was typed."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.text.escape import cut, escape, inside_code
from bot.jobs.clean_text import clean, clean_lines, has_visible_letter, reveal
from tests.text.hostile import HOSTILE
from tests.text.markdown_reader import Node, nodes, read, rendered, visible

PIECES = (
    *"\\`*_~|<>#-+[]():@./!&1 a\n\r\t",
    "**", "__", "~~", "||", "```", "](", "https://", "http://", "evil.example", "discord.gg/", "<t:", ":R>", "<@", "<#",
    "<@&", "<id:", "</", "<a:", "1234567890", ">>> ", "-# ", "# ", "everyone", "here", "\u200b", "\u202e", "\u2066",
    "\u200d", "\ufeff", "\u061c", "\u2028", "\x85", "\x00", "\u3164", "\U0001f469", "\U0001f680", "\ufe0f", "ボ",
)  # fmt: skip
TYPED = st.one_of(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.text(max_size=60))
AROUND = (("", ""), ("**", "**"), ("-# ", ""), ("> ", ""), ("-# a · ", " · b"), ("<@1> **", "**\n-# facts"))


@given(TYPED)
@settings(max_examples=2000, deadline=None)
def test_nothing_that_a_member_types_is_rendered_and_it_reads_as_typed(typed: str) -> None:
    found = read(escape(typed))
    assert list(nodes(found)) == []
    assert visible(found) == clean(typed)


@given(TYPED, st.sampled_from(AROUND), st.integers(1, 80))
@settings(max_examples=2000, deadline=None)
def test_our_markdown_around_a_text_stays_as_it_is(typed: str, around: tuple[str, str], length: int) -> None:
    before, after = around
    expected = rendered(f"{before}boat{after}")
    assert rendered(f"{before}{escape(typed) or 'boat'}{after}") == expected
    assert rendered(f"{before}{cut(escape(typed), length) or 'boat'}{after}") == expected


@given(TYPED, st.integers(-3, 60))
@settings(max_examples=1000, deadline=None)
def test_a_cut_text_fits_and_reads_as_the_start_of_what_was_typed(typed: str, length: int) -> None:
    shown = cut(escape(typed), length)
    assert len(shown) <= max(0, length)
    read_text = visible(read(shown))
    whole = clean(typed)
    assert read_text == whole or whole.startswith(read_text.removesuffix("…"))
    assert list(nodes(read(shown))) == []


@given(TYPED)
@settings(max_examples=1000, deadline=None)
def test_a_clean_text_is_one_line_of_visible_characters_and_cleaning_it_again_changes_nothing(typed: str) -> None:
    shown = clean(typed)
    assert clean(shown) == shown
    assert len(shown.splitlines()) <= 1
    assert not {"Cc", "Cs", "Zl", "Zp"} & {unicodedata.category(each) for each in shown}
    assert not set(
        "\u200b\u200c\u200e\u200f\u061c\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    ) & set(shown)
    assert clean_lines(typed).splitlines() == [] or all(clean(line) == line for line in clean_lines(typed).splitlines())


@given(TYPED)
def test_inline_code_holds_any_text(typed: str) -> None:
    assert [node.kind for node in nodes(read(f"`{inside_code(typed)}`"))] == ["code"]


@given(TYPED)
def test_a_log_shows_invisible_characters_as_escapes(typed: str) -> None:
    assert all(unicodedata.category(each) not in ("Cc", "Cs", "Zl", "Zp") for each in reveal(typed))


@pytest.mark.parametrize("typed", HOSTILE)
def test_a_hostile_text_is_only_text(typed: str) -> None:
    message = f"<@1> **{escape(typed)}**\n-# facts"
    assert rendered(message) == ["mention", "bold", "subtext"]
    assert visible(read(escape(typed))) == clean(typed)
    assert "@everyone" not in message
    assert "https://" not in message


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("**a**", "bold"), ("*a*", "italic"), ("_a_", "italic"), ("__a__", "underline"), ("~~a~~", "strikethrough"),
        ("||a||", "spoiler"), ("`a`", "code"), ("```a```", "code block"), ("# a", "heading"), ("-# a", "subtext"),
        ("> a", "quote"), (">>> a", "quote"), ("- a", "list"), ("1. a", "list"), ("[a](https://b.c)", "link"),
        ("https://b.c", "link"), ("<https://b.c>", "link"), ("<@1>", "mention"), ("<@&1>", "mention"),
        ("@everyone", "mention"), ("<#1>", "channel"), ("<t:1:R>", "time"), ("</a:1>", "command"),
        ("<id:guide>", "navigation"), ("<a:b:1>", "emoji"), (":joy:", "emoji"), ("discord.gg/a", "invite"),
    ],
)  # fmt: skip
def test_the_reader_sees_what_discord_renders(typed: str, kind: str) -> None:
    assert kind in rendered(typed)


def test_the_reader_sees_where_a_link_leads() -> None:
    assert read("a [b](https://c.d) e") == ("a ", Node("link", ("b",), "https://c.d"), " e")


@pytest.mark.parametrize("prompt", ["a boat", "ボート", "42", "🌊🌊🌊", "‏قارب"])
def test_a_prompt_with_a_letter_a_digit_or_a_pictograph_is_visible(prompt: str) -> None:
    assert has_visible_letter(prompt)


@pytest.mark.parametrize(
    "prompt", ["\u200b\u200b\u200b", "\u202e\u2066 \u3164", "...", "\u2800\u2800\u2800", "\u0301 \ufe0f"]
)
def test_a_prompt_of_invisible_characters_is_not(prompt: str) -> None:
    assert not has_visible_letter(prompt)


def test_emoji_keep_their_joiners() -> None:
    sequence = (
        "\U0001f469\u200d\U0001f680 \U0001f3f3\ufe0f\u200d\U0001f308 \u2764\ufe0f \U0001f9d1\U0001f3fd\u200d\U0001f33e"
    )
    assert clean(sequence) == sequence
    assert clean("a\u200db \u200d\U0001f680\u200d") == "ab \U0001f680"
